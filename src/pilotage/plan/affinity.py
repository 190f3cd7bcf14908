"""How much two tables have to do with each other: foreign keys, discounted where all use them, and names.

Consumed by inference and by the placing of tables that no group lists. Weights are whole numbers, so that
sums do not depend on the order in which they are made.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import isqrt

from pilotage.graph import DependencyOrder
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.order import order_tables, partition_root

KEY_WEIGHT = 1000
"""Of a foreign key to a table that nothing else references; the others are measured against it."""

NAME_WEIGHT = 700
"""Of sharing the first word with the tables that share it, taken together: less than a key of one's own."""

HUB_DEPENDENTS = 5, 25
"""A table is a hub when a quarter of all tables reference it, but at least and at most so many."""

ALL_PAIRS = 16
"""Up to so many tables of one first word, each is joined to each; beyond, to its neighbours by name."""

_WORD = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Landscape:
    """The tables as inference sees them: partitions are part of their root, schemas are territories.

    Attributes:
        partitions: for each table that has some, its partitions at every level, sorted.
        hubs: the tables that so many reference that a reference to them tells nothing.
        territories: for each table, its schema; empty for those of the smallest schemas where these are many.
        words: for each table, the words of its name in the singular, without those that all begin with.
    """

    order: DependencyOrder[QualifiedName]
    partitions: Mapping[QualifiedName, tuple[QualifiedName, ...]]
    hubs: frozenset[QualifiedName]
    territories: Mapping[QualifiedName, str]
    words: Mapping[QualifiedName, tuple[str, ...]]

    @classmethod
    def of(cls, catalog: Catalog) -> Landscape:
        """Survey the catalog's tables."""
        order = order_tables(catalog)
        partitions: defaultdict[QualifiedName, list[QualifiedName]] = defaultdict(list)
        for table, root in partition_root(catalog).items():
            if table != root:
                partitions[root].append(table)
        least, most = HUB_DEPENDENTS
        enough = max(least, min(most, -(-len(order.graph.nodes) // 4)))
        territories = _territories(order.graph.nodes)
        return cls(
            order=order,
            partitions={root: tuple(sorted(tables)) for root, tables in partitions.items()},
            hubs=frozenset(table for table, count in order.direct_dependents.items() if count >= enough),
            territories=territories,
            words=_telling_words(order.graph.nodes, territories),
        )

    @property
    def tables(self) -> tuple[QualifiedName, ...]:
        """All tables but partitions, sorted."""
        return self.order.graph.nodes

    def references_of(self, table: QualifiedName) -> tuple[QualifiedName, ...]:
        """Return the other tables that the table references, sorted."""
        return self.order.graph.references_of(table)

    def dependents_of(self, table: QualifiedName) -> tuple[QualifiedName, ...]:
        """Return the other tables that reference the table directly, sorted."""
        return self.order.graph.direct_dependents_of(table)

    def key_weight(self, referenced: QualifiedName) -> int:
        """Return what a reference to the table tells: the less, the more tables there are that make it."""
        if referenced in self.hubs:
            return 0
        return KEY_WEIGHT * 1000 // isqrt(1_000_000 * max(1, self.order.direct_dependents[referenced]))

    def shared_words(self, one: QualifiedName, other: QualifiedName) -> int:
        """Return how many words both names begin with."""
        count = 0
        for left, right in zip(self.words[one], self.words[other], strict=False):
            if left != right:
                break
            count += 1
        return count

    def affinities(self) -> Iterator[tuple[QualifiedName, QualifiedName, int]]:
        """Yield pairs of tables of one territory and a weight; a pair may come more than once."""
        for table in self.tables:
            for referenced in self.references_of(table):
                weight = self.key_weight(referenced)
                if weight and self.territories[table] == self.territories[referenced]:
                    yield table, referenced, weight
        named: defaultdict[tuple[str, str], list[QualifiedName]] = defaultdict(list)
        for table in self.tables:
            if self.words[table] and table not in self.hubs:
                named[self.territories[table], self.words[table][0]].append(table)
        for tables in named.values():
            yield from self._name_affinities(tables)

    def _name_affinities(
        self, tables: list[QualifiedName]
    ) -> Iterator[tuple[QualifiedName, QualifiedName, int]]:
        tables.sort(key=lambda table: (self.words[table], table))
        pairs = combinations(tables, 2) if len(tables) <= ALL_PAIRS else pairwise(tables)
        others = min(len(tables) - 1, 2) if len(tables) > ALL_PAIRS else len(tables) - 1
        for one, other in pairs:
            yield one, other, NAME_WEIGHT * self.shared_words(one, other) // others


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: ``OrderItems`` and ``order_items`` have the same two."""
    return tuple(word.lower() for word in _WORD.findall(_CAMEL.sub("_", name)))


def singular(word: str) -> str:
    """Return the word without an English plural ending; the same for both forms, if not always a word."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _territories(tables: Sequence[QualifiedName]) -> dict[QualifiedName, str]:
    """Return each table's schema, or nothing for schemas of one or two tables where there are over two.

    A schema is the first thing that people divide tables by. But a group for each of twenty schemas with one
    table in each is no help.
    """
    sizes = Counter(table.schema for table in tables)
    tiny = {schema for schema, size in sizes.items() if size <= 2}
    if len(tiny) <= 2:
        tiny = set()
    return {table: "" if table.schema in tiny else table.schema for table in tables}


def _telling_words(
    tables: Sequence[QualifiedName], territories: Mapping[QualifiedName, str]
) -> dict[QualifiedName, tuple[str, ...]]:
    """Return the words of each name, without leading words that most names of its territory share."""
    words = {table: tuple(singular(word) for word in words_of(table.name)) for table in tables}
    inhabitants: defaultdict[str, list[QualifiedName]] = defaultdict(list)
    for table in tables:
        inhabitants[territories[table]].append(table)
    for members in inhabitants.values():
        while len(members) >= 4:
            first = Counter(words[table][0] for table in members if words[table])
            word, count = max(first.items(), key=lambda item: (item[1], item[0]), default=("", 0))
            if count * 5 < len(members) * 3:
                break
            shortened = [table for table in members if words[table][:1] == (word,) and len(words[table]) > 1]
            if not shortened:
                break
            for table in shortened:
                words[table] = words[table][1:]
    return words
