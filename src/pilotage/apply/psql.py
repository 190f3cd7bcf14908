"""One file through psql: its bytes, a record put before its COMMIT, and what psql says to it.

Consumed by applying and rolling back. The file is streamed from disk, whatever its size; the end of it, which
commits, is handed over only when all before it was read and proved to be what was listed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import msgspec

from pilotage.apply.ending import offset_of_commit
from pilotage.apply.messages import MessageReader, ServerMessage
from pilotage.connection import ConnectionParameters
from pilotage.errors import RefusedError, first_error
from pilotage.journal.lock import RunLock
from pilotage.programs import Program, hold_program

_PIECE = 256 * 1024
"""Bytes; larger pieces were no faster, psql itself takes them line by line."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What psql exited with and said.

    Attributes:
        status: 0 where psql met no error; 3 after an error in the file, 2 where the connection broke.
    """

    status: int
    messages: tuple[ServerMessage, ...]


async def run_file(
    program: Program,
    target: ConnectionParameters,
    path: Path,
    *,
    lock: RunLock,
    sha256: str,
    before_commit: str,
    on_bytes: Callable[[int], None],
) -> Ran:
    """Run one file and return how psql ended. psql is gone when this returns or raises.

    Args:
        sha256: what the file's bytes must have; where they do not, it is not committed.
        before_commit: a statement on one line; it stands on the line of the COMMIT, so that lines keep their
            numbers. Empty for none.
        on_bytes: told how many bytes psql has taken.

    Raises:
        RefusedError: the file is not the one that was checked, or cannot be read.
        ConnectionLostError: the run's lock was lost.
    """
    environment = {**target.libpq_environment(), "PGCLIENTENCODING": "UTF8"}
    arguments = [
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--echo-errors",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=verbose",
        f"--command={lock.entry()}",
        "--file=-",
    ]
    reader = MessageReader()
    async with hold_program(program, arguments, environment=environment) as process:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_listen(process, reader))
                alive = group.create_task(lock.keep_alive())
                pieces = _pieces(path, sha256=sha256, before_commit=before_commit)
                await _feed(process, pieces, on_bytes)
                await process.wait()
                alive.cancel()
        except ExceptionGroup as failures:
            raise first_error(failures) from failures
    return Ran(status=process.returncode or 0, messages=reader.messages())


async def _listen(process: asyncio.subprocess.Process, reader: MessageReader) -> None:
    if process.stderr is None:
        raise TypeError("psql was started without a pipe to hear it by")
    while piece := await process.stderr.read(_PIECE):
        reader.take(piece)


async def _feed(
    process: asyncio.subprocess.Process, pieces: AsyncGenerator[bytes], on_bytes: Callable[[int], None]
) -> None:
    """Hand over the pieces until there are no more, or psql, having met an error, takes no more."""
    stdin = process.stdin
    if stdin is None:
        raise TypeError("psql was started without a pipe to feed it by")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                stdin.write(piece)
                await stdin.drain()
                on_bytes(len(piece))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stdin.close()
        await stdin.wait_closed()


async def _pieces(path: Path, *, sha256: str, before_commit: str) -> AsyncGenerator[bytes]:
    """Yield the file's bytes, and those that commit only when all of them are known to be right."""
    digest = hashlib.sha256()
    try:
        left = offset_of_commit(path)
        with path.open("rb") as file:
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(_PIECE, left))
                if not piece:
                    break
                left -= len(piece)
                digest.update(piece)
                yield piece
            end = file.read()
    except OSError as error:
        raise RefusedError(
            f"{path} cannot be read: {error.strerror or error}; nothing of it was committed"
        ) from error
    digest.update(end)
    if digest.hexdigest() != sha256:
        raise RefusedError(f"{path} was changed while it ran; nothing of it was committed")
    yield (before_commit.encode() + b" " if before_commit else b"") + end
