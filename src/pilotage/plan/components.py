"""Components: tables that reference themselves or each other, found before anybody decides how to load them.

Consumed by the choice of load strategies. Only facts that follow from the catalog and the data format belong
here: which keys, which tables, what fits into one statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pilotage.catalog.partitions import partition_root
from pilotage.graph import Condensation, Digraph, topological_order
from pilotage.model.catalog import Catalog, ForeignKey, TableKind
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName

ROWS_PER_INSERT = 1000
"""Rows of one ``INSERT … VALUES`` statement, at most: short enough for any program that runs SQL."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key between the topmost tables of its two ends."""

    referencing: QualifiedName
    referenced: QualifiedName
    key: ForeignKey

    @property
    def is_self_reference(self) -> bool:
        """Whether both ends are one table, or partitions of one."""
        return self.referencing == self.referenced


@dataclass(frozen=True)
class LinkedTables:
    """The tables of one component and the keys among them.

    Attributes:
        tables: sorted, partitions counted as their topmost table.
        edges: sorted by table and name of their keys.
    """

    tables: tuple[QualifiedName, ...]
    edges: tuple[Edge, ...]

    @property
    def is_single(self) -> bool:
        """Whether it is one table that references itself."""
        return len(self.tables) == 1

    @property
    def self_references(self) -> tuple[Edge, ...]:
        """The edges from a table to itself."""
        return tuple(edge for edge in self.edges if edge.is_self_reference)

    @property
    def links(self) -> tuple[Edge, ...]:
        """The edges between two tables."""
        return tuple(edge for edge in self.edges if not edge.is_self_reference)

    def order_without(self, treated: Collection[Edge]) -> tuple[QualifiedName, ...]:
        """Return the tables, referenced first, as if these edges were not there.

        Raises:
            CycleError: the other edges form a cycle.
        """
        gone = set(treated)
        return topological_order(
            self.tables, ((edge.referencing, edge.referenced) for edge in self.links if edge not in gone)
        )


def find_components(
    catalog: Catalog, deferred_keys: Collection[tuple[QualifiedName, str]] = ()
) -> Iterator[LinkedTables]:
    """Yield the components that have an edge inside, referenced ones first.

    Keys that are not enforced hold nothing up, and keys to tables outside of the scope order nothing. A key
    that is not validated counts: NOT VALID spares the rows that are there, not those that come.

    Args:
        catalog: what there is.
        deferred_keys: tables and names of keys that are created after the data.
    """
    edges = list(edges_of(catalog, deferred_keys))
    nodes = set(partition_root(catalog).values())
    condensation = Condensation.of(Digraph.of(nodes, ((edge.referencing, edge.referenced) for edge in edges)))
    inside: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        number = condensation.numbers[edge.referencing]
        if number == condensation.numbers[edge.referenced]:
            inside[number].append(edge)
    for number, tables in enumerate(condensation.components):
        if number in inside:
            yield LinkedTables(
                tables=tables,
                edges=tuple(sorted(inside[number], key=lambda edge: (edge.key.table, edge.key.name))),
            )


def edges_of(catalog: Catalog, deferred_keys: Collection[tuple[QualifiedName, str]]) -> Iterator[Edge]:
    """Yield the foreign keys that are enforced while rows come, between tables in scope."""
    root = partition_root(catalog)
    for key in catalog.foreign_keys:
        if (
            key.enforced
            and (key.table, key.name) not in deferred_keys
            and key.table in root
            and key.referenced in root
        ):
            yield Edge(root[key.table], root[key.referenced], key)


@dataclass(frozen=True)
class Statements:
    """What one statement of a data file can bring.

    Attributes:
        rows: of each topmost table; None where they were not counted.
        bytes: of each topmost table with all its partitions, as the source stores it: near enough to what a
            file will hold, for a limit that is a matter of convenience.
        partitioned: the topmost tables that have partitions.
    """

    data_format: DataFormat
    split_bytes: int
    rows: Mapping[QualifiedName, int | None]
    bytes: Mapping[QualifiedName, int]
    partitioned: frozenset[QualifiedName]

    @classmethod
    def of(cls, catalog: Catalog, data_format: DataFormat, split_bytes: int) -> Statements:
        """Add up partitions."""
        root = partition_root(catalog)
        rows: dict[QualifiedName, int | None] = {}
        size: defaultdict[QualifiedName, int] = defaultdict(int)
        for table in catalog.tables:
            before = rows.get(root[table.name], 0)
            rows[root[table.name]] = None if before is None or table.rows is None else before + table.rows
            size[root[table.name]] += table.bytes
        return cls(
            data_format=data_format,
            split_bytes=split_bytes,
            rows=rows,
            bytes=size,
            partitioned=frozenset(
                table.name for table in catalog.tables if table.kind is TableKind.PARTITIONED
            ),
        )

    def is_one(self, table: QualifiedName) -> bool:
        """Whether the table is one statement in a file that is not split.

        COPY has no limit. A partitioned table is copied into as a whole: its rows find their partitions, and
        the keys are checked at the end of that one statement.
        """
        if self.data_format is DataFormat.COPY:
            return True
        rows = self.rows[table]
        return rows is not None and rows <= ROWS_PER_INSERT

    def is_one_within_limit(self, table: QualifiedName) -> bool:
        """Whether the table is one statement, and no larger than a file should be."""
        return self.is_one(table) and self.bytes[table] <= self.split_bytes


def names_of(edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return the names of the edges' keys."""
    return tuple(edge.key.name for edge in edges)
