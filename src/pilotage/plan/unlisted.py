"""Where tables go that a user's groups forgot.

Consumed by planning, which shows each with its reason, and re-exported by :mod:`pilotage.plan.inference`,
where groups are made from nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pilotage.graph import Condensation, Digraph
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.affinity import NAME_WEIGHT, Landscape, words_of
from pilotage.plan.communities import Community, Kind
from pilotage.plan.group_names import list_tables, name_group, one_line, shown, slug, unique_name
from pilotage.plan.order import partition_root
from pilotage.plan.quotient import Quotient


def place_unlisted(
    catalog: Catalog,
    groups: Mapping[str, tuple[QualifiedName, ...]],
    unlisted: Sequence[QualifiedName],
) -> Mapping[QualifiedName, tuple[str, str]]:
    """Return for each unlisted table the name of a group and, in one line, the reason.

    In this order: the group of the table that it is a partition of; of the tables that it is in a cycle
    with; of tables that stand both before and after it; the group that it has the strongest keys and names
    in common with; a group of which at least half the tables reference exactly what it references, within
    its schema. A group with which it would close a cycle of groups is passed over if that can be. What fits
    nowhere becomes a new group, whose name none of ``groups`` has.

    Args:
        catalog: of all tables.
        groups: the names of the groups, and the tables that each lists.
        unlisted: tables of the catalog that no group lists, in any order.
    """
    return _Placement(catalog, groups).place(unlisted)


@dataclass(frozen=True)
class _Candidate:
    group: str
    reason: str


@dataclass(frozen=True)
class _Profile:
    """What tables have in common that have nothing to do with each other.

    Attributes:
        references: what they reference in their own schema.
        is_referenced: whether anything references them; False where they reference nothing themselves.
    """

    territory: str
    references: tuple[QualifiedName, ...]
    is_referenced: bool


class _Placement:
    """The groups while they grow. What is placed together, a unit, is one table or the tables of a cycle."""

    def __init__(self, catalog: Catalog, groups: Mapping[str, tuple[QualifiedName, ...]]) -> None:
        self.landscape = Landscape.of(catalog)
        self.root = partition_root(catalog)
        self.graph = self.landscape.order.graph
        self.quotient = Quotient(self.graph.referenced)
        self.names = set(groups)
        self.group_of: dict[QualifiedName, str] = {}
        self.placed: dict[QualifiedName, tuple[str, str]] = {}
        self.members: defaultdict[str, list[QualifiedName]] = defaultdict(list)
        self.named: defaultdict[tuple[str, str], list[QualifiedName]] = defaultdict(list)
        self.profiles: defaultdict[_Profile, Counter[str]] = defaultdict(Counter)
        for name, tables in groups.items():
            self._put((self.root[table] for table in tables if table in self.root), name)
        # Names and profiles compare with what the user listed, not with what was placed a moment ago.
        for table, group in self.group_of.items():
            territory, word = self.landscape.territories[table], self._first_word(table)
            if word and table not in self.landscape.hubs:
                self.named[territory, word].append(table)
            self.profiles[self._profile(table)][group] += 1
        self.listed = {group: len(tables) for group, tables in self.members.items() if tables}
        self.tangled: set[str] = set()
        self.confined: dict[QualifiedName, str] = {}

    def place(self, unlisted: Sequence[QualifiedName]) -> dict[QualifiedName, tuple[str, str]]:
        homeless = self._units({self.root[table] for table in unlisted} - self.group_of.keys())
        self._find_circles()
        # What has no choice comes first: until then, groups seem to wait for each other that need not. The
        # rest comes twice, since a unit may belong with one that finds its own place only later.
        for choose in (self._by_confinement, self._by_cycle, self._fitting, self._fitting):
            waiting, homeless = homeless, []
            for unit in waiting:
                candidate = next(choose(unit), None)
                if candidate is None:
                    homeless.append(unit)
                else:
                    self._settle(unit, candidate.group, candidate.reason)
        self._open_groups(homeless)
        for table in unlisted:
            root = self.root[table]
            if table != root:
                self.placed[table] = self.group_of[root], f"partition of {shown(root, table)}"
            elif table not in self.placed:
                self.placed[table] = self.group_of[table], "its partitions are listed there"
        return {table: self.placed[table] for table in sorted(unlisted)}

    def _units(self, tables: set[QualifiedName]) -> list[tuple[QualifiedName, ...]]:
        """Return the tables, those of one cycle together, referenced tables first."""
        units = []
        for component in self.landscape.order.condensation.components:
            if unit := tuple(table for table in component if table in tables):
                self._unite(unit)
                units.append(unit)
        return units

    # --- which groups there are to choose from

    def _candidates(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        yield from self._by_affinity(unit)
        yield from self._by_profile(unit)

    def _by_confinement(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        group = self.confined.get(unit[0])
        if group is not None:
            # Where it is in a cycle with tables of the group, that says more.
            yield from self._by_cycle(unit)
            yield _Candidate(group, f"tables of {group} stand both before and after it")

    def _by_cycle(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        condensation = self.landscape.order.condensation
        others = [
            table
            for table in condensation.components[condensation.numbers[unit[0]]]
            if table in self.group_of
        ]
        counts = Counter(self.group_of[table] for table in others)
        for group in sorted(counts, key=lambda group: (-counts[group], group)):
            mine = [table for table in others if self.group_of[table] == group]
            yield _Candidate(group, f"in a cycle with {list_tables(mine, unit[0])}")

    def _by_affinity(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        weights: Counter[str] = Counter()
        facts: defaultdict[str, list[str]] = defaultdict(list)
        for table in unit:
            references: defaultdict[str, list[QualifiedName]] = defaultdict(list)
            dependents: defaultdict[str, list[QualifiedName]] = defaultdict(list)
            for other in self.landscape.references_of(table):
                if other not in self.landscape.hubs and self._is_neighbour(table, other):
                    weights[self.group_of[other]] += self.landscape.key_weight(other)
                    references[self.group_of[other]].append(other)
            for other in self.landscape.dependents_of(table):
                if table not in self.landscape.hubs and self._is_neighbour(table, other):
                    weights[self.group_of[other]] += self.landscape.key_weight(table)
                    dependents[self.group_of[other]].append(other)
            alike: defaultdict[str, list[QualifiedName]] = defaultdict(list)
            similar = self.named[self.landscape.territories[table], self._first_word(table)]
            for other in similar:
                weights[self.group_of[other]] += NAME_WEIGHT // len(similar)
                alike[self.group_of[other]].append(other)
            for group, tables in references.items():
                facts[group].append(f"references {list_tables(tables, table)}")
            for group, tables in dependents.items():
                facts[group].append(f"referenced by {list_tables(tables, table)}")
            for group, tables in alike.items():
                facts[group].append(f"its name begins like that of {list_tables(tables, table)}")
        for group in sorted(weights, key=lambda group: (-weights[group], group)):
            yield _Candidate(group, "; ".join(facts[group]))

    def _is_neighbour(self, table: QualifiedName, other: QualifiedName) -> bool:
        """Return whether the other is in a group, and in the same schema: what inference never mixes."""
        territories = self.landscape.territories
        return other in self.group_of and territories[table] == territories[other]

    def _by_profile(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        if len(unit) > 1:
            return
        (table,) = unit
        profile = self._profile(table)
        counts = self.profiles[profile]
        for group in sorted(counts, key=lambda group: (-counts[group] / self.listed[group], group)):
            if 2 * counts[group] >= (size := self.listed[group]):
                references = profile.references
                what = (
                    f"references only {list_tables(references, table)}"
                    if references
                    else "references no table"
                )
                if len(references) < len(self.landscape.references_of(table)):
                    what += " in its schema"
                like = f"all {size}" if counts[group] == size else f"{counts[group]} of the {size}"
                yield _Candidate(group, f"{what}, like {like} tables of {group}")

    def _profile(self, table: QualifiedName) -> _Profile:
        territories = self.landscape.territories
        references = tuple(
            other for other in self.landscape.references_of(table) if territories[other] == territories[table]
        )
        return _Profile(
            territories[table], references, bool(references and self.landscape.dependents_of(table))
        )

    def _by_neighbours(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        """Yield the groups that any key joins the unit to, hubs included."""
        found: dict[str, QualifiedName] = {}
        for table in unit:
            for other in (*self.landscape.references_of(table), *self.landscape.dependents_of(table)):
                if other in self.group_of:
                    found.setdefault(self.group_of[other], other)
        for group, other in sorted(found.items()):
            yield _Candidate(
                group,
                f"a key joins it to {shown(other, unit[0])}; alone it would close a cycle of groups",
            )

    def _belong_together(self, unit: tuple[QualifiedName, ...], tables: list[QualifiedName]) -> bool:
        return self.landscape.territories[unit[0]] == self.landscape.territories[
            tables[0]
        ] and self.quotient.stays_acyclic(self._cluster(unit[0]), self._cluster(tables[0]))

    def _first_word(self, table: QualifiedName) -> str:
        return next(iter(self.landscape.words[table]), "")

    def _fitting(self, unit: tuple[QualifiedName, ...]) -> Iterator[_Candidate]:
        """Yield the candidates with which the unit closes no cycle of groups that is not there already."""
        yield from filter(partial(self._fits, unit), self._candidates(unit))

    def _fits(self, unit: tuple[QualifiedName, ...], candidate: _Candidate) -> bool:
        return candidate.group in self.tangled or self.quotient.stays_acyclic(
            self._cluster(unit[0]), self._cluster(self.members[candidate.group][0])
        )

    def _find_circles(self) -> None:
        """Find the groups that wait for each other as they were listed, and what stands within one group.

        Where groups and unlisted tables all wait for each other, and there is one group among them, the
        tables must join it. Where there are several, they will wait for each other in any case.
        """
        clusters = self.quotient.members
        graph = Digraph.of(
            clusters, ((one, other) for one in clusters for other in self.quotient.referenced(one))
        )
        group_at = {self._cluster(tables[0]): group for group, tables in self.members.items() if tables}
        for component in Condensation.of(graph).components:
            groups = [group_at[cluster] for cluster in component if cluster in group_at]
            if len(groups) == 1:
                nodes = (node for cluster in component for node in clusters[cluster])
                self.confined |= {self.graph.nodes[node]: groups[0] for node in nodes}
            else:
                self.tangled.update(groups)

    # --- what happens to the groups

    def _settle(self, unit: Sequence[QualifiedName], group: str, reason: str) -> None:
        self._put(unit, group)
        self.placed |= dict.fromkeys(unit, (group, reason))

    def _put(self, tables: Iterable[QualifiedName], group: str) -> None:
        new = [table for table in sorted(set(tables)) if table not in self.group_of]
        for table in new:
            self.group_of[table] = group
            self.members[group].append(table)
        self._unite(self.members[group][:1] + new)

    def _unite(self, tables: Sequence[QualifiedName]) -> None:
        for table in tables[1:]:
            one, other = self._cluster(tables[0]), self._cluster(table)
            if one != other:
                self.quotient.merge(one, other)

    def _cluster(self, table: QualifiedName) -> int:
        return self.quotient.cluster_of(self.graph.positions[table])

    def _open_groups(self, homeless: Sequence[tuple[QualifiedName, ...]]) -> None:
        """Place what fits no group: in as few new groups as there can be, one schema in each."""
        opened: list[list[QualifiedName]] = []
        for unit in homeless:
            if self.quotient.is_on_cycle(self._cluster(unit[0])):
                # Alone it would close a cycle of groups: any group is better, best one where it does not.
                candidates = [*self._by_neighbours(unit), *self._candidates(unit)]
                fitting = [each for each in candidates if self._fits(unit, each)]
                if candidates:
                    best = (fitting or candidates)[0]
                    self._settle(unit, best.group, best.reason)
                    continue
            for tables in opened:
                if self._belong_together(unit, tables):
                    self._unite([tables[0], *unit])
                    tables.extend(unit)
                    break
            else:
                opened.append(list(unit))
        known = {self.landscape.territories[table] for table in self.group_of}
        for tables in opened:
            schema = self.landscape.territories[tables[0]]
            if schema in known or not schema:
                kind = Kind.SATELLITES if any(map(self.landscape.references_of, tables)) else Kind.STANDALONE
                name, _ = name_group(self.landscape, Community(kind, tuple(sorted(tables))))
                reason = "no group fits: no key or name that tells joins it to one"
            else:
                name, reason = slug(words_of(schema)), f"no group has tables of schema {one_line(schema)}"
            name = unique_name(name, self.names)
            self.names.add(name)
            self._settle(tables, name, reason)
