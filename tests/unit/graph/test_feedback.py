from __future__ import annotations

import pytest
from hypothesis import given

from pilotage.graph.feedback import FeedbackSet, WeightedEdge, minimum_feedback_set
from tests.strategies import weighted_edges
from tests.unit.graph.brute_force import has_cycle, least_backward, lightest_feedback

# In the drawings, an arrow leads from the referencing to the referenced node.


def edges_of(*pairs: str, weight: int = 1, breakable: bool = True) -> list[WeightedEdge[str]]:
    return [WeightedEdge(pair[0], pair[1], weight, breakable) for pair in pairs]


def test_where_there_is_no_cycle_nothing_breaks() -> None:
    nothing: FeedbackSet[str] = FeedbackSet(edges=(), weight=0, is_minimum=True)
    assert minimum_feedback_set([]) == nothing
    assert minimum_feedback_set(edges_of("ba", "ca", "db", "dc", "aa")) == nothing


def test_a_cycle_breaks_at_its_lightest_edge() -> None:
    """
    ::

        a ─5─▶ b ─2─▶ c ─3─▶ a
    """
    edges = [WeightedEdge("a", "b", 5), WeightedEdge("b", "c", 2), WeightedEdge("c", "a", 3)]
    assert minimum_feedback_set(edges) == FeedbackSet((("b", "c"),), weight=2, is_minimum=True)


def test_an_edge_that_two_cycles_share_breaks_both() -> None:
    """
    ::

        a ──▶ b ──▶ c ──▶ a
              │           ▲
              └───▶ d ────┘
    """
    assert minimum_feedback_set(edges_of("ab", "bc", "ca", "bd", "da")) == FeedbackSet((("a", "b"),), 1, True)


def test_of_equally_light_sets_the_one_with_fewer_edges_breaks() -> None:
    """
    ::

        a ─2─▶ b ─1─▶ c ─9─▶ a
               │             ▲
               └─1─▶ d ─9────┘
    """
    edges = [
        WeightedEdge("a", "b", 2),
        *edges_of("bc", "bd", weight=1),
        *edges_of("ca", "da", weight=9),
    ]
    assert minimum_feedback_set(edges) == FeedbackSet((("a", "b"),), weight=2, is_minimum=True)


def test_one_edge_breaks_rather_than_two_where_none_weighs_anything() -> None:
    """
    ::

        a ─2─▶ b ──▶ d ──▶ a
        └────▶ c ────▲
    """
    found = minimum_feedback_set([WeightedEdge("a", "b", 2), *edges_of("ac", "bd", "cd", "da", weight=0)])
    assert found == FeedbackSet((("d", "a"),), weight=0, is_minimum=True)


def test_several_edges_between_two_nodes_break_together() -> None:
    """
    ::

        a ═1+1+1═▶ b ─2─▶ a
    """
    edges = [*edges_of("ab", "ab", "ab"), WeightedEdge("b", "a", 2)]
    assert minimum_feedback_set(edges) == FeedbackSet((("b", "a"),), weight=2, is_minimum=True)


def test_an_unbreakable_edge_is_kept_whatever_the_others_weigh() -> None:
    edges = [*edges_of("ab", breakable=False), WeightedEdge("b", "a", 1_000)]
    assert minimum_feedback_set(edges) == FeedbackSet((("b", "a"),), weight=1_000, is_minimum=True)


def test_one_unbreakable_edge_keeps_all_between_its_nodes() -> None:
    edges = [*edges_of("ab"), *edges_of("ab", breakable=False), WeightedEdge("b", "a", 7)]
    assert minimum_feedback_set(edges) == FeedbackSet((("b", "a"),), weight=7, is_minimum=True)


def test_a_cycle_of_unbreakable_edges_cannot_be_broken() -> None:
    """
    ::

        a ──▶ b ──▶ c ──▶ a (none may break), and c ──▶ b
    """
    edges = [*edges_of("ab", "bc", "ca", breakable=False), *edges_of("cb")]
    assert minimum_feedback_set(edges) is None


def test_edges_kept_during_the_search_are_never_taken_for_acyclic() -> None:
    """Five nodes, densely connected; the search comes to branches whose kept edges are a cycle themselves."""
    edges = [
        *edges_of("bd", "de", "ea", weight=0, breakable=False),
        *edges_of("eb", weight=0),
        *edges_of("ad", weight=2),
        *edges_of("db", "ed", weight=3),
        *edges_of("ab", "be", "ca", "cb", "dc", weight=4),
    ]
    found = minimum_feedback_set(edges)
    assert found is not None
    assert (found.weight, len(found.edges), found.is_minimum) == (16, 6, True)


def test_every_component_is_broken_on_its_own() -> None:
    """
    ::

        a ⇄ b ──▶ c ⇄ d
    """
    found = minimum_feedback_set(
        [*edges_of("ab", "cd"), *edges_of("ba", "dc", weight=4), *edges_of("bc", weight=0)]
    )
    assert found == FeedbackSet((("a", "b"), ("c", "d")), weight=2, is_minimum=True)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="a → b weighs -1"):
        minimum_feedback_set([WeightedEdge("a", "b", -1)])


def test_without_effort_the_result_breaks_all_cycles_but_proves_nothing() -> None:
    pairs = ["ab", "ba", "bc", "cb", "ca"]
    found = minimum_feedback_set(edges_of(*pairs), effort=0)
    assert found is not None
    assert not found.is_minimum
    assert not has_cycle("abc", {(pair[0], pair[1]) for pair in pairs} - set(found.edges))


def test_a_large_component_is_broken_without_proof() -> None:
    """Thirty nodes in a circle, each referencing the next seven: too many cycles for a proof."""
    edges = [WeightedEdge(node, (node + step) % 30) for node in range(30) for step in range(1, 8)]
    found = minimum_feedback_set(edges, effort=20_000)
    assert found is not None
    # Placed in order of their numbers, the edges that lead past the seam break: 1 + 2 + … + 7.
    assert found.weight == 28
    assert not found.is_minimum


def test_twenty_thousand_nodes_in_one_cycle_break_at_one_edge() -> None:
    size = 20_000
    found = minimum_feedback_set(
        WeightedEdge(node, (node + 1) % size, weight=1 + (node != 777)) for node in range(size)
    )
    assert found == FeedbackSet(((777, 778),), weight=1, is_minimum=True)


@given(weighted_edges())
def test_the_set_breaks_every_cycle_and_no_other_set_is_lighter(edges: list[WeightedEdge[str]]) -> None:
    weights, unbreakable = _summed(edges)
    expected = lightest_feedback(weights, set(weights) - unbreakable)

    found = minimum_feedback_set(edges)
    if found is None:
        assert expected is None
        return
    assert found.weight == sum(weights[pair] for pair in found.edges)
    assert (found.weight, len(found.edges)) == expected
    assert found.is_minimum
    assert not unbreakable.intersection(found.edges)
    assert list(found.edges) == sorted(set(found.edges))
    nodes = {node for pair in weights for node in pair}
    assert not has_cycle(nodes, set(weights) - set(found.edges))


@given(weighted_edges(max_nodes=8, min_edges=15, max_edges=45))
def test_in_dense_graphs_no_order_has_lighter_backward_edges(edges: list[WeightedEdge[str]]) -> None:
    weights, unbreakable = _summed(edges)
    expected = least_backward(weights, set(weights) - unbreakable)

    found = minimum_feedback_set(edges)
    assert (found and (found.weight, len(found.edges))) == expected
    assert found is None or found.is_minimum


@given(weighted_edges())
def test_both_ways_to_know_the_minimum_agree(edges: list[WeightedEdge[str]]) -> None:
    weights, unbreakable = _summed(edges)
    breakable = set(weights) - unbreakable
    assert least_backward(weights, breakable) == lightest_feedback(weights, breakable)


@given(weighted_edges(max_nodes=9, max_edges=40))
def test_without_effort_no_cycle_remains_and_no_edge_breaks_in_vain(edges: list[WeightedEdge[str]]) -> None:
    found = minimum_feedback_set(edges, effort=0)
    pairs = {(edge.referencing, edge.referenced) for edge in edges}
    nodes = {node for pair in pairs for node in pair}
    unbreakable = {(edge.referencing, edge.referenced) for edge in edges if not edge.breakable}
    if found is None:
        assert has_cycle(nodes, unbreakable)
        return
    remaining = pairs - set(found.edges)
    assert unbreakable <= remaining
    assert not has_cycle(nodes, remaining)
    for mended in found.edges:
        assert has_cycle(nodes, remaining | {mended})


@given(weighted_edges(max_nodes=8, max_edges=24))
def test_the_same_edges_in_another_order_break_the_same(edges: list[WeightedEdge[str]]) -> None:
    assert minimum_feedback_set(edges) == minimum_feedback_set(edges[::-1])


def _summed(edges: list[WeightedEdge[str]]) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """The weight between each two nodes, and which of those edges must stay; self-references left out."""
    weights: dict[tuple[str, str], int] = {}
    unbreakable: set[tuple[str, str]] = set()
    for edge in edges:
        pair = edge.referencing, edge.referenced
        if edge.referencing != edge.referenced:
            weights[pair] = weights.get(pair, 0) + edge.weight
            if not edge.breakable:
                unbreakable.add(pair)
    return weights, unbreakable
