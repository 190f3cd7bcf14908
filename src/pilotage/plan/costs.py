"""What a step is expected to cost, from the source's own sizes.

Weights are in bytes of plain copying that would take as long; they order work and are not a forecast.
"""

from __future__ import annotations

from pilotage.model.catalog import Index, Table
from pilotage.model.plan import Cost

STEP_OVERHEAD = 16 * 1024
"""Weight of doing anything at all: a round trip and a commit."""

# How many bytes of plain copying take as long as building one byte of an index, by access method. Measured as
# CPU time of PostgreSQL 18.6, where copying takes both servers 11 ns a byte: 400,000 rows of 265 bytes, 512
# MB of maintenance_work_mem, no parallel workers. In ns a byte: b-tree 10 (rising integers) to 20 (random
# ones, texts by a collation), hash 23 to 26, GIN 58 (jsonb) to 101 (trigrams), GiST 39 (ranges). ivfflat took
# 14 for 2,000 rows in 50 lists, and takes more with more lists, which come with more rows. SP-GiST was not
# measured.
_BUILD_FACTOR = {
    "btree": 2,
    "hash": 2,
    "brin": 1,
    "gin": 7,
    "gist": 4,
    "spgist": 4,
    "ivfflat": 5,
}
_UNKNOWN_METHOD_FACTOR = 5

_READING = 16
"""Bytes of a table that are read while one is copied: a BRIN index took 0.6 ns for each."""

_CHECKING_A_ROW = 24
"""Weight of a row in the join by which a foreign key is checked."""


def cost_of_load(table: Table) -> Cost:
    """Return what bringing a table's rows costs."""
    return Cost(rows=table.rows or 0, bytes=table.bytes, weight=table.bytes + STEP_OVERHEAD)


def cost_of_index(index: Index, table: Table | None) -> Cost:
    """Return what building an index costs: reading its table and writing the index."""
    rows = (table.rows or 0) if table is not None else 0
    heap = table.bytes if table is not None else 0
    return Cost(
        rows=rows,
        bytes=index.bytes,
        weight=heap // _READING + index.bytes * _build_factor(index.method, rows) + STEP_OVERHEAD,
    )


def _build_factor(method: str, rows: int) -> int:
    if method == "hnsw":
        # Each row's neighbours are looked for among those before it, in a graph that is as deep as the
        # logarithm of their number. 2,000 rows took 124 ns a byte with 384 dimensions, and 96 with 768.
        return max(1, rows.bit_length())
    return _BUILD_FACTOR.get(method, _UNKNOWN_METHOD_FACTOR)


def cost_of_attaching() -> Cost:
    """Return what making a partition's index part of its table's costs: nothing is built or read."""
    return Cost(weight=STEP_OVERHEAD)


def cost_of_validation(referencing: Table, referenced: Table | None) -> Cost:
    """Return what checking a foreign key costs: a join of both ends.

    300,000 rows of 77 bytes took 0.11 s of CPU, against 100,000 referenced ones.
    """
    known = [table for table in (referencing, referenced) if table is not None]
    size, rows = sum(table.bytes for table in known), sum(table.rows or 0 for table in known)
    weight = size // _READING + rows * _CHECKING_A_ROW + STEP_OVERHEAD
    return Cost(rows=rows, bytes=size, weight=weight)


def cost_of_scan(*tables: Table | None) -> Cost:
    """Return what reading whole tables costs, as validating a key or gathering statistics does."""
    known = [table for table in tables if table is not None]
    size = sum(table.bytes for table in known)
    return Cost(rows=sum(table.rows or 0 for table in known), bytes=size, weight=size // 4 + STEP_OVERHEAD)
