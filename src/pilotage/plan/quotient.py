"""Clusters of nodes, what they reference, and whether two may become one without closing a cycle.

Consumed by inference, which merges tables into groups, and by the placing of tables that no group lists.
Which clusters *should* become one is decided there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EFFORT = 4_000_000
"""References to follow in all before merges are refused unproved; about three seconds.

One search may follow a thousandth of what is left. Measured on random graphs: 1,200 tables with 2,500 keys
need less than a third of a million; 20,000 tables with 40,000 keys would need many times what there is.
"""

_UNPROVED = -1
"""In place of a node on a way around: none was found, and the search was given up."""


class Quotient:
    """The graph of clusters, shrinking as clusters merge; each goes by the number of one of its nodes.

    Attributes:
        members: of every cluster that is left, its nodes.
    """

    def __init__(self, referenced: Sequence[Iterable[int]], *, effort: int = EFFORT) -> None:
        self.members: dict[int, list[int]] = {node: [node] for node in range(len(referenced))}
        self._cluster = list(range(len(referenced)))
        self._below = [set(others) - {node} for node, others in enumerate(referenced)]
        self._above: list[set[int]] = [set() for _ in self._below]
        for node, others in enumerate(self._below):
            for other in others:
                self._above[other].add(node)
        # For pairs that may not merge: a node on a way around. It forbids the merge for as long as its own
        # cluster is a third one, whatever else has merged since.
        self._witnesses: list[dict[int, int]] = [{} for _ in self._below]
        self._effort = effort

    def cluster_of(self, node: int) -> int:
        """Return the cluster that holds the node."""
        return self._cluster[node]

    def referenced(self, cluster: int) -> frozenset[int]:
        """Return the other clusters that this one references directly."""
        return frozenset(self._below[cluster])

    def referencing(self, cluster: int) -> frozenset[int]:
        """Return the other clusters that reference this one directly."""
        return frozenset(self._above[cluster])

    def size(self, cluster: int) -> int:
        """Return how many nodes the cluster holds."""
        return len(self.members[cluster])

    def stays_acyclic(self, one: int, other: int) -> bool:
        """Return whether no third cluster would stand both above and below the two as one.

        False also where that took too long to find out.
        """
        witness = self._witnesses[one].get(other)
        if witness is not None and (witness == _UNPROVED or self._cluster[witness] not in {one, other}):
            return False
        witness = self._way_around(one, other)
        if witness is None:
            witness = self._way_around(other, one)
        if witness is None:
            return True
        self._witnesses[one][other] = self._witnesses[other][one] = witness
        return False

    def is_on_cycle(self, cluster: int) -> bool:
        """Return whether references lead from the cluster through others back to it.

        True also where that took too long to find out.
        """
        return self._way_around(cluster, cluster) is not None

    def merge(self, one: int, other: int) -> int:
        """Make two clusters one, which keeps the number of the larger (or lower), and return that number."""
        keep, gone = sorted((one, other), key=lambda cluster: (-self.size(cluster), cluster))
        for node in self.members[gone]:
            self._cluster[node] = keep
        self.members[keep] += self.members.pop(gone)
        for forward, backward in ((self._below, self._above), (self._above, self._below)):
            for neighbour in forward[gone]:
                backward[neighbour].discard(gone)
                if neighbour != keep:
                    backward[neighbour].add(keep)
                    forward[keep].add(neighbour)
            forward[gone] = set()
            forward[keep].discard(gone)
        for neighbour, witness in self._witnesses[gone].items():
            del self._witnesses[neighbour][gone]
            if neighbour != keep:
                self._witnesses[neighbour][keep] = self._witnesses[keep][neighbour] = witness
        self._witnesses[gone] = {}
        return keep

    def _way_around(self, start: int, end: int) -> int | None:
        """Return a third cluster on a way of references from start to end, or None where there is none.

        Searches from both ends, always on the side with less to follow: near a table that everything
        references, one side is large and the other side small.
        """
        down, up = self._below[start] - {end}, self._above[end] - {start}
        seen_down, seen_up = down | {start, end}, up | {start, end}
        least = self._effort - self._effort // 1000
        met = down & up
        while down and up and not met:
            if self._effort < least:
                return _UNPROVED
            if len(down) <= len(up):
                down = self._advance(down, self._below, seen_down)
                met = down & seen_up
            else:
                up = self._advance(up, self._above, seen_up)
                met = up & seen_down
        return min(met, default=None)

    def _advance(self, frontier: set[int], neighbours: Sequence[set[int]], seen: set[int]) -> set[int]:
        """Return what one more reference leads to that was not seen before, and see it."""
        ahead: set[int] = set()
        for cluster in frontier:
            ahead |= neighbours[cluster]
            self._effort -= len(neighbours[cluster])
        ahead -= seen
        seen |= ahead
        return ahead
