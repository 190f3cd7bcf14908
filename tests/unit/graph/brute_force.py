"""The same answers by definition, slowly: what the property tests compare with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from tests.strategies import DrawnGraph

Edge = tuple[str, str]


def reachable(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, set[str]]:
    """What each node references over one or more edges (Warshall); itself only where a cycle leads back."""
    nodes = list(nodes)
    reach: dict[str, set[str]] = {node: set() for node in nodes}
    for start, end in edges:
        reach[start].add(end)
    for middle in nodes:
        for start in nodes:
            if middle in reach[start]:
                reach[start] |= reach[middle]
    return reach


def without_self_references(edges: Iterable[Edge]) -> set[Edge]:
    return {(start, end) for start, end in edges if start != end}


def has_cycle(nodes: Iterable[str], edges: Iterable[Edge]) -> bool:
    """Whether there is a cycle of two or more nodes."""
    return any(node in reach for node, reach in reachable(nodes, without_self_references(edges)).items())


def component_of_each(graph: DrawnGraph) -> dict[str, frozenset[str]]:
    """Two nodes are in one component when each reaches the other."""
    reach = reachable(graph.nodes, graph.edges)
    return {
        node: frozenset({node} | {other for other in reach[node] if node in reach[other]})
        for node in graph.nodes
    }


def depth_of_each(graph: DrawnGraph) -> dict[str, int]:
    """The longest of all paths that lead down from the node's component."""
    component = component_of_each(graph)
    below: dict[frozenset[str], set[frozenset[str]]] = {members: set() for members in component.values()}
    for start, end in graph.edges:
        if component[start] != component[end]:
            below[component[start]].add(component[end])
    return {
        node: max(len(path) - 1 for path in _paths_from(members, below))
        for node, members in component.items()
    }


def _paths_from(
    start: frozenset[str], below: Mapping[frozenset[str], set[frozenset[str]]]
) -> Iterator[list[frozenset[str]]]:
    yield [start]
    for other in below[start]:
        for path in _paths_from(other, below):
            yield [start, *path]


def lightest_feedback(weights: Mapping[Edge, int], breakable: set[Edge]) -> tuple[int, int] | None:
    """The least (weight, number) over all sets of breakable edges whose removal leaves no cycle."""
    nodes = {node for edge in weights for node in edge}
    fits = [
        (sum(weights[edge] for edge in removed), count)
        for count in range(len(breakable) + 1)
        for removed in combinations(sorted(breakable), count)
        if not has_cycle(nodes, set(weights) - set(removed))
    ]
    return min(fits, default=None)


def least_backward(weights: Mapping[Edge, int], breakable: set[Edge]) -> tuple[int, int] | None:
    """The same, as the least (weight, number) of edges that lead backward, over all orders of the nodes.

    An order is built set by set: how the nodes of a set stand among themselves does not matter to the rest.
    """
    nodes = sorted({node for edge in weights for node in edge})
    least: dict[frozenset[str], tuple[int, int]] = {frozenset(): (0, 0)}
    for size in range(len(nodes)):
        for placed in map(frozenset, combinations(nodes, size)):
            if placed not in least:
                continue
            for node in set(nodes) - placed:
                backward = {(s, e) for s, e in weights if s == node and e != node and e not in placed}
                if backward <= breakable:
                    weight, number = least[placed]
                    cost = weight + sum(weights[edge] for edge in backward), number + len(backward)
                    wider = placed | {node}
                    least[wider] = min(least.get(wider, cost), cost)
    return least.get(frozenset(nodes))


def shortest_cycle_length(graph: DrawnGraph) -> int | None:
    """The fewest edges that lead from some node back to it, self-references aside."""
    edges = without_self_references(graph.edges)
    for length in range(2, len(graph.nodes) + 1):
        walks: set[Edge] = {(node, node) for node in graph.nodes}
        for _ in range(length):
            walks = {(start, end) for start, middle in walks for from_, end in edges if from_ == middle}
        if any(start == end for start, end in walks):
            return length
    return None
