"""Rows that reference themselves along a table's self-references, directly or through others.

Consumed by the check of loops. Most tables are cleared by one scan: where every row references one that comes
before it by the key, or every row one that comes after, there can be no loop. Others are walked, see
:func:`pilotage.catalog.self_references.level_query`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotage.catalog.key_comparisons import KeyComparison, read_key_comparisons, referencing_rows
from pilotage.catalog.partitions import partition_root
from pilotage.catalog.self_references import MOST_ROWS, count_without_level, self_references
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.soundness.attempts import attempt, in_words


class Loops(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one table that references itself.

    Attributes:
        rows: that are on a loop, or whose references lead into one; None where nobody knows.
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
        return Loops(table=table, rows=None, because="this role may not read it")
    links = await _links(session, keys, comparisons)
    if links is not None and not (links.before and links.after):
        return Loops(table=table, rows=links.themselves)
    if (await _count(session, keys[0], comparisons[0]) if rows is None else rows) > MOST_ROWS:
        return Loops(
            table=table,
            rows=None,
            because="its rows reference others before and after them by the key, and tables with more than "
            f"{MOST_ROWS:,} rows are not walked",
        )
    walked = await attempt(session, lambda: count_without_level(session, catalog, table))
    if isinstance(walked, ServerError):
        return Loops(table=table, rows=None, because=in_words(walked))
    return Loops(table=table, rows=walked + (links.themselves if links is not None else 0))


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
