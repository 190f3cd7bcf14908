"""The boundary of the scope: what the objects in it need from outside, and whether the target has it.

A scope that is less than the database leaves out tables that keys reference, parents that tables inherit
from, and types. Where they are on the target already, all is well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation

SHOWN = 3
"""Objects that need the same thing which a message names."""

_MODIFIER_AND_ARRAY = re.compile(r'(\([^()"]*\))?(\[\])*\Z')


class _Missing(msgspec.Struct, frozen=True):
    """A name that the target does not know."""

    name: str


async def _look(situation: Situation) -> Sequence[Problem]:
    source, target = situation.catalog, situation.target
    of_extensions = {
        str(each.table.name)
        for each in source.extension_tables
        if each.extension in situation.created_extensions
    }
    wanted = {name: users for name, users in _tables_outside(source).items() if name not in of_extensions}
    tables = await _missing(target, "to_regclass", wanted)
    brought = {
        str(name)
        for extension in source.extensions
        if extension.name in situation.created_extensions
        for name in extension.types
    }
    wanted = {name: users for name, users in _types_outside(source).items() if name not in brought}
    types = await _missing(target, "to_regtype", wanted)
    return [
        CHECK.stop(
            object=f"table {name}",
            found=f"is outside the scope and not there, and {_some(users)}",
            wanted="the table on the target, or in the scope",
            remedy="take its schema along with --schema, or create the table first",
        )
        for name, users in tables.items()
    ] + [
        CHECK.stop(
            object=f"type {name}",
            found=f"is outside the scope and not there, and {_some(users)}",
            wanted="the type on the target, or in the scope",
            remedy=_remedy_for_type(name, source),
        )
        for name, users in types.items()
    ]


async def _missing(
    target: Session, lookup: str, wanted: Mapping[str, Iterable[str]]
) -> dict[str, Iterable[str]]:
    names = sorted(wanted)
    if not names:
        return {}
    missing = await target.records(
        "SELECT name FROM pg_catalog.unnest($1::text[]) AS wanted (name) "  # noqa: S608 - ours
        f"WHERE pg_catalog.{lookup}(name) IS NULL",
        _Missing,
        names,
    )
    lacking = {each.name for each in missing}
    return {name: wanted[name] for name in names if name in lacking}


def _tables_outside(source: Catalog) -> dict[str, list[str]]:
    """Return the tables that are referenced or inherited from, with who does."""
    inside = {table.name for table in source.tables}
    users: defaultdict[QualifiedName, list[str]] = defaultdict(list)
    for key in source.foreign_keys:
        users[key.referenced].append(f"foreign key {key.name} of {key.table} references it")
    for table in source.tables:
        if table.partition_of is not None:
            users[table.partition_of].append(f"{table.name} is its partition")
        for parent in table.inherits:
            users[parent].append(f"{table.name} inherits from it")
    return {str(name): reasons for name, reasons in users.items() if name not in inside}


def _types_outside(source: Catalog) -> dict[str, list[str]]:
    """Return the types of columns that nothing in scope makes; the system's own are on every server."""
    names = [each.name for each in source.types]
    # A relation's row type has its name.
    names += [each.name for each in source.tables]
    names += [each.name for each in source.views]
    inside = set(map(str, names))
    users: defaultdict[str, list[str]] = defaultdict(list)
    for table in source.tables:
        for column in table.columns:
            name = _MODIFIER_AND_ARRAY.sub("", column.type, count=1)
            if name not in inside:
                users[name].append(f"column {column.name} of {table.name} has it")
    return users


def _remedy_for_type(name: str, source: Catalog) -> str:
    for extension in source.extensions:
        if name in map(str, extension.types):
            return (
                "extensions are not taken along where schemas are named; on the target: CREATE EXTENSION "
                f"{quote_identifier(extension.name)} SCHEMA {quote_identifier(extension.schema)};"
            )
    return "take its schema along with --schema, or create the type first"


def _some(users: Iterable[str]) -> str:
    named = list(users)
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return ", ".join(named[:SHOWN]) + more


CHECK = Check(
    name="outside-the-scope",
    title="what the scope needs from outside of it is on the target",
    end=End.TARGET,
    look=_look,
)
