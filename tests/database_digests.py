"""All that a database holds as sorted lines of text, with two queries instead of two runs of pg_dump.

Consumed by tests that compare hundreds of databases. Independent of pilotage's own catalog queries, which are
what such tests are to judge. PostgreSQL 18 only.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pilotage.connection import Session

_DEFINITIONS = Path(__file__).with_name("database_digest.sql").read_text("utf-8")

# One query for the rows of all tables: as the row's text, which leaves dropped columns out.
_ROWS_OF_EACH = """
SELECT string_agg(
    format(
        'SELECT %L::text AS table, r::text AS row FROM ONLY %s AS r',
        oid::pg_catalog.regclass, oid::pg_catalog.regclass
    ), ' UNION ALL '
)
FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'm') AND relispopulated AND relnamespace IN (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
"""
_ROWS = "SELECT array_agg('row of ' || \"table\" || ': ' || row ORDER BY \"table\", row) FROM ({}) AS rows"


_HASHES_OF_EACH = """
SELECT string_agg(
    format(
        'SELECT %L::text AS table, count(*) AS rows, sum(hashtextextended(r::text, 0)) AS hashes '
        'FROM ONLY %s AS r',
        oid::pg_catalog.regclass, oid::pg_catalog.regclass
    ), ' UNION ALL '
)
FROM pg_catalog.pg_class
WHERE relkind IN ('r', 'm') AND relispopulated AND relnamespace IN (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
"""
_HASHES = (
    "SELECT array_agg(format('%s rows of %s: %s', rows, \"table\", hashes) ORDER BY 1) FROM ({}) AS rows"
)
_LARGE_OBJECTS = """
SELECT coalesce(
    array_agg(format('large object %s: %s %s', oid, m, pg_catalog.md5(pg_catalog.lo_get(oid)))), '{}'
)
FROM pg_catalog.pg_largeobject_metadata AS m
"""


async def definitions_of(session: Session) -> list[str]:
    """Return everything in the database but contents, a line for each fact."""
    return list(await session.value(_DEFINITIONS))


async def contents_of(session: Session) -> list[str]:
    """Return a line for all rows of each table, and one for each large object."""
    hashes_of_each = await session.value(_HASHES_OF_EACH)
    rows = await session.value(_HASHES.format(hashes_of_each)) if hashes_of_each is not None else []
    return [*rows, *await session.value(_LARGE_OBJECTS)]


async def digest_of(session: Session) -> list[str]:
    """Return everything in the database, a line for each fact and each row."""
    lines: list[str] = list(await session.value(_DEFINITIONS))
    rows_of_each = await session.value(_ROWS_OF_EACH)
    if rows_of_each is not None:
        lines += await session.value(_ROWS.format(rows_of_each)) or []
    return lines


def difference(found: list[str], expected: list[str]) -> str:
    """Return what differs, for people; empty where nothing does."""
    # Not difflib, which takes minutes where most of a thousand lines differ.
    more, less = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
    return "\n".join([*(f"- {line}" for line in less.elements()), *(f"+ {line}" for line in more.elements())])
