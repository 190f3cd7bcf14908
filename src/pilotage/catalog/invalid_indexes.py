"""Indexes that a dump leaves out, since they answer no query.

Consumed by planning, which says so by name, and by verification, which does not expect them.
"""

from __future__ import annotations

from pilotage.model.catalog import Catalog, Index, TableKind


def unfinished_indexes(catalog: Catalog) -> tuple[Index, ...]:
    """Return the invalid indexes that pg_dump leaves out: those that a failed concurrent build left behind.

    Not those of partitioned tables, which are invalid as long as a partition lacks its part, and which
    pg_dump brings as they are (getIndexes() in ``pg_dump.c``).
    """
    partitioned = {table.name for table in catalog.tables if table.kind is TableKind.PARTITIONED}
    return tuple(index for index in catalog.indexes if not index.valid and index.table not in partitioned)
