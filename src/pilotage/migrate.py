"""The main job: inspect, plan, run, verify, in one snapshot of the source.

Joins the rooms in the order of the pipeline and decides nothing itself. Consumed by the command line, the
demo and whoever uses pilotage as a library.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RunInterruptedError
from pilotage.execute import Limits, check_target, run_plan
from pilotage.inspect import hold_inspection
from pilotage.model.catalog import Catalog
from pilotage.model.plan import Plan
from pilotage.model.run import Event, RunResult
from pilotage.model.scope import Scope
from pilotage.model.verdict import Verdict
from pilotage.plan import make_plan
from pilotage.programs import Installation
from pilotage.verify import verify


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
        RunInterruptedError: the task was cancelled after work had begun.
    """
    # Reach the target first: a wrong password there should not cost the time of reading the source.
    async with connect(target) as session:
        async with hold_inspection(source, scope, installations) as inspection:
            await check_target(session, inspection.catalog)
            plan = make_plan(inspection.catalog, inspection.archive)
            on_plan(plan)
            result = await run_plan(
                plan,
                source,
                target,
                snapshot=inspection.snapshot,
                limits=limits,
                on_event=on_event,
            )
        try:
            verdict = await verify(inspection.catalog, session, scope) if verified else None
        except asyncio.CancelledError as error:
            raise RunInterruptedError(
                "interrupted. The migration is complete and not verified; run `pilotage verify` to do that"
            ) from error
    return Migration(catalog=inspection.catalog, plan=plan, result=result, verdict=verdict)
