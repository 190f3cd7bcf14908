"""Two COPYs joined beside the driver: what one server sends goes to the other as it is.

Consumed by :class:`~pilotage.connection.session.Session`. A row travels in the same message, CopyData, from a
server and to a server (PostgreSQL's documentation, section 54.7, Message Formats). So the driver begins and
ends both COPYs and sees no row; of each message that goes by only its length is read.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from pilotage.connection.copying import CopyListener
from pilotage.connection.dial import DriverConnection
from pilotage.connection.row_ends import COPY_DATA, HEADER, RowEnds

_COPY_OUT_RESPONSE = ord("H")
_READY_FOR_QUERY = ord("Z")

_BUFFER = 256 * 1024
"""Bytes of rows held at once. A server sends 8 KiB at a time, and a socket holds a few hundred at most."""

_FILLED_UP = 64 * 1024
"""Bytes of a row that nobody wants any more with which its message is ended rather than its connection."""

_ROOM_WITHIN = 1.0
"""Seconds within which a target must take what ends a message; one that waits for a lock takes nothing."""

_NO_PIECES: tuple[bytes, ...] = ()


class Splice:
    """One COPY from one server to another."""

    def __init__(
        self, source: DriverConnection, target: DriverConnection, on_bytes: Callable[[int], None]
    ) -> None:
        self._writer = _Writer(source, target)
        self._reader = _Reader(source, self._writer, on_bytes)

    async def beside(self, send: Callable[[], Awaitable[None]]) -> AsyncGenerator[bytes, None]:
        """Yield nothing to the driver, which has begun the target's COPY, and end when all rows are sent.

        Args:
            send: runs the source's COPY. It is given up when the target refuses.
        """
        sending = asyncio.ensure_future(send())
        try:
            async with self._writer.until_refused():
                await asyncio.wait([sending])
        finally:
            # First of all: a server that nobody listens to cannot hear that its COPY is given up.
            self._reader.stop()
            self._writer.let_source_go()
            if not sending.done():
                sending.cancel()
                await asyncio.wait([sending])
            await self._writer.end_message()
        if not sending.cancelled():
            sending.result()
        for piece in _NO_PIECES:
            yield piece

    def end(self) -> None:
        """Give both connections back to the driver; what the source still sends of its rows goes nowhere."""
        self._reader.release()
        self._writer.release()


class _Writer(CopyListener):
    """Listens to the target, and slows the source down.

    Attributes:
        missing: bytes of a message that the target has in part.
    """

    def __init__(self, source: DriverConnection, target: DriverConnection) -> None:
        super().__init__(target.protocol)
        self._source = source.transport
        self._target = target
        self._room = asyncio.Event()
        self._room.set()
        self._slows_source = True
        self.missing = 0
        # Nothing is read while anything waits to be written, so the reader's buffer is nobody else's: from
        # Python 3.12 on the transport keeps no copy of what waits. Under TLS it does, and zero would mean
        # that there is never room.
        tls = target.transport.get_extra_info("ssl_object") is not None
        if not target.transport.is_closing():
            target.transport.set_write_buffer_limits(high=1 if tls else 0, low=0)
        target.transport.set_protocol(self)

    def write(self, rows: memoryview, missing: int) -> None:
        """Send rows; of the last one so many bytes are missing."""
        if not self.refused:
            self._target.transport.write(rows)
            self.missing = missing

    async def end_message(self) -> None:
        """End a message that was sent in part; else what the driver says next would be taken for its rest.

        A server that has refused takes no notice of the row. Another is given zeros for its rest, and behind
        them the driver's CopyFail, which undoes the COPY. Where zeros would take long, or are not taken, the
        connection ends, which undoes it too.
        """
        if self.missing > _FILLED_UP and not self.refused:
            self._target.transport.abort()
            return
        transport = self._target.transport
        try:
            while self.missing and not transport.is_closing():
                step = min(self.missing, _FILLED_UP)
                self.missing -= step
                transport.write(bytes(step))
                async with asyncio.timeout(_ROOM_WITHIN):
                    await self._room.wait()
        except TimeoutError:
            transport.abort()
        except asyncio.CancelledError:
            transport.abort()
            raise

    def let_source_go(self) -> None:
        """Let the source be read from now on, whether or not there is room."""
        self._slows_source = False
        if not self._source.is_closing():
            self._source.resume_reading()

    def release(self) -> None:
        """Give the connection back to the driver."""
        if not self._target.transport.is_closing():
            self._target.transport.set_write_buffer_limits()
        self._target.transport.set_protocol(self._target.protocol)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let nobody wait for room."""
        self._room.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Read no more."""
        self._room.clear()
        if self._slows_source and not self._source.is_closing():
            self._source.pause_reading()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Read on."""
        self._room.set()
        if not self._source.is_closing():
            self._source.resume_reading()
        super().resume_writing()


class _Reader(asyncio.BufferedProtocol):
    """Takes what the source sends: rows go to the target, all else to the driver.

    Attributes:
        released: set once the driver has its connection back.
    """

    def __init__(self, source: DriverConnection, writer: _Writer, on_bytes: Callable[[int], None]) -> None:
        self._source = source
        self._writer = writer
        self._on_bytes = on_bytes
        self._view = memoryview(bytearray(_BUFFER))
        self._header = b""  # what has come of one that is not complete
        self._kind = 0  # of the message that goes by, or went by last
        self._missing = 0  # bytes of it that are still to come
        self._sends_rows = False
        self._row_ends = RowEnds()
        self._is_unwanted = False
        self.released = asyncio.Event()
        source.transport.set_protocol(self)

    def stop(self) -> None:
        """Send no more rows to the target."""
        self._is_unwanted = True

    def release(self) -> None:
        """Give the connection back to the driver, at the latest when no more rows can come.

        A driver that has given up its COPY knows nothing of a row that has come in part.
        """
        self.stop()
        if not self._source.transport.is_closing():
            self._source.transport.resume_reading()
        if not self._sends_rows:
            self._leave()
            if self._header:
                self._source.protocol.data_received(self._header)

    def _leave(self) -> None:
        if not self.released.is_set():
            self.released.set()
            self._source.transport.set_protocol(self._source.protocol)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        begun = len(self._header)
        self._view[:begun] = self._header
        return self._view[begun:]

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on what was read."""
        view = self._view[: len(self._header) + nbytes]
        begin, end = 0, self._missing  # of what goes by; its end may not have come yet
        while True:
            if self._kind == COPY_DATA:
                end = self._row_ends.past_rows(view, end)
            self._missing = max(0, end - len(view))
            if begin < end:
                self._pass_on(view[begin:end])
            begin = end
            if len(view) - begin < HEADER.size or self.released.is_set():
                break
            self._kind, length = HEADER.unpack_from(view, begin)
            end = begin + 1 + length
            if self._kind == _COPY_OUT_RESPONSE:
                self._sends_rows = True
        self._header = bytes(view[begin:])
        if self.released.is_set() and self._header:
            self._source.protocol.data_received(self._header)

    def _pass_on(self, piece: memoryview) -> None:
        if self._kind != COPY_DATA:
            self._source.protocol.data_received(bytes(piece))
            if self._kind == _READY_FOR_QUERY and not self._missing:
                self._sends_rows = False
                if self._is_unwanted:
                    self._leave()
        elif not self._is_unwanted:
            self._writer.write(piece, self._missing)
            self._on_bytes(len(piece))

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on."""
        self.released.set()
        self._source.protocol.connection_lost(exc)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self._source.protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass on."""
        self._source.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._source.protocol.resume_writing()


@contextlib.asynccontextmanager
async def splicing(
    source: DriverConnection, target: DriverConnection, on_bytes: Callable[[int], None]
) -> AsyncIterator[Splice]:
    """Join two connections for the length of one COPY.

    Args:
        on_bytes: told how many more bytes went by, headers of messages included; must not block.
    """
    former = source.transport.get_protocol()
    if isinstance(former, _Reader):
        await former.released.wait()  # rows of a COPY that was given up are still coming
    splice = Splice(source, target, on_bytes)
    try:
        yield splice
    finally:
        splice.end()
