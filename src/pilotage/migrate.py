"""The main job: inspect, plan, run, verify, in one snapshot of the source.

Joins the rooms in the order of the pipeline and decides nothing itself. Consumed by the command line, the
demo and whoever uses pilotage as a library.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from pilotage.compare import read_facts
from pilotage.config.records import Assertion, Expectations
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import (
    ConnectionFailedError,
    ConnectionLostError,
    PilotageError,
    RefusedError,
    RunFailedError,
    RunInterruptedError,
    SnapshotLostError,
    UsageError,
)
from pilotage.execute import PAUSES, Limits, Origin, forget_run, run_plan, write_quarantine
from pilotage.journal.lock import RunLock, hold_run_lock
from pilotage.journal.reading import is_there
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Allowable, OrphanChoice
from pilotage.model.facts import Facts
from pilotage.model.identities import Identity
from pilotage.model.orphans import Orphans
from pilotage.model.plan import Plan
from pilotage.model.preflight import End, Preflight
from pilotage.model.roles import RoleChoices
from pilotage.model.run import Event, Reconnecting, RunResult, Verifying
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings
from pilotage.model.verdict import Asked, Verdict
from pilotage.plan.arrivals import with_rows_as_copied
from pilotage.preflight import hold_examination, plan_as_read
from pilotage.programs import Installation

_UNVERIFIED = (
    "The migration is complete and not verified; run the same command again, or `pilotage verify`, to do that"
)

_WHERE_IT_STANDS = (
    "What is on the target is recorded there; run the same command again, and it goes on with the rest. "
    "`pilotage status` shows where it stands"
)

_SNAPSHOTS = 5
"""Snapshots of the source that one command may lose; a person should look at what loses more."""

_FULLY = Asked()

_UNCHANGED = "; nothing was changed"

_BROUGHT_NOTHING = "This run has brought nothing yet; run the same command again"

_JOURNAL_LEFT = (
    "The migration is complete; its record on the target, the schema pilotage, is still there: run the same "
    "command again, or DROP SCHEMA pilotage CASCADE"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A completed migration: what the source was, what was planned and done, and the verdict.

    Attributes:
        verdict: None where verification was not asked for; of rows that were left out, it expects none.
        orphans: None where nobody looked for them.
    """

    catalog: Catalog
    plan: Plan
    result: RunResult
    verdict: Verdict | None
    orphans: Orphans | None


async def migrate(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    scope: Scope,
    installations: Sequence[Installation],
    limits: Limits,
    on_event: Callable[[Event], None],
    on_plan: Callable[[Plan], None] = lambda _plan: None,
    tell: Callable[[str], None] = lambda _line: None,
    on_preflight: Callable[[Preflight], None] = lambda _found: None,
    verification: Asked | None = _FULLY,
    expect: Expectations | None = None,
    assertions: Sequence[Assertion] = (),
    identities: Sequence[Identity] = (),
    roles: RoleChoices | None = None,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
    quarantine: Path | None = None,
    allowed: Collection[Allowable] = (),
    keep_journal: bool = False,
    settings: GivenSettings | None = None,
    gather_statistics: bool = False,
) -> Migration:
    """Bring everything in scope from the source to the target and verify it.

    The source is only read. The target is refused, untouched, where it already holds what would be created,
    unless an earlier run with the same arguments created it: then this one goes on where that one ended.

    Args:
        installations: where pg_dump is looked for.
        on_event: told of progress; must not block.
        on_plan: given the plan before the first step runs; what it raises stops the migration unbegun.
        tell: takes a line about what happens before that; must not block.
        on_preflight: given what was found before, where nothing stops the migration.
        verification: how both ends are compared afterwards; None for not at all.
        expect, assertions: what the user believes of both ends; part of the verification.
        identities: under which roles are probed at its end; derived from the data where none are given.
        roles: what becomes of owners, privileges and roles.
        orphans: what becomes of rows that break foreign keys; None to look for none.
        quarantine: the file for rows that are left out; there must be one where that is chosen.
        allowed: hazards that the user allows.
        keep_journal: whether the journal stays on the target when all is done.
        settings: of our sessions, that the user asks for.
        gather_statistics: whether tables are analyzed whose statistics could be taken over from the source.

    Raises:
        UsageError: rows are to be left out, and there is no file for them.
        NotReadyError: something stops the migration; all of it is told, and nothing was changed.
        RefusedError: nothing was changed.
        StepFailedError: a step failed after work had begun.
        RunFailedError: the run, or the verification after it, could not go on.
        RunInterruptedError: the task was cancelled.
    """
    if orphans is OrphanChoice.QUARANTINE and quarantine is None:
        raise UsageError("rows that are left out are written into a file; name its folder with -o DIR")
    asked = _Asked(
        source=source,
        target=target,
        scope=scope,
        verification=verification,
        expect=expect,
        assertions=assertions,
        identities=identities,
        installations=installations,
        limits=limits,
        on_event=on_event,
        on_plan=on_plan,
        tell=tell,
        on_preflight=on_preflight,
        roles=roles or RoleChoices(),
        orphans=orphans,
        quarantine=quarantine,
        allowed=allowed,
        settings=settings,
        gather_statistics=gather_statistics,
    )
    async with contextlib.AsyncExitStack() as stack:
        try:
            ran = await _run_persistently(stack, asked)
        except asyncio.CancelledError as error:
            raise RunInterruptedError(f"interrupted. {_WHERE_IT_STANDS}") from error
        verdict = await _verdict(asked, verification, ran) if verification is not None else None
        if not keep_journal:
            await _forget(ran.lock, ran.result.plan)
    return Migration(
        catalog=ran.catalog, plan=ran.result.plan, result=ran.result, verdict=verdict, orphans=ran.orphans
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What :func:`migrate` was called with."""

    source: ConnectionParameters
    target: ConnectionParameters
    scope: Scope
    verification: Asked | None
    expect: Expectations | None
    assertions: Sequence[Assertion]
    identities: Sequence[Identity]
    installations: Sequence[Installation]
    limits: Limits
    on_event: Callable[[Event], None]
    on_plan: Callable[[Plan], None]
    tell: Callable[[str], None]
    on_preflight: Callable[[Preflight], None]
    roles: RoleChoices
    orphans: OrphanChoice | None
    quarantine: Path | None
    allowed: Collection[Allowable]
    settings: GivenSettings | None
    gather_statistics: bool

    def choices(self) -> str:
        """Return as JSON what decides, besides the source, on the steps."""
        chosen = {"scope": self.scope, "roles": self.roles, "orphans": self.orphans}
        return msgspec.json.encode(chosen, order="deterministic").decode()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Ran:
    """A complete run, not yet verified, under a lock and a snapshot of the source that are still held."""

    catalog: Catalog
    facts: Facts | None
    result: RunResult
    snapshot: str
    orphans: Orphans | None
    lock: RunLock


async def _run_persistently(stack: contextlib.AsyncExitStack, asked: _Asked) -> _Ran:
    """Run the plan; where the source's snapshot is lost, go on under another when the source is back."""
    lost: SnapshotLostError | None = None
    for number in itertools.count(1):
        async with contextlib.AsyncExitStack() as held:
            try:
                with _saying_what_is_there(lost):
                    ran = await _run(held, asked, lost)
            except SnapshotLostError as error:
                if number == _SNAPSHOTS:
                    raise
                lost = error
            else:
                stack.push_async_exit(held.pop_all())
                return ran
        await _wait_for_source(asked, lost)
    raise AssertionError  # counting has no end


@contextlib.contextmanager
def _saying_what_is_there(lost: SnapshotLostError | None) -> Iterator[None]:
    """Say of what ends a run before it has begun what is on the target all the same.

    Args:
        lost: what ended the run before, under another snapshot; it says what that one brought.
    """
    try:
        yield
    except (RunFailedError, RunInterruptedError):
        raise
    except PilotageError as error:
        if lost is not None:
            raise RunFailedError(f"{error}\n{lost}") from error
        if isinstance(error, ConnectionLostError):
            raise ConnectionLostError(f"{error}\n{_BROUGHT_NOTHING}") from error
        raise


async def _wait_for_source(asked: _Asked, lost: SnapshotLostError) -> None:
    """Return when the source takes connections again.

    Raises:
        SnapshotLostError: it does not.
    """
    for number, pause in enumerate(PAUSES, 1):
        why = str(lost).partition("\n")[0]
        asked.on_event(Reconnecting(end=End.SOURCE, attempt=number, seconds=pause, why=why))
        try:
            await asyncio.sleep(pause)
            async with connect(asked.source):
                return
        except ConnectionFailedError:
            continue
        except asyncio.CancelledError as error:
            raise RunInterruptedError(f"interrupted. {lost}") from error
    raise lost


async def _forget(lock: RunLock, plan: Plan) -> None:
    try:
        await forget_run(lock, plan)
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {_JOURNAL_LEFT}") from error
    except RunFailedError:
        raise
    except PilotageError as error:
        raise RunFailedError(f"{error}\n{_JOURNAL_LEFT}") from error


def _older(result: RunResult) -> Iterator[str]:
    """Say that rows are of an earlier moment than what they are compared with, where it is so."""
    if result.older_snapshot is not None:
        yield (
            f"what changed on the source since run {result.older_snapshot} of {result.attempt}, which had "
            "copied all rows: they are as they were then, and counted against what was copied"
        )


def _left_out(orphans: Orphans) -> Iterator[str]:
    rows = {table: len(places) for table, places in orphans.places().items()}
    tables = ", ".join(f"{number:,} of {table}" for table, number in sorted(rows.items()))
    yield (
        f"{sum(rows.values()):,} rows that were left out, since they break foreign keys or reference rows "
        f"that do: {tables}; they are not expected on the target"
    )


async def _run(held: contextlib.AsyncExitStack, asked: _Asked, lost: SnapshotLostError | None) -> _Ran:
    """Examine both ends and run the plan.

    The source's snapshot and the run's lock are kept on the stack for whoever goes on.
    """
    try:
        examination = await held.enter_async_context(
            hold_examination(
                asked.source,
                asked.target,
                scope=asked.scope,
                installations=asked.installations,
                jobs=asked.limits.jobs,
                index_jobs=asked.limits.index_jobs,
                given=asked.settings,
                tell=asked.tell,
                make=functools.partial(plan_as_read, roles=asked.roles),
                orphans=asked.orphans,
                allowed=asked.allowed,
            )
        )
        inspection, plan = examination.ready()
        asked.on_preflight(examination.preflight)
        found = examination.orphans
        left_out = found.places() if found is not None else {}
        if found is not None and left_out and asked.quarantine is not None:
            await write_quarantine(inspection.session, plan, found, asked.quarantine)
        facts = await read_facts(inspection.session, asked.scope) if asked.verification else None
        asked.on_plan(plan)
        lock = await held.enter_async_context(hold_run_lock(asked.target, asked.tell))
        await _ensure_as_examined(lock, begun=examination.begun)
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted{f'. {lost}' if lost else _UNCHANGED}") from error
    result = await run_plan(
        plan,
        Origin(parameters=asked.source, session=inspection.session, snapshot=inspection.snapshot),
        asked.target,
        lock=lock,
        choices=asked.choices(),
        limits=asked.limits,
        on_event=asked.on_event,
        leaving_out=left_out,
        given=asked.settings,
        gather_statistics=asked.gather_statistics,
    )
    return _Ran(
        catalog=inspection.catalog,
        facts=facts,
        result=result,
        snapshot=inspection.snapshot,
        orphans=found,
        lock=lock,
    )


async def _ensure_as_examined(lock: RunLock, *, begun: bool) -> None:
    """Refuse a target on which another run has begun or ended since it was examined."""
    if await is_there(lock.session) != begun:
        raise RefusedError(
            "another pilotage was at work on the target until a moment ago, and nothing was changed by this "
            "one; run the same command again"
        )


async def _verdict(asked: _Asked, verification: Asked, ran: _Ran) -> Verdict:
    """Compare the target with what the source was."""
    # What a migration that nobody verifies would load for nothing.
    from pilotage.verify import verify  # noqa: PLC0415
    from pilotage.verify.ends import End as HeldEnd  # noqa: PLC0415

    asked.on_event(Verifying())
    left_out = _left_out(ran.orphans) if ran.orphans is not None and ran.orphans.left_out else ()
    with _verifying():
        async with connect(asked.target) as session:
            return await verify(
                with_rows_as_copied(ran.catalog, ran.result),
                session,
                asked.scope,
                held=HeldEnd(parameters=asked.source, snapshot=ran.snapshot),
                older=ran.result.older_snapshot is not None,
                leaving_out=ran.orphans.places() if ran.orphans is not None else {},
                facts=ran.facts,
                roles=ran.result.plan.roles,
                asked=verification,
                expect=asked.expect,
                assertions=asked.assertions,
                identities=asked.identities,
                with_all_rows=ran.catalog,
                not_checked=(*_older(ran.result), *left_out),
                on_event=asked.on_event,
            )


@contextlib.contextmanager
def _verifying() -> Iterator[None]:
    """Where comparing fails, say that it was only the comparison that failed."""
    try:
        yield
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {_UNVERIFIED}") from error
    except PilotageError as error:
        raise RunFailedError(f"verification failed: {error}\n{_UNVERIFIED}") from error
