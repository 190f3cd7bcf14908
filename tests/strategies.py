"""Hypothesis strategies of the whole project, by room.

Consumed by property tests. What a strategy yields is valid input; how it is built is nobody's concern.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from pilotage.graph.feedback import WeightedEdge

# How long an example takes says something about the machine, not about the product.
settings.register_profile("pilotage", deadline=None)
settings.load_profile("pilotage")

# --- graph ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnGraph:
    """Nodes in no order, and (referencing, referenced) edges, some repeated, some from a node to itself."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


def _edges_among(nodes: tuple[str, ...], most: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    if not nodes:
        return st.just([])
    node = st.sampled_from(nodes)
    return st.lists(st.tuples(node, node), max_size=most)


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """Any directed graph."""
    names = "abcdefghijklmnopqrstuvwxyz"[: draw(st.integers(0, max_nodes))]
    nodes = tuple(draw(st.permutations(names)))
    return DrawnGraph(nodes, tuple(draw(_edges_among(nodes, max_edges))))


@st.composite
def acyclic_graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """A graph without cycles of two or more nodes; ``nodes`` is one of its topological orders."""
    graph = draw(graphs(max_nodes, max_edges))
    place = {node: number for number, node in enumerate(graph.nodes)}
    edges = tuple(
        (max(edge, key=place.__getitem__), min(edge, key=place.__getitem__)) for edge in graph.edges
    )
    return DrawnGraph(graph.nodes, edges)


def weighted_edges(
    max_nodes: int = 6, min_edges: int = 0, max_edges: int = 11
) -> st.SearchStrategy[list[WeightedEdge[str]]]:
    """The edges of any graph, with small weights, so that equals are common."""
    node = st.sampled_from("abcdefghijklmnopqrstuvwxyz"[:max_nodes])
    # An eighth of the edges unbreakable: with more, dense graphs could hardly ever be broken.
    edge = st.builds(
        WeightedEdge[str],
        referencing=node,
        referenced=node,
        weight=st.integers(0, 4),
        breakable=st.integers(0, 7).map(bool),
    )
    return st.lists(edge, min_size=min_edges, max_size=max_edges)
