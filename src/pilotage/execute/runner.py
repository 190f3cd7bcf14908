"""The runner: one attempt at a plan, from the journal's first word to the last step.

Consumed by the migration; events tell what happens. A run is a series of passes. A pass does what the journal
does not say is done; when connections are lost, the next one begins with what the journal says then. So does
the same command when it is run again.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from pilotage import __version__
from pilotage.catalog.changed_rows import read_moment
from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.identity import lasting_identity
from pilotage.errors import (
    ConnectionFailedError,
    ConnectionLostError,
    PilotageError,
    RunFailedError,
    RunInterruptedError,
    SnapshotLostError,
    StepFailedError,
)
from pilotage.execute.continuing import Continuation, reconcile, refuse_another
from pilotage.execute.failures import in_full, lost_end
from pilotage.execute.limits import Limits
from pilotage.execute.passing import MovedOnError, Pass
from pilotage.execute.progress import Progress
from pilotage.execute.statistics import hold_statistics
from pilotage.execute.unlogged import emptied_tables, undo_emptied
from pilotage.execute.watching import watching
from pilotage.execute.worker import Work
from pilotage.journal.lock import RunLock
from pilotage.journal.reading import read_done, read_journal
from pilotage.journal.tables import drop_tables
from pilotage.journal.writing import begin, note_end, note_failure, note_moment
from pilotage.model.journal import JOURNAL_FORMAT, Attempt, Begun, Done, Journal, Outcome, PlannedStep
from pilotage.model.names import QualifiedName
from pilotage.model.plan import LoadLargeObjects, LoadTable, Plan
from pilotage.model.run import (
    CopiedPartly,
    Event,
    Reconnecting,
    Resumed,
    RunFinished,
    RunResult,
    RunStarted,
    SettingsChosen,
)
from pilotage.model.settings import GivenSettings
from pilotage.settings import choose_settings

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each try to connect again. A server that recovers from a crash needs some; a minute in vain,
with nothing done in between, and a person should look."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where rows come from.

    Attributes:
        session: in the transaction whose snapshot was exported; nobody else uses it while the run lasts.
        snapshot: its id.
    """

    parameters: ConnectionParameters
    session: Session
    snapshot: str


async def run_plan(
    plan: Plan,
    origin: Origin,
    target: ConnectionParameters,
    *,
    lock: RunLock,
    choices: str = "",
    limits: Limits,
    on_event: Callable[[Event], None],
    leaving_out: Mapping[QualifiedName, Sequence[str]] = MappingProxyType({}),
    given: GivenSettings | None = None,
    gather_statistics: bool = False,
) -> RunResult:
    """Run every step of the plan that the target's journal does not have, and return what each one did.

    The journal stays on the target, for whoever verifies; :func:`forget_run` removes it.

    Args:
        lock: the run's, held; its session is ours while this lasts.
        choices: what decided on the plan besides the source, as JSON; another run must have made the same.
        leaving_out: where rows lie (``ctid``, in the snapshot) that stay behind, by the table they are in.
        given: settings that the user asks for.
        gather_statistics: whether tables are analyzed whose statistics could be taken over from the source.
        on_event: told of progress; must not block.

    Raises:
        UsageError: a server does not take a setting that the user asks for; nothing was changed.
        RefusedError: the target holds what another source, structure or choice began; nothing was changed.
        StepFailedError: a step failed; the message names it and says what is on the target now.
        SnapshotLostError: the source's snapshot is gone with its session.
        RunFailedError: the run could not go on for another reason, such as connections not to be had.
        RunInterruptedError: the task was cancelled.
    """
    run = _Run(
        plan, origin, target, lock, choices, limits, on_event, leaving_out, given or GivenSettings(),
        gather_statistics=gather_statistics,
    )  # fmt: skip
    try:
        return await run.to_the_end()
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {await run.close(Outcome.INTERRUPTED)}") from error
    except StepFailedError as error:
        state = await run.close(Outcome.FAILED, str(error))
        raise StepFailedError(f"{error}\n{state}", error.step) from error.__cause__
    except SnapshotLostError as error:
        raise SnapshotLostError(f"{error}\n{await run.close(Outcome.FAILED, str(error))}") from error
    except PilotageError as error:
        if not run.has_begun:
            raise
        state = await run.close(Outcome.FAILED, in_full(error))
        raise RunFailedError(f"{in_full(error)}\n{state}") from error


async def forget_run(lock: RunLock, plan: Plan) -> None:
    """Remove the journal of a run that is complete.

    Raises:
        RunFailedError: it is no longer: the target has crashed since its last step.
    """
    await lock.ensure()
    await lock.session.run(plan.preamble)
    filled = {done.step for done in await read_done(lock.session) if done.rows}
    if emptied := await emptied_tables(lock.session, plan, filled):
        raise RunFailedError(
            f"the target crashed after the last step, and rows of unlogged tables went with that: "
            f"{', '.join(map(str, emptied))}. Run the same command again: it brings them again"
        )
    await drop_tables(lock.session)


class _Run:
    """One attempt."""

    def __init__(
        self,
        plan: Plan,
        origin: Origin,
        target: ConnectionParameters,
        lock: RunLock,
        choices: str,
        limits: Limits,
        on_event: Callable[[Event], None],
        leaving_out: Mapping[QualifiedName, Sequence[str]],
        given: GivenSettings,
        *,
        gather_statistics: bool,
    ) -> None:
        self._plan = plan
        self._origin = origin
        self._target = target
        self._lock = lock
        self._choices = choices
        self._limits = limits
        self._tell = on_event
        self._leaving_out = leaving_out
        self._given = given
        self._gather_statistics = gather_statistics
        self._began = time.perf_counter()
        self._attempt = 0
        self._continuation = Continuation(again=(), older=None)
        self._progress = Progress(plan, self._began)
        self._was_there = False
        self.has_begun = False

    async def to_the_end(self) -> RunResult:
        plan = self._plan
        loads = [step for step in plan.steps if isinstance(step, LoadTable)]
        self._tell(
            RunStarted(
                steps=len(plan.steps),
                rows=sum(step.cost.rows for step in loads),
                bytes=sum(
                    step.cost.bytes for step in plan.steps if isinstance(step, LoadTable | LoadLargeObjects)
                ),
            )
        )
        await self._take_the_lock()
        settings = await choose_settings(
            self._origin.session, self._lock.session, plan, self._limits, self._given
        )
        self._tell(
            SettingsChosen(
                jobs=self._limits.jobs, index_jobs=self._limits.index_jobs, settings=settings.settings
            )
        )
        await self._begin()
        at_work: dict[int, str] = {}
        async with (
            hold_statistics(
                plan, self._origin.parameters, self._leaving_out, gather=self._gather_statistics
            ) as statistics,
            watching(self._target, at_work, self._tell),
        ):
            work = Work(
                plan=plan,
                source=self._origin.parameters,
                target=self._target,
                snapshot=self._origin.snapshot,
                leaving_out=self._leaving_out,
                attempt=self._attempt,
                places={step.id: place for place, step in enumerate(plan.steps)},
                tell=self._tell,
                at_work=at_work,
                settings=settings,
                statistics=statistics,
            )
            await self._pass_after_pass(work)
        # The one commit that waits for the disk, and with it for all that were before it.
        await note_end(self._lock.session, self._attempt, Outcome.FINISHED)
        result = self._result(len(statistics.taken))
        self._tell(RunFinished(rows=result.rows, bytes=result.bytes, seconds=result.seconds))
        return result

    # -- passes ----------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Read the journal, take back what no longer holds, and note the attempt."""
        session = self._lock.session
        begun = Begun(
            format=JOURNAL_FORMAT,
            pilotage=__version__,
            fingerprint=self._plan.fingerprint,
            source=self._origin.parameters.describe(),
            source_identity=await lasting_identity(self._origin.session),
            choices=self._choices,
        )
        moment = await read_moment(self._origin.session)
        journal = await read_journal(session)
        if journal is not None:
            refuse_another(journal, begun)
            self._was_there = True
            self.has_begun = True
            # First, since what an unlogged table lost in a crash is not complete.
            await self._undo_emptied(journal.done)
            journal = msgspec.structs.replace(journal, done=await read_done(session))
            self._continuation = await self._reconcile(journal)
        self._attempt = len(journal.attempts) + 1 if journal is not None else 1
        attempt = Attempt(number=self._attempt, snapshot=self._origin.snapshot, moment=moment)
        await begin(session, begun, attempt, _planned(self._plan), role=self._plan.roles.role)
        self.has_begun = True
        if not moment.flushed:
            # By now it may be known that what the snapshot sees outlives a crash of the source.
            with contextlib.suppress(PilotageError):
                await note_moment(session, self._attempt, await read_moment(self._origin.session))

    async def _reconcile(self, journal: Journal) -> Continuation:
        return await reconcile(
            self._origin.session, self._lock.session, self._plan, journal, self._leaving_out
        )

    async def _pass_after_pass(self, work: Work) -> None:
        tries = 0
        while True:
            done_before = len(self._progress.done)
            try:
                await self._one_pass(work, tries)
            except (ConnectionLostError, ConnectionFailedError, MovedOnError) as error:
                if len(self._progress.done) > done_before:
                    tries = 0
                await self._ensure_snapshot(error)
                if tries == len(PAUSES):
                    raise
                if not isinstance(error, MovedOnError):
                    end = lost_end(error, self._origin.parameters)
                    self._tell(
                        Reconnecting(end=end, attempt=tries + 1, seconds=PAUSES[tries], why=str(error))
                    )
                await asyncio.sleep(PAUSES[tries])
                tries += 1
            else:
                return

    async def _one_pass(self, work: Work, tries: int) -> None:
        if tries:
            await self._take_the_lock()
        session = self._lock.session
        self._progress.failures.clear()
        if await self._undo_emptied(await read_done(session)):
            self._progress.read(await read_done(session))
        if self._was_there or tries:
            self._tell(self._resumed())
        one = Pass(self._plan, work, self._lock, self._limits, self._progress, self._origin.session)
        await one.all_stages()

    async def _undo_emptied(self, recorded: Sequence[Done]) -> bool:
        """Take back what unlogged tables lost in a crash, given what is recorded; tell if there was any."""
        self._progress.read(recorded)
        return await undo_emptied(
            self._lock.session, self._plan, self._progress.done, self._progress.filled()
        )

    def _resumed(self) -> Resumed:
        done = self._progress.done
        return Resumed(
            attempt=self._attempt,
            done=tuple(step.id for step in self._plan.steps if step.id in done),
            left=sum(step.id not in done for step in self._plan.steps),
            rows=self._progress.rows,
            bytes=self._progress.bytes,
            again=self._continuation.again,
            partly=tuple(
                CopiedPartly(
                    step=step, rows=sum(part.rows for part in parts), bytes=sum(part.bytes for part in parts)
                )
                for step, parts in self._progress.parts.items()
                if step not in done
            ),
        )

    async def _take_the_lock(self) -> None:
        """Hold the run's lock, with nothing of this run or an earlier one at work; then take on the role."""
        await self._lock.ensure()
        await self._lock.session.run("RESET ROLE")
        await self._lock.settle()
        await self._lock.session.run(self._plan.preamble + "SET synchronous_commit TO on")

    async def _ensure_snapshot(self, error: PilotageError) -> None:
        """Make sure that the source still shows what it showed.

        Raises:
            SnapshotLostError: its session is gone.
        """
        try:
            await self._origin.session.value("SELECT 1")
        except PilotageError as lost:
            raise SnapshotLostError(
                f"{in_full(error)}\nThe snapshot of the source is gone with its connection: {lost}"
            ) from error

    # -- the end ---------------------------------------------------------------------------------------------

    def _result(self, statistics_taken: int) -> RunResult:
        return RunResult(
            plan=self._plan,
            snapshot=self._origin.snapshot,
            jobs=self._limits.jobs,
            steps=self._progress.results(),
            seconds=time.perf_counter() - self._began,
            attempt=self._attempt,
            older_snapshot=self._continuation.older,
            again=self._continuation.again,
            statistics_taken=statistics_taken,
        )

    async def close(self, outcome: Outcome, message: str = "") -> str:
        """Note how the attempt ended, as far as that can be, and say what a person finds on the target."""
        noted = await self._note(outcome, message)
        again = "Run" if outcome is Outcome.INTERRUPTED else "Mend the cause and run"
        if not noted and not self._was_there:
            return f"Nothing on the target was changed. {again} the same command again."
        done = len(self._progress.done)
        return (
            f"{done} of {len(self._plan.steps)} steps are on the target, each recorded there with its work; "
            f"what was not complete was rolled back. {again} the same command again: it goes on with the "
            "rest. `pilotage status` shows where it stands."
        )

    async def _note(self, outcome: Outcome, message: str) -> bool:
        """Write the end into the journal, or remove it where nothing was done; tell if something stays."""
        if self._attempt == 0:
            return self._was_there
        try:
            async with asyncio.timeout(10):
                await self._take_the_lock()
                session = self._lock.session
                self._progress.read(await read_done(session))
                if not self._progress.done and self._attempt == 1:
                    await drop_tables(session)
                    return False
                for failure in self._progress.failures:
                    await note_failure(session, self._attempt, failure.step, str(failure))
                await note_end(session, self._attempt, outcome, message)
        except (PilotageError, TimeoutError):
            return True  # the journal knows what is done all the same
        return True


def _planned(plan: Plan) -> list[PlannedStep]:
    return [
        PlannedStep(
            place=place,
            id=step.id,
            stage=step.stage.value,
            kind=str(step.__struct_config__.tag),
            group=step.group,
            table=str(step.table) if isinstance(step, LoadTable) else "",
            rows=step.cost.rows,
            bytes=step.cost.bytes,
            weight=step.cost.weight,
        )
        for place, step in enumerate(plan.steps)
    ]
