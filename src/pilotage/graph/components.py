"""Strongly connected components, and the acyclic graph that remains when each is taken as one node.

Consumed by the waves, by the choice of load strategies and by the search for cycles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic

from pilotage.graph.digraph import Digraph
from pilotage.graph.keys import K


@dataclass(frozen=True)
class Condensation(Generic[K]):
    """The components of a graph in dependency order: what is referenced stands before what references it.

    Sorted by depth, then by the smallest key, so the order follows from the graph alone.

    Attributes:
        components: each sorted; most hold one node.
        numbers: for each node, where its component stands in ``components``.
        depths: for each component, the longest chain of edges below it; 0 where there is none.
        referenced: for each component, the components that it references, without itself, sorted.
    """

    components: tuple[tuple[K, ...], ...]
    numbers: Mapping[K, int] = field(repr=False, compare=False)
    depths: tuple[int, ...]
    referenced: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, graph: Digraph[K]) -> Condensation[K]:
        """Find the components of the graph, their depths and the edges between them."""
        found = strongly_connected(graph.referenced)
        found_number = [0] * len(graph.nodes)
        for number, component in enumerate(found):
            for position in component:
                found_number[position] = number

        # Whatever a component references was found before it, so its depth is known by then.
        below: list[set[int]] = []
        depths: list[int] = []
        for number, component in enumerate(found):
            others = {found_number[other] for position in component for other in graph.referenced[position]}
            others.discard(number)
            below.append(others)
            depths.append(1 + max((depths[other] for other in others), default=-1))

        order = sorted(range(len(found)), key=lambda number: (depths[number], found[number][0]))
        place = [0] * len(found)
        for number, old in enumerate(order):
            place[old] = number
        return cls(
            components=tuple(tuple(graph.nodes[position] for position in found[old]) for old in order),
            numbers=MappingProxyType(
                {node: place[old] for node, old in zip(graph.nodes, found_number, strict=True)}
            ),
            depths=tuple(depths[old] for old in order),
            referenced=tuple(tuple(sorted(place[other] for other in below[old])) for old in order),
        )


def strongly_connected(referenced: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the components, each sorted; every component stands after those that it references.

    Tarjan's algorithm (SIAM J. Comput. 1 (2), 1972) with an explicit stack in place of recursion.

    Args:
        referenced: for each position, the positions that it references.
    """
    size = len(referenced)
    unseen = size
    entered = [unseen] * size  # when the walk came to a position
    lowest = [unseen] * size  # the earliest position still open that it can reach
    done = [False] * size
    open_: list[int] = []
    components: list[list[int]] = []
    clock = 0
    for start in range(size):
        if entered[start] != unseen:
            continue
        entered[start] = lowest[start] = clock
        clock += 1
        open_.append(start)
        walk = [(start, iter(referenced[start]))]
        while walk:
            position, neighbours = walk[-1]
            for other in neighbours:
                if entered[other] == unseen:
                    entered[other] = lowest[other] = clock
                    clock += 1
                    open_.append(other)
                    walk.append((other, iter(referenced[other])))
                    break
                if not done[other] and entered[other] < lowest[position]:
                    lowest[position] = entered[other]
            else:
                walk.pop()
                if walk:
                    parent = walk[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[position])
                if lowest[position] == entered[position]:
                    component = []
                    while True:
                        member = open_.pop()
                        done[member] = True
                        component.append(member)
                        if member == position:
                            break
                    component.sort()
                    components.append(component)
    return components
