"""A TCP proxy before a server, which can cut or freeze what goes through it, as a network does.

Consumed by tests of what happens then. The server must trust us.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

from pilotage.connection import ConnectionParameters

_PIECE = 65536


class _HalfCutError(Exception):
    pass


class Network:
    """What goes through the proxy.

    Attributes:
        parameters: the way through it.
        cuts: how many connections were cut.
        half_cut: set when :meth:`half_cut_at` has cut.
    """

    def __init__(self, server: ConnectionParameters) -> None:
        self._server = server
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._left: int | None = None
        self._half_cut_at = b""
        self.half_cut = asyncio.Event()
        self.parameters = server
        self.cuts = 0

    def cut(self) -> None:
        """Cut every connection there is; new ones may come."""
        self.cuts += sum(not writer.is_closing() for writer in self._writers)
        for writer in self._writers:
            writer.transport.abort()

    def cut_after(self, size: int) -> None:
        """Cut every connection when so many bytes have come from the server, once."""
        self._left = size

    def half_cut_at(self, words: bytes) -> None:
        """Cut the connection that brings these words, once, in such a way that its server does not notice."""
        self._half_cut_at = words

    def freeze(self) -> None:
        """Let nothing through; no connection ends."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let all through that waited."""
        self._flows.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Bring one connection to the server and back."""
        with contextlib.suppress(OSError, asyncio.CancelledError):
            server = self._server
            if server.is_socket:
                there, back = await asyncio.open_unix_connection(f"{server.host}/.s.PGSQL.{server.port}")
            else:
                there, back = await asyncio.open_connection(server.host, server.port)
            both = {writer, back}
            self._writers |= both
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pump(reader, back, from_server=False))
                    group.create_task(self._pump(there, writer, from_server=True))
            except* _HalfCutError:
                both = {writer}
            except* OSError:
                pass
            finally:
                for each in both:
                    each.transport.abort()
                self._writers -= both

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool
    ) -> None:
        while piece := await reader.read(_PIECE):
            await self._flows.wait()
            if from_server and self._left is not None:
                self._left -= len(piece)
                if self._left < 0:
                    self._left = None
                    self.cut()
            writer.write(piece)
            await writer.drain()
            if not from_server and self._half_cut_at and self._half_cut_at in piece:
                self._half_cut_at = b""
                self.half_cut.set()
                raise _HalfCutError
        raise ConnectionError("one side has ended")


@contextlib.asynccontextmanager
async def network(server: ConnectionParameters) -> AsyncIterator[Network]:
    """Run a proxy before a server."""
    between = Network(server)
    listener = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    between.parameters = dataclasses.replace(server, host="127.0.0.1", hostaddr=None, port=port)
    try:
        yield between
    finally:
        listener.close()
        between.thaw()
        between.cut()
        await asyncio.sleep(0)
