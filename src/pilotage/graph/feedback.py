"""Feedback sets: the cheapest edges to break so that no cycle remains.

Consumed by planning: which nullable foreign keys to load in a second pass, which foreign keys to move into a
last file. What breaking an edge means is theirs to know; here it has a weight, or it may not be broken.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

from pilotage.graph.components import strongly_connected
from pilotage.graph.cycles import shortest_cycle
from pilotage.graph.digraph import Digraph
from pilotage.graph.keys import K

EFFORT = 1_000_000
"""How hard to look for the minimum in one component: searches for a cycle, times the component's edges.

Measured on random components: the minimum is proved up to some 80 edges however dense, up to some 200
where sparse. The search is given up after half a second to three, the longer the larger the component.
"""

Arc: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class WeightedEdge(Generic[K]):
    """An edge, and what it costs to break it.

    Attributes:
        weight: 0 or more; what it counts is the caller's choice.
        breakable: whether it may be broken at all.
    """

    referencing: K
    referenced: K
    weight: int = 1
    breakable: bool = True


@dataclass(frozen=True)
class FeedbackSet(Generic[K]):
    """Edges without which no cycle remains; none of them could be left out.

    Attributes:
        edges: (referencing, referenced) pairs, sorted. All edges between the two nodes are meant.
        weight: what they weigh together.
        is_minimum: whether it is proved that nothing lighter would do. Otherwise the search was given up.
    """

    edges: tuple[tuple[K, K], ...]
    weight: int
    is_minimum: bool


def minimum_feedback_set(edges: Iterable[WeightedEdge[K]], *, effort: int = EFFORT) -> FeedbackSet[K] | None:
    """Return the lightest edges to break so that no cycle of two or more nodes remains.

    Of equally light sets, one with the fewest edges; always the same one for the same edges, in whatever
    order they come. Several edges between the same two nodes break together: their weights add up, and one
    unbreakable edge makes all unbreakable. Self-references are ignored.

    Args:
        edges: the graph; edges that are on no cycle do no harm.
        effort: see ``EFFORT``; 0 takes the first good set that is found.

    Returns:
        None where a cycle consists of unbreakable edges only.

    Raises:
        ValueError: a weight is negative.
    """
    edges = [edge for edge in edges if edge.referencing != edge.referenced]
    for edge in edges:
        if edge.weight < 0:
            raise ValueError(f"the edge {edge.referencing} → {edge.referenced} weighs {edge.weight}, below 0")
    graph = Digraph.of(
        (node for edge in edges for node in (edge.referencing, edge.referenced)),
        ((edge.referencing, edge.referenced) for edge in edges),
    )
    weights: dict[Arc, int] = {}
    unbreakable: set[Arc] = set()
    for edge in edges:
        arc = graph.positions[edge.referencing], graph.positions[edge.referenced]
        weights[arc] = weights.get(arc, 0) + edge.weight
        if not edge.breakable:
            unbreakable.add(arc)

    broken: list[Arc] = []
    is_minimum = True
    for members in strongly_connected(graph.referenced):
        if len(members) == 1:
            continue
        component = _Component(graph, members, weights, unbreakable)
        if not component.is_acyclic_with(component.unbreakable):
            return None
        arcs, proved = _lightest(component, effort)
        broken += [(members[start], members[end]) for start, end in arcs]
        is_minimum = is_minimum and proved
    broken.sort()
    return FeedbackSet(
        edges=tuple((graph.nodes[start], graph.nodes[end]) for start, end in broken),
        weight=sum(weights[arc] for arc in broken),
        is_minimum=is_minimum,
    )


class _Component:
    """One strongly connected component, its nodes renumbered from 0.

    Attributes:
        costs: of each breakable arc, always above 0. The weight counts first, then the number of arcs: a
            weight is scaled by more than the arcs there are, and each arc adds 1.
        unbreakable: the other arcs.
    """

    def __init__(
        self,
        graph: Digraph[K],
        members: Sequence[int],
        weights: Mapping[Arc, int],
        unbreakable: Collection[Arc],
    ) -> None:
        number = {position: index for index, position in enumerate(members)}
        self.size = len(members)
        inside = [(start, end) for start in members for end in graph.referenced[start] if end in number]
        scale = len(inside) + 1
        self.arcs = [(number[start], number[end]) for start, end in inside]
        self.unbreakable = {
            (number[start], number[end]) for start, end in inside if (start, end) in unbreakable
        }
        self.costs = {
            (number[start], number[end]): weights[start, end] * scale + 1
            for start, end in inside
            if (start, end) not in unbreakable
        }

    def cost_of(self, arcs: Iterable[Arc]) -> int:
        return sum(self.costs[arc] for arc in arcs)

    def neighbours(self, arcs: Iterable[Arc]) -> list[list[int]]:
        """Return, for each node, where these arcs lead from it."""
        neighbours: list[list[int]] = [[] for _ in range(self.size)]
        for start, end in arcs:
            neighbours[start].append(end)
        return neighbours

    def is_acyclic_with(self, arcs: Iterable[Arc]) -> bool:
        """Return whether these arcs alone form no cycle."""
        return len(strongly_connected(self.neighbours(arcs))) == self.size


def _lightest(component: _Component, effort: int) -> tuple[Collection[Arc], bool]:
    """Return the lightest feedback set found, and whether it is proved that there is none lighter.

    Branch and bound: some arc of every cycle must go. For a shortest cycle that remains, try each arc in
    turn: break it, and keep those tried before it, so that no set is tried twice. A branch ends when the
    cycles still in it cannot be broken for less than the best set found.
    """
    best: Collection[Arc] = _without_idle(component, _break_backward(component))
    best_cost = component.cost_of(best)
    searches = effort // len(component.arcs)
    nothing: frozenset[Arc] = frozenset()
    branches = [(nothing, nothing)]
    while branches:
        broken, kept = branches.pop()
        room = best_cost - component.cost_of(broken)
        bound = _break_cycles(component, broken, kept, room, searches)
        searches -= bound.searches
        if searches <= 0:
            return best, False
        if bound.least >= room:
            continue
        found = _without_idle(component, [*broken, *bound.broken])
        cost = component.cost_of(found)
        if cost < best_cost:
            best, best_cost = found, cost
        tried: list[tuple[frozenset[Arc], frozenset[Arc]]] = []
        for arc in sorted(bound.first_cycle, key=lambda arc: (component.costs[arc], arc)):
            tried.append((broken | {arc}, kept))
            kept |= {arc}
        branches += reversed(tried)
    return best, True


@dataclass(frozen=True, slots=True)
class _Bound:
    """What breaking the remaining cycles costs.

    Attributes:
        least: no set that breaks them costs less. At least the room given where the search stopped early.
        broken: a set that breaks them, where it did not stop early.
        first_cycle: the arcs that may be broken of the first cycle found; empty where there was none.
        searches: how many searches for a cycle it took.
    """

    least: int
    broken: list[Arc]
    first_cycle: list[Arc]
    searches: int


def _break_cycles(
    component: _Component, broken: Collection[Arc], kept: Collection[Arc], room: int, searches: int
) -> _Bound:
    """Break one shortest cycle after the other, and bound from below what that must cost.

    The local ratio technique (Demetrescu and Finocchi, Information Processing Letters 86 (3), 2003): every
    arc of a cycle pays what the cheapest of them has left; whoever has nothing left is broken. Each payment
    raises what any solution must cost, as each must break an arc of that cycle.
    """
    left = {arc: cost for arc, cost in component.costs.items() if arc not in broken and arc not in kept}
    neighbours = component.neighbours(arc for arc in component.arcs if arc not in broken)
    least = 0
    gone: list[Arc] = []
    first_cycle: list[Arc] = []
    used = 0
    while used < searches:
        used += 1
        cycle = shortest_cycle(neighbours, effort=20 * len(component.arcs))
        if cycle is None:
            break
        payers = [arc for arc in zip(cycle, [*cycle[1:], cycle[0]], strict=True) if arc in left]
        if not payers:
            return _Bound(least=room, broken=[], first_cycle=[], searches=used)
        if not first_cycle:
            first_cycle = payers
        payment = min(left[arc] for arc in payers)
        least += payment
        if least >= room:
            break
        for arc in payers:
            left[arc] -= payment
            if not left[arc]:
                del left[arc]
                gone.append(arc)
                neighbours[arc[0]].remove(arc[1])
    return _Bound(least=least, broken=gone, first_cycle=first_cycle, searches=used)


def _break_backward(component: _Component) -> list[Arc]:
    """Put the nodes in a good order, and return the arcs that lead backward in it.

    The greedy order of Eades, Lin and Smyth (Information Processing Letters 47 (6), 1993), with weights, and
    with a node waiting until all that it references unbreakably is placed.
    """
    lost = [0] * component.size  # what it would cost to place the node now
    gained = [0] * component.size  # what placing it now saves others from losing
    waits = [0] * component.size
    for start, end in component.arcs:
        cost = component.costs.get((start, end))
        if cost is None:
            waits[start] += 1
        else:
            lost[start] += cost
            gained[end] += cost
    forward = component.neighbours(component.arcs)
    backward = component.neighbours((end, start) for start, end in component.arcs)

    place = [-1] * component.size
    heap: list[tuple[bool, int, int]] = []

    def offer(node: int) -> None:
        if not waits[node] and place[node] < 0:
            heapq.heappush(heap, (lost[node] > 0, lost[node] - gained[node], node))

    for node in range(component.size):
        offer(node)
    placed = 0
    while heap:
        *rating, node = heapq.heappop(heap)
        if place[node] >= 0 or rating != [lost[node] > 0, lost[node] - gained[node]]:
            continue  # an offer made before a neighbour was placed; a newer one is in the heap
        place[node] = placed
        placed += 1
        for other in backward[node]:
            cost = component.costs.get((other, node))
            if cost is None:
                waits[other] -= 1
            else:
                lost[other] -= cost
            offer(other)
        for other in forward[node]:
            gained[other] -= component.costs.get((node, other), 0)
            offer(other)
    return [(start, end) for start, end in component.arcs if place[end] > place[start]]


def _without_idle(component: _Component, broken: Iterable[Arc]) -> Collection[Arc]:
    """Return the set without the arcs that need not be broken, the dearest mended first.

    The result is minimal: mending any arc of it closes a cycle.
    """
    dearest_first = sorted(set(broken), key=lambda arc: (-component.costs[arc], arc))
    still = set(dearest_first)
    neighbours: list[set[int]] = [set() for _ in range(component.size)]
    for start, end in component.arcs:
        if (start, end) not in still:
            neighbours[start].add(end)
    for start, end in dearest_first:
        if not _leads_to(neighbours, end, start):
            still.remove((start, end))
            neighbours[start].add(end)
    return still


def _leads_to(neighbours: Sequence[Iterable[int]], start: int, end: int) -> bool:
    """Return whether the end can be reached from the start."""
    seen = {start}
    waiting = [start]
    while waiting:
        for other in neighbours[waiting.pop()]:
            if other == end:
                return True
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
