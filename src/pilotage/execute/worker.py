"""A worker: one connection to the target, and one to the source where contents are to be moved.

Runs steps as one transaction together with their record in the journal. What runs when, and what becomes of
failures, is the runner's matter.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.session import open_session
from pilotage.connection.snapshot import join_snapshot
from pilotage.errors import ConnectionLostError, ServerError, SnapshotLostError
from pilotage.execute.child_copier import ChildCopier, hold_child
from pilotage.execute.copier import COPIES_PER_PROCESS, LocalCopier
from pilotage.execute.large_objects import relay_large_objects
from pilotage.execute.parts import LoadPart, whole_of
from pilotage.execute.statements import Move, work_of
from pilotage.execute.statistics import Statistics
from pilotage.journal.lock import RunLock
from pilotage.journal.writing import recording
from pilotage.model.journal import Done
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.plan import AddConstraint, AnalyzeTable, BuildIndex, LoadTable, Plan, Step
from pilotage.model.preflight import End
from pilotage.model.run import BytesCopied, Event
from pilotage.model.settings import SessionSettings
from pilotage.settings import is_out_of_shared_memory

FREEZE_FROM = 1024 * 1024
"""Bytes from which a table is truncated, though it is empty, so that its rows arrive frozen: nothing writes
them once more to note that all may see them. Below, the new file costs more than that."""

ELSEWHERE_FROM = 256 * 1024 * 1024
"""Bytes from which a load may be copied by a process of its own: to start one takes 0.3 s of CPU time, in
which another one copies as much."""

_NAME = 40
"""Characters that are kept of our sessions' name: with the step's place, the server keeps 63."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What all workers of a run share.

    Attributes:
        snapshot: the exported snapshot of the source.
        leaving_out: where rows lie (``ctid``, in the snapshot) that stay behind, by table.
        attempt: the number of this attempt in the journal.
        places: of the plan's steps, by id.
        tell: takes events; must not block.
        at_work: kept up to date by the workers: which step each server process of the target is at.
        settings: of the sessions.
        statistics: taken over from the source, as far as that can be.
        copied_here: kept up to date by the workers: the large loads that this process copies now.
        left: server processes of the target that workers dropped at work; whoever ends them removes them.
    """

    plan: Plan
    source: ConnectionParameters
    target: ConnectionParameters
    snapshot: str
    leaving_out: Mapping[QualifiedName, Sequence[str]]
    attempt: int
    places: Mapping[str, int]
    tell: Callable[[Event], None]
    at_work: dict[int, str]
    settings: SessionSettings
    statistics: Statistics
    copied_here: set[str] = dataclasses.field(default_factory=set)
    left: set[int] = dataclasses.field(default_factory=set)


class Worker:
    """Runs batches of steps; not for two tasks at once.

    Attributes:
        last_begun: where steps are sent one by one, the last of them.
    """

    last_begun: Step

    def __init__(self, work: Work, lock: RunLock, target: Session, stack: contextlib.AsyncExitStack) -> None:
        self._work = work
        self._lock = lock
        self._target = target
        self._stack = stack
        self._source: Session | None = None
        self._child: ChildCopier | None = None

    async def run(self, steps: Sequence[Step], *, one_by_one: bool = False) -> list[Done]:
        """Run steps in one transaction and return what the journal says of them now.

        Args:
            one_by_one: whether each is a message of its own, so that it is known which one was refused.

        Raises:
            ServerError: a server refused one of them, and none of them is done.
            ConnectionLostError: a connection broke; the journal knows what came of them.
        """
        if _is_large(steps):
            if len(self._work.copied_here) >= COPIES_PER_PROCESS:
                return await self._run_elsewhere(steps)
            self._work.copied_here.add(steps[0].id)
        pid = self._target.backend_pid
        self._work.at_work[pid] = whole_of(steps[0])
        try:
            try:
                return await self._transaction(steps, self._settings_for(steps[0]), one_by_one=one_by_one)
            except ServerError as error:
                await self._target.roll_back()
                if not is_out_of_shared_memory(error):
                    raise
                return await self._transaction(
                    steps, self._work.settings.sql_without_workers(whole_of(steps[0]))
                )
        except ServerError:
            await self._target.roll_back()
            # The transaction that sees the snapshot may have failed; the next one joins it anew.
            if self._source is not None:
                self._source.abort()
            raise
        except BaseException:
            # A server that does not find that we are gone would go on, and commit what it has been sent.
            self._work.left.add(pid)
            self._target.abort()
            raise
        finally:
            self._work.at_work.pop(pid, None)
            self._work.copied_here.discard(steps[0].id)

    async def _run_elsewhere(self, steps: Sequence[Step]) -> list[Done]:
        """Run a load in a process of its own, since this one has as much to copy as it can."""
        child = self._child
        if child is None or child.is_closed():
            child = await self._stack.enter_async_context(hold_child(self._work.source, self._work.target))
            self._child = child
            await child.open(
                target_sql=_beginning(self._work, self._lock),
                source_sql=self._work.settings.sql_for(End.SOURCE),
                snapshot=self._work.snapshot,
            )
        pid = child.backend_pid
        self._work.at_work[pid] = whole_of(steps[0])
        try:
            return await self._transaction(steps, "", child=child)
        except BaseException:
            # Its sessions go with it.
            self._work.left.add(pid)
            child.abort()
            raise
        finally:
            self._work.at_work.pop(pid, None)

    def _settings_for(self, step: Step) -> str:
        """Return the settings for what is to be built; only what is small is built together with others."""
        if isinstance(step, BuildIndex | AddConstraint):
            return self._work.settings.sql_for_build(step.id)
        return ""

    async def _transaction(
        self,
        steps: Sequence[Step],
        settings: str,
        *,
        one_by_one: bool = False,
        child: ChildCopier | None = None,
    ) -> list[Done]:
        began = time.perf_counter()
        application = (
            f"{self._target.parameters.application_name[:_NAME]} step {self._work.places[whole_of(steps[0])]}"
        )
        pending = [f"BEGIN;\n{settings}SET LOCAL application_name TO {quote_literal(application)};"]
        moved: dict[str, Done] = {}
        taken: Mapping[str, str] = {}
        if any(isinstance(step, AnalyzeTable) for step in steps):
            await self._send(pending, child)
            taken = await self._work.statistics.take_over(self._target, steps)
        for step, each in work_of(steps):
            self.last_begun = step
            if step.id in taken:
                pending.append(taken[step.id])
            elif isinstance(each, str):
                pending.append(each)
                if one_by_one:
                    await self._send(pending, child)
            elif not _is_empty(each):
                freeze = _is_worth_freezing(each)
                if freeze and isinstance(each, LoadTable):
                    pending.append(_making_room(each.table))
                await self._send(pending, child)
                moved[each.id] = await self._move(each, freeze=freeze, child=child)
        done = [moved.get(step.id) or Done(step=step.id, attempt=self._work.attempt) for step in steps]
        pending += [recording(done, timed={each.step for each in moved.values()}), "COMMIT;"]
        await self._send(pending, child)
        self._work.statistics.taken.update(taken)
        others = time.perf_counter() - began - sum(each.seconds for each in moved.values())
        share = others / max(1, len(steps) - len(moved))
        return [
            each if step.id in moved else msgspec.structs.replace(each, seconds=share)
            for step, each in zip(steps, done, strict=True)
        ]

    async def _send(self, pending: list[str], child: ChildCopier | None) -> None:
        """Send what is pending in one message."""
        if not pending:
            return
        await (child or self._target).run("\n".join(pending))
        pending.clear()

    async def _move(self, step: Move, *, freeze: bool, child: ChildCopier | None) -> Done:
        began = time.perf_counter()
        whole = whole_of(step)

        def on_bytes(count: int) -> None:
            self._work.tell(BytesCopied(step=whole, bytes=count))

        if not isinstance(step, LoadTable):
            source = await self._source_session()
            size = await relay_large_objects(source, self._target, step, self._work.plan.roles, on_bytes)
            return Done(
                step=step.id, bytes=size, seconds=time.perf_counter() - began, attempt=self._work.attempt
            )
        without = self._work.leaving_out.get(step.table, ())
        part = step if isinstance(step, LoadPart) else None
        copier = child or LocalCopier(await self._source_session(), self._target)
        rows, size = await copier.copy(
            step,
            on_bytes,
            without=without,
            freeze=freeze,
            blocks=(part.first_block, part.end_block) if part else None,
        )
        return Done(
            step=whole,
            first_block=part.first_block if part else 0,
            end_block=part.end_block if part else None,
            filenode=part.filenode if part else 0,
            rows=rows,
            bytes=size,
            left_out=len(without),
            seconds=time.perf_counter() - began,
            attempt=self._work.attempt,
        )

    async def _source_session(self) -> Session:
        if self._source is None or self._source.is_closed():
            self._source = await open_session(self._work.source)
            self._stack.push_async_callback(self._source.close)
            await self._source.run(self._work.settings.sql_for(End.SOURCE))
            try:
                await self._stack.enter_async_context(join_snapshot(self._source, self._work.snapshot))
            except ServerError as error:
                raise SnapshotLostError(f"the source's snapshot is gone: {error}") from error
        return self._source


@contextlib.asynccontextmanager
async def hold_worker(work: Work, lock: RunLock) -> AsyncIterator[Worker]:
    """Open a worker's connection to the target, and close what it has opened afterwards.

    Raises:
        ConnectionFailedError: the target cannot be reached now.
        ConnectionLostError: this run does not hold the lock any more.
    """
    async with contextlib.AsyncExitStack() as stack:
        target = await open_session(work.target)
        stack.push_async_callback(target.close)
        try:
            await target.run(_beginning(work, lock))
        except ServerError as error:
            # Not a step's failure: the lock is gone with its session, which the next pass takes again.
            raise ConnectionLostError(
                f"{work.target.describe()}: a connection cannot be worked with: {error}"
            ) from error
        yield Worker(work, lock, target, stack)


def _beginning(work: Work, lock: RunLock) -> str:
    """Return what a session at the target begins with."""
    return f"{lock.entry()}\n{work.plan.preamble}{work.settings.sql_for(End.TARGET)}"


def _is_large(steps: Sequence[Step]) -> bool:
    """Tell whether steps are one load that would keep a process busy for a while."""
    return len(steps) == 1 and isinstance(steps[0], LoadTable) and steps[0].cost.bytes >= ELSEWHERE_FROM


def _is_empty(step: Move) -> bool:
    """Tell whether it is known that there is nothing to move: rows were counted in the same snapshot."""
    return _is_whole(step) and step.cost.rows == 0


def _is_worth_freezing(step: Move) -> bool:
    return _is_whole(step) and step.cost.bytes >= FREEZE_FROM


def _is_whole(step: Move) -> bool:
    """Tell whether a step moves all rows of a table."""
    return isinstance(step, LoadTable) and not isinstance(step, LoadPart) and not step.condition


def _making_room(table: QualifiedName) -> str:
    """Return the statements by which a table's file is new in this transaction: only then are rows frozen.

    Rows that are there are not ours, since the journal would know of them, and nobody's to be dropped.
    """
    message = (
        f"{table} has rows on the target that this migration did not bring, and they are not overwritten; "
        "remove them"
    )
    body = (
        f"BEGIN IF EXISTS (SELECT FROM ONLY {table}) THEN "
        f"RAISE EXCEPTION USING MESSAGE = {quote_literal(message)}; END IF; END"
    )
    return (
        f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE;\n"
        f"DO {quote_literal(body)};\n"
        f"TRUNCATE ONLY {table};"
    )
