"""The dependency order of a graph: depth, waves, roots, cycles and blockers.

Consumed by planning (which wave a table loads in) and by the reports (what a person reads about it).
Orders that follow somebody's preference are made in :mod:`pilotage.graph.order`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic

from pilotage.graph.components import Condensation
from pilotage.graph.digraph import Digraph
from pilotage.graph.keys import K


@dataclass(frozen=True)
class Blocker(Generic[K]):
    """A node that others wait for.

    Attributes:
        direct: how many other nodes reference it.
        all: how many other nodes reference it directly or through others.
    """

    key: K
    direct: int
    all: int


@dataclass(frozen=True)
class DependencyOrder(Generic[K]):
    """What follows from a graph alone; make one with :func:`analyse`.

    Attributes:
        depths: for each node the longest chain of edges below it. Self-references are ignored and a cycle
            counts as one, so all its members share a depth.
        waves: the nodes of depth 0, 1, 2…, each wave sorted.
        roots: the nodes that reference no other node, sorted. All have depth 0; the other nodes of depth 0
            are members of a cycle.
        self_references: the nodes that reference themselves, sorted.
        cycles: the components of more than one node, each sorted; by depth, then by smallest node.
        blockers: the nodes that others reference, by direct dependents, then by all, most first, then by key.
        direct_dependents: for each node, how many other nodes reference it.
        all_dependents: for each node, how many other nodes reference it directly or through others.
    """

    graph: Digraph[K] = field(repr=False)
    condensation: Condensation[K] = field(repr=False, compare=False)
    depths: Mapping[K, int] = field(repr=False, compare=False)
    waves: tuple[tuple[K, ...], ...]
    roots: tuple[K, ...]
    self_references: tuple[K, ...]
    cycles: tuple[tuple[K, ...], ...]
    blockers: tuple[Blocker[K], ...]
    direct_dependents: Mapping[K, int] = field(repr=False, compare=False)
    all_dependents: Mapping[K, int] = field(repr=False, compare=False)

    def dependents_of(self, key: K) -> tuple[K, ...]:
        """Return the nodes that reference ``key``, directly or not, sorted, without itself.

        Raises:
            UnknownNodeError: the key is not in the graph.
        """
        return self.graph.dependents_of(key)

    def closure_of(self, keys: Iterable[K]) -> tuple[K, ...]:
        """Return these nodes and all that they need, directly or not, sorted.

        Raises:
            UnknownNodeError: one of the keys is not in the graph.
        """
        return self.graph.closure_of(keys)


def analyse(nodes: Iterable[K], edges: Iterable[tuple[K, K]]) -> DependencyOrder[K]:
    """Work out the dependency order of these nodes and (referencing, referenced) edges.

    Raises:
        UnknownNodeError: an edge names a node that is not among ``nodes``.
    """
    graph = Digraph.of(nodes, edges)
    condensation = Condensation.of(graph)
    depths = {node: condensation.depths[condensation.numbers[node]] for node in graph.nodes}
    waves: list[list[K]] = [[] for _ in range(1 + max(depths.values(), default=-1))]
    for node, depth in depths.items():
        waves[depth].append(node)
    direct = {
        node: len(referencing) for node, referencing in zip(graph.nodes, graph.referencing, strict=True)
    }
    everyone = _count_dependents(condensation)
    blockers = [Blocker(node, direct[node], everyone[node]) for node in graph.nodes if direct[node]]
    # The sort is stable and the nodes are sorted already: equals stay in the order of their keys.
    blockers.sort(key=lambda blocker: (-blocker.direct, -blocker.all))
    return DependencyOrder(
        graph=graph,
        condensation=condensation,
        depths=MappingProxyType(depths),
        waves=tuple(tuple(wave) for wave in waves),
        roots=tuple(
            node for node, referenced in zip(graph.nodes, graph.referenced, strict=True) if not referenced
        ),
        self_references=tuple(graph.nodes[position] for position in graph.self_references),
        cycles=tuple(component for component in condensation.components if len(component) > 1),
        blockers=tuple(blockers),
        direct_dependents=MappingProxyType(direct),
        all_dependents=MappingProxyType(everyone),
    )


def _count_dependents(condensation: Condensation[K]) -> dict[K, int]:
    """Return how many other nodes reference each node, directly or through others.

    Each component's dependents are the bits of one integer. Components are taken in reverse dependency
    order, so a set is complete when its turn comes; it is merged into those of the components below and
    dropped. Bits are numbered in that same order: halfway through n nodes, at most n/2 sets of n/2 bits are
    alive. That is 12.5 MB at worst for 20,000 nodes.
    """
    dependents = [0] * len(condensation.components)
    counts: dict[K, int] = {}
    bit = 0
    for number in range(len(condensation.components) - 1, -1, -1):
        members = condensation.components[number]
        waiting = dependents[number] | (((1 << len(members)) - 1) << bit)
        dependents[number] = 0
        bit += len(members)
        count = waiting.bit_count() - 1
        for node in members:
            counts[node] = count
        for below in condensation.referenced[number]:
            dependents[below] |= waiting
    return counts
