"""A pooler: a TCP proxy that hands server sessions from client to client, as PgBouncer and Supavisor do.

It speaks just enough of PostgreSQL's protocol (PostgreSQL's documentation, 55.7 Message Formats) to know when
a transaction ends. Consumed by tests of what must not happen behind one. The server must trust us.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import struct
from collections.abc import AsyncIterator
from enum import StrEnum

from pilotage.connection import ConnectionParameters

_SSL_REQUEST, _GSS_REQUEST, _CANCEL_REQUEST = 80877103, 80877104, 80877102


class Lends(StrEnum):
    """For how long a client keeps the server session that it was given."""

    FOR_A_TRANSACTION_LAST_USED_FIRST = "the last used one, for a transaction"
    FOR_A_TRANSACTION_IN_TURN = "each in turn, for a transaction"
    FOR_A_SESSION = "for as long as the client is there"


@dataclasses.dataclass(slots=True)
class _Backend:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: bytes = b""


class _Pool:
    def __init__(self, server: ConnectionParameters, lends: Lends, size: int) -> None:
        self._server = server
        self.lends = lends
        self._left = size
        in_turn = lends is Lends.FOR_A_TRANSACTION_IN_TURN
        self._idle: asyncio.Queue[_Backend] = asyncio.Queue() if in_turn else asyncio.LifoQueue()
        self.opened: list[_Backend] = []

    async def take(self, startup: bytes) -> _Backend:
        in_turn = self.lends is Lends.FOR_A_TRANSACTION_IN_TURN
        if self._left and (in_turn or self._idle.empty()):
            self._left -= 1
            return await self._open(startup)
        return await self._idle.get()

    def give_back(self, backend: _Backend) -> None:
        self._idle.put_nowait(backend)

    async def _open(self, startup: bytes) -> _Backend:
        server = self._server
        if server.is_socket:
            reader, writer = await asyncio.open_unix_connection(f"{server.host}/.s.PGSQL.{server.port}")
        else:
            reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(struct.pack("!i", len(startup) + 4) + startup)
        backend = _Backend(reader, writer)
        self.opened.append(backend)
        while True:
            kind, body = await _message(reader)
            if kind == b"R" and body != b"\0\0\0\0":
                raise ConnectionError("the server wants a password, and this pooler knows none")
            if kind == b"E":
                raise ConnectionError(body.decode(errors="replace"))
            backend.greeting += kind + struct.pack("!i", len(body) + 4) + body
            if kind == b"Z":
                return backend


@contextlib.asynccontextmanager
async def pooler(
    server: ConnectionParameters, lends: Lends, *, size: int = 4
) -> AsyncIterator[ConnectionParameters]:
    """Run a pooler before a server and yield the way through it.

    Args:
        size: sessions to the server that it opens at most.
    """
    pool = _Pool(server, lends, size)
    clients: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        clients.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await _serve(pool, reader, writer)
        writer.close()
        clients.discard(task)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield dataclasses.replace(server, host="127.0.0.1", hostaddr=None, port=port)
    finally:
        listener.close()
        for task in list(clients):
            task.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        for backend in pool.opened:
            backend.writer.close()


async def _serve(pool: _Pool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    startup = await _startup(reader, writer)
    if startup is None:
        return
    backend: _Backend | None = await pool.take(startup)
    assert backend is not None
    writer.write(backend.greeting)
    answers: asyncio.Task[None] | None = None
    waiting = 0  # ReadyForQuery messages that are still to come

    if pool.lends is not Lends.FOR_A_SESSION:
        pool.give_back(backend)
        backend = None

    async def answer(lent: _Backend) -> None:
        nonlocal backend, waiting
        while True:
            kind, body = await _message(lent.reader)
            writer.write(kind + struct.pack("!i", len(body) + 4) + body)
            if kind != b"Z":
                continue
            waiting -= 1
            if body == b"I" and not waiting and pool.lends is not Lends.FOR_A_SESSION:
                backend = None
                pool.give_back(lent)
                return

    try:
        while True:
            kind, body = await _message(reader)
            if kind == b"X":
                return
            if backend is None:
                backend = await pool.take(startup)
                answers = None
            if answers is None:
                answers = asyncio.create_task(answer(backend))
            if kind in {b"Q", b"S", b"F"}:
                waiting += 1
            backend.writer.write(kind + struct.pack("!i", len(body) + 4) + body)
    finally:
        if answers is not None:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)


async def _startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """Return the startup message without its length, or None where none comes."""
    while True:
        (length,) = struct.unpack("!i", await reader.readexactly(4))
        body = await reader.readexactly(length - 4)
        (code,) = struct.unpack("!i", body[:4])
        if code in {_SSL_REQUEST, _GSS_REQUEST}:
            writer.write(b"N")
        elif code == _CANCEL_REQUEST:
            return None
        else:
            return body


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    return kind, await reader.readexactly(length - 4)
