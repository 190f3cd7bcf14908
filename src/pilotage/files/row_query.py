"""The queries by which a table's rows are read for a data file, each row after its hashes.

Consumed by the data files. The order is the same for equal databases where a key makes that possible: by
primary key, or else by a unique constraint without NULLs. A table with neither comes in physical order.
Ordering costs: a million rows, 174 MB, in the cache but stored in random order, took 4.4 s instead of 2.0 s.
"""

from __future__ import annotations

import msgspec

from pilotage.connection import Session
from pilotage.files.checksums import column_list, row_hash, rows_of
from pilotage.files.records import TableData
from pilotage.model.catalog import Table
from pilotage.model.names import quote_identifier, quote_literal

_ALIAS = "loaded"

_ORDER_COLUMNS = """
SELECT a.attname AS name
FROM (
    SELECT i.indrelid, i.indkey, i.indnkeyatts
    FROM pg_catalog.pg_constraint AS con
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = con.conindid
    WHERE con.conrelid = $1::pg_catalog.text::pg_catalog.regclass
        AND con.contype IN ('p', 'u')
        AND i.indisvalid
        -- not: keys that allow NULL, in which rows may be equal
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_attribute AS nullable
            WHERE nullable.attrelid = i.indrelid AND nullable.attnum = ANY (i.indkey::pg_catalog.int2[])
                AND NOT nullable.attnotnull
        )
    ORDER BY con.contype, i.indnkeyatts, con.conname
    LIMIT 1
) AS key
CROSS JOIN LATERAL pg_catalog.unnest(key.indkey::pg_catalog.int2[]) WITH ORDINALITY AS part (attnum, place)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = key.indrelid AND a.attnum = part.attnum
WHERE part.place <= key.indnkeyatts
ORDER BY part.place
"""


class _ColumnName(msgspec.Struct, frozen=True, kw_only=True):
    name: str


async def read_order_columns(session: Session, table: Table) -> tuple[str, ...]:
    """Return the columns of a key by which every row of the table has a place of its own; empty for none."""
    return tuple(
        column.name for column in await session.records(_ORDER_COLUMNS, _ColumnName, str(table.name))
    )


def row_query(data: TableData, order_columns: tuple[str, ...], encoding: str, *, levels: str = "") -> str:
    """Return the query for the rows of a load: the hash of the row as it will be in the end, and its columns.

    For ``two-pass`` the hash of the row as the first pass leaves it comes between, and the columns that this
    pass leaves out are NULL.

    Args:
        levels: for ``parents-first``: a query for tableoid, ctid and level of every row.
    """
    chosen = [row_hash(data.columns, encoding, of=_ALIAS)]
    if data.set_null:
        chosen.append(row_hash(data.columns, encoding, nulls=data.set_null, of=_ALIAS))
    if data.columns:
        chosen.append(column_list(data.columns, nulls=data.set_null, of=_ALIAS))
    tables = rows_of(data.table)
    if data.condition:
        # The extension's condition may name the table.
        tables = f"(SELECT * FROM {rows_of(data.table, data.condition)})"  # noqa: S608 - as pg_dump asks
    tables += f" AS {_ALIAS}"
    order = _order(order_columns)
    if levels:
        # A row that the walk does not reach is brought all the same, last: its foreign key tells then.
        tables += (
            f" LEFT JOIN (\n{levels}\n) AS walk"
            f" ON walk.tableoid = {_ALIAS}.tableoid AND walk.ctid = {_ALIAS}.ctid"
        )
        order = ["walk.level", *(order or [f"{_ALIAS}.tableoid", f"{_ALIAS}.ctid"])]
    return f"SELECT {', '.join(chosen)} FROM {tables}" + _order_by(order)  # noqa: S608 - names are quoted


def second_pass_query(data: TableData, order_columns: tuple[str, ...]) -> str:
    """Return the query for what the second pass of ``two-pass`` brings: the key, and what it sets."""
    columns = column_list((*data.match_columns, *data.set_null), of=_ALIAS)
    condition = " OR ".join(f"{_ALIAS}.{quote_identifier(column)} IS NOT NULL" for column in data.set_null)
    return (
        f"SELECT {columns} FROM {rows_of(data.table)} AS {_ALIAS} WHERE {condition}"  # noqa: S608 - as above
        + _order_by(_order(order_columns))
    )


def _order(columns: tuple[str, ...]) -> list[str]:
    return [f"{_ALIAS}.{quote_identifier(column)}" for column in columns]


def _order_by(order: list[str]) -> str:
    return f" ORDER BY {', '.join(order)}" if order else ""


async def read_comment(session: Session, table: str, constraint: str) -> str | None:
    """Return the comment on a constraint, None where it has none."""
    comment = await session.value(
        "SELECT pg_catalog.obj_description(oid, 'pg_constraint') FROM pg_catalog.pg_constraint "
        "WHERE conrelid = $1::pg_catalog.text::pg_catalog.regclass AND conname = $2::pg_catalog.text",
        table,
        constraint,
    )
    return None if comment is None else str(comment)


async def read_has_immediate_namesake(session: Session, schema: str, constraint: str) -> bool:
    """Return whether a name in SET CONSTRAINTS would also mean a constraint that cannot be deferred."""
    found = await session.value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint AS con "  # noqa: S608 - quoted
        "JOIN pg_catalog.pg_namespace AS n ON n.oid = con.connamespace "
        f"WHERE n.nspname = {quote_literal(schema)} AND con.conname = {quote_literal(constraint)} "
        "AND con.contype IN ('f', 'p', 'u', 'x', 't') AND NOT con.condeferrable)"
    )
    return bool(found)
