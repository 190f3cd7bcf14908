"""Which of the rows that were copied under an older snapshot may have changed by now.

Consumed by execution that continues after the snapshot is gone. A part of a table that is not named here is
what it was, row for row; one that is named may be so as well.

The rule: let *x* be ``xmin`` of the older snapshot. A part is unchanged if all of its visible rows were
written by transactions older than *x*, and they are as many as were copied. For every transaction older than
*x* had ended when the older snapshot was taken (PostgreSQL's documentation, table 9.84, Transaction ID and
Snapshot Information Functions), so the older snapshot saw each of these rows, and where it saw no more, it
saw the same. Rows that were updated or deleted since are missing from the count; what was written since has a
transaction of its own, subtransactions and prepared ones included. Freezing, VACUUM FULL, CLUSTER and row
locks leave a row's ``xmin`` as it is.

A column may change without any row being written, as by ``ADD COLUMN … DEFAULT``, and another table may
take the name; both leave newer rows in the catalog. A server that crashed may have lost transactions that
the older snapshot saw and may give their numbers to others, unless they were flushed before.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.queries import query
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.copied import CopiedPart, Moment
from pilotage.model.names import quote_literal

BATCH = 100
"""Parts counted by one statement."""

_HORIZON = 2**31 - 1
"""Transactions that 32 bits can tell from older ones; ``age()`` of what is always old is this number."""


class StandingTable(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``standing_tables.sql``."""

    number: int


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    part: int
    rows: int
    newer: int
    filenode: int


async def read_moment(session: Session) -> Moment:
    """Return what is to be known later of the snapshot of the session's transaction.

    Must be called inside a transaction. Called again in the same snapshot, ``flushed`` may have become true.
    """
    sql = query("moment", session.version_num // 10000)
    await session.run("SAVEPOINT pilotage_moment")
    try:
        (moment,) = await session.records(sql, Moment)
    except ServerError:
        # Some services keep these functions to themselves.
        await session.run("ROLLBACK TO SAVEPOINT pilotage_moment")
        xmin = await session.value(
            "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::int8"
        )
        moment = Moment(xmin=xmin, lineage="", running_since="", flushed=False)
    await session.run("RELEASE SAVEPOINT pilotage_moment")
    return moment


async def changed_parts(session: Session, parts: Sequence[CopiedPart]) -> frozenset[CopiedPart]:
    """Return the parts that may not be the same any more in the snapshot of the session's transaction.

    Reads every part whole. Must be called inside a transaction with a snapshot of its own; locks of tables
    that were copied in parts stay until its end, so that nobody moves their rows between this and the
    copying of the other parts.

    Raises:
        ServerError: the server refused, such as for a table that was dropped meanwhile.
        ConnectionLostError: the connection broke.
    """
    if not parts:
        return frozenset()
    now = await read_moment(session)
    following = await session.value(
        "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8"
    )
    by_moment: defaultdict[Moment, list[CopiedPart]] = defaultdict(list)
    for part in parts:
        if part.all_rows:
            by_moment[part.moment].append(part)
    unchanged: set[CopiedPart] = set()
    for moment, copied in by_moment.items():
        if _comes_after(now, moment) and 0 <= following - moment.xmin < _HORIZON:
            unchanged |= await _unchanged(session, moment, copied)
    return frozenset(parts) - unchanged


def _comes_after(now: Moment, before: Moment) -> bool:
    """Whether all that the older snapshot saw happened in the history of the younger one."""
    crashed = not now.running_since or now.running_since != before.running_since
    return bool(now.lineage) and now.lineage == before.lineage and (before.flushed or not crashed)


async def _unchanged(session: Session, moment: Moment, parts: Iterable[CopiedPart]) -> set[CopiedPart]:
    """Return those of the parts, all copied under that snapshot, that are surely the same."""
    xmin = str(moment.xmin % 2**32)
    tables = sorted({part.table for part in parts})
    standing = {
        tables[each.number]
        for each in await session.records(
            query("standing_tables", session.version_num // 10000),
            StandingTable,
            [table.schema for table in tables],
            [table.name for table in tables],
            xmin,
        )
    }
    whole = (part for part in parts if part.blocks is None and part.table in standing)
    unchanged: set[CopiedPart] = set()
    while batch := tuple(itertools.islice(whole, BATCH)):
        async with releasing_locks(session):
            unchanged |= await _same_rows(session, xmin, batch)
    ranges = (part for part in parts if part.blocks is not None and part.table in standing)
    while batch := tuple(itertools.islice(ranges, BATCH)):
        unchanged |= await _same_rows(session, xmin, batch)
    return unchanged


async def _same_rows(session: Session, xmin: str, batch: Sequence[CopiedPart]) -> set[CopiedPart]:
    counts = await session.records(
        "\nUNION ALL\n".join(_count(number, part, xmin) for number, part in enumerate(batch)), _Count
    )
    return {
        part
        for count in counts
        if count.newer == 0
        and count.rows == (part := batch[count.part]).rows
        and (part.blocks is None or count.filenode == part.filenode)
    }


def _count(number: int, part: CopiedPart, xmin: str) -> str:
    """Return the query that counts a part's rows, and those of them that are not older than the snapshot.

    ``pg_relation_filenode`` looks at the table as it is, not at the snapshot, and after the table is locked.
    """
    where = ""
    if part.blocks is not None:
        first, end = part.blocks
        where = f" WHERE ctid >= '({first:d},0)'::tid"
        if end is not None:
            where += f" AND ctid < '({end:d},0)'::tid"
    return (
        f"SELECT {number} AS part, count(*) AS rows, "  # noqa: S608 - quoted names
        f"count(*) FILTER (WHERE age(xmin) BETWEEN 1 AND age({quote_literal(xmin)}::xid)) AS newer, "
        f"coalesce(pg_relation_filenode({quote_literal(str(part.table))}::regclass)::int8, 0) AS filenode "
        f"FROM ONLY {part.table}{where}"
    )
