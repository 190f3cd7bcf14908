from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import RefusedError
from pilotage.graph.cycles import find_cycle, shortest_cycle
from pilotage.graph.digraph import Digraph, UnknownNodeError
from pilotage.graph.order import CycleError, topological_order
from tests.strategies import DrawnGraph, acyclic_graphs, graphs
from tests.unit.graph.brute_force import has_cycle, shortest_cycle_length, without_self_references

# In the drawings, an arrow leads from the referencing to the referenced node.


def test_without_edges_the_preference_decides() -> None:
    assert topological_order("abc", []) == ("a", "b", "c")
    assert topological_order("abc", [], key="bca".index) == ("b", "c", "a")
    assert topological_order([], []) == ()


def test_equal_preferences_fall_back_on_the_nodes_own_order() -> None:
    assert topological_order("dcba", [], key=lambda node: node in "ab") == ("c", "d", "a", "b")


def test_an_edge_overrules_the_preference_and_nothing_else_moves() -> None:
    """
    ::

        catalog ──▶ operations      wanted: foundation, catalog, operations, guests
    """
    wanted = ["foundation", "catalog", "operations", "guests"]
    order = topological_order(wanted, [("catalog", "operations")], key=wanted.index)
    assert order == ("foundation", "operations", "catalog", "guests")


def test_a_node_comes_as_soon_as_what_it_waits_for_is_there() -> None:
    """
    ::

        a ──▶ x ──▶ y      b, c (alone)
    """
    assert topological_order("abcxy", [("a", "x"), ("x", "y")]) == ("b", "c", "y", "x", "a")


def test_self_references_and_repeated_edges_do_not_matter() -> None:
    assert topological_order("ab", [("a", "a"), ("a", "b"), ("a", "b")]) == ("b", "a")


def test_an_unknown_node_is_refused_by_name() -> None:
    with pytest.raises(UnknownNodeError, match="names lost"):
        topological_order("ab", [("a", "lost")])


def test_a_cycle_is_refused_and_the_shortest_is_named() -> None:
    """
    ::

        f ──▶ a ──▶ b ──▶ c ──▶ d ──▶ a
                    ▲     │
                    └─ e ◀┘
    """
    pairs = ["fa", "ab", "bc", "cd", "da", "ce", "eb"]
    with pytest.raises(CycleError) as caught:
        topological_order("abcdef", [(pair[0], pair[1]) for pair in pairs])
    assert isinstance(caught.value, RefusedError)
    assert caught.value.cycle == ("b", "c", "e", "b")
    assert "b → c → e → b is a cycle of 3" in str(caught.value)


def test_a_long_cycle_is_named_by_its_ends_and_kept_whole() -> None:
    size = 20_000
    with pytest.raises(CycleError) as caught:
        topological_order(range(size), [(node, (node + 1) % size) for node in range(size)])
    assert caught.value.cycle == (*range(size), 0)
    assert "0 → 1 → 2 → 3 → 4 → 5 → (19989 more) → 19995" in str(caught.value)
    assert "19999 → 0 is a cycle of 20000" in str(caught.value)


def test_a_chain_of_twenty_thousand_nodes_is_ordered() -> None:
    size = 20_000
    order = topological_order(range(size), [(node, node + 1) for node in range(size - 1)])
    assert order == tuple(range(size - 1, -1, -1))


def test_where_effort_runs_out_the_cycle_is_still_a_cycle() -> None:
    """
    ::

        0 ──▶ 1 ──▶ 2 ──▶ 0      3 ⇄ 4
    """
    neighbours = [[1], [2], [0], [4], [3]]
    assert shortest_cycle(neighbours, effort=1) == [0, 1, 2]
    assert shortest_cycle(neighbours) == [3, 4]


@given(graphs())
def test_an_order_exists_unless_there_is_a_cycle(drawn: DrawnGraph) -> None:
    if has_cycle(drawn.nodes, drawn.edges):
        with pytest.raises(CycleError) as caught:
            topological_order(drawn.nodes, drawn.edges)
        cycle = caught.value.cycle
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1 == shortest_cycle_length(drawn)
        assert set(pairwise(cycle)) <= set(drawn.edges)
    else:
        place = {node: at for at, node in enumerate(topological_order(drawn.nodes, drawn.edges))}
        assert sorted(place) == sorted(drawn.nodes)
        assert all(place[end] < place[start] for start, end in without_self_references(drawn.edges))
        assert find_cycle(Digraph.of(drawn.nodes, drawn.edges)) is None


@given(acyclic_graphs())
def test_a_preference_that_the_edges_allow_is_kept(drawn: DrawnGraph) -> None:
    assert topological_order(drawn.nodes, drawn.edges, key=drawn.nodes.index) == drawn.nodes


@given(acyclic_graphs(max_nodes=6), st.data())
def test_the_order_is_the_first_of_all_valid_ones_by_preference(
    drawn: DrawnGraph, data: st.DataObject
) -> None:
    wanted = data.draw(st.permutations(drawn.nodes))
    edges = without_self_references(drawn.edges)
    first = next(  # permutations come in the order of their input
        order
        for order in permutations(wanted)
        if all(order.index(end) < order.index(start) for start, end in edges)
    )
    assert topological_order(drawn.nodes, drawn.edges, key=wanted.index) == first
