"""The shortest way round: one cycle, written out, that a person can follow.

Consumed by :mod:`pilotage.graph.order`, which names it in its error, and by :mod:`pilotage.graph.feedback`,
which breaks it. Which nodes lie on cycles at all is answered by :mod:`pilotage.graph.components`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.graph.components import strongly_connected
from pilotage.graph.digraph import Digraph, reverse
from pilotage.graph.keys import K

EFFORT = 2_000_000
"""Edges to follow before settling for the shortest cycle found so far; about half a second."""


def find_cycle(graph: Digraph[K]) -> tuple[K, ...] | None:
    """Return a shortest cycle of two or more nodes as ``(a, b, …, a)``, or None where there is none.

    Each node references the next. The cycle begins with its smallest node. In a graph too large to search
    completely (see ``EFFORT``), it is the shortest found.
    """
    cycle = shortest_cycle(graph.referenced)
    if cycle is None:
        return None
    return tuple(graph.nodes[position] for position in (*cycle, cycle[0]))


def shortest_cycle(referenced: Sequence[Sequence[int]], effort: int = EFFORT) -> list[int] | None:
    """Return the positions on a shortest cycle, smallest first and each once, or None where there is none.

    Args:
        referenced: for each position, the positions that it references, without itself.
        effort: how many edges to follow before settling for the shortest cycle found.
    """
    inside: list[set[int]] = [set() for _ in referenced]
    starts: list[int] = []
    for component in strongly_connected(referenced):
        if len(component) > 1:
            members = set(component)
            starts += component
            for position in component:
                inside[position] = members.intersection(referenced[position])
    neighbours = [sorted(others) for others in inside]
    remaining = _Remaining(neighbours)
    best: list[int] | None = None
    for start in sorted(starts):
        if not remaining.alive[start]:
            continue
        found, followed = _cycle_through(start, neighbours, remaining.alive, len(best) if best else None)
        best = found or best
        effort -= followed
        if best is not None and (len(best) == 2 or effort <= 0):
            break
        # No cycle through this position can beat the best any more.
        remaining.remove(start)
    return best


class _Remaining:
    """The positions that may still lie on a cycle that was not looked at."""

    def __init__(self, neighbours: Sequence[Sequence[int]]) -> None:
        self.alive = [True] * len(neighbours)
        self._forward = neighbours
        self._backward = reverse(neighbours)
        self._leaving = [len(others) for others in self._forward]
        self._arriving = [len(others) for others in self._backward]

    def remove(self, position: int) -> None:
        """Take the position out, and with it all that then has nothing before or nothing behind it."""
        self.alive[position] = False
        gone = [position]
        while gone:
            last = gone.pop()
            for others, degrees in (
                (self._forward[last], self._arriving),
                (self._backward[last], self._leaving),
            ):
                for other in others:
                    degrees[other] -= 1
                    if degrees[other] == 0 and self.alive[other]:
                        self.alive[other] = False
                        gone.append(other)


def _cycle_through(
    start: int, neighbours: Sequence[Sequence[int]], alive: Sequence[bool], shorter_than: int | None
) -> tuple[list[int] | None, int]:
    """Return a shortest cycle through the start, if shorter than asked, and how many edges were followed."""
    came_from = {start: start}
    frontier = [start]
    followed = 0
    length = 0
    while frontier:
        length += 1
        if shorter_than is not None and length >= shorter_than:
            break
        ahead: list[int] = []
        for position in frontier:
            followed += len(neighbours[position])
            for other in neighbours[position]:
                if other == start:
                    path = [position]
                    while path[-1] != start:
                        path.append(came_from[path[-1]])
                    return path[::-1], followed
                if alive[other] and other not in came_from:
                    came_from[other] = position
                    ahead.append(other)
        frontier = ahead
    return None, followed
