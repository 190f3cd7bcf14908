"""What steps are called: each one by what it works on, and many by the kind of thing they make.

Consumed by the screens that show a run. The closed union of steps is taken apart here and nowhere else in
this room.
"""

from __future__ import annotations

from typing import assert_never

from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.report.escape import terminal_text, visible_identifier, visible_name

# pg_dump's words for what is made in the last stage, as people count it.
_PLURALS = {
    "ACL": "privileges",
    "COMMENT": "comments",
    "DEFAULT ACL": "default privileges",
    "EVENT TRIGGER": "event triggers",
    "POLICY": "policies",
    "PUBLICATION": "publications",
    "PUBLICATION TABLE": "published tables",
    "ROW SECURITY": "tables with row level security",
    "RULE": "rules",
    "SECURITY LABEL": "security labels",
    "STATISTICS": "extended statistics",
    "SUBSCRIPTION": "subscriptions",
    "TRIGGER": "triggers",
}

# What one such entry is called, where pg_dump's word says nothing to people.
_SINGULARS = {
    "ACL": "privileges on",
    "DEFAULT ACL": "default privileges",
    "ROW SECURITY": "row level security of",
}


def step_object(step: Step) -> str:
    """Return what a step works on, with its kind: ``table public.hotels``."""
    match step:
        case RunDdl():
            kind = _SINGULARS.get(step.kind) or terminal_text(step.kind.lower())
            said = f"{kind} {terminal_text(step.object)}".rstrip()
        case LoadTable():
            said = f"table {visible_name(step.table)}"
        case BuildIndex():
            said = f"index {visible_name(step.index)}"
        case AddConstraint():
            said = f"constraint {visible_identifier(step.constraint)} on {visible_name(step.table)}"
        case AddForeignKey():
            said = f"foreign key {visible_identifier(step.constraint)} on {visible_name(step.table)}"
        case SetSequence():
            said = f"sequence {visible_name(step.sequence)}"
        case RefreshView():
            said = f"materialized view {visible_name(step.view)}"
        case AnalyzeTable():
            said = f"statistics of {visible_name(step.table)}"
        case _:
            assert_never(step)
    return said


def step_kind(step: Step) -> str:
    """Return what a step makes, in the plural: ``indexes``; all that comes before the rows is structure."""
    match step:
        case RunDdl():
            said = "structure" if step.stage is Stage.STRUCTURE else _PLURALS.get(step.kind, "other objects")
        case LoadTable():
            said = "rows"
        case BuildIndex():
            said = "indexes"
        case AddConstraint():
            said = "keys and other constraints"
        case AddForeignKey():
            said = "foreign keys"
        case SetSequence():
            said = "sequences set"
        case RefreshView():
            said = "materialized views"
        case AnalyzeTable():
            said = "tables analyzed"
        case _:
            assert_never(step)
    return said
