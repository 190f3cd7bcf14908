"""Orphans: rows that reference nothing, counted on a server, key by key.

Consumed by verification, of a target, and by preflight, of a source. A key that the server calls valid can
still be broken: ``session_replication_role = replica`` lets any row in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import TypeAlias

import msgspec

from pilotage.catalog.key_comparisons import (
    KeyComparison,
    match_conditions,
    read_key_comparisons,
    referenced_rows,
    referencing_rows,
)
from pilotage.catalog.locks import releasing_locks
from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.catalog import ForeignKey, MatchType
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal

KEYS_A_STATEMENT = 50
"""Foreign keys counted by one statement: few round trips, and no plan that is too large to make."""


BY_INDEXES = "SET LOCAL enable_hashjoin TO off; SET LOCAL max_parallel_workers_per_gather TO 0;"
"""For keys with an index on both ends: the two are read side by side, in their order, instead of one table
being hashed. PostgreSQL takes that for slower than it is: 630,000 rows beside 210,000 took 0.07 s of CPU
instead of 0.19 s; with parallel workers, each of which reads all of one index, 0.11 s. It needs no memory."""


class OrphanCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one foreign key.

    Attributes:
        rows: referencing rows without a referenced row; None where they were not counted.
        not_counted_because: why; empty where they were.
    """

    key: ForeignKey
    rows: int | None
    not_counted_because: str = ""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    rows: int


async def count_orphans(
    session: Session,
    foreign_keys: Sequence[ForeignKey],
    *,
    beside: Sequence[Session] = (),
    on_counted: Callable[[int, int], None] = lambda _counted, _of: None,
) -> tuple[OrphanCount, ...]:
    """Count, for every enforced key, the referencing rows that break it.

    Keys that are not enforced promise nothing and are passed over. All others are counted, validated or not,
    by the very operators by which the server enforces them, and a partitioned table as one.

    Must be called inside a transaction.

    Args:
        beside: more sessions that see the same snapshot, which take a part of the keys.
        on_counted: told how many keys are counted, and of how many.

    Returns:
        One count for each enforced key, in the order given.

    Raises:
        ServerError: a query failed.
    """
    keys = [key for key in foreign_keys if key.enforced]
    known = await read_key_comparisons(session, keys)
    counts: dict[int, int] = {}
    countable = [known[number] for number in range(len(keys)) if number in known and known[number].readable]
    # One by one where others count too: nobody knows beforehand which keys take long.
    size = KEYS_A_STATEMENT if not beside else max(1, len(countable) // KEYS_A_STATEMENT)
    countable.sort(key=lambda known: -known.pages)
    by_indexes = {each.number for each in countable if each.indexes_suffice and keys[each.number].indexed}
    alike = (
        ([each for each in countable if each.number in by_indexes], BY_INDEXES),
        ([each for each in countable if each.number not in by_indexes], ""),
    )
    # The largest first, so that all sessions end at about the same time.
    batches = iter(
        sorted(
            (
                (some[start : start + size], settings)
                for some, settings in alike
                for start in range(0, len(some), size)
            ),
            key=lambda batch: -batch[0][0].pages,
        )
    )

    async def count(session: Session) -> None:
        for batch, settings in batches:
            statement = "\nUNION ALL\n".join(_counting_query(keys[key.number], key) for key in batch)
            async with releasing_locks(session, settings):
                for counted in await session.records(statement, _Count):
                    counts[counted.number] = counted.rows
            on_counted(len(counts), len(countable))

    try:
        async with asyncio.TaskGroup() as group:
            for each in (session, *beside):
                group.create_task(count(each))
    except ExceptionGroup as failures:
        raise first_error(failures) from failures
    return tuple(
        OrphanCount(
            key=key,
            rows=counts.get(number),
            not_counted_because="" if number in counts else _reason(known.get(number)),
        )
        for number, key in enumerate(keys)
    )


def _reason(key: KeyComparison | None) -> str:
    if key is None:
        return "the key does not exist there"
    return "this role may not read all rows of both its tables"


def _counting_query(key: ForeignKey, known: KeyComparison) -> str:
    """Return ``SELECT number, rows`` for one key: an anti-join, as the server's own validation does it.

    See RI_Initial_Check() in PostgreSQL's ``ri_triggers.c``.
    """
    return f"SELECT {known.number} AS number, count(*) AS rows {_orphans_of(key, known)}"


def _orphans_of(key: ForeignKey, known: KeyComparison, *, without: str = "") -> str:
    """Return FROM and WHERE: the key's orphans, as ``referencing``.

    Args:
        without: a condition on ``referenced``: rows that are as good as not there.
    """
    referencing, referenced = referencing_rows(key, known), referenced_rows(key, known)
    matches = " AND ".join(match_conditions(key, known))
    # MATCH SIMPLE lets a row pass that has any NULL; MATCH FULL only one that has nothing else.
    any_or_all = " OR " if key.match is MatchType.FULL else " AND "
    is_meant = any_or_all.join(
        f"referencing.{quote_identifier(column)} IS NOT NULL" for column in key.columns
    )
    if known.period:
        holds = _period_is_covered(key, referenced, f"{matches}{without}")
    else:
        holds = f"EXISTS (SELECT FROM {referenced} AS referenced WHERE {matches}{without})"
    return f"FROM {referencing} AS referencing WHERE ({is_meant}) AND NOT {holds}"


def _period_is_covered(key: ForeignKey, referenced: str, matches: str) -> str:
    """Return the condition of a key with PERIOD: the matching rows' periods together cover the row's own."""
    period = f"referencing.{quote_identifier(key.columns[-1])}"
    referenced_period = f"referenced.{quote_identifier(key.referenced_columns[-1])}"
    return (
        f"coalesce((SELECT {period} OPERATOR(pg_catalog.<@) pg_catalog.range_agg({referenced_period}) "  # noqa: S608 - quoted names
        f"FROM {referenced} AS referenced WHERE {matches}), false)"
    )


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to see of a broken key.

    Attributes:
        values: of the key's columns, as text; some that reference nothing.
        query: finds all of the rows.
    """

    values: tuple[tuple[str | None, ...], ...]
    query: str


class _Example(msgspec.Struct, frozen=True, kw_only=True):
    value: tuple[str | None, ...]


async def read_examples(session: Session, key: ForeignKey, number: int) -> Examples:
    """Return some of the values of a key that reference nothing, at most so many.

    Must be called inside a transaction; the key must be one whose orphans could be counted.
    """
    known = (await read_key_comparisons(session, [key]))[0]
    orphans = _orphans_of(key, known)
    value = ", ".join(f"referencing.{quote_identifier(column)}::text" for column in key.columns)
    async with releasing_locks(session):
        found = await session.records(
            f"SELECT DISTINCT ARRAY[{value}] AS value {orphans} ORDER BY 1 LIMIT {number:d}", _Example
        )
    return Examples(values=tuple(each.value for each in found), query=f"SELECT referencing.* {orphans};")


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    table: QualifiedName
    ctid: str


Rows: TypeAlias = Mapping[QualifiedName, Set[str]]
"""Rows of relations that store them (partitions, not their parents), by where they lie (``ctid``)."""


async def find_orphans(
    session: Session, key: ForeignKey, *, gone: Rows, known: Rows
) -> dict[QualifiedName, set[str]]:
    """Return the rows that break a key, where some of the referenced rows are as good as not there.

    Must be called inside a transaction, whose locks keep the rows where they are: nobody can rewrite a table
    that was read.

    Args:
        gone: rows that are as good as not there.
        known: rows that are not looked for.
    """
    comparison = (await read_key_comparisons(session, [key]))[0]
    rows = await session.records(
        f"""
        SELECT
            json_build_object('schema', n.nspname, 'name', c.relname) AS table, found.ctid::text AS ctid
        FROM (SELECT referencing.tableoid, referencing.ctid
              {_orphans_of(key, comparison, without=_none_of(gone, "referenced"))}
              {_none_of(known, "referencing")}) AS found
        JOIN pg_catalog.pg_class AS c ON c.oid = found.tableoid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace""",  # noqa: S608 - quoted names
        _Row,
    )
    found: dict[QualifiedName, set[str]] = {}
    for row in rows:
        found.setdefault(row.table, set()).add(row.ctid)
    return found


def _none_of(rows: Rows, alias: str) -> str:
    """Return the condition, to be added, that a row is none of these."""
    return "".join(
        f" AND NOT ({alias}.tableoid = {quote_literal(str(table))}::pg_catalog.regclass "
        f"AND {at_places(alias, places)})"
        for table, places in sorted(rows.items())
        if places
    )


def at_places(alias: str, places: Iterable[str]) -> str:
    """Return the condition that a row lies at one of these places (``ctid``)."""
    array = quote_literal("{" + ",".join(f'"{place}"' for place in sorted(places)) + "}")
    return f"{alias}.ctid = ANY ({array}::pg_catalog.tid[])"
