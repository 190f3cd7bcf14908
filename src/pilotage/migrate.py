"""The main job: inspect, plan, run, verify, in one snapshot of the source.

Joins the rooms in the order of the pipeline and decides nothing itself. Consumed by the command line, the
demo and whoever uses pilotage as a library.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.identity import is_same_database
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import PilotageError, RefusedError, RunFailedError, RunInterruptedError
from pilotage.execute import Limits, run_plan
from pilotage.inspect import hold_inspection
from pilotage.model.catalog import Catalog
from pilotage.model.plan import Plan
from pilotage.model.run import Event, RunResult
from pilotage.model.scope import Scope
from pilotage.model.verdict import Check, Verdict
from pilotage.plan import make_plan
from pilotage.preflight import Situation, refuse_unready, report_of, run_checks
from pilotage.preflight.checks import ALL
from pilotage.programs import Installation
from pilotage.verify import compare_large_objects, verify

_UNVERIFIED = "The migration is complete and not verified; run `pilotage verify` to do that"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A completed migration: what the source was, what was planned and done, and the verdict.

    Attributes:
        verdict: None where verification was not asked for.
    """

    catalog: Catalog
    plan: Plan
    result: RunResult
    verdict: Verdict | None


async def migrate(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    scope: Scope,
    installations: Sequence[Installation],
    limits: Limits,
    on_event: Callable[[Event], None],
    on_plan: Callable[[Plan], None] = lambda _plan: None,
    verified: bool = True,
) -> Migration:
    """Bring everything in scope from the source to the target and verify it.

    The source is only read. The target is refused, untouched, where it already holds what would be created.

    Args:
        installations: where pg_dump is looked for.
        on_event: told of progress; must not block.
        on_plan: given the plan before the first step runs; what it raises stops the migration unbegun.
        verified: whether to compare both ends afterwards.

    Raises:
        RefusedError: nothing was changed.
        StepFailedError: a step failed after work had begun.
        RunFailedError: the run, or the verification after it, could not go on.
        RunInterruptedError: the task was cancelled.
    """
    try:
        plan, catalog, result, large_objects = await _run(
            source,
            target,
            scope=scope,
            verified=verified,
            installations=installations,
            limits=limits,
            on_event=on_event,
            on_plan=on_plan,
        )
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {_UNVERIFIED}") from error
    verdict = await _verify(catalog, target, scope, large_objects) if verified else None
    return Migration(catalog=catalog, plan=plan, result=result, verdict=verdict)


async def _run(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    scope: Scope,
    installations: Sequence[Installation],
    limits: Limits,
    on_event: Callable[[Event], None],
    on_plan: Callable[[Plan], None],
    verified: bool,
) -> tuple[Plan, Catalog, RunResult, Check | None]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            # Reach the target first: a wrong password there should not cost the time of reading the source.
            async with connect(target) as written, connect(source) as read:
                await _refuse_itself(written, read)
            inspection = await stack.enter_async_context(hold_inspection(source, scope, installations))
            plan = make_plan(inspection.catalog, inspection.archive)
            async with connect(target) as session:
                situation = Situation(
                    at_source=inspection.session,
                    at_target=session,
                    scope=scope,
                    read=inspection.catalog,
                    planned=plan,
                    jobs=limits.jobs,
                )
                found = await run_checks(situation, ALL)
                refuse_unready(report_of(found, source=source.describe(), target=target.describe()))
            on_plan(plan)
        except asyncio.CancelledError as error:
            raise RunInterruptedError("interrupted; nothing was changed") from error
        result = await run_plan(
            plan, source, target, snapshot=inspection.snapshot, limits=limits, on_event=on_event
        )
        large_objects = None
        if verified and inspection.catalog.large_objects:
            large_objects = await _compare_large_objects(inspection.session, target)
    return plan, inspection.catalog, result, large_objects


async def _refuse_itself(target: Session, source: Session) -> None:
    """Refuse a target that is the source: to say that objects are in the way there would invite to drop them.

    Raises:
        RefusedError: both are one database.
    """
    if await is_same_database(target, source):
        raise RefusedError(
            f"the target {target.parameters.describe()} is the source itself, and nothing was changed; "
            "name another database as the target"
        )


async def _compare_large_objects(source: Session, target: ConnectionParameters) -> Check:
    """Compare large objects while the source's snapshot lasts: their contents are in no catalog."""
    with _verifying():
        async with connect(target) as session, session.transaction(READ_ONLY):
            return await compare_large_objects(source, session)


async def _verify(
    catalog: Catalog, target: ConnectionParameters, scope: Scope, large_objects: Check | None
) -> Verdict:
    """Compare all else with what the source was."""
    with _verifying():
        async with connect(target) as session:
            return await verify(catalog, session, scope, large_objects=large_objects)


@contextlib.contextmanager
def _verifying() -> Iterator[None]:
    """Where comparing fails, say that it was only the comparison that failed."""
    try:
        yield
    except asyncio.CancelledError as error:
        raise RunInterruptedError(f"interrupted. {_UNVERIFIED}") from error
    except PilotageError as error:
        raise RunFailedError(f"verification failed: {error}\n{_UNVERIFIED}") from error
