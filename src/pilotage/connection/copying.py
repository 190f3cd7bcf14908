"""Ears for a COPY that sends: what the server says while it should only be listening.

Consumed by :class:`~pilotage.connection.session.Session`. The driver looks at the server's answer only after
the last row was sent, and waits for ever to write to a connection that is lost while its buffer is full. A
table of many gigabytes that fails at its first row would be read from the source to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator

from pilotage.connection.dial import DriverConnection

_HEADER = 5
_ERROR_RESPONSE = ord("E")


class CopyListener(asyncio.Protocol):
    """Stands between the transport and the driver's protocol while rows are sent, and passes all on.

    Attributes:
        refused: whether the server has reported an error or is gone: no row more will be taken.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol
        self._header = bytearray()
        self._body_left = 0
        self._patience: asyncio.Timeout | None = None
        self.refused = False

    async def while_accepted(self, pieces: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
        """Pass pieces on until there are no more, or the server has refused them.

        A source that has nothing to give yet is not waited for any longer once the server has refused.
        """
        iterator = aiter(pieces)
        while not self.refused:
            piece = None
            async with self.until_refused():
                piece = await anext(iterator, None)
            if piece is None:
                return
            yield piece

    @contextlib.asynccontextmanager
    async def until_refused(self) -> AsyncIterator[None]:
        """Give up what happens inside, without an exception, once the server refuses."""
        try:
            # A time-out without a time: it runs out when the server refuses.
            async with asyncio.timeout(None) as self._patience:
                if self.refused:
                    self._refuse()
                yield
        except TimeoutError:
            if not self.refused:
                raise
        finally:
            self._patience = None

    def _refuse(self) -> None:
        self.refused = True
        if self._patience is not None:
            self._patience.reschedule(0)
            self._patience = None

    def data_received(self, data: bytes) -> None:
        """Look at the type of each message, then let the driver read it."""
        position = 0
        while position < len(data):
            if self._body_left:
                step = min(self._body_left, len(data) - position)
                self._body_left -= step
            else:
                step = min(_HEADER - len(self._header), len(data) - position)
                self._header += data[position : position + step]
                if len(self._header) == _HEADER:
                    if self._header[0] == _ERROR_RESPONSE:
                        self._refuse()
                    # The length counts itself, four bytes, but not the type.
                    self._body_left = int.from_bytes(self._header[1:], "big") - 4
                    self._header.clear()
            position += step
        self._protocol.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Free a writer that waits for room in the buffer: there will be none."""
        self._refuse()
        self._protocol.connection_lost(exc)
        self._protocol.resume_writing()

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._protocol.resume_writing()


@contextlib.contextmanager
def listening(connection: DriverConnection) -> Iterator[CopyListener]:
    """Listen to the server for the length of one COPY."""
    listener = CopyListener(connection.protocol)
    connection.transport.set_protocol(listener)
    try:
        yield listener
    finally:
        connection.transport.set_protocol(connection.protocol)
