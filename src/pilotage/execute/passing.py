"""A pass: the stages of a plan, as far as the journal does not say that they are done, with several workers.

Consumed by the runner, which begins another pass where this one ends with a lost connection. A step that a
server refuses keeps what waits for it from running, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from importlib import resources
from typing import Any

import msgspec

from pilotage.connection import Session
from pilotage.errors import (
    ConnectionFailedError,
    ConnectionLostError,
    PilotageError,
    RunFailedError,
    ServerError,
    StepFailedError,
    first_error,
)
from pilotage.execute.agenda import Agenda
from pilotage.execute.failures import LOCK_TABLE_FULL, is_recorded_already, lost_end, step_failure, stops_all
from pilotage.execute.limits import Limits
from pilotage.execute.parts import LoadPart, StoredTable, split, tables_to_split, whole_of
from pilotage.execute.progress import Progress
from pilotage.execute.worker import Work, Worker
from pilotage.execute.workers import Workers
from pilotage.journal.lock import RunLock
from pilotage.journal.reading import read_done
from pilotage.journal.tables import DONE_TWICE
from pilotage.model.journal import Done
from pilotage.model.plan import LoadTable, Plan, Stage, Step
from pilotage.model.run import (
    PartFinished,
    Reconnecting,
    StageStarted,
    StepFailed,
    StepFinished,
    StepStarted,
    Stopping,
    Waiting,
)

STEPS_PER_TRANSACTION = 1000
"""Steps of an in-order stage that share a transaction. Each may lock several relations, and the lock table
has room for about max_locks_per_transaction (64) x max_connections (100) by default."""

GRACE = 3.0
"""Seconds that steps at work get to end when the user stops us: what ends by then is not done twice."""


LOSSES = 5
"""Connections lost with no step done in between after which this is no longer bad luck of one of them."""

_TELL_EVERY = 1.0
"""Seconds between two tellings of what waits."""

PAUSE = 0.5
"""Seconds before a worker connects again, while the run's own sessions are well."""


class MovedOnError(PilotageError):
    """The journal has what we were about to record: it is to be read again."""


class Pass:
    """One walk through what is left."""

    def __init__(
        self,
        plan: Plan,
        work: Work,
        lock: RunLock,
        limits: Limits,
        progress: Progress,
        source: Session,
    ) -> None:
        self._plan = plan
        self._work = work
        self._lock = lock
        self._limits = limits
        self._progress = progress
        self._source = source
        self._stopping = False
        self._asking = asyncio.Lock()  # for the run's own sessions
        self._told_waits = time.perf_counter()
        self._workers = Workers(work, lock)
        self._losses = 0
        self._done_at_loss = -1

    async def all_stages(self) -> None:
        """Run what is left, stage by stage.

        Raises:
            StepFailedError: the first of the steps that were refused.
            ConnectionLostError, ConnectionFailedError, MovedOnError: the next pass may get on.
        """
        async with self._workers:
            for stage in Stage:
                steps = [step for step in self._plan.steps_of(stage) if step.id not in self._progress.done]
                self._work.tell(StageStarted(stage=stage, steps=len(steps)))
                if steps:
                    await self._stage(stage, steps)

    async def _stage(self, stage: Stage, steps: Sequence[Step]) -> None:
        if stage.in_order:
            await self._together([self._in_order(steps)])
        else:
            await self._by_edges(steps)
        if self._progress.failures:
            raise self._failure()
        left = [step.id for step in steps if step.id not in self._progress.done]
        if left:
            raise RunFailedError(f"{len(left)} steps were not handed out, {left[0]} among them")

    def _failure(self) -> StepFailedError:
        first, *others = self._progress.failures
        if not others:
            return first
        also = "\n".join(f"Besides, {failure}" for failure in others[:4])
        more = f"\nand {len(others) - 4} more" if len(others) > 4 else ""
        failure = StepFailedError(f"{first}\n{also}{more}", first.step)
        failure.__cause__ = first.__cause__
        return failure

    # -- stages that run in the plan's order -----------------------------------------------------------------

    async def _in_order(self, steps: Sequence[Step]) -> None:
        worker = await self._workers.take()
        for first in range(0, len(steps), STEPS_PER_TRANSACTION):
            await self._batch(worker, steps[first : first + STEPS_PER_TRANSACTION])
        self._workers.give_back(worker)

    async def _batch(self, worker: Worker, steps: Sequence[Step]) -> None:
        """Run steps as one transaction; where that fails, find out which step it was.

        A message that holds many statements fails as a whole and does not say where, so the batch, rolled
        back by then, is run again, still as one transaction, with a message for each step.
        """
        if self._stopping:
            return
        try:
            await self._run(worker, steps)
        except ServerError as error:
            if error.sqlstate == LOCK_TABLE_FULL and len(steps) > 1:
                middle = len(steps) // 2
                await self._batch(worker, steps[:middle])
                await self._batch(worker, steps[middle:])
                return
            try:
                await self._run(worker, steps, one_by_one=True)
            except ServerError as culprit:
                self._note_failure(worker.last_begun, culprit)
                raise self._failure() from culprit

    # -- stages that run along the edges ---------------------------------------------------------------------

    async def _by_edges(self, steps: Sequence[Step]) -> None:
        parts = {id_: done for id_, done in self._progress.parts.items() if id_ not in self._progress.done}
        to_split = tables_to_split(steps, self._limits.jobs, parts)
        stored = await self._stored(to_split) if to_split else {}
        steps, edges = split(steps, self._plan.edges, stored, self._limits.jobs, parts)
        agenda = Agenda(steps, edges, self._limits)
        changed = asyncio.Condition()
        workers = min(self._limits.jobs + self._limits.index_jobs, len(steps))
        await self._together([self._work_on(agenda, changed) for _ in range(workers)])

    async def _work_on(self, agenda: Agenda, changed: asyncio.Condition) -> None:
        """Take batches until none is left, waiting while one that runs may make others ready."""
        worker: Worker | None = None
        while steps := await self._next(agenda, changed):
            try:
                if worker is None:
                    worker = await self._workers.take()
                await self._run(worker, steps)
            except (ConnectionLostError, ConnectionFailedError) as error:
                if worker is None and self._workers.at_hand:
                    # Such as where the server has no more connections for us: the others do it.
                    async with changed:
                        agenda.give_back(steps)
                        changed.notify_all()
                    return
                if worker is not None:
                    self._workers.lose()
                    worker = None
                recorded = await self._after_loss(error)
                async with changed:
                    agenda.done([step for step in steps if _key(step) in recorded])
                    agenda.give_back([step for step in steps if _key(step) not in recorded])
                    changed.notify_all()
            except ServerError as error:
                async with changed:
                    if len(steps) > 1:
                        agenda.give_back(steps)
                    else:
                        self._note_failure(steps[0], error)
                        agenda.failed(steps)
                        self._stopping = self._stopping or stops_all(error)
                    changed.notify_all()
            else:
                async with changed:
                    agenda.done(steps)
                    changed.notify_all()
        if worker is not None:
            self._workers.give_back(worker)

    async def _next(self, agenda: Agenda, changed: asyncio.Condition) -> tuple[Step, ...]:
        """Return what to run next, once there is something; nothing when there will be nothing."""
        async with changed:
            while not self._stopping:
                if steps := agenda.take():
                    return steps
                if not agenda.waiting:
                    changed.notify_all()
                    return ()
                self._tell_waits(agenda)
                await changed.wait()
            changed.notify_all()
            return ()

    def _tell_waits(self, agenda: Agenda) -> None:
        """Tell what keeps a connection idle; not all the time, since that is long to find out."""
        now = time.perf_counter()
        if now - self._told_waits >= _TELL_EVERY:
            self._told_waits = now
            self._work.tell(Waiting(at_work=False, waits=agenda.blocked_by()))

    async def _stored(self, loads: Sequence[LoadTable]) -> Mapping[str, StoredTable]:
        """Ask how the source stores tables that may be copied in parts, and let nobody move their rows."""
        tables = [load.table for load in loads]
        named = ", ".join(f"ONLY {table}" for table in tables)
        await self._source.run(f"LOCK TABLE {named} IN ACCESS SHARE MODE")
        rows = await self._source.records(
            _STORED, _Stored, [table.schema for table in tables], [table.name for table in tables]
        )
        return {
            loads[row.number].id: StoredTable(
                table=loads[row.number].table, blocks=row.blocks, filenode=row.filenode
            )
            for row in rows
        }

    async def _after_loss(self, error: PilotageError) -> set[tuple[str, int]]:
        """Find out what became of the steps of a worker whose connection is lost, and wait a moment.

        Where the run's own sessions are lost as well, it is for the next pass to go on.
        """
        async with self._asking:
            self._losses = self._losses + 1 if self._done_at_loss == len(self._progress.done) else 1
            self._done_at_loss = len(self._progress.done)
            if self._losses > LOSSES:
                raise error
            try:
                await self._source.value("SELECT 1")
                await self._end_left()
                recorded = await read_done(self._lock.session)
            except (ConnectionLostError, ServerError) as lost:
                raise error from lost
            known = {
                (done.step, done.first_block) for parts in self._progress.parts.values() for done in parts
            }
            for done in recorded:
                if (done.step, done.first_block) not in known and done.step in self._work.places:
                    self._finish(done)
            end = lost_end(error, self._work.source)
            self._work.tell(Reconnecting(end=end, attempt=self._losses, seconds=PAUSE, why=str(error)))
            await asyncio.sleep(PAUSE)
            return {(done.step, done.first_block) for done in recorded}

    async def _end_left(self) -> None:
        """End what server processes still do for connections that are lost.

        One that does not know of the loss would commit its step while another worker is at the same one.
        """
        left = tuple(self._work.left)
        self._work.left.clear()
        if left:
            await self._lock.session.run("RESET ROLE")
            await self._lock.settle(left)
            await self._lock.session.run(self._work.plan.preamble)

    # -- one batch -------------------------------------------------------------------------------------------

    async def _run(self, worker: Worker, steps: Sequence[Step], *, one_by_one: bool = False) -> None:
        for step in steps:
            self._work.tell(StepStarted(step=whole_of(step)))
        try:
            done = await worker.run(steps, one_by_one=one_by_one)
        except ServerError as error:
            if is_recorded_already(error, DONE_TWICE):
                raise MovedOnError(str(error)) from error
            raise
        for each in done:
            self._finish(each)

    def _finish(self, done: Done) -> None:
        if self._progress.add(done):
            parts = self._progress.parts[done.step]
            self._work.tell(
                StepFinished(
                    step=done.step,
                    rows=sum(part.rows for part in parts),
                    bytes=sum(part.bytes for part in parts),
                    seconds=done.seconds,
                )
            )
        else:
            self._work.tell(
                PartFinished(step=done.step, rows=done.rows, bytes=done.bytes, seconds=done.seconds)
            )

    def _note_failure(self, step: Step, error: ServerError) -> None:
        failure = step_failure(whole_of(step), error)
        self._progress.failures.append(failure)
        self._work.tell(StepFailed(step=whole_of(step), message=str(failure)))

    # -- side by side ----------------------------------------------------------------------------------------

    async def _together(self, works: Sequence[Coroutine[Any, Any, None]]) -> None:
        """Run until all have ended or one fails; where the user stops us, what ends soon may end first."""
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            self._stopping = True
            at_work = tuple(dict.fromkeys(self._work.at_work.values()))
            if at_work:
                self._work.tell(Stopping(steps=at_work, seconds=GRACE))
                await asyncio.wait(tasks, timeout=GRACE)
            raise
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [each for each in outcomes if isinstance(each, Exception)]
        if failures:
            # A lost connection takes others along, which then fail for other reasons.
            lost = [
                each for each in failures if isinstance(each, ConnectionLostError | ConnectionFailedError)
            ]
            raise first_error(BaseExceptionGroup("", lost or failures))


def _key(step: Step) -> tuple[str, int]:
    """Return the key under which the journal has a step, or a part of one."""
    return whole_of(step), step.first_block if isinstance(step, LoadPart) else 0


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    blocks: int
    filenode: int


_STORED = resources.files("pilotage.execute").joinpath("queries", "stored_tables.sql").read_text("utf-8")
