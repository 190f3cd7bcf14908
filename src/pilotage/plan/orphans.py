"""A plan for a source with orphans: keys that must not be validated, and rows that stay behind.

Consumed by whoever runs a plan directly, once the orphans are known and it is chosen what becomes of them.
"""

from __future__ import annotations

import msgspec

from pilotage.model.choices import OrphanChoice
from pilotage.model.names import quote_identifier
from pilotage.model.orphans import Orphans
from pilotage.model.plan import (
    AddForeignKey,
    Cost,
    Hazard,
    HazardKind,
    LoadTable,
    Plan,
    Step,
    ValidateForeignKey,
)
from pilotage.plan.pieces import not_valid


def with_orphans(plan: Plan, orphans: Orphans) -> Plan:
    """Return the plan with what was chosen, each as a hazard of the step that it concerns."""
    match orphans.choice:
        case OrphanChoice.STOP:
            return plan
        case OrphanChoice.NOT_VALID:
            return _without_validation(plan, orphans)
        case OrphanChoice.QUARANTINE:
            steps = tuple(_left_out(step, orphans) for step in plan.steps)
    return msgspec.structs.replace(plan, steps=steps)


def _without_validation(plan: Plan, orphans: Orphans) -> Plan:
    broken = {(each.key.table, each.key.name) for each in orphans.broken}
    dropped = {
        step.id
        for step in plan.steps
        if isinstance(step, ValidateForeignKey) and (step.table, step.constraint) in broken
    }
    return msgspec.structs.replace(
        plan,
        steps=tuple(_unvalidated(step, orphans) for step in plan.steps if step.id not in dropped),
        edges=tuple(edge for edge in plan.edges if not dropped & {edge.before, edge.after}),
    )


def _unvalidated(step: Step, orphans: Orphans) -> Step:
    if not isinstance(step, AddForeignKey):
        return step
    for broken in orphans.broken:
        if (broken.key.table, broken.key.name) == (step.table, step.constraint):
            hazard = Hazard(
                kind=HazardKind.UNVALIDATED,
                object=f"foreign key {quote_identifier(step.constraint)} on {step.table}",
                message=f"{_rows(broken.rows)} of the source break it, so it is added NOT VALID: it holds "
                "for rows that are written from then on",
            )
            return msgspec.structs.replace(step, sql=not_valid(step.sql), hazards=(*step.hazards, hazard))
    return step


def _left_out(step: Step, orphans: Orphans) -> Step:
    if not isinstance(step, LoadTable):
        return step
    rows = len(orphans.places().get(step.table, ()))
    if not rows:
        return step
    hazard = Hazard(
        kind=HazardKind.NOT_MIGRATED,
        object=f"{_rows(rows)} of {step.table}",
        message="they break foreign keys, or reference rows that do, and are left out",
    )
    cost = Cost(rows=step.cost.rows - rows, bytes=step.cost.bytes, weight=step.cost.weight)
    return msgspec.structs.replace(step, cost=cost, hazards=(*step.hazards, hazard))


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
