"""What the build of a vector index takes is estimated from its options and its table."""

from __future__ import annotations

import msgspec
import pytest

from pilotage.settings.vector_builds import VectorIndex, indexed_rows, memory_of_build
from tests.catalogs import named

HNSW = VectorIndex(
    name=named("items_embedding"),
    method="hnsw",
    type="vector",
    dimensions=1536,
    m=16,
    lists=100,
    entries=0,
    partial=False,
    bytes=0,
    nulls=0,
)
IVFFLAT = msgspec.structs.replace(HNSW, method="ivfflat", dimensions=64)
MILLION = 1_000_000


def megabytes(index: VectorIndex, rows: int = MILLION) -> int:
    return memory_of_build(index, rows, server_version=180006) // 1024**2


def test_a_graph_holds_every_vector_and_its_neighbours() -> None:
    # 6,152 bytes of values, 128 of elements, 528 and a little of neighbours, and their allocations
    assert megabytes(HNSW) == pytest.approx(6_555, rel=0.01)


def test_smaller_values_and_fewer_neighbours_take_less() -> None:
    of_halves = msgspec.structs.replace(HNSW, type="halfvec")
    of_bits = msgspec.structs.replace(HNSW, type="bit")
    with_fewer = msgspec.structs.replace(of_bits, m=8)

    assert megabytes(HNSW) > megabytes(of_halves) > megabytes(of_bits) > megabytes(with_fewer) > 0


def test_a_server_before_16_allocates_with_more_around_it() -> None:
    older = memory_of_build(HNSW, MILLION, server_version=150013)
    assert 0 < older - memory_of_build(HNSW, MILLION, server_version=160000) < MILLION * 100


def test_rows_without_a_value_are_not_in_the_index() -> None:
    assert indexed_rows(msgspec.structs.replace(HNSW, nulls=0.75), MILLION) == 250_000


def test_a_partial_index_holds_what_the_server_counted() -> None:
    partial = msgspec.structs.replace(HNSW, partial=True, entries=1000)
    assert indexed_rows(partial, MILLION) == 1000


@pytest.mark.parametrize("entries", [-1, 0])
def test_a_partial_index_that_nobody_counted_may_hold_all_rows(entries: float) -> None:
    partial = msgspec.structs.replace(HNSW, partial=True, entries=entries)
    assert indexed_rows(partial, MILLION) == MILLION


def test_sparse_values_are_as_large_as_the_index_holds_them() -> None:
    sparse = msgspec.structs.replace(HNSW, type="sparsevec", bytes=2000 * MILLION)
    assert megabytes(sparse) == pytest.approx((2000 - 290 + 730) * MILLION / 1024**2, rel=0.02)


@pytest.mark.parametrize(
    ("type_", "lists", "asked_for"),
    [("vector", 100, 7), ("vector", 1000, 132), ("halfvec", 300, 20), ("bit", 300, 18)],
)
def test_ivfflat_needs_what_pgvector_asks_for(type_: str, lists: int, asked_for: int) -> None:
    """Of 30,000 rows; the numbers are those of its error "memory required is 132 MB", rounded up."""
    index = msgspec.structs.replace(IVFFLAT, type=type_, lists=lists)
    assert megabytes(index, 30_000) == asked_for


def test_ivfflat_over_fewer_rows_than_lists_computes_nothing() -> None:
    assert memory_of_build(IVFFLAT, 100, server_version=180006) == 0
