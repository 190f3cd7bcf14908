"""The runner: walks a plan's stages and edges with several connections at once.

Consumed by the migration; events tell what happens while it does. A failing step stops the run: what is
committed stays, what is not is rolled back by the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import join_snapshot
from pilotage.errors import (
    ConnectionLostError,
    PilotageError,
    RunFailedError,
    RunInterruptedError,
    ServerError,
    StepFailedError,
    first_error,
)
from pilotage.execute.agenda import Agenda
from pilotage.execute.large_objects import relay_large_objects
from pilotage.execute.relay import relay_rows
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.model.run import (
    BytesCopied,
    Event,
    RunResult,
    RunStarted,
    StageStarted,
    StepFinished,
    StepResult,
    StepStarted,
)
from pilotage.roles.default_privileges import creates_objects, put_back, set_aside, with_defaults_aside
from pilotage.roles.standing_comments import sql_where_owned

STEPS_PER_TRANSACTION = 1000
"""Steps of an in-order stage that share a transaction. Each may lock several relations, and the lock table
has room for about max_locks_per_transaction (64) x max_connections (100) by default."""


_NAMES_NOTHING = frozenset({"42P01", "42883", "42704"})
"""SQLSTATEs of a table, function or type that does not exist."""

_BY_SEARCH_PATH = (
    "The body of that function finds what it names by search_path, which is empty here, as under pg_restore; "
    "PostgreSQL 17 and later empty it wherever they refresh views and build indexes. On the source, run "
    "ALTER FUNCTION … SET search_path = … with the schemas that it needs."
)

OUT_OF_MEMORY = "53200"
"""SQLSTATE of a lock table without room: fewer steps in a transaction may still do."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may happen at once.

    Attributes:
        jobs: connections to the target, and as many to the source while rows are copied.
    """

    jobs: int = 4


async def run_plan(
    plan: Plan,
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    snapshot: str,
    limits: Limits,
    on_event: Callable[[Event], None],
    leaving_out: Mapping[QualifiedName, Sequence[str]] = MappingProxyType({}),
) -> RunResult:
    """Run every step of the plan and return what each one did.

    Args:
        leaving_out: where rows lie (``ctid``, in the snapshot) that stay behind, by the table they are in.
        snapshot: an exported snapshot of the source, which must last until this returns.
        on_event: told of progress; must not block.

    Raises:
        StepFailedError: a step failed; the message names it and says what is on the target now.
        RunFailedError: the run could not go on for another reason, such as a session that was not to be had.
        RefusedError, ConnectionLostError: that happened before anything was changed.
        RunInterruptedError: the task was cancelled.
    """
    run = _Run(plan, source, target, snapshot, limits, on_event, leaving_out)
    try:
        return await run.all_stages()
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {run.state()}") from error
    except StepFailedError as error:
        raise StepFailedError(f"{error}\n{run.state()}", error.step) from error.__cause__
    except PilotageError as error:
        # Such as a session that cannot be opened: refused before anything was changed, or a failed run.
        if not run.has_changed_anything:
            raise
        raise RunFailedError(f"{_in_full(error)}\n{run.state()}") from error


class _Run:
    """One run of one plan."""

    def __init__(
        self,
        plan: Plan,
        source: ConnectionParameters,
        target: ConnectionParameters,
        snapshot: str,
        limits: Limits,
        on_event: Callable[[Event], None],
        leaving_out: Mapping[QualifiedName, Sequence[str]],
    ) -> None:
        self._plan = plan
        self._source = source
        self._target = target
        self._snapshot = snapshot
        self._limits = limits
        self._tell = on_event
        self._leaving_out = leaving_out
        self._began = time.perf_counter()
        self._results: list[StepResult] = []
        self._in_doubt = 0  # steps that were sent and not yet answered

    async def all_stages(self) -> RunResult:
        plan = self._plan
        self._tell(
            RunStarted(
                steps=len(plan.steps),
                rows=sum(step.cost.rows for step in plan.steps if isinstance(step, LoadTable)),
                bytes=sum(
                    step.cost.bytes for step in plan.steps if isinstance(step, LoadTable | LoadLargeObjects)
                ),
            )
        )
        for stage in Stage:
            steps = plan.steps_of(stage)
            self._tell(StageStarted(stage=stage, steps=len(steps)))
            if stage.in_order:
                await self._run_in_order(steps)
            else:
                await self._run_by_edges(steps)
        await self._make_durable()
        return RunResult(
            plan=plan,
            snapshot=self._snapshot,
            jobs=self._limits.jobs,
            steps=tuple(self._results),
            seconds=self._elapsed(),
        )

    # -- stages that run in the plan's order -----------------------------------------------------------------

    async def _run_in_order(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        async with self._target_session() as session:
            for first in range(0, len(steps), STEPS_PER_TRANSACTION):
                await self._run_batch(session, steps[first : first + STEPS_PER_TRANSACTION])

    async def _run_batch(self, session: Session, steps: Sequence[Step]) -> None:
        """Run steps as one transaction in one round trip; where that fails, find out which step it was.

        A message that holds many statements fails as a whole and does not say where, so the batch, rolled
        back by then, is run again one step at a time.
        """
        started = self._elapsed()
        self._in_doubt = len(steps)
        try:
            statements = "\n".join(sql for _, sql in _statements_of(steps))
            await session.run(f"BEGIN;\n{statements}\nCOMMIT;")
        except ServerError as error:
            self._in_doubt = 0
            await session.run("ROLLBACK")
            if error.sqlstate == OUT_OF_MEMORY and len(steps) > 1:
                middle = len(steps) // 2
                await self._run_batch(session, steps[:middle])
                await self._run_batch(session, steps[middle:])
                return
            async with session.transaction():
                for step, sql in _statements_of(steps):
                    with _failure_of(step):
                        await session.run(sql)
                self._in_doubt = len(steps)
        self._in_doubt = 0
        seconds = (self._elapsed() - started) / len(steps)
        for number, step in enumerate(steps):
            self._finish(step, started + number * seconds, seconds, 0, 0)

    # -- stages that run along the edges ---------------------------------------------------------------------

    async def _run_by_edges(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        agenda = Agenda(steps, self._plan.edges)
        changed = asyncio.Condition()
        workers = min(self._limits.jobs, len(steps))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work(agenda, changed))
        except ExceptionGroup as failures:
            raise first_error(failures) from failures

    async def _work(self, agenda: Agenda, changed: asyncio.Condition) -> None:
        """Take steps until none is left, waiting while one that runs may make others ready."""
        async with contextlib.AsyncExitStack() as stack:
            target = await stack.enter_async_context(self._target_session())
            source: Session | None = None
            while (step := await _next_step(agenda, changed)) is not None:
                if isinstance(step, LoadTable | LoadLargeObjects) and source is None:
                    source = await stack.enter_async_context(self._source_session())
                await self._run_step(step, source, target)
                async with changed:
                    agenda.done(step)
                    changed.notify_all()

    async def _run_step(self, step: Step, source: Session | None, target: Session) -> None:
        self._tell(StepStarted(step=step.id))
        started = self._elapsed()
        rows = size = 0
        self._in_doubt += 1
        try:
            with _failure_of(step):
                if isinstance(step, LoadTable) and source is not None:
                    rows, size = await relay_rows(
                        source,
                        target,
                        step,
                        lambda count: self._tell(BytesCopied(step=step.id, bytes=count)),
                        without=self._leaving_out.get(step.table, ()),
                    )
                elif isinstance(step, LoadLargeObjects) and source is not None:
                    size = await relay_large_objects(
                        source,
                        target,
                        step,
                        self._plan.roles,
                        lambda count: self._tell(BytesCopied(step=step.id, bytes=count)),
                    )
                else:
                    statements = "\n".join(sql for _, sql in _statements_of([step]))
                    await target.run(
                        f"BEGIN;\n{statements}\nCOMMIT;" if creates_objects(step) else statements
                    )
        except StepFailedError as error:
            if isinstance(error.__cause__, ServerError):
                self._in_doubt -= 1
            raise
        self._in_doubt -= 1
        self._finish(step, started, self._elapsed() - started, rows, size)

    # -- sessions --------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _target_session(self) -> AsyncIterator[Session]:
        async with connect(self._target) as session:
            await session.run(self._plan.preamble)
            # Commits of single steps need not wait for the disk: _make_durable waits once for all of them.
            # And a session that waits for work must not be taken for one that was forgotten.
            await session.run("SET synchronous_commit TO off; SET idle_session_timeout TO 0")
            yield session

    @contextlib.asynccontextmanager
    async def _source_session(self) -> AsyncIterator[Session]:
        async with connect(self._source) as session, join_snapshot(session, self._snapshot):
            yield session

    async def _make_durable(self) -> None:
        """Wait until all that was committed is on the target's disk; one commit flushes all before it."""
        async with connect(self._target) as session:
            await session.run("SET synchronous_commit TO on; SELECT pg_catalog.pg_current_xact_id()")

    # -- bookkeeping -----------------------------------------------------------------------------------------

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    def _finish(self, step: Step, started: float, seconds: float, rows: int, size: int) -> None:
        self._results.append(
            StepResult(step=step.id, started=started, seconds=seconds, rows=rows, bytes=size)
        )
        self._tell(StepFinished(step=step.id, rows=rows, bytes=size, seconds=seconds))

    @property
    def has_changed_anything(self) -> bool:
        """Whether the target is, or may be, another than before."""
        return bool(self._results) or self._in_doubt > 0

    def state(self) -> str:
        """Say what a person finds on the target when the run stops here, and what to do."""
        if not self.has_changed_anything:
            return "Nothing on the target was changed. Mend the cause and run the same command again."
        found = f"{len(self._results)} of {len(self._plan.steps)} steps are on the target and stay there"
        if self._in_doubt:
            found += f"; {self._in_doubt} more that were running may be there too"
        return (
            f"{found}. Mend the cause, empty the target database (or make a new one) and run the same "
            "command again."
        )


async def _next_step(agenda: Agenda, changed: asyncio.Condition) -> Step | None:
    """Return the next step to run, once there is one, or None when there will be none."""
    async with changed:
        while (step := agenda.take()) is None and agenda.waiting:
            await changed.wait()
        return step


def _statements_of(steps: Sequence[Step]) -> list[tuple[Step, str]]:
    """Return the statements of one transaction, each with the step that it is for.

    Where objects are created, the target's own default privileges are set aside first and put back behind.
    """
    creating, others = with_defaults_aside(steps)
    statements = [(step, _sql_of(step)) for step in creating]
    if creating:
        statements = [(creating[0], set_aside()), *statements, (creating[-1], put_back())]
    return statements + [(step, _sql_of(step)) for step in others]


def _sql_of(step: Step) -> str:
    """Return the statements of a step that is not a load."""
    match step:
        case RunDdl():
            return sql_where_owned(step)
        case BuildIndex() | AddConstraint() | AddForeignKey():
            return step.sql
        case RefreshView():
            # Its owner may be one from whom policies hide rows; it holds what they let through, as on the
            # source. With row_security off, as the preamble has it for all else, that would be an error.
            return f"SELECT pg_catalog.set_config('row_security', 'on', true);\n{step.sql}"
        case SetSequence():
            called = "true" if step.is_called else "false"
            name = quote_literal(str(step.sequence))
            # Quoted, since the least bigint is none where it is written as a number: minus a numeric.
            value = quote_literal(str(step.last_value))
            return f"SELECT pg_catalog.setval({name}, {value}, {called});"
        case AnalyzeTable():
            return f"ANALYZE {step.table};"
        case LoadTable() | LoadLargeObjects():
            raise TypeError(f"{step.id} moves contents and has no statement of its own")
        case _:
            assert_never(step)


@contextlib.contextmanager
def _failure_of(step: Step) -> Iterator[None]:
    """Turn a server's refusal into the failure of a step, in words for a person."""
    try:
        yield
    except (ServerError, ConnectionLostError) as error:
        raise StepFailedError(f'step "{step.id}" failed: {_in_full(error)}', step.id) from error


def _in_full(error: PilotageError) -> str:
    """Return an error's message with all that a server said besides."""
    if not isinstance(error, ServerError):
        return str(error)
    sqlstate = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    further = (("Detail", error.detail), ("Hint", error.hint), ("Context", error.context))
    told = f"{error}{sqlstate}" + "".join(f"\n{label}: {text}" for label, text in further if text)
    if error.sqlstate in _NAMES_NOTHING and " function " in f" {error.context or ''}":
        told += f"\n{_BY_SEARCH_PATH}"
    return told
