"""What a role sees: it reads, and what comes back is counted and digested.

Consumed by :mod:`pilotage.security.probing`. Row level security is PostgreSQL's own here; nothing is
worked out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pilotage.connection import Session
from pilotage.model.names import quote_identifier, quote_identifiers, quote_literal
from pilotage.security.reading import EXACT_ROWS
from pilotage.security.records import Reach, Relation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which of a relation's rows are looked at.

    Attributes:
        condition: SQL that is true of them; None for all rows.
        key: columns that the condition names.
        told_by: columns of the primary key, by which a row is told from all others; empty where there is none
            that tells.
    """

    condition: str | None = None
    key: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()


async def extent_of(session: Session, relation: Relation) -> Extent | None:
    """Return the rows of a relation to look at: all, or those with the lowest keys.

    The condition is one that holds at another end with the same rows as well: it names values, of types whose
    order no collation decides.

    Returns:
        None for a table that is too large and has no such key.
    """
    if relation.rows <= EXACT_ROWS:
        return Extent(told_by=relation.key)
    table = str(relation.name)
    counted = await session.value(
        f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {EXACT_ROWS + 1}) AS first"  # noqa: S608
    )
    if counted <= EXACT_ROWS:
        return Extent(told_by=relation.key)
    if not relation.key:
        return None
    types = {column.name: column.type for column in relation.columns}
    key = quote_identifiers(relation.key)
    texts = ", ".join(f"{quote_identifier(name)}::text" for name in relation.key)
    values = await session.value(
        f"SELECT ARRAY[{texts}] FROM {table} ORDER BY {key} LIMIT 1 OFFSET {EXACT_ROWS - 1}"  # noqa: S608
    )
    last = ", ".join(
        f"{quote_literal(value)}::{types[name]}" for name, value in zip(relation.key, values, strict=True)
    )
    return Extent(condition=f"({key}) <= ({last})", key=relation.key, told_by=relation.key)


def seen_rows(relation: Relation, reach: Reach, extent: Extent) -> str | None:
    """Return the question what a role sees: how many rows, and two sums over hashes of them.

    A row of a table with a primary key is told by that: what is in it is compared elsewhere, once and not for
    every role, and large values would have to be read and printed each time.

    Returns:
        None where the role may not read the columns that the extent names.
    """
    columns = _read_columns(relation, reach, extent.told_by)
    if reach.reads != "all" and not set(extent.key) <= set(reach.reads or ()):
        return None
    where = f" WHERE {extent.condition}" if extent.condition else ""
    # Two sums of hashes of the row: the order of rows does not matter, and how often one occurs does.
    return (
        "SELECT pg_catalog.format('%s %s %s', pg_catalog.count(*), "  # noqa: S608 - names are quoted
        "pg_catalog.sum(pg_catalog.hashtextextended(pilotage_seen.image, 1::pg_catalog.int8)), "
        "pg_catalog.sum(pg_catalog.hashtextextended(pilotage_seen.image, 2::pg_catalog.int8))) "
        f"FROM (SELECT ROW({columns})::pg_catalog.text AS image FROM {relation.name} AS pilotage_row{where}) "
        "AS pilotage_seen"
    )


def may_read(relation: Relation) -> str:
    """Return the question whether a role may read: it is permitted or refused before the first row."""
    return (
        f"SELECT pg_catalog.count(*)::pg_catalog.text FROM (SELECT FROM {relation.name} LIMIT 0) AS nothing"  # noqa: S608
    )


def _read_columns(relation: Relation, reach: Reach, told_by: Sequence[str]) -> str:
    names = [column.name for column in relation.columns]
    if reach.reads != "all":
        readable = set(reach.reads or ())
        names = [name for name in names if name in readable]
    if told_by and set(told_by) <= set(names):
        names = list(told_by)
    return ", ".join(f"pilotage_row.{quote_identifier(name)}" for name in names)
