"""How the rows of a table reference each other: read by walking every self-reference at once, on the server.

Consumed by the choice of load strategies, by the reports, and by the writer of data files, which orders rows
by their level. What a shape means for a load is decided there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotage.catalog.key_comparisons import (
    KeyComparison,
    match_conditions,
    read_key_comparisons,
    referenced_rows,
    referencing_rows,
)
from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.partitions import partition_root
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.model.catalog import Catalog, ForeignKey, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.review import SelfReferenceShape

MOST_ROWS = 5_000_000
"""Tables with more rows are not walked: the source's server would hold arrays of this many numbers for us.

Measured on PostgreSQL 18, on a busy machine of two cores, a million rows in chains of ten: 9 s, and the
server process grows by 0.2 GB. Both grow with the rows.
"""


class _Walked(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk found: ``reached`` rows stand on no loop and above none."""

    rows: int
    reached: int
    roots: int
    deepest: int | None


def self_references(catalog: Catalog) -> Mapping[QualifiedName, tuple[ForeignKey, ...]]:
    """Return the enforced self-references of every table that has some, a partitioned table taken as one."""
    root = partition_root(catalog)
    found: defaultdict[QualifiedName, list[ForeignKey]] = defaultdict(list)
    for key in catalog.foreign_keys:
        if key.enforced and key.table in root and root[key.table] == root.get(key.referenced):
            found[root[key.table]].append(key)
    return {table: tuple(keys) for table, keys in sorted(found.items())}


async def read_shapes(
    session: Session, catalog: Catalog, *, tables: Collection[QualifiedName] | None = None
) -> Mapping[QualifiedName, SelfReferenceShape]:
    """Read how rows reference each other, in the caller's snapshot, for every table that references itself.

    Each table costs about as much as sorting its rows' places and joining it to itself along each key; see
    :func:`level_query`.

    Args:
        session: inside the transaction in which the catalog was read.
        catalog: with rows counted.
        tables: only these, to save the time.

    Returns:
        Shapes by table, without tables of more than ``MOST_ROWS`` rows, and those whose rows nobody counted.

    Raises:
        RefusedError: a self-reference of the catalog is no longer there.
    """
    root = partition_root(catalog)
    rows: defaultdict[QualifiedName, int] = defaultdict(int)
    for table in catalog.tables:
        rows[root[table.name]] += MOST_ROWS + 1 if table.rows is None else table.rows
    shapes: dict[QualifiedName, SelfReferenceShape] = {}
    for name in self_references(catalog):
        if (tables is None or name in tables) and rows[name] <= MOST_ROWS:
            shapes[name] = await _read_shape(session, catalog, name)
    return shapes


async def _read_shape(session: Session, catalog: Catalog, table: QualifiedName) -> SelfReferenceShape:
    levels = await level_query(session, catalog, table)
    statement = (
        f"SELECT (SELECT count(*) FROM {_rows_of(catalog, table)}) AS rows, count(*) AS reached, "  # noqa: S608 - quoted names
        f"count(*) FILTER (WHERE level = 0) AS roots, max(level) AS deepest FROM (\n{levels}\n) AS level"
    )
    async with releasing_locks(session):
        (walked,) = await session.records(statement, _Walked)
    return SelfReferenceShape(
        table=table,
        roots=walked.roots,
        linked=walked.rows - walked.roots,
        depth=(walked.deepest or 0) if walked.reached == walked.rows else None,
    )


async def level_query(session: Session, catalog: Catalog, table: QualifiedName) -> str:
    """Return a query for ``tableoid``, ``ctid`` and ``level`` of a table's rows.

    Level 0 references no other row; any other row stands one level above the highest that it references by
    any of its self-references. Loaded by level, every row finds what it references there. Rows on a loop, and
    those that lead to one, have no level and are left out: use it where the shape's depth is known.

    It is a query to join in one statement with what is read by it: a ``ctid`` names a row for as long as a
    statement or a lock on the table keeps others from rewriting it.

    The walk goes level by level (Kahn's algorithm). Its cost grows with rows and references, however deep the
    chains are: 10,000 rows in one chain take 0.1 s. Only rows with several references cost more: one is
    looked at again for each level between the lowest and the highest row that it references, not counting
    those that reference nothing.

    Args:
        session: to ask by which operators the keys compare; nothing else is read.
        catalog: what knows the table's self-references.
        table: no partition.

    Raises:
        RefusedError: a self-reference of the catalog is no longer there.
    """
    return _level_query(_rows_of(catalog, table), await _known(session, catalog, table))


async def link_query(session: Session, catalog: Catalog, table: QualifiedName) -> str:
    """Return a query for ``child`` and ``parent``, of type int4: a row and one that it references.

    Rows have numbers from 1, for this query only. A row that references itself is left out.

    Args:
        session, catalog, table: as of :func:`level_query`.

    Raises:
        RefusedError: a self-reference of the catalog is no longer there.
    """
    known = await _known(session, catalog, table)
    return f"WITH {_numbered(_rows_of(catalog, table))}{_all_links(known)}"


async def _known(
    session: Session, catalog: Catalog, table: QualifiedName
) -> Sequence[tuple[ForeignKey, KeyComparison]]:
    keys = self_references(catalog)[table]
    comparisons = await read_key_comparisons(session, keys)
    for number, key in enumerate(keys):
        if number not in comparisons:
            raise RefusedError(
                f"the foreign key {key.name} of {table} is not there any more: the structure changed after "
                "the catalog was read; try again when nobody changes it"
            )
    return [(key, comparisons[number]) for number, key in enumerate(keys)]


def _rows_of(catalog: Catalog, table: QualifiedName) -> str:
    """Return the relation as FROM takes it; heirs of a plain table are tables of their own."""
    kind = next(each.kind for each in catalog.tables if each.name == table)
    return str(table) if kind is TableKind.PARTITIONED else f"ONLY {table}"


def _level_query(rows: str, keys: Sequence[tuple[ForeignKey, KeyComparison]]) -> str:
    """Return the walk.

    Arrays, not joins, lead from a row to those that reference it: a join in the recursive part is planned
    once, without an idea how often it will run, and may read the whole table at every level.
    """
    return f"""\
WITH RECURSIVE
{_numbered(rows)},
link AS MATERIALIZED ({_all_links(keys)}
),
-- What references nothing is there from the beginning, so no row waits for it.
awaited AS MATERIALIZED (
    SELECT child, parent FROM link WHERE parent IN (SELECT child FROM link)
),
-- By a row's number: how many links it waits for, and where those end that wait for it.
held AS MATERIALIZED (
    SELECT
        (SELECT array_agg(child ORDER BY parent) FROM awaited) AS children,
        array_agg(upto ORDER BY number) AS upto,
        array_agg(needs ORDER BY number) AS needs
    FROM (
        SELECT
            number,
            coalesce(sum(below.links) OVER (ORDER BY number ROWS UNBOUNDED PRECEDING), 0)::int4 AS upto,
            coalesce(above.links, 0)::int4 AS needs
        FROM numbered
        LEFT JOIN (SELECT parent AS number, count(*) AS links FROM awaited GROUP BY parent) AS below
            USING (number)
        LEFT JOIN (SELECT child AS number, count(*) AS links FROM awaited GROUP BY child) AS above
            USING (number)
    ) AS counted
),
-- A row is ready when all the links that it needs are met; until then it comes along and waits.
walk (number, met, ready, level) AS (
    SELECT number, 0, true, CASE WHEN number IN (SELECT child FROM link) THEN 1 ELSE 0 END
    FROM numbered
    WHERE (SELECT needs FROM held)[number] = 0
    UNION ALL
    SELECT number, met, ready, level
    FROM (
        -- Where no row has become ready none ever will: the others are on a loop, or lead to one.
        SELECT number, met, ready, level, bool_or(ready) OVER () AS goes_on
        FROM (
            SELECT
                step.number,
                (sum(step.met) OVER same)::int4 AS met,
                sum(step.met) OVER same = (SELECT needs FROM held)[step.number] AS ready,
                walk.level + 1 AS level,
                row_number() OVER same AS copy
            FROM walk
            CROSS JOIN LATERAL (
                SELECT (SELECT children FROM held)[place] AS number, 1 AS met
                FROM generate_series(
                    coalesce((SELECT upto FROM held)[walk.number - 1], 0) + 1,
                    (SELECT upto FROM held)[walk.number]
                ) AS place
                WHERE walk.ready
                UNION ALL
                SELECT walk.number, walk.met WHERE NOT walk.ready
            ) AS step
            WINDOW same AS (PARTITION BY step.number)
        ) AS counted
        WHERE copy = 1
    ) AS next
    WHERE goes_on
)
SELECT numbered.tableoid, numbered.ctid, walk.level
FROM walk
JOIN numbered USING (number)
WHERE walk.ready"""  # noqa: S608 - quoted names


def _numbered(rows: str) -> str:
    number = "(row_number() OVER ())::int4 AS number"
    return f"numbered AS MATERIALIZED (SELECT {number}, tableoid, ctid FROM {rows})"  # noqa: S608 - quoted names


def _all_links(keys: Sequence[tuple[ForeignKey, KeyComparison]]) -> str:
    return "\n    UNION ALL".join(_links(key, comparison) for key, comparison in keys)


def _links(key: ForeignKey, comparison: KeyComparison) -> str:
    """Return the query for (child, parent) along one key.

    A row with NULL in the key matches nothing, whichever MATCH the key has, and a row that references itself
    waits for no other. Rows of a key with PERIOD reference all that overlap them.
    """
    matches = " AND ".join(match_conditions(key, comparison))
    return f"""
    SELECT child.number AS child, parent.number AS parent
    FROM {referencing_rows(key, comparison)} AS referencing
    JOIN {referenced_rows(key, comparison)} AS referenced ON {matches}
    JOIN numbered AS child ON child.tableoid = referencing.tableoid AND child.ctid = referencing.ctid
    JOIN numbered AS parent ON parent.tableoid = referenced.tableoid AND parent.ctid = referenced.ctid
    WHERE child.number <> parent.number"""  # noqa: S608 - quoted names
