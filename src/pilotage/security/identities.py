"""Identities derived from a database: what its policies ask of a request, and values that mean something.

Consumed by verification, where the user names no identities. A value is taken from the columns that a setting
or claim is compared with: those of one row where a table has several of them, so that the user is one
of the tenant. The choice is the same each time: the first row, sorted by text; of a large table, the first
one that is read.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pilotage.connection import Session
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.security.claims import Comparison, Source, askings_in, comparisons_in, sources_in
from pilotage.security.outside import Calls
from pilotage.security.reading import EXACT_ROWS, Surface
from pilotage.security.records import AppliedPolicy, Relation
from pilotage.security.writing import is_readable

DERIVED = "one tenant, one user"
"""What a derived identity is called."""

_MOST_ALONE = 4
"""Settings that are also tried alone; where there are more, one without another hardly means anything."""

_ROLE = "role"
"""The claim that says which role a request takes on."""


async def derive_identities(session: Session, surface: Surface, roles: Sequence[str]) -> tuple[Identity, ...]:
    """Return identities that mean something to a database's policies; the first has nothing set.

    Args:
        session: in a transaction; it must be able to read the tables.
        surface: of the database.
        roles: by the names under which identities know them.
    """
    having = _relations_by_column(surface)
    calls = Calls(surface.routines)
    wanted: dict[Source, None] = {}
    columns: dict[Source, dict[tuple[QualifiedName, str], None]] = defaultdict(dict)
    constants: dict[Source, str] = {}
    read: dict[str, tuple[Comparison, ...]] = {}
    for table, text in dict.fromkeys(_texts(surface)):
        for body in (text, *(routine.body for routine in calls.reached(text))):
            if body not in read:
                wanted |= dict.fromkeys(sources_in(body, calls))
                read[body] = comparisons_in(body, calls)
            for comparison in read[body]:
                columns[comparison.source].update(dict.fromkeys(_places(having, table, body, comparison)))
                if comparison.constant is not None:
                    constants.setdefault(comparison.source, comparison.constant)
    if not wanted:
        return (NOBODY,)
    values: dict[Source, str] = dict(await _values(session, surface, columns))
    for source, constant in constants.items():
        values.setdefault(source, constant)
    of_role = [source for source in wanted if _names_role(source)]
    if not of_role:
        return (NOBODY, *_with_parts(_settings(values), None))
    return (
        NOBODY,
        *(
            identity
            for role in roles
            for identity in _with_parts(_settings(values | dict.fromkeys(of_role, role)), role)
        ),
    )


def _with_parts(settings: Mapping[str, str], role: str | None) -> Iterator[Identity]:
    """Yield the identity with all settings, and those with one each: what one permits may hide another."""
    if settings:
        yield Identity(name=DERIVED, role=role, settings=settings)
    if 1 < len(settings) <= _MOST_ALONE:
        for name, value in sorted(settings.items()):
            yield Identity(name=f"only {name} set", role=role, settings={name: value})


def _texts(surface: Surface) -> Iterator[tuple[QualifiedName, str]]:
    for table, policies in surface.policies.items():
        for policy in policies:
            yield from ((table, text) for text in policy.expressions)


def _relations_by_column(surface: Surface) -> Mapping[str, tuple[QualifiedName, ...]]:
    having: dict[str, list[QualifiedName]] = defaultdict(list)
    for name, relation in surface.relations.items():
        for column in relation.columns:
            having[column.name].append(name)
    return {column: tuple(names) for column, names in having.items()}


def _places(
    having: Mapping[str, tuple[QualifiedName, ...]], table: QualifiedName, text: str, comparison: Comparison
) -> Iterator[tuple[QualifiedName, str]]:
    """Yield the columns that a comparison may mean: of the policy's table, or of one that the text names."""
    if comparison.column is None:
        return
    for name in having.get(comparison.column, ()):
        # As a part of a longer name too: too many are better than none, and those of most settings win.
        if name == table or name.name in text:
            yield name, comparison.column


def never_told(
    policies: Iterable[AppliedPolicy], surface: Surface, identities: Collection[Identity]
) -> tuple[str, ...]:
    """Return what a policy asks for, itself or in functions, that no identity says together with all else.

    Returns:
        The names of settings, of the first expression for which no identity says all that it asks for.
    """
    calls = Calls(surface.routines)
    for text in dict.fromkeys(text for policy in policies for text in policy.expressions):
        askings = askings_in(text, calls)
        silent = [
            [asking for asking in askings if not any(_says(identity, source) for source in asking)]
            for identity in (NOBODY, *identities)
        ]
        fewest = min(silent, key=len)
        if fewest:
            return tuple(dict.fromkeys(min(asking).setting for asking in fewest))
    return ()


def _says(identity: Identity, source: Source) -> bool:
    """Whether an identity sets a source's setting, and there what stands under its keys."""
    if source.setting not in identity.settings:
        return False
    value: Any = identity.settings[source.setting]
    for place, key in enumerate(source.keys):
        if not place:
            with contextlib.suppress(ValueError):
                value = json.loads(value)
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


async def _values(
    session: Session,
    surface: Surface,
    columns: Mapping[Source, Mapping[tuple[QualifiedName, str], None]],
) -> Mapping[Source, str]:
    """Return a value for each source that is compared with a column of a table with rows."""
    by_table: dict[QualifiedName, dict[Source, str]] = defaultdict(dict)
    for source, places in columns.items():
        for table, column in places:
            by_table[table].setdefault(source, column)
    values: dict[Source, str] = {}
    # Those with most of them first: they tell which user belongs to which tenant.
    for table, of_sources in sorted(
        by_table.items(), key=lambda each: (-len(set(each[1].values())), each[0])
    ):
        missing = {source: column for source, column in of_sources.items() if source not in values}
        relation = surface.relations[table]
        if not missing or relation.kind != "table" or relation.foreign:
            continue
        if not await is_readable(session, relation):
            continue
        row = await _row(session, relation, missing.values())
        if row is not None:
            values |= dict(zip(missing, row, strict=True))
    return values


async def _row(session: Session, relation: Relation, columns: Iterable[str]) -> list[str] | None:
    """Return what a row has in some columns, none of them NULL; None where there is no such row."""
    names = [quote_identifier(column) for column in columns]
    listed = ", ".join(f"{name}::text" for name in names)
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)
    if relation.rows > EXACT_ROWS:
        # sorting all of them would take too long, as would looking through all for one that is there
        rows, sorting = f"(SELECT * FROM {relation.name} LIMIT {EXACT_ROWS}) AS first", ""  # noqa: S608
    else:
        rows = str(relation.name)
        sorting = "ORDER BY " + ", ".join(f'{name}::text COLLATE "C"' for name in names)
    found: list[str] | None = await session.value(
        f"SELECT ARRAY[{listed}] FROM {rows} WHERE {there} {sorting} LIMIT 1"  # noqa: S608
    )
    return found


def _names_role(source: Source) -> bool:
    return source.keys == (_ROLE,) or (not source.keys and source.setting.endswith(f".{_ROLE}"))


def _settings(values: Mapping[Source, str]) -> Mapping[str, str]:
    """Return the settings that hold the values, in JSON where they are under keys."""
    settings: dict[str, str] = {source.setting: value for source, value in values.items() if not source.keys}
    documents: dict[str, dict[str, Any]] = defaultdict(dict)
    for source, value in values.items():
        inner = documents[source.setting] if source.keys else {}
        for key in source.keys[:-1]:
            inner = inner[key] if isinstance(inner.get(key), dict) else inner.setdefault(key, {})
            if not isinstance(inner, dict):
                break
        else:
            if source.keys:
                inner[source.keys[-1]] = value
    return settings | {setting: json.dumps(document) for setting, document in documents.items()}
