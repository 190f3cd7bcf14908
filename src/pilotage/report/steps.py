"""What steps are called: each one by what it works on, and many by the kind of thing they make.

Consumed by the screens that show a run. The closed union of steps is taken apart here and nowhere else in
this room.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
    ValidateForeignKey,
)
from pilotage.report.escape import terminal_text, visible_identifier, visible_name


class Kind(NamedTuple):
    """What steps of one sort make: the noun for one, and for any other number."""

    one: str
    many: str


# pg_dump's words for what is made in the later stages, as people count it.
_KINDS = {
    "ACL": Kind("privileges", "privileges"),
    "COMMENT": Kind("comment", "comments"),
    "DEFAULT ACL": Kind("default privileges", "default privileges"),
    "EVENT TRIGGER": Kind("event trigger", "event triggers"),
    "POLICY": Kind("policy", "policies"),
    "PUBLICATION": Kind("publication", "publications"),
    "PUBLICATION TABLE": Kind("published table", "published tables"),
    "ROW SECURITY": Kind("table with row level security", "tables with row level security"),
    "RULE": Kind("rule", "rules"),
    "SECURITY LABEL": Kind("security label", "security labels"),
    "STATISTICS": Kind("extended statistics", "extended statistics"),
    "SUBSCRIPTION": Kind("subscription", "subscriptions"),
    "TRIGGER": Kind("trigger", "triggers"),
}
_STRUCTURE = Kind("definition", "definitions")
_OTHER = Kind("other object", "other objects")

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
        case LoadLargeObjects():
            said = step.id
        case BuildIndex():
            said = f"index {visible_name(step.index)}"
        case AddConstraint():
            said = f"constraint {visible_identifier(step.constraint)} on {visible_name(step.table)}"
        case AddForeignKey():
            said = f"foreign key {visible_identifier(step.constraint)} on {visible_name(step.table)}"
        case ValidateForeignKey():
            said = f"check of foreign key {visible_identifier(step.constraint)} on {visible_name(step.table)}"
        case SetSequence():
            said = f"sequence {visible_name(step.sequence)}"
        case RefreshView():
            said = f"materialized view {visible_name(step.view)}"
        case AnalyzeTable():
            said = f"statistics of {visible_name(step.table)}"
        case ApplyFix():
            said = f"fix {', '.join(step.rules)} on {visible_name(step.name)}"
        case _:
            assert_never(step)
    return said


def step_kind(step: Step) -> Kind:
    """Return what a step makes; all that comes before the rows is a definition."""
    match step:
        case RunDdl():
            kind = _STRUCTURE if step.stage is Stage.STRUCTURE else _KINDS.get(step.kind, _OTHER)
        case LoadTable():
            kind = Kind("table loaded", "tables loaded")
        case LoadLargeObjects():
            kind = Kind("batch of large objects", "batches of large objects")
        case BuildIndex():
            kind = Kind("index", "indexes")
        case AddConstraint():
            kind = Kind("key or other constraint", "keys and other constraints")
        case AddForeignKey():
            kind = Kind("foreign key", "foreign keys")
        case ValidateForeignKey():
            kind = Kind("foreign key checked", "foreign keys checked")
        case SetSequence():
            kind = Kind("sequence set", "sequences set")
        case RefreshView():
            kind = Kind("materialized view", "materialized views")
        case AnalyzeTable():
            kind = Kind("table's statistics", "tables' statistics")
        case ApplyFix():
            kind = Kind("chosen fix", "chosen fixes")
        case _:
            assert_never(step)
    return kind
