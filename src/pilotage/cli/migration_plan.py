"""A plan as a command names it: the folder that it was written into, or its ``plan.json``."""

from __future__ import annotations

from pathlib import Path

from pilotage.connection import Session
from pilotage.errors import UsageError
from pilotage.model.fixes import Effect
from pilotage.model.plan import LoadTable, Plan
from pilotage.model.visible import visible_text
from pilotage.plan import decode_plan

PLAN = "plan.json"


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Args:
        path: of its folder, or of the file.

    Raises:
        UsageError: it cannot be read, or is no plan.
    """
    file = path / PLAN if path.is_dir() else path
    try:
        encoded = file.read_bytes()
    except OSError as error:
        folder = path if path.suffix == "" else path.parent
        raise UsageError(
            f"cannot read {file}: {error.strerror or error}; "
            f"make the plan with `pilotage plan SOURCE -o {folder}`"
        ) from error
    return decode_plan(encoded)


async def ensure_plan_is_of(source: Session, plan: Plan) -> None:
    """Refuse a plan of another database, whose fixes would be expected of nothing.

    Raises:
        UsageError: the source has no table that the plan loads.
    """
    tables = sorted({str(step.table) for step in plan.steps if isinstance(step, LoadTable)})
    there = await source.value(
        "SELECT count(*) FROM unnest($1::text[]) AS named (name) WHERE to_regclass(named.name) IS NOT NULL",
        tables,
    )
    if tables and not there:
        raise UsageError(
            f"the plan is of database {visible_text(plan.source.database)}, and the source "
            f"{source.parameters.describe()} has none of its tables; name the plan of this source"
        )


def effects_of(plan: Plan) -> tuple[Effect, ...]:
    """Return what the chosen fixes of a plan make of its target."""
    return tuple(fix.effect for fix in plan.fixes)
