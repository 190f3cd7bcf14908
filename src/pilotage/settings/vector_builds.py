"""How much memory the build of a pgvector index takes, estimated from above.

Pure; consumed by the choice of settings. The sizes are those of pgvector 0.6 and later (src/hnsw.h,
src/hnswbuild.c, src/ivfkmeans.c) on 64-bit machines. On 0.8.5 and 0.8.6, as many elements fit as they say,
within 1 %, and the memory that ivfflat asks for is what they say.
"""

from __future__ import annotations

import math

import msgspec

from pilotage.model.names import QualifiedName

_MEGABYTE = 1024**2

_ELEMENT = 128
"""HnswElementData: links, ten heap TIDs, a lock."""
_CANDIDATE = 16
"""HnswCandidate: a neighbour and its distance."""
_ARRAY = 8
"""HnswNeighborArray without its neighbours."""
_CHUNKS = 4
"""Allocations for an element on the lowest level: itself, its list of levels, its neighbours, its value."""
_HNSW_RESERVED = 5 * _MEGABYTE
"""What a parallel build keeps for itself (4 MB), and the last block of 1 MB, which counts as a whole."""

_SAMPLES = 10_000
_SAMPLES_A_LIST = 50
"""Rows that ivfflat takes as its sample: so many a list, and no fewer than so many."""


class VectorIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``vector_indexes.sql``.

    Attributes:
        type: of what is indexed: vector, halfvec, sparsevec or bit.
        m, lists: as WITH gives them, or pgvector's own.
        entries: in the index, by the server's statistics; 0 or less where it never counted.
        nulls: the share of rows without a value, by the table's statistics.
    """

    name: QualifiedName
    method: str
    type: str
    dimensions: int
    m: int
    lists: int
    entries: float
    partial: bool
    bytes: int
    nulls: float


def memory_of_build(index: VectorIndex, rows: int, *, server_version: int) -> int:
    """Return the bytes that the build takes, over all of these rows of its table.

    Args:
        rows: of the table, exact.
        server_version: of the target, as ``server_version_num``.
    """
    entries = indexed_rows(index, rows)
    if index.method == "hnsw":
        return math.ceil(entries * bytes_an_element(index, entries, server_version)) + _HNSW_RESERVED
    return _memory_of_kmeans(index, entries)


def indexed_rows(index: VectorIndex, rows: int) -> int:
    """Return how many of the rows are in the index; all where nobody counted."""
    if index.partial and index.entries > 0:
        return min(rows, math.ceil(index.entries))
    return math.ceil(rows * (1 - index.nulls))


def bytes_an_element(index: VectorIndex, entries: int, server_version: int) -> float:
    """Return the bytes of one element of an hnsw graph with its neighbours, on the average.

    Each level above the lowest has one element in ``m`` of the level below.
    """
    header = 8 if server_version >= 160000 else 24  # MemoryChunk, before PostgreSQL 16 GenerationChunk
    upper = 1 / (index.m - 1)
    lowest = _ELEMENT + 8 + (_ARRAY + 2 * index.m * _CANDIDATE) + _aligned(_bytes_a_value(index, entries))
    above = 8 + _ARRAY + index.m * _CANDIDATE + header
    return lowest + _CHUNKS * header + upper * above


def _bytes_a_value(index: VectorIndex, entries: int) -> int:
    match index.type:
        case "halfvec":
            return 8 + 2 * index.dimensions
        case "bit":
            return 8 + -(-index.dimensions // 8)
        case "sparsevec":
            # How many of its elements are not zero differs from row to row; the index holds them as they are,
            # each with an element's tuple, one of its neighbours, and a line pointer for both.
            stored = 72 + 4 + 6 * math.ceil(index.m * (2 + 1 / (index.m - 1))) + 8
            return max(16, index.bytes // max(1, entries) - stored)
        case _:
            return 8 + 4 * index.dimensions


def _memory_of_kmeans(index: VectorIndex, entries: int) -> int:
    """Return what ElkanKmeans() asks for; where there is less, the build fails."""
    samples = max(_SAMPLES, index.lists * _SAMPLES_A_LIST)
    found = min(samples, entries)
    if found <= index.lists:
        return 0  # each sample is a centre, and nothing is computed
    value = _bytes_a_value(index, entries)
    vectors = (samples + 2 * index.lists) * value + index.lists * index.dimensions * 4
    bounds = 4 * (found * index.lists + index.lists * index.lists + 2 * found + 3 * index.lists)
    return vectors + bounds + _MEGABYTE


def _aligned(size: int) -> int:
    return -(-size // 8) * 8
