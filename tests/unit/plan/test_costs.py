"""Costs order work: more bytes weigh more, dear indexes weigh more, and nothing is free."""

from __future__ import annotations

from pilotage.plan.costs import STEP_OVERHEAD, cost_of_attaching, cost_of_index, cost_of_load, cost_of_scan
from tests.catalogs import index, table

SMALL, LARGE = table("small", rows=10, bytes=8192), table("large", rows=10**6, bytes=10**9)


def test_a_load_costs_its_bytes_and_a_step() -> None:
    cost = cost_of_load(LARGE)
    assert (cost.rows, cost.bytes, cost.weight) == (10**6, 10**9, 10**9 + STEP_OVERHEAD)
    assert cost_of_load(table("unknown", rows=None, bytes=0)).rows == 0


def test_an_hnsw_index_weighs_more_than_a_btree_of_its_size() -> None:
    weights = [
        cost_of_index(index("large", "i", method=method, bytes=10**6), LARGE).weight
        for method in ("btree", "unheard-of", "hnsw")
    ]
    assert weights == sorted(set(weights))


def test_a_scan_of_two_tables_is_of_both() -> None:
    both = cost_of_scan(SMALL, LARGE, None)
    assert both.rows == 10**6 + 10
    assert (
        both.weight > cost_of_scan(LARGE).weight > cost_of_scan(SMALL).weight > cost_of_scan(None).weight > 0
    )


def test_attaching_an_index_moves_nothing() -> None:
    cost = cost_of_attaching()
    assert (cost.rows, cost.bytes, cost.weight) == (0, 0, STEP_OVERHEAD)
