"""What an index of a foreign key gains: the server's own look-up of the rows that reference one, measured.

Consumed by :mod:`pilotage.lint.measuring`. When a referenced row is deleted, or its key changes, the server
looks for the rows that reference it, once for each. That is what is run here, as a plain SELECT: for some
keys of the referenced table, without the index and with it. Nothing is deleted. The index is created in a
transaction that is rolled back, which keeps others from writing the table for that time.
"""

from __future__ import annotations

import json

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.lint.reading import SHARED_QUERIES
from pilotage.lint.timing import LONGEST, measured, nodes, run, runs
from pilotage.model.lint import Finding, Fix, Measurement
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.security.asking import CANCELED, undone

KEYS = 20
"""Referenced rows that are looked up, at most."""

AMONG = 100_000
"""Rows of the referenced table among which these are chosen, by a hash of the key."""

COUNTED = 1_000_000
"""A table's rows are counted up to so many."""


class KeyColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a foreign key.

    Attributes:
        referenced: the column that it references.
        type: of the operator's left side; None where any type may stand there.
        operator: between a value of that type and the column, as SQL reads it.
    """

    name: str
    referenced: str
    type: str | None
    operator: str


class MeasuredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``measured_key.sql``.

    Attributes:
        owned: whether we have the rights of the table's owner.
        foreign: whether reading it reads another server.
    """

    referenced: QualifiedName
    owned: bool
    foreign: bool
    partitioned: bool
    columns: tuple[KeyColumn, ...]


async def measure_key(session: Session, finding: Finding, fix: Fix) -> Measurement:
    """Measure what the fix of ``unindexed_foreign_keys`` gains.

    Args:
        session: within :func:`~pilotage.lint.timing.measuring`.
        finding: of that rule.
        fix: of the finding.

    Raises:
        ServerError: the server refused.
        TimeoutError: the table would be locked for too long.
    """
    data = finding.metadata
    table = QualifiedName(data["schema"], data["name"])
    major = session.version_num // 10000
    async with undone(session):
        found = await session.records(
            SHARED_QUERIES.text("measured_key", major),
            MeasuredKey,
            table.schema,
            table.name,
            data["fkey_name"],
        )
    if not found:
        return Measurement(what="the key is not there any more")
    (key,) = found
    why = _reason_against(table, key)
    if why is not None:
        return Measurement(what=why)
    # rows in children that inherit are not the key's concern
    source = str(table) if key.partitioned else f"ONLY {table}"
    async with undone(session):
        table_rows = await _counted(session, source)
        lookups = await _lookups(session, source, key)
    if not table_rows or not lookups:
        return Measurement(what=f"table {key.referenced if table_rows else table} has no rows to look up")
    # The real look-up locks each row that it finds, and so visits it.
    await session.run("SET LOCAL enable_indexonlyscan = off")
    try:
        some = await _in_time(session, lookups)
    except ServerError as error:
        if error.sqlstate != CANCELED:
            raise
        return Measurement(
            what=f"looking up one row of {key.referenced} in {table} takes more than {LONGEST:g} s without "
            "the index"
        )
    used: dict[bool, set[str]] = {False: set(), True: set()}
    is_young = False

    async def look_up(indexed: bool) -> float:
        done = [await run(session, each) for each in some]
        used[indexed] |= {
            node["Index Name"] for each in done for node in nodes(each.plan) if "Index Name" in node
        }
        return sum(each.seconds for each in done)

    async def with_index() -> float:
        nonlocal is_young
        is_young = await session.value(SHARED_QUERIES.text("young_index", major), str(table))
        return await look_up(indexed=True)

    seconds = await runs(
        session,
        table,
        "SHARE",
        (_create(fix),),
        lambda: look_up(indexed=False),
        with_index,
        rounds=1,
        each=3,
    )
    of_rows = "1 row" if len(some) == 1 else f"{len(some)} rows"
    result = measured(
        f"looking up which rows of {table}, of {_rows(table_rows)}, reference {of_rows} of {key.referenced}",
        len(some),
        seconds,
        table_rows=table_rows,
    )
    if used[True] <= used[False]:
        return unused(result, is_young=is_young)
    return result


def unused(result: Measurement, *, is_young: bool) -> Measurement:
    """Return a measurement of which the plans show that the new index was not used."""
    if is_young:
        return Measurement(
            what="rows of the table were changed a moment ago, and the server uses a new index only in "
            "transactions that began after that; measure again later"
        )
    doubt = (
        result.doubt or "the server does not use the index for these rows: it takes other ways for quicker"
    )
    speeds = msgspec.structs.replace(result.speeds, times=None) if result.speeds is not None else None
    return msgspec.structs.replace(result, speeds=speeds, doubt=doubt)


def _reason_against(table: QualifiedName, key: MeasuredKey) -> str | None:
    if not key.owned:
        return f"only the owner of table {table} may create an index on it"
    return f"reading table {table} reads another server" if key.foreign else None


async def _in_time(session: Session, lookups: list[str]) -> list[str]:
    """Run the look-ups once, and return those that were run before the time was over."""
    left = LONGEST
    for number, each in enumerate(lookups):
        try:
            left -= (await run(session, each, seconds=LONGEST)).seconds
        except ServerError:
            if number == 0:
                raise
            return lookups[:number]
        if left <= 0:
            return lookups[: number + 1]
    return lookups


async def _counted(session: Session, source: str) -> int:
    """Return how many rows there are, up to one more than :data:`COUNTED`."""
    return int(
        await session.value(
            f"SELECT count(*) FROM (SELECT FROM {source} LIMIT {COUNTED + 1}) AS counted"  # noqa: S608
        )
    )


def _rows(number: int) -> str:
    return f"{number:,}" if number <= COUNTED else f"more than {COUNTED:,}"


async def _lookups(session: Session, source: str, key: MeasuredKey) -> list[str]:
    """Return queries that look for what references some rows of the referenced table."""
    columns = [quote_identifier(column.referenced) for column in key.columns]
    listed = ", ".join(columns)
    texts = ", ".join(f"chosen.{column}::text" for column in columns)
    there = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    found = await session.text(
        f"SELECT coalesce(json_agg(json_build_array({texts})), '[]')::text FROM ("  # noqa: S608 - names are quoted
        f"SELECT {listed} FROM (SELECT {listed} FROM {key.referenced} WHERE {there} LIMIT {AMONG}) AS first "
        f"ORDER BY hashtextextended(ROW({listed})::text, 0) LIMIT {KEYS}) AS chosen"
    )
    return [
        f"SELECT FROM {source} AS referencing WHERE "
        + " AND ".join(
            f"{_value(value, column)} {column.operator} referencing.{quote_identifier(column.name)}"
            for value, column in zip(values, key.columns, strict=True)
        )
        for values in json.loads(found or "[]")
    ]


def _value(text: str, column: KeyColumn) -> str:
    return quote_literal(text) + (f"::{column.type}" if column.type is not None else "")


def _create(fix: Fix) -> str:
    """Return the statement that makes the index inside a transaction, with all of its parts."""
    # of what is not for a migration, the last one is about the partitioned table
    return fix.effect.indexes[-1].sql if fix.effect is not None else fix.statements[-1]
