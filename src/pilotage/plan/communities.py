"""Communities of tables: which tables belong together, so that no two communities wait for each other.

Consumed by inference, which names them and says why. The stages below run in the order of
:func:`find_communities`; every one of them merges clusters, and only where the quotient stays acyclic.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, pairwise
from math import isqrt

from pilotage.graph import topological_order
from pilotage.model.names import QualifiedName
from pilotage.plan.affinity import Landscape
from pilotage.plan.quotient import Quotient

_ANY = -1
"""In place of a hub's number: of no hub in particular."""


class Kind(StrEnum):
    """What holds a community together."""

    FOUNDATION = "foundation"
    """Tables that so many reference that they belong to no one, and tables that stand apart."""
    COMMUNITY = "community"
    """Tables joined by foreign keys and names."""
    SATELLITES = "satellites"
    """Tables of which all that joins them to others is that they reference hubs."""
    STANDALONE = "standalone"
    """Tables that no key joins to any other, in a schema without a foundation."""


@dataclass(frozen=True)
class Community:
    """Tables that belong together, sorted."""

    kind: Kind
    tables: tuple[QualifiedName, ...]


def find_communities(landscape: Landscape) -> tuple[Community, ...]:
    """Divide all tables among communities; only tables of one cycle are never divided.

    About as many communities as the square root of the number of tables, and about as many tables in each.
    """
    if not landscape.tables:
        return ()
    search = _Search(landscape)
    search.lay_foundations()
    search.merge_by_modularity()
    search.pool_the_loose()
    search.absorb_the_small()
    search.reduce_to_limit()
    return tuple(search.communities())


class _Search:
    """The clusters while they merge. Nodes are the components of the graph of tables, by number."""

    def __init__(self, landscape: Landscape) -> None:
        self.landscape = landscape
        condensation = landscape.order.condensation
        self.components = condensation.components
        self.number = condensation.numbers
        self.quotient = Quotient(condensation.referenced)
        self.tables = [len(component) for component in self.components]
        self.territory = [landscape.territories[component[0]] for component in self.components]
        self.kind: dict[int, Kind] = {}
        self.affinity: list[dict[int, int]] = [{} for _ in self.components]

        count = len(landscape.tables)
        root = isqrt(count)
        self.most_tables = count if count < 8 else max(4, min(count // 2, 7 * root // 2))
        self.few_tables = max(2, root // 2)
        territories = len(set(self.territory))
        self.most_groups = max(1, min(count // 2, root + 1 + territories))
        self.foundations: dict[str, int] = {}

    # --- the stages

    def lay_foundations(self) -> None:
        """Put the hubs of each territory together with the little that they themselves reference."""
        most = max(3, len(self.landscape.tables) // 5)
        for hub in sorted(self.landscape.hubs, key=lambda hub: (self.landscape.order.depths[hub], hub)):
            territory = self.landscape.territories[hub]
            below = {self.number[table] for table in self.landscape.order.closure_of([hub])}
            seed = self.foundations.get(territory)
            mine = [number for number in sorted(below) if self.territory[number] == territory]
            known = set() if seed is None else set(self.quotient.members[seed])
            if sum(self.tables[number] for number in known.union(mine)) > most:
                continue
            for number in mine:
                cluster = self.quotient.cluster_of(number)
                if seed is None:
                    seed = cluster
                elif cluster != seed and self.quotient.stays_acyclic(seed, cluster):
                    seed = self._merge(seed, cluster, Kind.FOUNDATION)
            if seed is not None:
                self.kind[seed] = Kind.FOUNDATION
                self.foundations[territory] = seed

    def merge_by_modularity(self) -> None:
        """Merge the pair that gains most modularity, again and again, until no pair gains any.

        After Clauset, Newman and Moore, "Finding community structure in very large networks" (2004), with
        whole numbers, with a limit to the size, and without the merges that would close a cycle.
        """
        for table, neighbour, weight in self.landscape.affinities():
            self._join(self._cluster_of(table), self._cluster_of(neighbour), weight)
        total = sum(sum(neighbours.values()) for neighbours in self.affinity)
        degree = [sum(neighbours.values()) for neighbours in self.affinity]

        def gain(one: int, other: int) -> int:
            return self.affinity[one][other] * total - degree[one] * degree[other]

        heap = [
            (-gain(one, other), one, other)
            for one, neighbours in enumerate(self.affinity)
            for other in neighbours
            if one < other
        ]
        heapq.heapify(heap)
        while heap:
            negative, one, other = heapq.heappop(heap)
            if negative >= 0:
                break
            # An entry is out of date when one of the two has merged since; the new pair has its own.
            if other not in self.affinity[one] or -negative != gain(one, other):
                continue
            if not self._may_merge(one, other):
                continue
            degrees = degree[one] + degree[other]
            kept = self._merge(one, other, Kind.COMMUNITY)
            degree[kept] = degrees
            for third in self.affinity[kept]:
                one, other = min(kept, third), max(kept, third)
                heapq.heappush(heap, (-gain(one, other), one, other))

    def pool_the_loose(self) -> None:
        """Put together what no key joins to a community: with the foundation, or among themselves.

        Clusters that names alone hold together are left as they are if they are large enough to be a group.
        """
        enough = isqrt(len(self.landscape.tables))
        pools: defaultdict[tuple[str, Kind, int], list[int]] = defaultdict(list)
        for cluster in sorted(self.quotient.members):
            if self.kind.get(cluster) is not Kind.FOUNDATION and self._is_loose(cluster):
                most = self.few_tables if self._has_keys_inside(cluster) else enough
                if self._size(cluster) < most:
                    pools[self._pool_of(cluster)].append(cluster)
        # The satellites of one hub are a group of their own only if they are many.
        for key, pool in sorted(pools.items()):
            territory, kind, hub = key
            if hub != _ANY and sum(map(self._size, pool)) < enough:
                pools[territory, kind, _ANY] += pools.pop(key)
        for (territory, kind, _), pool in sorted(pools.items()):
            self._merge_pool(territory, kind, sorted(pool))

    def absorb_the_small(self) -> None:
        """Merge what is too small to be a group into the community that it has most to do with."""
        self._absorb(lambda cluster: self._size(cluster) < self.few_tables)

    def reduce_to_limit(self) -> None:
        """Merge the smallest until there are few enough; at last what stands side by side in the order."""
        self._absorb(lambda _: self._has_too_many())
        for across in (False, True):
            while self._has_too_many() and self._merge_side_by_side(across=across):
                pass

    def communities(self) -> Iterable[Community]:
        """Yield what the clusters are now."""
        for cluster, numbers in self.quotient.members.items():
            tables = sorted(table for number in numbers for table in self.components[number])
            yield Community(self.kind.get(cluster, Kind.COMMUNITY), tuple(tables))

    # --- what the stages are made of

    def _size(self, cluster: int) -> int:
        return self.tables[cluster]

    def _cluster_of(self, table: QualifiedName) -> int:
        return self.quotient.cluster_of(self.number[table])

    def _has_too_many(self) -> bool:
        return len(self.quotient.members) > self.most_groups

    def _join(self, one: int, other: int, weight: int) -> None:
        """Add to the affinity of two clusters; foundations, which are laid by then, have none."""
        if one != other and weight and one not in self.kind and other not in self.kind:
            for here, there in ((one, other), (other, one)):
                self.affinity[here][there] = self.affinity[here].get(there, 0) + weight

    def _may_merge(self, one: int, other: int) -> bool:
        return (
            self.territory[one] == self.territory[other]
            and self._size(one) + self._size(other) <= self.most_tables
            and self.quotient.stays_acyclic(one, other)
        )

    def _merge(self, one: int, other: int, kind: Kind) -> int:
        kept = self.quotient.merge(one, other)
        gone = other if kept == one else one
        self.tables[kept] += self.tables[gone]
        self.kind.pop(gone, None)
        self.kind[kept] = kind
        mine = self.affinity[kept]
        for neighbour, weight in self.affinity[gone].items():
            del self.affinity[neighbour][gone]
            if neighbour != kept:
                mine[neighbour] = mine.get(neighbour, 0) + weight
                self.affinity[neighbour][kept] = mine[neighbour]
        self.affinity[gone] = {}
        return kept

    def _merge_pool(self, territory: str, kind: Kind, pool: list[int]) -> None:
        """Merge the clusters of a pool, into the foundation if that is their kind, else in equal parts."""
        remaining = sum(map(self._size, pool))
        parts = -(-remaining // self.most_tables)
        most = -(-remaining // parts)
        open_ = self.foundations.get(territory) if kind is Kind.FOUNDATION else None
        if open_ is not None:
            most = self.most_tables
        for cluster in pool:
            if (
                open_ is not None
                and self._size(open_) + self._size(cluster) <= most
                and self._may_merge(open_, cluster)
            ):
                open_ = self._merge(open_, cluster, kind)
            else:
                open_ = cluster
                self.kind[cluster] = kind

    def _absorb(self, is_small: Callable[[int], bool]) -> None:
        """Merge clusters, smallest first, each into the one that it has most affinity with."""
        heap = [(self._size(cluster), cluster) for cluster in self.quotient.members]
        heapq.heapify(heap)
        while heap:
            size, cluster = heapq.heappop(heap)
            if cluster not in self.quotient.members or size != self._size(cluster) or not is_small(cluster):
                continue
            by_affinity = sorted(
                self.affinity[cluster].items(), key=lambda item: (-item[1], self._size(item[0]), item[0])
            )
            for neighbour, _ in by_affinity:
                if self._may_merge(cluster, neighbour):
                    kept = self._merge(cluster, neighbour, self.kind.get(neighbour, Kind.COMMUNITY))
                    heapq.heappush(heap, (self._size(kept), kept))
                    break

    def _merge_side_by_side(self, *, across: bool) -> bool:
        """Merge neighbours in the order of clusters, smallest pairs first; return whether there were any.

        Clusters that stand side by side in a topological order have none between them, so nothing can lead
        around them.

        Args:
            across: also clusters of two schemas, and foundations.
        """
        members = self.quotient.members
        depth = {cluster: min(numbers) for cluster, numbers in members.items()}
        order = topological_order(
            members,
            [(cluster, other) for cluster in members for other in self.quotient.referenced(cluster)],
            key=lambda cluster: (self.territory[cluster], depth[cluster]),
        )
        pairs = sorted(
            (self._size(one) + self._size(other), place)
            for place, (one, other) in enumerate(pairwise(order))
            if self._size(one) + self._size(other) <= self.most_tables
            if across
            or (
                self.territory[one] == self.territory[other]
                and Kind.FOUNDATION not in (self.kind.get(one), self.kind.get(other))
            )
        )
        merged: set[int] = set()
        for _, place in pairs:
            if self._has_too_many() and merged.isdisjoint((place, place + 1)):
                merged |= {place, place + 1}
                self._merge(order[place], order[place + 1], Kind.COMMUNITY)
        return bool(merged)

    # --- loose clusters

    def _is_loose(self, cluster: int) -> bool:
        """Return whether no key that tells something joins the cluster to another of its territory."""
        hubs, territories = self.landscape.hubs, self.landscape.territories
        mine = set(self._tables_of(cluster))
        return mine.isdisjoint(hubs) and not any(
            neighbour not in mine and neighbour not in hubs and territories[neighbour] == territories[table]
            for table in mine
            for neighbour in (*self.landscape.references_of(table), *self.landscape.dependents_of(table))
        )

    def _has_keys_inside(self, cluster: int) -> bool:
        mine = set(self._tables_of(cluster))
        return any(not mine.isdisjoint(self.landscape.references_of(table)) for table in mine)

    def _pool_of(self, cluster: int) -> tuple[str, Kind, int]:
        territory = self.territory[cluster]
        referenced = [self.landscape.references_of(table) for table in self._tables_of(cluster)]
        if 2 * sum(map(bool, referenced)) < len(referenced):
            kind = Kind.FOUNDATION if territory in self.foundations else Kind.STANDALONE
            return territory, kind, _ANY
        found = set(chain.from_iterable(referenced))
        # Of several hubs, the one that fewest reference says most.
        direct = self.landscape.order.direct_dependents
        hub = min(found & self.landscape.hubs or found, key=lambda table: (direct[table], table))
        return territory, Kind.SATELLITES, self.number[hub]

    def _tables_of(self, cluster: int) -> list[QualifiedName]:
        return [table for number in self.quotient.members[cluster] for table in self.components[number]]
