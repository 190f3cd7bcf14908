"""Where each kind of archive entry goes in a plan, and as which kind of step.

The placement table, consumed by :mod:`pilotage.plan.build`. pg_dump's own order within the archive is kept
everywhere; this table only says in which stage an entry waits its turn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from pilotage.model.archive import ArchiveEntry, Section
from pilotage.model.plan import HazardKind, Stage


class Becomes(Enum):
    """The kind of step that an entry becomes."""

    PREAMBLE = auto()
    """No step: a setting under which all others run."""
    DDL = auto()
    INDEX = auto()
    CONSTRAINT = auto()
    FOREIGN_KEY = auto()
    REFRESH = auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """Where an entry goes.

    Attributes:
        stage: None means "with the object it belongs to".
        reason: why there.
        needs: what a person must know before it runs, by kind of hazard.
        reason_first: why it stands with its table, where constraints come before the rows; empty where the
            reason is the same.
    """

    becomes: Becomes
    stage: Stage | None
    reason: str
    needs: HazardKind | None = None
    reason_first: str = ""


_PREAMBLE = Placement(Becomes.PREAMBLE, Stage.STRUCTURE, "a setting of the whole archive")
_STRUCTURE = Placement(Becomes.DDL, Stage.STRUCTURE, "rows need it, or it needs none")
_SUPERUSER = dataclasses.replace(_STRUCTURE, needs=HazardKind.NEEDS_SUPERUSER)
_WITH_OBJECT = Placement(Becomes.DDL, None, "it belongs to the object that it describes")
_GUARD = Placement(
    Becomes.DDL,
    Stage.FINISH,
    "it must not act while rows are loaded",
    reason_first="it stands with its table; what loads the rows keeps it from acting on them",
)
_GRANT = Placement(
    Becomes.DDL,
    Stage.FINISH,
    "privileges are given when everything is in place",
    reason_first="it belongs to the object that it is on",
)
_PUBLICATION = Placement(Becomes.DDL, Stage.FINISH, "what is published begins when all rows are in")
_QUERY_OF_VIEW = Placement(Becomes.DDL, Stage.FINISH, "all that the view reads is there")
_LATE = Placement(Becomes.DDL, Stage.DATA, "pg_dump defines it after the constraints that it needs")

PLACEMENTS: Mapping[str, Placement] = MappingProxyType(
    {
        "ENCODING": _PREAMBLE,
        "STDSTRINGS": _PREAMBLE,
        "SEARCHPATH": _PREAMBLE,
        "SCHEMA": _STRUCTURE,
        "EXTENSION": _STRUCTURE,
        "TYPE": _STRUCTURE,
        "SHELL TYPE": _STRUCTURE,
        "DOMAIN": _STRUCTURE,
        "PROCEDURAL LANGUAGE": _STRUCTURE,
        "FUNCTION": _STRUCTURE,
        "PROCEDURE": _STRUCTURE,
        "AGGREGATE": _STRUCTURE,
        "OPERATOR": _STRUCTURE,
        "OPERATOR FAMILY": _STRUCTURE,
        "OPERATOR CLASS": _STRUCTURE,
        "ACCESS METHOD": _SUPERUSER,
        "CAST": _STRUCTURE,
        "TRANSFORM": _STRUCTURE,
        "COLLATION": _STRUCTURE,
        "CONVERSION": _STRUCTURE,
        "TEXT SEARCH PARSER": _STRUCTURE,
        "TEXT SEARCH TEMPLATE": _STRUCTURE,
        "TEXT SEARCH DICTIONARY": _STRUCTURE,
        "TEXT SEARCH CONFIGURATION": _STRUCTURE,
        "FOREIGN DATA WRAPPER": _SUPERUSER,
        "SERVER": _STRUCTURE,
        "USER MAPPING": _STRUCTURE,
        "FOREIGN TABLE": _STRUCTURE,
        "TABLE": _STRUCTURE,
        "TABLE ATTACH": _STRUCTURE,
        "SEQUENCE": _STRUCTURE,
        "SEQUENCE OWNED BY": _STRUCTURE,
        "DEFAULT": _STRUCTURE,
        "VIEW": _STRUCTURE,
        "MATERIALIZED VIEW": _STRUCTURE,
        "COMMENT": _WITH_OBJECT,
        "SECURITY LABEL": _WITH_OBJECT,
        "INDEX": Placement(
            Becomes.INDEX,
            Stage.DATA,
            "built once over all rows, not row by row",
            reason_first="it stands with its table",
        ),
        "INDEX ATTACH": Placement(Becomes.INDEX, Stage.DATA, "both indexes exist"),
        "CONSTRAINT": Placement(
            Becomes.CONSTRAINT,
            Stage.DATA,
            "checked once over all rows, not row by row",
            reason_first="it stands with its table, and holds from the first row on",
        ),
        "CHECK CONSTRAINT": Placement(
            Becomes.CONSTRAINT, Stage.DATA, "pg_dump adds it after the rows, as it is on the source"
        ),
        "FK CONSTRAINT": Placement(
            Becomes.FOREIGN_KEY,
            Stage.DATA,
            "both ends are loaded, so it is validated in one pass",
            reason_first="both its tables are there, and it holds from the first row on",
        ),
        "STATISTICS": Placement(Becomes.DDL, Stage.FINISH, "it is filled by ANALYZE, which comes after"),
        "STATISTICS DATA": Placement(Becomes.DDL, Stage.FINISH, "it describes rows that are in"),
        "RULE": _GUARD,
        "TRIGGER": _GUARD,
        "POLICY": _GUARD,
        "ROW SECURITY": _GUARD,
        "ACL": _GRANT,
        "DEFAULT ACL": _GRANT,
        "MATERIALIZED VIEW DATA": Placement(
            Becomes.REFRESH, Stage.REFRESH, "all that it reads is loaded and granted"
        ),
        "PUBLICATION": _PUBLICATION,
        "PUBLICATION TABLE": _PUBLICATION,
        "PUBLICATION TABLES IN SCHEMA": _PUBLICATION,
        "SUBSCRIPTION": Placement(
            Becomes.DDL, Stage.ACTIVATE, "it would bring rows of its own", HazardKind.NEEDS_SUPERUSER
        ),
        "SUBSCRIPTION TABLE": Placement(Becomes.DDL, Stage.ACTIVATE, "it belongs to a subscription"),
        "EVENT TRIGGER": Placement(
            Becomes.DDL, Stage.ACTIVATE, "it would fire on our own statements", HazardKind.NEEDS_SUPERUSER
        ),
    }
)
"""Every kind of entry that has a place, in the words of pg_dump's ArchiveEntry calls."""


def place(entry: ArchiveEntry) -> Placement | None:
    """Return where the entry goes, or None where its kind is not known, and not what it may need or do."""
    if entry.kind == "RULE" and entry.definition.startswith("CREATE OR REPLACE VIEW "):
        # Of a view that stood without a query so far: it reads itself through others, or needs a primary key.
        return _QUERY_OF_VIEW
    placement = PLACEMENTS.get(entry.kind)
    if placement is _STRUCTURE and entry.section is Section.POST_DATA:
        # A materialized view or a function that needs a primary key, and what needs those.
        return _LATE
    return placement
