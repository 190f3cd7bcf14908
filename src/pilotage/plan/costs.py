"""What a step is expected to cost, from the source's own sizes.

Weights are in bytes of plain copying that would take as long; they order work and are not a forecast.
"""

from __future__ import annotations

from pilotage.model.catalog import Index, Table
from pilotage.model.plan import Cost

STEP_OVERHEAD = 16 * 1024
"""Weight of doing anything at all: a round trip and a commit."""

# How many bytes of plain copying take as long as building one byte of an index, by access method. Orders of
# magnitude, from builds on one core of PostgreSQL 18 with default settings; an HNSW graph costs distance
# computations per row where a b-tree costs a sort.
_BUILD_FACTOR = {
    "btree": 2,
    "hash": 3,
    "brin": 50,
    "gin": 6,
    "gist": 8,
    "spgist": 8,
    "ivfflat": 10,
    "hnsw": 40,
}
_UNKNOWN_METHOD_FACTOR = 8


def cost_of_load(table: Table) -> Cost:
    """Return what bringing a table's rows costs."""
    return Cost(rows=table.rows or 0, bytes=table.bytes, weight=table.bytes + STEP_OVERHEAD)


def cost_of_index(index: Index, table: Table | None) -> Cost:
    """Return what building an index costs: reading its table and writing the index."""
    factor = _BUILD_FACTOR.get(index.method, _UNKNOWN_METHOD_FACTOR)
    heap = table.bytes if table is not None else 0
    return Cost(
        rows=(table.rows or 0) if table is not None else 0,
        bytes=index.bytes,
        weight=heap // 4 + index.bytes * factor + STEP_OVERHEAD,
    )


def cost_of_attaching() -> Cost:
    """Return what making a partition's index part of its table's costs: nothing is built or read."""
    return Cost(weight=STEP_OVERHEAD)


def cost_of_validation(referencing: Table, referenced: Table | None) -> Cost:
    """Return what checking a foreign key costs: a join of both ends."""
    return cost_of_scan(referencing, referenced)


def cost_of_scan(*tables: Table | None) -> Cost:
    """Return what reading whole tables costs, as validating a key or gathering statistics does."""
    known = [table for table in tables if table is not None]
    size = sum(table.bytes for table in known)
    return Cost(rows=sum(table.rows or 0 for table in known), bytes=size, weight=size // 4 + STEP_OVERHEAD)
