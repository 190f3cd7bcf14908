"""A copier in a process of its own, seen from the run. Consumed by workers.

The process has the sessions. When it dies, they do, and what it was at is not done: a lost connection like
others. It never outlives the run, since it ends when the pipe from here does.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar, assert_never

import msgspec

from pilotage.connection import ConnectionParameters
from pilotage.connection.session import CLEAN_UP_TIMEOUT
from pilotage.errors import (
    ConnectionFailedError,
    ConnectionLostError,
    PilotageError,
    ServerError,
    SnapshotLostError,
)
from pilotage.execute.copy_orders import (
    LENGTH_BYTES,
    Answer,
    Copied,
    CopyRows,
    Failed,
    Opened,
    OpenSource,
    OpenTarget,
    Order,
    Ran,
    RunOnTarget,
    Waits,
    Way,
    WentBy,
)
from pilotage.model.plan import LoadTable

T = TypeVar("T", Opened, Ran, Copied)

_MODULE = "pilotage.execute.copier_process"


class ChildCopier:
    """Copies in another process; made by :func:`hold_child`, not for two tasks at once.

    Attributes:
        backend_pid: the target's server process that serves it.
        pid: of the process.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        source: ConnectionParameters,
        target: ConnectionParameters,
    ) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has no pipes")
        self._process = process
        self._orders = process.stdin
        self._answers = process.stdout
        self._source = source
        self._target = target
        self._decoder: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
        self._closed = False
        self.pid = process.pid
        self.backend_pid = 0

    async def open(self, *, target_sql: str, source_sql: str, snapshot: str) -> None:
        """Open both sessions, run statements in each, and let the source's join the snapshot."""
        target = await self._ask(OpenTarget(way=Way.of(self._target), sql=target_sql), Opened)
        self.backend_pid = target.pid
        await self._ask(OpenSource(way=Way.of(self._source), sql=source_sql, snapshot=snapshot), Opened)

    def is_closed(self) -> bool:
        """Whether the target's session is gone."""
        return self._closed or self._process.returncode is not None

    async def run(self, sql: str) -> str:
        """Run statements on the target and return the last one's command tag."""
        return (await self._ask(RunOnTarget(sql=sql), Ran)).status

    async def copy(
        self,
        step: LoadTable,
        on_bytes: Callable[[int], None],
        *,
        without: Sequence[str] = (),
        blocks: tuple[int, int | None] | None = None,
        freeze: bool = False,
    ) -> tuple[int, int]:
        """Copy rows and return their number and bytes."""
        order = CopyRows(
            # A part of a load is a step of its own kind, which nobody reads on the other side.
            step=LoadTable(**{name: getattr(step, name) for name in LoadTable.__struct_fields__}),
            without=tuple(without),
            blocks=blocks,
            freeze=freeze,
        )
        copied = await self._ask(order, Copied, on_bytes)
        return copied.rows, copied.bytes

    def abort(self) -> None:
        """Kill the process, and its sessions with it."""
        self._closed = True
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """Let the process end in an orderly way, or at once where it does not in time; it is waited for."""
        try:
            self._orders.close()
            async with asyncio.timeout(2 * CLEAN_UP_TIMEOUT):
                await self._process.wait()
        except TimeoutError:
            self.abort()
        except BaseException:
            self.abort()
            raise
        finally:
            await self._process.wait()

    async def _ask(self, order: Order, kind: type[T], on_bytes: Callable[[int], None] = lambda _: None) -> T:
        """Give an order and return its last answer, passing on what comes before."""
        try:
            encoded = msgspec.json.encode(order)
            self._orders.write(len(encoded).to_bytes(LENGTH_BYTES, "big") + encoded)
            await self._orders.drain()
            while True:
                match await self._answer():
                    case WentBy() as went_by:
                        on_bytes(went_by.bytes)
                    case Waits() as waits:
                        self._tell_wait(waits)
                    case Failed() as failed:
                        self._closed = failed.closed
                        raise _error(failed)
                    case answer if isinstance(answer, kind):
                        return answer
                    case answer:
                        raise TypeError(f"{answer} answers {type(order).__name__}")
        except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError) as error:
            raise ConnectionLostError(await self._last_words()) from error
        except asyncio.CancelledError:
            # It cannot be told to stop, and would go on.
            self.abort()
            raise

    async def _answer(self) -> Answer:
        length = int.from_bytes(await self._answers.readexactly(LENGTH_BYTES), "big")
        return self._decoder.decode(await self._answers.readexactly(length))

    async def _last_words(self) -> str:
        self._closed = True
        try:
            async with asyncio.timeout(CLEAN_UP_TIMEOUT):
                code = await self._process.wait()
        except TimeoutError:
            self.abort()
            code = await self._process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return (
            f"{self._target.describe()}: the connection was lost: "
            f"the process that copied over it ({self.pid}) {how}"
        )

    def _tell_wait(self, waits: Waits) -> None:
        for parameters in (self._source, self._target):
            if parameters.patience is not None and parameters.describe() == waits.wait.database:
                parameters.patience.tell(waits.wait)
                return


def _error(failed: Failed) -> PilotageError:
    match failed.error:
        case "ServerError":
            return ServerError(
                failed.message,
                sqlstate=failed.sqlstate,
                detail=failed.detail,
                hint=failed.hint,
                context=failed.context,
            )
        case "ConnectionLostError":
            return ConnectionLostError(failed.message)
        case "ConnectionFailedError":
            return ConnectionFailedError(failed.message)
        case "SnapshotLostError":
            return SnapshotLostError(failed.message)
        case _:
            assert_never(failed.error)


@contextlib.asynccontextmanager
async def hold_child(
    source: ConnectionParameters, target: ConnectionParameters
) -> AsyncIterator[ChildCopier]:
    """Start a process that copies, and end it afterwards.

    Its sessions are opened by :meth:`ChildCopier.open`.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # what lies in the working directory is not ours
        "-m",
        _MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # What we foresee comes as an answer; a traceback is for nobody.
        stderr=asyncio.subprocess.DEVNULL,
    )
    child = ChildCopier(process, source, target)
    try:
        yield child
    finally:
        await child.close()
