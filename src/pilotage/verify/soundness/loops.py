"""Rows that reference themselves along a table's self-references, directly or through others.

Consumed by the check of loops. Most tables are cleared by one scan: where every row references one that comes
before it by the key, or every row one that comes after, there can be no loop. Of others, all links are read
as pairs of numbers, and peeled: a row that no other references is on no loop, nor does a loop lead to it.
"""

from __future__ import annotations

import asyncio
import itertools
from array import array
from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotage.catalog.key_comparisons import KeyComparison, read_key_comparisons, referencing_rows
from pilotage.catalog.partitions import partition_root
from pilotage.catalog.self_references import link_query, self_references
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.soundness.attempts import attempt, without_values

MOST_ROWS = 10_000_000
"""Tables with more rows are not peeled, unless their keys show at once that there is no loop.

Measured on PostgreSQL 18, on a busy machine of two cores, 1,000,000 rows in chains of ten by random UUIDs:
6 s until all pairs are read, 1.4 s to peel them, and our process grows by 20 MB. Where all rows reference one
before them: 0.1 s.
"""


class Loops(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one table that references itself.

    Attributes:
        rows: that are on a loop, or to which one leads; None where nobody knows.
        because: why nobody knows; empty where it is known.
    """

    table: QualifiedName
    rows: int | None
    because: str = ""


class _Links(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows reference one that is before them by the key, after them, or themselves."""

    before: int
    after: int
    themselves: int


async def find_loops(
    session: Session, catalog: Catalog, *, only: Collection[QualifiedName] | None = None
) -> tuple[Loops, ...]:
    """Look for loops in every table with self-references, partitioned ones taken as one.

    Must be called inside a transaction.

    Args:
        catalog: of this end.
        only: these tables alone.

    Raises:
        ServerError: the catalogs could not be read.
        ConnectionLostError: the connection broke.
    """
    rows = _rows(catalog)
    found = []
    for table, keys in self_references(catalog).items():
        if only is None or table in only:
            found.append(await _of_table(session, catalog, table, keys, rows.get(table)))
    return tuple(found)


async def _of_table(
    session: Session,
    catalog: Catalog,
    table: QualifiedName,
    keys: Sequence[ForeignKey],
    rows: int | None,
) -> Loops:
    comparisons = await read_key_comparisons(session, keys)
    if not all(number in comparisons and comparisons[number].readable for number in range(len(keys))):
        return Loops(table=table, rows=None, because="this role may not read all of its rows")
    links = await _links(session, keys, comparisons)
    if links is not None and not (links.before and links.after):
        return Loops(table=table, rows=links.themselves)
    if rows is None:
        counted = await attempt(session, lambda: _count(session, keys[0], comparisons[0]))
        if isinstance(counted, ServerError):
            return Loops(table=table, rows=None, because=without_values(counted))
        rows = counted
    if rows > MOST_ROWS:
        return Loops(
            table=table,
            rows=None,
            because="its rows reference others before and after them by the key, and tables with more than "
            f"{MOST_ROWS:,} rows are not looked through",
        )
    pairs = await attempt(session, lambda: _read_pairs(session, catalog, table))
    if isinstance(pairs, ServerError):
        return Loops(table=table, rows=None, because=without_values(pairs))
    left = await asyncio.to_thread(rows_left, *pairs)
    return Loops(table=table, rows=left + (links.themselves if links is not None else 0))


async def _read_pairs(
    session: Session, catalog: Catalog, table: QualifiedName
) -> tuple[array[int], array[int]]:
    """Return for every link the number of the row that references, and of the one that is referenced."""
    numbers = array("i")
    rest = b""

    async def take(piece: bytes) -> None:
        nonlocal rest
        lines, _newline, beginning = (rest + piece).rpartition(b"\n")
        numbers.extend(map(int, lines.split()))
        rest = beginning

    # What the joins of row numbers bring is underestimated by far: 7.9 s with nested loops, 5.1 s without.
    await session.run("SET LOCAL enable_nestloop TO off")
    await session.copy_out_query(await link_query(session, catalog, table), sink=take)
    return numbers[0::2], numbers[1::2]


def rows_left(children: array[int], parents: array[int]) -> int:
    """Return how many rows are left when, again and again, those go that no row references which is left.

    These are the rows on loops, and those to which a loop leads.

    Args:
        children, parents: for each link the number of the row that references, and of the one referenced.
    """
    size = max(itertools.chain(children, parents), default=0) + 1
    references = array("i", bytes(4 * size))
    begin = array("i", bytes(4 * (size + 1)))
    for child in children:
        begin[child + 1] += 1
    for parent in parents:
        references[parent] += 1
    begin = array("i", itertools.accumulate(begin))
    place = begin[:]
    referenced = array("i", bytes(4 * len(parents)))
    for child, parent in zip(children, parents, strict=True):
        referenced[place[child]] = parent
        place[child] += 1
    going = [row for row in range(size) if not references[row] and begin[row] < begin[row + 1]]
    while going:
        row = going.pop()
        for parent in referenced[begin[row] : begin[row + 1]]:
            references[parent] -= 1
            if not references[parent]:
                going.append(parent)
    return size - references.count(0)


async def _count(session: Session, key: ForeignKey, comparison: KeyComparison) -> int:
    return int(await session.value(f"SELECT count(*) FROM {referencing_rows(key, comparison)}"))  # noqa: S608 - quoted names


async def _links(
    session: Session, keys: Sequence[ForeignKey], comparisons: Mapping[int, KeyComparison]
) -> _Links | None:
    """Count along all keys at once; None where the rows have no one order by which all of them could go."""
    if len({key.referenced_columns for key in keys}) > 1 or any(each.period for each in comparisons.values()):
        return None
    parts = "\nUNION ALL\n".join(_links_of(key, comparisons[number]) for number, key in enumerate(keys))
    statement = (
        "SELECT sum(before)::int8 AS before, sum(after)::int8 AS after, sum(themselves)::int8 AS themselves "  # noqa: S608 - quoted names
        f"FROM (\n{parts}\n) AS link"
    )
    # A type's own < may be on no search path, or two columns have different collations: then it is an error.
    counted = await attempt(session, lambda: session.records(statement, _Links))
    return None if isinstance(counted, ServerError) else counted[0]


def _links_of(key: ForeignKey, comparison: KeyComparison) -> str:
    """Return the query for one key; with NULL in the key the comparisons are NULL, or do not matter."""
    own = ", ".join(map(quote_identifier, key.referenced_columns))
    referenced = ", ".join(map(quote_identifier, key.columns))
    given = " AND ".join(f"{quote_identifier(column)} IS NOT NULL" for column in key.columns)
    return (
        f"SELECT count(*) FILTER (WHERE ROW({referenced}) < ROW({own})) AS before, "  # noqa: S608 - quoted names
        f"count(*) FILTER (WHERE ROW({referenced}) > ROW({own})) AS after, "
        f"count(*) FILTER (WHERE ROW({referenced}) = ROW({own})) AS themselves "
        f"FROM {referencing_rows(key, comparison)} WHERE {given}"
    )


def _rows(catalog: Catalog) -> Mapping[QualifiedName, int | None]:
    """Return the rows of each table, a partitioned one with all of its partitions; None where not counted."""
    root = partition_root(catalog)
    rows: dict[QualifiedName, int | None] = {}
    for table in catalog.tables:
        before = rows.get(root[table.name], 0)
        rows[root[table.name]] = None if before is None or table.rows is None else before + table.rows
    return rows
