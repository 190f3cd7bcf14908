"""The main job: inspect, plan, run, verify, in one snapshot of the source.

Joins the rooms in the order of the pipeline and decides nothing itself. Consumed by the command line, the
demo and whoever uses pilotage as a library.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from pilotage.compare import read_facts
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import PilotageError, RefusedError, RunFailedError, RunInterruptedError, UsageError
from pilotage.execute import Limits, Origin, forget_run, run_plan, write_quarantine
from pilotage.journal.lock import RunLock, hold_run_lock
from pilotage.journal.reading import is_there
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Allowable, OrphanChoice
from pilotage.model.facts import Facts
from pilotage.model.names import quote_identifier
from pilotage.model.orphans import Orphans
from pilotage.model.plan import Plan
from pilotage.model.preflight import Preflight
from pilotage.model.roles import RoleChoices
from pilotage.model.run import Event, RunResult, Verifying
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings
from pilotage.model.verdict import Check, Verdict
from pilotage.plan.arrivals import with_rows_as_copied
from pilotage.preflight import hold_examination, plan_as_read
from pilotage.programs import Installation
from pilotage.verify import compare_large_objects, verify

_UNVERIFIED = (
    "The migration is complete and not verified; run the same command again, or `pilotage verify`, to do that"
)

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
    verified: bool = True,
    roles: RoleChoices | None = None,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
    quarantine: Path | None = None,
    allowed: Collection[Allowable] = (),
    keep_journal: bool = False,
    settings: GivenSettings | None = None,
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
        verified: whether to compare both ends afterwards.
        roles: what becomes of owners, privileges and roles.
        orphans: what becomes of rows that break foreign keys; None to look for none.
        quarantine: the file for rows that are left out; there must be one where that is chosen.
        allowed: hazards that the user allows.
        keep_journal: whether the journal stays on the target when all is done.
        settings: of our sessions, that the user asks for.

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
    async with contextlib.AsyncExitStack() as stack:
        try:
            plan, facts, catalog, result, large_objects, found, lock = await _run(
                stack,
                source,
                target,
                scope=scope,
                verified=verified,
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
            )
        except asyncio.CancelledError as error:
            raise RunInterruptedError(f"interrupted. {_UNVERIFIED}") from error
        verdict = None
        if verified:
            on_event(Verifying())
            arrived = with_rows_as_copied(catalog, result)
            verdict = await _verify(arrived, facts, target, plan, large_objects, scope)
            notes = [*_older(result), *(_left_out(found) if found is not None and found.left_out else ())]
            verdict = msgspec.structs.replace(verdict, not_checked=(*notes, *verdict.not_checked))
        if not keep_journal:
            await _forget(lock, plan)
    return Migration(catalog=catalog, plan=plan, result=result, verdict=verdict, orphans=found)


async def _forget(lock: RunLock, plan: Plan) -> None:
    try:
        await forget_run(lock, plan)
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {_JOURNAL_LEFT}") from error
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


async def _run(
    held: contextlib.AsyncExitStack,
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    scope: Scope,
    installations: Sequence[Installation],
    limits: Limits,
    on_event: Callable[[Event], None],
    on_plan: Callable[[Plan], None],
    tell: Callable[[str], None],
    on_preflight: Callable[[Preflight], None],
    verified: bool,
    roles: RoleChoices,
    orphans: OrphanChoice | None,
    quarantine: Path | None,
    allowed: Collection[Allowable],
    settings: GivenSettings | None,
) -> tuple[Plan, Facts | None, Catalog, RunResult, Check | None, Orphans | None, RunLock]:
    """Run the plan, and keep the run's lock on the stack for whoever goes on."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            examination = await stack.enter_async_context(
                hold_examination(
                    source,
                    target,
                    scope=scope,
                    installations=installations,
                    jobs=limits.jobs,
                    tell=tell,
                    make=functools.partial(plan_as_read, roles=roles),
                    orphans=orphans,
                    allowed=allowed,
                )
            )
            inspection, plan = examination.ready()
            on_preflight(examination.preflight)
            left_out = examination.orphans.places() if examination.orphans is not None else {}
            if examination.orphans is not None and left_out and quarantine is not None:
                await write_quarantine(inspection.session, plan, examination.orphans, quarantine)
            facts = await read_facts(inspection.session, scope) if verified else None
            on_plan(plan)
            lock = await held.enter_async_context(hold_run_lock(target, tell))
            await _ensure_as_examined(lock, begun=examination.begun)
        except asyncio.CancelledError as error:
            raise RunInterruptedError("interrupted; nothing was changed") from error
        choices = {"scope": scope, "roles": roles, "orphans": orphans}
        result = await run_plan(
            plan,
            Origin(parameters=source, session=inspection.session, snapshot=inspection.snapshot),
            target,
            lock=lock,
            choices=msgspec.json.encode(choices, order="deterministic").decode(),
            limits=limits,
            on_event=on_event,
            leaving_out=left_out,
            given=settings,
        )
        large_objects = None
        if verified and inspection.catalog.large_objects and result.older_snapshot is None:
            large_objects = await _compare_large_objects(inspection.session, target, plan.roles)
    return plan, facts, inspection.catalog, result, large_objects, examination.orphans, lock


async def _ensure_as_examined(lock: RunLock, *, begun: bool) -> None:
    """Refuse a target on which another run has begun or ended since it was examined."""
    if await is_there(lock.session) != begun:
        raise RefusedError(
            "another pilotage was at work on the target until a moment ago, and nothing was changed by this "
            "one; run the same command again"
        )


async def _compare_large_objects(source: Session, target: ConnectionParameters, roles: RoleChoices) -> Check:
    """Compare large objects while the source's snapshot lasts: their contents are in no catalog."""
    with _verifying():
        async with connect(target) as session, session.transaction(READ_ONLY):
            if roles.role:
                await session.run(f"SET ROLE {quote_identifier(roles.role)}")
            return await compare_large_objects(source, session, roles)


async def _verify(
    catalog: Catalog,
    facts: Facts | None,
    target: ConnectionParameters,
    plan: Plan,
    large_objects: Check | None,
    scope: Scope,
) -> Verdict:
    """Compare all else with what the source was."""
    with _verifying():
        async with connect(target) as session:
            return await verify(
                catalog, session, scope, facts=facts, large_objects=large_objects, roles=plan.roles
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
