"""The target's own default privileges, set aside while objects are created, and put back as they were.

pg_dump writes an object's privileges as what to change of PostgreSQL's own defaults. Where the target has
default privileges (``pg_default_acl``), a new object has those instead, and roles that the source gave
nothing get access. So they are set aside in the transaction that creates objects, and put back before it
commits: nobody else sees them missing, and a transaction that fails leaves them as they were.

Only the creating role's are set aside, since no other role's act on what it creates. PostgreSQL itself
creates what belongs to a trusted extension as the bootstrap superuser, and with that one's.

Consumed by execution and by SQL files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pilotage.model.names import quote_literal
from pilotage.model.plan import RunDdl, Step
from pilotage.roles.blocks import block
from pilotage.roles.places import role_places
from pilotage.roles.words import UnreadableTextError, statements_in

S = TypeVar("S", bound=Step)

RESET = "DEFAULT ACL RESET"
"""The kind of a step that takes away what the target has where the source has default privileges."""

_SETTING = "pilotage.default_privileges"

# Kinds of archive entries by which objects come into being that default privileges are for.
_CREATING = frozenset(
    {
        "AGGREGATE",
        "BLOB",
        "BLOB METADATA",
        "DOMAIN",
        "EXTENSION",
        "FOREIGN TABLE",
        "FUNCTION",
        "MATERIALIZED VIEW",
        "PROCEDURAL LANGUAGE",
        "PROCEDURE",
        "SCHEMA",
        "SEQUENCE",
        "SHELL TYPE",
        "TABLE",
        "TYPE",
        "VIEW",
    }
)

# pg_default_acl.defaclobjtype
_OBJECT_TYPES = {
    "TABLES": "r",
    "SEQUENCES": "S",
    "FUNCTIONS": "f",
    "TYPES": "T",
    "SCHEMAS": "n",
    "LARGE OBJECTS": "L",
}


def creates_objects(step: Step) -> bool:
    """Whether default privileges would act on what a step creates."""
    return isinstance(step, RunDdl) and step.kind in _CREATING


def changes_defaults(step: Step) -> bool:
    """Whether a step changes default privileges itself."""
    return isinstance(step, RunDdl) and step.kind in {"DEFAULT ACL", RESET}


def set_aside() -> str:
    """Return the statement that sets aside the default privileges of the current role.

    For the time of one transaction, which must end with :func:`put_back`. Two such transactions wait for each
    other.
    """
    return block(
        "set_aside",
        lock=(
            "    PERFORM pg_catalog.pg_advisory_xact_lock("
            "pg_catalog.hashtextextended('pilotage: default privileges', 0));"
        ),
        which="owner.rolname = current_user",
        note=f"    PERFORM pg_catalog.set_config('{_SETTING}', restoring, true);",
    )


def put_back() -> str:
    """Return the statement that puts back what :func:`set_aside` has set aside."""
    return block("put_back", setting=quote_literal(_SETTING))


def reset_of(sql: str) -> str:
    """Return the statement that takes away the target's default privileges which some statements will set.

    Args:
        sql: a DEFAULT ACL entry's, which is for one role, one schema or none, and one kind of objects.

    Raises:
        UnreadableTextError: it is not of the form that pg_dump gives it.
    """
    role = role_places("DEFAULT ACL", sql)[0].role
    statement = next(iter(statements_in(sql)))
    schema = statement[8].name if statement[6].is_bare("IN") else None
    on = next(place for place, word in enumerate(statement) if word.is_bare("ON"))
    end = next(place for place, word in enumerate(statement) if word.is_bare("TO") or word.is_bare("FROM"))
    objects = " ".join(word.text for word in statement[on + 1 : end])
    if objects not in _OBJECT_TYPES:
        raise UnreadableTextError(f"default privileges on {objects}")
    of_schema = f"= {quote_literal(schema)}" if schema is not None else "IS NULL"
    return block(
        "set_aside",
        lock="",
        which=(
            f"owner.rolname = {quote_literal(role)} AND namespace.nspname {of_schema} "
            f"AND defaults.defaclobjtype = '{_OBJECT_TYPES[objects]}'"
        ),
        note="",
    )


def with_defaults_aside(steps: Sequence[S]) -> tuple[Sequence[S], Sequence[S]]:
    """Return the steps of one transaction that run with default privileges set aside, and the rest.

    The former are empty where nothing is created. A step that changes default privileges, and all behind it,
    runs after they have been put back: plans create nothing behind such a step.
    """
    first_change = next((place for place, step in enumerate(steps) if changes_defaults(step)), len(steps))
    before, after = steps[:first_change], steps[first_change:]
    return (before, after) if any(map(creates_objects, before)) else (steps[:0], steps)
