from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import RefusedError
from pilotage.graph.components import Condensation
from pilotage.graph.digraph import Digraph, UnknownNodeError
from tests.strategies import DrawnGraph, graphs
from tests.unit.graph.brute_force import component_of_each, reachable

# In the drawings, an arrow leads from the referencing to the referenced node.


def test_an_empty_graph_has_nothing_in_it() -> None:
    graph: Digraph[str] = Digraph.of([], [])
    assert graph.nodes == ()
    assert graph.closure_of([]) == ()
    assert Condensation.of(graph).components == ()


def test_edges_given_twice_count_once_and_neighbours_are_sorted() -> None:
    """
    ::

        d ══▶ a      (two foreign keys)
        d ──▶ c
        b ──▶ a
    """
    graph = Digraph.of("dbca", [("d", "c"), ("d", "a"), ("b", "a"), ("d", "a")])
    assert graph.nodes == ("a", "b", "c", "d")
    assert graph.references_of("d") == ("a", "c")
    assert graph.direct_dependents_of("a") == ("b", "d")


def test_self_references_are_remembered_and_are_nobodys_neighbours() -> None:
    graph = Digraph.of("ab", [("b", "b"), ("b", "a"), ("b", "b")])
    assert [graph.nodes[position] for position in graph.self_references] == ["b"]
    assert graph.references_of("b") == ("a",)
    assert graph.direct_dependents_of("b") == ()


@pytest.mark.parametrize("edge", [("a", "lost"), ("lost", "a"), ("lost", "lost")])
def test_an_edge_to_an_unknown_node_is_refused_by_name(edge: tuple[str, str]) -> None:
    with pytest.raises(UnknownNodeError) as caught:
        Digraph.of("ab", [("b", "a"), edge])
    assert isinstance(caught.value, RefusedError)
    assert caught.value.node == "lost"
    assert f"{edge[0]} → {edge[1]} names lost, which is not among the 2 nodes" in str(caught.value)


def test_a_question_about_an_unknown_node_is_refused_by_name() -> None:
    graph = Digraph.of("ab", [])
    for ask in (graph.references_of, graph.direct_dependents_of, graph.dependents_of):
        with pytest.raises(UnknownNodeError, match="lost is not among the 2 nodes"):
            ask("lost")
    with pytest.raises(UnknownNodeError, match="lost is not among"):
        graph.closure_of(["a", "lost"])
    assert "a" in graph
    assert "lost" not in graph


def test_the_order_of_the_input_does_not_matter() -> None:
    edges = [("c", "a"), ("b", "c"), ("a", "b"), ("d", "a")]
    assert Digraph.of("abcd", edges) == Digraph.of("dcba", edges[::-1])
    assert Digraph.of("abcd", edges) != Digraph.of("abcd", edges[:-1])


def test_components_stand_in_dependency_order() -> None:
    """
    ::

        a ──▶ m ⇄ n ──▶ z        b (alone)
    """
    graph = Digraph.of("abmnz", [("a", "m"), ("m", "n"), ("n", "m"), ("n", "z")])
    condensation = Condensation.of(graph)
    assert condensation.components == (("b",), ("z",), ("m", "n"), ("a",))
    assert condensation.depths == (0, 0, 1, 2)
    assert condensation.referenced == ((), (), (1,), (2,))
    assert condensation.numbers["n"] == condensation.numbers["m"] == 2


def test_overlapping_cycles_are_one_component() -> None:
    """
    ::

        a ──▶ b ──▶ c
        ▲     │▲    │
        └─────┘└────┘
    """
    graph = Digraph.of("abc", [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")])
    assert Condensation.of(graph).components == (("a", "b", "c"),)


def test_a_cycle_through_twenty_thousand_nodes_is_one_component() -> None:
    size = 20_000
    graph = Digraph.of(range(size), ((node, (node + 1) % size) for node in range(size)))
    assert [len(component) for component in Condensation.of(graph).components] == [size]


@given(graphs())
def test_components_are_the_nodes_that_reach_each_other(drawn: DrawnGraph) -> None:
    condensation = Condensation.of(Digraph.of(drawn.nodes, drawn.edges))
    expected = component_of_each(drawn)
    for node in drawn.nodes:
        assert set(condensation.components[condensation.numbers[node]]) == expected[node]
    assert sorted(node for component in condensation.components for node in component) == sorted(drawn.nodes)
    for number, referenced in enumerate(condensation.referenced):
        members = condensation.components[number]
        leading_out = {end for start, end in drawn.edges if start in members and end not in members}
        assert set(referenced) == {condensation.numbers[end] for end in leading_out}
        assert all(below < number for below in referenced)


@given(graphs(), st.data())
def test_closures_and_dependents_are_those_of_warshall(drawn: DrawnGraph, data: st.DataObject) -> None:
    graph = Digraph.of(drawn.nodes, drawn.edges)
    reach = reachable(drawn.nodes, drawn.edges)
    for node in drawn.nodes:
        others = [other for other in drawn.nodes if other != node and node in reach[other]]
        assert graph.dependents_of(node) == tuple(sorted(others))
    some = data.draw(st.lists(st.sampled_from(drawn.nodes or ("",)), max_size=3)) if drawn.nodes else []
    assert graph.closure_of(some) == tuple(sorted(set(some).union(*(reach[node] for node in some))))
