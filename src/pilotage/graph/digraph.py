"""The directed graph: nodes, edges, neighbours, and what can be reached along them.

Consumed by the other modules of this room and by whoever asks for a closure. Components, waves and orders
are derived from it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic

from pilotage.errors import RefusedError
from pilotage.graph.keys import K


class UnknownNodeError(RefusedError):
    """An edge, or a question, names a node that is not in the graph.

    Attributes:
        node: the node that is missing.
    """

    def __init__(self, message: str, node: object) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True)
class Digraph(Generic[K]):
    """A directed graph that never changes once built; make one with :meth:`of`.

    The algorithms of this room work on positions in ``nodes``. As nodes are sorted, the order of positions
    is the order of keys, and what is sorted by position is sorted by key.

    Attributes:
        nodes: all nodes, sorted.
        positions: where each node stands in ``nodes``.
        referenced: for each position, the positions that it references: sorted, without itself.
        referencing: for each position, the positions that reference it: sorted, without itself.
        self_references: the positions with an edge to themselves, sorted.
    """

    nodes: tuple[K, ...]
    positions: Mapping[K, int] = field(repr=False, compare=False)
    referenced: tuple[tuple[int, ...], ...]
    referencing: tuple[tuple[int, ...], ...] = field(repr=False, compare=False)
    self_references: tuple[int, ...]

    @classmethod
    def of(cls, nodes: Iterable[K], edges: Iterable[tuple[K, K]]) -> Digraph[K]:
        """Build the graph of these nodes and (referencing, referenced) edges.

        A node or an edge given more than once counts once.

        Raises:
            UnknownNodeError: an edge names a node that is not among ``nodes``.
        """
        ordered = tuple(sorted(set(nodes)))
        positions = {node: position for position, node in enumerate(ordered)}
        referenced: list[set[int]] = [set() for _ in ordered]
        self_references: set[int] = set()
        for start, end in edges:
            try:
                from_, to = positions[start], positions[end]
            except KeyError:
                missing = end if start in positions else start
                raise UnknownNodeError(
                    f"the edge {start} → {end} names {missing}, which is not among the"
                    f" {len(ordered)} nodes of the graph; add the node, or leave the edge out",
                    missing,
                ) from None
            if from_ == to:
                self_references.add(from_)
            else:
                referenced[from_].add(to)
        forward = tuple(tuple(sorted(neighbours)) for neighbours in referenced)
        return cls(
            nodes=ordered,
            positions=MappingProxyType(positions),
            referenced=forward,
            referencing=reverse(forward),
            self_references=tuple(sorted(self_references)),
        )

    def __contains__(self, key: K) -> bool:
        return key in self.positions

    def references_of(self, key: K) -> tuple[K, ...]:
        """Return the nodes that ``key`` references directly, sorted, without itself."""
        return self._keys(self.referenced[self.position_of(key)])

    def direct_dependents_of(self, key: K) -> tuple[K, ...]:
        """Return the nodes that reference ``key`` directly, sorted, without itself."""
        return self._keys(self.referencing[self.position_of(key)])

    def closure_of(self, keys: Iterable[K]) -> tuple[K, ...]:
        """Return these nodes and all that they reference, directly or not, sorted.

        Raises:
            UnknownNodeError: one of the keys is not in the graph.
        """
        return self._keys(sorted(_reach(self.referenced, [self.position_of(key) for key in keys])))

    def dependents_of(self, key: K) -> tuple[K, ...]:
        """Return the nodes that reference ``key``, directly or not, sorted, without itself.

        Raises:
            UnknownNodeError: the key is not in the graph.
        """
        position = self.position_of(key)
        return self._keys(sorted(_reach(self.referencing, [position]) - {position}))

    def position_of(self, key: K) -> int:
        """Return where the node stands in ``nodes``.

        Raises:
            UnknownNodeError: the key is not in the graph.
        """
        try:
            return self.positions[key]
        except KeyError:
            raise UnknownNodeError(
                f"{key} is not among the {len(self.nodes)} nodes of the graph; check its name", key
            ) from None

    def _keys(self, positions: Iterable[int]) -> tuple[K, ...]:
        return tuple(self.nodes[position] for position in positions)


def reverse(neighbours: Sequence[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    """Return the same edges seen from their other ends, sorted by position."""
    reversed_: list[list[int]] = [[] for _ in neighbours]
    for position, others in enumerate(neighbours):
        for other in others:
            reversed_[other].append(position)
    return tuple(tuple(others) for others in reversed_)


def _reach(neighbours: Sequence[Iterable[int]], starts: Iterable[int]) -> set[int]:
    """Return the positions reachable from the starts, the starts among them."""
    reached = set(starts)
    waiting = list(reached)
    while waiting:
        for other in neighbours[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached
