"""Rows that a table might have, made up of values that its policies could tell apart.

Consumed by :mod:`pilotage.security.probing`, for tables with few rows or none: the policies' conditions can
be evaluated over rows that are not there. Columns that no policy names stay NULL. Others get what the
policies compare with, as far as it is known: keys of referenced tables, what the identities say of who asks,
names of roles, constants of the expressions, moments before and after now, labels, both booleans, and NULL.
The choice is the same each time, but for the moments.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Any

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.identities import Identity
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.security.asking import undone
from pilotage.security.reading import QUERIES
from pilotage.security.records import Relation

_OF_COLUMN = 12
"""Values of a column, beside NULL."""

_OF_TABLE = 3
"""Keys of a referenced table."""

_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'-])\d+(?:\.\d+)?(?![\w.'])")
_IS_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_IS_INTEGER = re.compile(r"-?\d+")
_IS_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_IS_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INTEGERS = frozenset(("smallint", "integer", "bigint"))
_NOBODYS = "00000000-0000-4000-8000-000000000000"


class _Reference(msgspec.Struct, frozen=True, kw_only=True):
    table: QualifiedName
    column: str


class _Column(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``column_values.sql``.

    Attributes:
        category: of its type (``pg_type.typcategory``); that of a domain is its base type's.
        element, type, labels: of an array, of its elements.
        longest: how many characters it takes; None where nothing says.
        referenced: by foreign keys.
    """

    name: str
    category: str
    element: str | None
    type: str
    longest: int | None
    labels: tuple[str, ...]
    referenced: tuple[_Reference, ...]


async def made_up_rows(
    session: Session,
    relation: Relation,
    policies: Sequence[str],
    bodies: Sequence[str],
    identities: Sequence[Identity],
    most: int,
) -> tuple[str, ...]:
    """Return rows that a table does not have, as text, each of which reads back as a row of its type.

    Args:
        session: in a transaction, as a role that may read the referenced tables.
        relation: the table.
        policies: the expressions of its policies.
        bodies: of the functions that these call.
        identities: that ask.
        most: rows to return.
    """
    named = "\n".join(policies)
    columns = await session.records(
        QUERIES.text("column_values", session.version_num // 10000), _Column, str(relation.name)
    )
    # also what a function is given: the whole row
    whole = re.search(rf"{re.escape(quote_identifier(relation.name.name))}\.\*", named) is not None
    told = tuple(dict.fromkeys(_told(identities, relation, (named, *bodies))))
    moments = await session.value(
        "SELECT ARRAY[(now() - '1 day'::interval)::text, (now() + '1 day'::interval)::text]"
    )
    domains = {column.name for column in relation.columns if column.domain}
    values: dict[str, tuple[str | None, ...]] = {}
    for column in columns:
        used = re.search(rf"(?<![\w$]){re.escape(column.name)}(?![\w$])", named) is not None
        if not (used or whole) and column.name not in domains:
            values[column.name] = (None,)
            continue
        keys = [key for each in column.referenced for key in await _keys(session, each)]
        fitting = list(dict.fromkeys(_fitting(column, (*keys, *told), moments)))
        # a domain may refuse NULL
        values[column.name] = (*fitting[:_OF_COLUMN], None) if used or whole else (*fitting[-1:], None)
    return await _read_back(session, relation, _rows(relation, values, most))


def _told(identities: Sequence[Identity], relation: Relation, texts: Iterable[str]) -> Iterator[str]:
    """Yield what policies may compare a column with: who asks, roles, and constants."""
    for identity in identities:
        for setting in identity.settings.values():
            yield setting
            yield from _leaves(setting)
    yield from (role for role, reach in relation.reach.items() if reach.restricted)
    for text in texts:
        yield from (match[1].replace("''", "'") for match in _TEXT.finditer(text))
        yield from (match[0] for match in _NUMBER.finditer(text))


def _leaves(text: str) -> Iterator[str]:
    try:
        waiting: list[Any] = [json.loads(text)]
    except ValueError:
        return
    while waiting:
        value = waiting.pop(0)
        match value:
            case dict():
                waiting += value.values()
            case list():
                waiting += value
            case str():
                yield value
            case bool() | None:
                pass
            case _:
                yield str(value)


async def _keys(session: Session, reference: _Reference) -> Sequence[str]:
    column = quote_identifier(reference.column)
    try:
        async with undone(session):
            keys: list[str] = await session.value(
                "SELECT coalesce(array_agg(chosen.key), '{}') FROM (SELECT first.key FROM ("  # noqa: S608 - quoted
                f"SELECT {column}::text AS key FROM {reference.table} WHERE {column} IS NOT NULL LIMIT 1000"
                f') AS first ORDER BY first.key COLLATE "C" LIMIT {_OF_TABLE}) AS chosen'
            )
    except ServerError:
        return ()
    return keys


def _fitting(column: _Column, told: Sequence[str], moments: Sequence[str]) -> Iterator[str]:
    """Yield values that the column's type most likely takes."""
    if column.category == "A" and column.element is not None:
        yield "{}"
        for value in _of_category(column.element, column, told, moments):
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            yield f'{{"{escaped}"}}'
    else:
        yield from _of_category(column.category, column, told, moments)


def _of_category(
    category: str, column: _Column, told: Sequence[str], moments: Sequence[str]
) -> Iterator[str]:
    match category:
        case "B":
            yield from ("true", "false")
        case "E":
            yield from column.labels
        case "D":
            yield from moments
            yield from (value for value in told if _IS_DATE.match(value))
        case "N":
            form = _IS_INTEGER if column.type in _INTEGERS else _IS_NUMBER
            for value in (*told, "0", "1"):
                if form.fullmatch(value):
                    # also what is before and after it
                    yield from (value, *(f"{Decimal(value) + beside}" for beside in (-1, 1)))
        case "S":
            longest = column.longest
            yield from (value for value in (*told, "x") if longest is None or len(value) <= longest)
        case "U" if column.type == "uuid":
            yield from (value for value in (*told, _NOBODYS) if _IS_UUID.fullmatch(value))
        case "U" if column.type in {"json", "jsonb"}:
            yield "{}"


def _rows(relation: Relation, values: Mapping[str, Sequence[str | None]], most: int) -> tuple[str, ...]:
    """Combine values: all of them where that is not too many rows, otherwise some."""
    of_columns = [values[column.name] for column in relation.columns]
    number = prod(map(len, of_columns))
    # not for secrets: the same are to be chosen again
    chosen = random.Random(str(relation.name))  # noqa: S311
    rows: dict[str, None] = {}
    for place in range(number if number <= most else 4 * most):
        row: list[str | None] = []
        rest = place
        for each in of_columns:
            if number <= most:
                rest, digit = divmod(rest, len(each))
                row.append(each[digit])
            else:
                row.append(chosen.choice(each))
        rows[_written(row)] = None
        if len(rows) == most:
            break
    return tuple(rows)


def _written(values: Iterable[str | None]) -> str:
    """Return a row as text, as PostgreSQL reads composite values."""
    fields = (
        "" if value is None else '"{}"'.format(value.replace("\\", "\\\\").replace('"', '""'))
        for value in values
    )
    return f"({','.join(fields)})"


async def _read_back(session: Session, relation: Relation, rows: Sequence[str]) -> tuple[str, ...]:
    """Return those of the rows that are of the table's type: a domain or a length may refuse some."""

    async def are_read(some: Sequence[str]) -> bool:
        try:
            async with undone(session):
                await session.value(
                    f"SELECT count(given.image::{relation.name}) FROM unnest($1::text[]) AS given (image)",  # noqa: S608
                    list(some),
                )
        except ServerError:
            return False
        return True

    if await are_read(rows):
        return tuple(rows)
    return tuple([row for row in rows if await are_read([row])])
