"""One file after another through psql: what is told, what came of each, and what to say when one fails.

Consumed by applying and rolling back, which decide what runs. Whether a file was committed is asked of the
target's journal, never guessed from how psql ended.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

from pilotage.apply.failure import failure
from pilotage.apply.journal import is_recorded
from pilotage.apply.messages import ServerMessage, failure_of, remarks_of, undid_nothing
from pilotage.apply.psql import Ran, run_file
from pilotage.apply.records import BytesSent, Event, FileFinished, FileStarted, Noticed
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import ConnectionLostError, PilotageError, RefusedError, RunFailedError, ServerError
from pilotage.journal.lock import RunLock, is_worker_there
from pilotage.model.visible import visible_text
from pilotage.programs import Program


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to run.

    Attributes:
        name: under which it is shown.
        record: the file whose record tells whether this one is committed.
        sha256: what its bytes must have.
        statement: on one line, what it does to the journal in its own transaction; empty where there is none.
        recorded_after: whether that record is there when this one is committed, or is there no more.
        rows: that it brings or takes away.
    """

    name: str
    record: str
    path: Path
    sha256: str
    rows: int
    bytes: int
    statement: str
    recorded_after: bool


class FileRunner:
    """Runs files on one target, under the run's lock.

    Attributes:
        finished: seconds that each file took that is committed.
        found_nothing: rollback files that are committed and have changed nothing.
        is_certain: whether it is known of every file that was begun if it was committed.
        last_state: what is on the target after the last file that was begun, and how to go on, in words.
    """

    def __init__(
        self,
        program: Program,
        target: ConnectionParameters,
        lock: RunLock,
        on_event: Callable[[Event], None],
        state: Callable[[], str],
    ) -> None:
        self._program = program
        self._target = target
        self._lock = lock
        self._tell = on_event
        self._state = state
        self.finished: dict[str, float] = {}
        self.found_nothing: set[str] = set()
        self.is_certain = True
        self.last_state = "nothing was changed"

    async def run(self, task: Task, number: int, of: int) -> None:
        """Run one file to its commit.

        Raises:
            FileFailedError: it failed; the message says where, and what is on the target now.
            RunFailedError: it could not be run to its end for another reason.
        """
        self._tell(FileStarted(name=task.name, number=number, of=of, bytes=task.bytes))
        began = time.perf_counter()
        try:
            ran = await run_file(
                self._program,
                self._target,
                task.path,
                lock=self._lock,
                sha256=task.sha256,
                before_commit=task.statement,
                on_bytes=lambda count: self._tell(BytesSent(name=task.name, bytes=count)),
            )
        except asyncio.CancelledError:
            self._conclude(task, began, await self._is_committed(task))
            raise
        except (ConnectionLostError, RefusedError) as error:
            self._conclude(task, began, await self._is_committed(task))
            raise RunFailedError(f"{error}\n{self.last_state}") from error
        committed = await self._is_committed(task, ran)
        self._conclude(task, began, committed)
        if not committed:
            raise self._failure(task, ran)
        if undid_nothing(ran.messages):
            self.found_nothing.add(task.name)
        self._tell_messages(task, ran)
        seconds = self.finished[task.name]
        rows = 0 if task.name in self.found_nothing else task.rows
        self._tell(FileFinished(name=task.name, rows=rows, bytes=task.bytes, seconds=seconds))

    def _conclude(self, task: Task, began: float, committed: bool | None) -> None:
        """Note what came of a file, in figures and in words."""
        name = visible_text(task.name)
        if committed:
            self.finished[task.name] = time.perf_counter() - began
            self.last_state = self._state()
        elif committed is None:
            self.is_certain = False
            self.last_state = (
                f"Whether {name} was committed cannot be told now, since the target does not answer; the "
                f"same command finds out. Besides it: {self._state()}"
            )
        else:
            self.last_state = f"{name} was rolled back as a whole. {self._state()}"

    def _failure(self, task: Task, ran: Ran) -> RunFailedError:
        if ran.status == 0:
            return RunFailedError(
                f"{task.path}: psql met no error, and yet the file's COMMIT was not reached: commands of "
                f"psql's own, such as \\if, kept it from there\n{self.last_state}"
            )
        return failure(task.path, ran, self.last_state)

    def _tell_messages(self, task: Task, ran: Ran) -> None:
        said: list[ServerMessage] = list(remarks_of(ran.messages))
        if ran.status and (last := failure_of(ran.messages)):
            said.append(last)
        for message in said:
            line = f", line {message.line}" if message.line else ""
            self._tell(Noticed(message=f"{task.name}{line}: {message.message}"))

    async def _is_committed(self, task: Task, ran: Ran | None = None) -> bool | None:
        """Return whether a file is committed, None where that cannot be told; nothing of it runs any more."""
        if ran is not None and ran.status == 0 and not task.statement:
            return True
        try:
            if ran is None or ran.status != 0:
                await self._lock.settle()
            return await self._found(task, self._lock.session)
        except (ConnectionLostError, ServerError, RefusedError):
            return await self._is_committed_after_all(task)

    async def _is_committed_after_all(self, task: Task) -> bool | None:
        """Ask in a session of its own, since the run's is lost."""
        try:
            async with connect(self._target) as session:
                committed = await self._found(task, session)
                return None if not committed and await is_worker_there(session) else committed
        except PilotageError:
            return None

    @staticmethod
    async def _found(task: Task, session: Session) -> bool | None:
        if not task.statement:
            return False  # without a record, only psql's own word is proof
        return await is_recorded(session, task.record) == task.recorded_after
