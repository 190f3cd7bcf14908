"""Examining both ends: reached, read, planned, and every check made, before anything is changed.

Consumed by the main job, which goes on with the inspection and the plan, and by the command that only tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY, join_snapshot
from pilotage.errors import RefusedError, first_error
from pilotage.inspect import Inspection, hold_inspection
from pilotage.journal.reading import is_there
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Allowable, OrphanChoice
from pilotage.model.names import quote_identifier
from pilotage.model.orphans import Orphans
from pilotage.model.plan import Plan
from pilotage.model.preflight import End, Preflight, Problem, Severity
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings
from pilotage.plan import make_plan
from pilotage.plan.orphans import with_orphans
from pilotage.plan.role_steps import within_scope
from pilotage.preflight.check import NOT_READ, Check, Situation, made_elsewhere
from pilotage.preflight.checks import ALL
from pilotage.preflight.orphans import read_orphans
from pilotage.preflight.reaching import ANOTHER_DATABASE, is_one_database, reach_ends
from pilotage.preflight.report import NotReadyError, report_of
from pilotage.preflight.running import Found, run_checks
from pilotage.programs import Installation

_MUCH = 64 * 1024 * 1024
"""Bytes of tables with foreign keys from which more than one session looks for orphans."""

READABLE = Check(
    name="reading",
    title="the source can be read and planned in full",
    end=End.SOURCE,
    look=made_elsewhere,
)


def plan_as_read(inspection: Inspection, roles: RoleChoices | None = None) -> Plan:
    """Return the plan of a direct migration of what was read."""
    chosen = within_scope(roles or RoleChoices(), inspection.scope)
    return make_plan(inspection.catalog, inspection.archive, roles=chosen)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found, and what a migration goes on with, both held as long as the examination is.

    Attributes:
        inspection, plan: None where the source could not be read; the preflight says why.
        orphans: None where nobody looked for them.
        begun: whether the target has a migration that is not finished: what it brought is in nobody's way.
    """

    preflight: Preflight
    inspection: Inspection | None
    plan: Plan | None
    orphans: Orphans | None
    begun: bool

    def ready(self) -> tuple[Inspection, Plan]:
        """Return what a migration goes on with.

        Raises:
            NotReadyError: something stops it.
        """
        if self.preflight.stops or self.inspection is None or self.plan is None:
            raise NotReadyError(self.preflight)
        return self.inspection, self.plan


@contextlib.asynccontextmanager
async def hold_examination(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    scope: Scope,
    installations: Sequence[Installation],
    jobs: int,
    index_jobs: int | None = None,
    given: GivenSettings | None = None,
    tell: Callable[[str], None] = lambda _line: None,
    make: Callable[[Inspection], Plan] = plan_as_read,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
    allowed: Collection[Allowable] = (),
) -> AsyncIterator[Examination]:
    """Look at both ends, and keep the source's snapshot for as long as the block lasts.

    Nothing is written on either end.

    Args:
        installations: where pg_dump is looked for.
        jobs: connections to each end that the run will have side by side.
        index_jobs: index builds that it will have side by side; as many as jobs by default.
        given: settings that the user asks for.
        tell: takes a line about progress; must not block.
        make: makes the plan that would be run.
        orphans: what becomes of rows that reference nothing; None to look for none.
        allowed: hazards that the user allows.

    Raises:
        UsageError: the scope names schemas that the source does not have, or a server does not know or take a
            setting that the user asks for.
        ConnectionLostError: a connection broke.
    """
    async with contextlib.AsyncExitStack() as held:
        # Sessions of the checks' own are closed before a run needs connections.
        async with contextlib.AsyncExitStack() as ends:
            tell("connecting to both ends")
            sessions, found = await reach_ends({End.SOURCE: source, End.TARGET: target}, ends, held)
            at_source, to_read = sessions.get(End.SOURCE, (None, None))
            at_target, _ = sessions.get(End.TARGET, (None, None))
            situation = Situation(
                at_source=at_source,
                at_target=at_target,
                installations=tuple(installations),
                scope=scope,
                nobody_looked_because=NOT_READ if orphans else "--skip-orphans asks for that",
                allowed=frozenset(allowed),
                jobs=jobs,
                index_jobs=index_jobs or jobs,
                given=given or GivenSettings(),
                open=2,
                tell=tell,
            )
            inspection = plan = None
            begun = at_target is not None and await is_there(at_target)
            if len(sessions) == 2:
                holding = hold_inspection(source, scope, installations, opened=to_read)
                async with _first_look(situation, held, holding) as (answers, inspecting):
                    found += answers
                    situation, inspection, plan, read = await _read(
                        situation, found, source, inspecting, make, orphans
                    )
                found += read
                tell("looking at what would be written")
                checks = [check for check in ALL if not check.before_reading]
                found += await run_checks(
                    situation, [check for check in checks if not (begun and check.of_beginning)]
                )
            elif not is_one_database(found):
                tell("looking at both ends")
                found += await run_checks(situation, [check for check in ALL if check.before_reading])
        yield Examination(
            preflight=report_of(
                (*found, *_left_out(found, begun=begun)), source=source.describe(), target=target.describe()
            ),
            inspection=inspection,
            plan=plan,
            orphans=situation.looked_for,
            begun=begun,
        )


@contextlib.asynccontextmanager
async def _first_look(
    situation: Situation,
    held: contextlib.AsyncExitStack,
    holding: contextlib.AbstractAsyncContextManager[Inspection],
) -> AsyncIterator[tuple[tuple[Found, ...], asyncio.Task[Inspection]]]:
    """Make the checks that need not wait for the source to be read, and read it meanwhile.

    Yields what they came to, and the reading, which is stopped where nobody has waited for it by the end.
    """
    situation.tell("looking at both ends")
    first = [check for check in ALL if check.before_reading]
    found = await run_checks(situation, [check for check in first if check.undisturbed])
    inspecting = asyncio.create_task(held.enter_async_context(holding))
    try:
        found += await run_checks(situation, [check for check in first if not check.undisturbed])
        of_check = {(outcome.check, outcome.end): (problems, outcome) for problems, outcome in found}
        yield tuple(of_check[check.name, check.end] for check in first), inspecting
    finally:
        inspecting.cancel()
        await asyncio.wait([inspecting])
        if not inspecting.cancelled():
            inspecting.exception()  # which whoever waited for it has told


async def _read(
    situation: Situation,
    found: Sequence[Found],
    source: ConnectionParameters,
    inspecting: asyncio.Task[Inspection],
    make: Callable[[Inspection], Plan],
    choice: OrphanChoice | None,
) -> tuple[Situation, Inspection | None, Plan | None, tuple[Found, ...]]:
    """Read the source in full and plan, or, where it is known that this cannot be, as far as it goes."""
    began = time.perf_counter()
    if any(problem.end is End.SOURCE for problem in _stops(found)):
        partly = await _read_in_part(situation)
        reason = "something stops it: see the problems of the source"
        return dataclasses.replace(situation, read=partly), None, None, (((), READABLE.not_made(reason)),)
    situation.tell("reading the source")
    try:
        inspection = await inspecting
        plan, orphans = await _plan(inspection, make, choice, source, situation)
    except RefusedError as error:
        problem = READABLE.stop(
            object=f"database {quote_identifier(source.database)}",
            found=str(error),
            wanted="a source of which everything in scope can be read and placed",
            remedy="mend what the message says, or take what it names out of the scope",
        )
        partly = await _read_in_part(situation)
        told = READABLE.made(1, time.perf_counter() - began)
        return dataclasses.replace(situation, read=partly), None, None, (((problem,), told),)
    situation = dataclasses.replace(
        situation,
        at_source=inspection.session,
        read=inspection.catalog,
        planned=plan,
        looked_for=orphans,
    )
    return situation, inspection, plan, (((), READABLE.made(0, time.perf_counter() - began)),)


async def _plan(
    inspection: Inspection,
    make: Callable[[Inspection], Plan],
    choice: OrphanChoice | None,
    source: ConnectionParameters,
    situation: Situation,
) -> tuple[Plan, Orphans | None]:
    """Plan what was read, in a thread, while the server looks for orphans."""
    if choice is None:
        return make(inspection), None
    catalog = inspection.catalog
    try:
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as both:
            beside = [
                await stack.enter_async_context(_beside(inspection, source))
                for _ in range(_lookers(catalog, situation.jobs) - 1)
            ]
            looking = both.create_task(
                read_orphans(inspection.session, catalog, choice, situation.tell, beside=beside)
            )
            planning = both.create_task(asyncio.to_thread(make, inspection))
    except ExceptionGroup as group:
        raise first_error(group) from group
    return with_orphans(planning.result(), looking.result()), looking.result()


def _lookers(catalog: Catalog, jobs: int) -> int:
    """Return how many sessions look for orphans: more than one where there is much to look at."""
    keyed = {key.table for key in catalog.foreign_keys if key.validated}
    size = sum(table.bytes for table in catalog.tables if table.name in keyed)
    return min(jobs, len(keyed)) if size >= _MUCH else 1


@contextlib.asynccontextmanager
async def _beside(inspection: Inspection, source: ConnectionParameters) -> AsyncIterator[Session]:
    """Open another session that sees what the inspection sees."""
    async with connect(source) as session, join_snapshot(session, inspection.snapshot):
        yield session


async def _read_in_part(situation: Situation) -> Catalog | None:
    """Return the catalog without counting rows, which needs fewer privileges; None where even that fails."""
    try:
        async with situation.source.transaction(READ_ONLY):
            return await read_catalog(situation.source, situation.scope, count_rows=False)
    except RefusedError:
        return None


def _stops(found: Sequence[Found]) -> list[Problem]:
    return [problem for problems, _ in found for problem in problems if problem.severity is Severity.STOP]


def _left_out(found: Sequence[Found], *, begun: bool) -> list[Found]:
    """Say of every check that was not made why it was not."""
    made = {(outcome.check, outcome.end) for _, outcome in found}
    why = (
        "source and target are one database"
        if is_one_database(found)
        else "both ends must be reached first: see the problems of the connection"
    )
    return [
        (
            (),
            check.not_made(
                "a migration that is not finished has brought some of it"
                if begun and check.of_beginning
                else why
            ),
        )
        for check in (ANOTHER_DATABASE, READABLE, *ALL)
        if (check.name, check.end) not in made
    ]
