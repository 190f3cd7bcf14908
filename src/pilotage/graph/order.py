"""A topological order that keeps as close to somebody's preference as the edges allow.

Consumed by planning, for the order of groups, archive entries and steps. Waves, which need no preference
and never fail, are in :mod:`pilotage.graph.waves`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Any

from pilotage.errors import RefusedError
from pilotage.graph.cycles import find_cycle
from pilotage.graph.digraph import Digraph
from pilotage.graph.keys import K, Sortable

_NODES_IN_MESSAGE = 12


class CycleError(RefusedError):
    """There is no order, because some nodes wait for each other.

    Attributes:
        cycle: a shortest such cycle, ``(a, b, …, a)``: each node references the next.
    """

    # Any: an exception class cannot be generic where it is caught.
    def __init__(self, cycle: tuple[Any, ...]) -> None:
        super().__init__(
            f"no order exists: {_describe(cycle)} is a cycle of {len(cycle) - 1};"
            " break one of its edges, or treat its members as one"
        )
        self.cycle = cycle


def topological_order(
    nodes: Iterable[K], edges: Iterable[tuple[K, K]], *, key: Callable[[K], Sortable] | None = None
) -> tuple[K, ...]:
    """Return the nodes so that what is referenced comes before what references it.

    Of all such orders it is the one that has the most preferred node that can come first in first place,
    of what then remains again the most preferred, and so on. A preference that the edges allow is kept
    exactly. Self-references are ignored.

    Args:
        nodes: in any order; a node given more than once counts once.
        edges: (referencing, referenced) pairs.
        key: what to prefer, smallest first, as in ``sorted``; equals, or all without it, by the nodes'
            own order.

    Raises:
        CycleError: the edges form a cycle of two or more nodes.
        UnknownNodeError: an edge names a node that is not among ``nodes``.
    """
    graph = Digraph.of(nodes, edges)
    by_rank = list(range(len(graph.nodes)))
    if key is not None:
        by_rank.sort(key=lambda position: key(graph.nodes[position]))
    rank = [0] * len(by_rank)
    for place, position in enumerate(by_rank):
        rank[position] = place

    missing = [len(referenced) for referenced in graph.referenced]
    ready = [place for place, position in enumerate(by_rank) if not missing[position]]
    order: list[K] = []
    while ready:
        position = by_rank[heapq.heappop(ready)]
        order.append(graph.nodes[position])
        for other in graph.referencing[position]:
            missing[other] -= 1
            if not missing[other]:
                heapq.heappush(ready, rank[other])
    if len(order) < len(graph.nodes):
        cycle = find_cycle(graph)
        assert cycle is not None  # noqa: S101 - nodes remain only where a cycle holds them
        raise CycleError(cycle)
    return tuple(order)


def _describe(cycle: tuple[Any, ...]) -> str:
    """Return the cycle with arrows; of a long one, its ends."""
    names = [str(node) for node in cycle]
    if len(names) > _NODES_IN_MESSAGE:
        half = _NODES_IN_MESSAGE // 2
        names[half:-half] = [f"({len(names) - 2 * half} more)"]
    return " → ".join(names)
