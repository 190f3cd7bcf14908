"""Figures about a catalog that several reports show: what each schema holds, and what deserves a look.

Consumed by the baseline and the summary. Nothing is rendered here, and the order of tables comes from
:mod:`pilotage.plan.order`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pilotage.graph import DependencyOrder, analyse
from pilotage.model.catalog import (
    Catalog,
    ConstraintKind,
    FiringState,
    ForeignKey,
    Table,
    TableKind,
    ViewKind,
)
from pilotage.model.names import QualifiedName
from pilotage.plan.order import partition_root
from pilotage.report.escape import terminal_text, visible_identifier, visible_identifiers, visible_name
from pilotage.report.figures import counted

Order = DependencyOrder[QualifiedName]

_NEARLY_EXHAUSTED = 0.75

T = TypeVar("T")
G = TypeVar("G")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFigures:
    """One schema on its own.

    Attributes:
        keys: foreign keys with both ends in the schema; ``keys_out`` those that leave it.
        roots: tables that reference no other table of the schema.
        depth: of the deepest table, counted over keys within the schema.
    """

    name: str
    tables: int
    rows: int
    bytes: int
    index_bytes: int
    keys: int
    keys_out: int
    roots: int
    depth: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the database that a careful colleague would point out, and where it is."""

    statement: str
    objects: tuple[str, ...]


class Census:
    """A catalog and the order of its tables, with what follows from both."""

    def __init__(self, catalog: Catalog, order: Order) -> None:
        self.catalog = catalog
        self.order = order
        self.partition_root = partition_root(catalog)
        self.tables = {table.name: table for table in catalog.tables}

    def depth_of(self, table: QualifiedName) -> int:
        """Return a table's depth; a partition has that of its table."""
        return self.order.depths[self.partition_root[table]]

    @cached_property
    def partitions(self) -> dict[QualifiedName, tuple[Table, ...]]:
        """For each table that has any, all its partitions down to the last level."""
        found: dict[QualifiedName, list[Table]] = defaultdict(list)
        for table in self.catalog.tables:
            root = self.partition_root[table.name]
            if root != table.name:
                found[root].append(table)
        return {root: tuple(tables) for root, tables in found.items()}

    @cached_property
    def keys_of(self) -> dict[QualifiedName, tuple[ForeignKey, ...]]:
        """For each table that has any, the foreign keys that it declares."""
        return _grouped(self.catalog.foreign_keys, lambda key: key.table)

    @cached_property
    def keys_to(self) -> dict[QualifiedName, tuple[ForeignKey, ...]]:
        """For each table that any reference, those foreign keys."""
        return _grouped(self.catalog.foreign_keys, lambda key: key.referenced)

    @cached_property
    def self_references(self) -> dict[QualifiedName, tuple[ForeignKey, ...]]:
        """For each table that references itself, or a partition of itself, the foreign keys that do."""
        root = self.partition_root
        own = (key for key in self.catalog.foreign_keys if root[key.table] == root.get(key.referenced))
        return _grouped(own, lambda key: root[key.table])

    @cached_property
    def unindexed(self) -> tuple[ForeignKey, ...]:
        """The foreign keys whose columns begin no index of their table."""
        return tuple(key for key in self.catalog.foreign_keys if not key.indexed)

    @cached_property
    def leaving_scope(self) -> dict[QualifiedName, tuple[ForeignKey, ...]]:
        """For each table with any, the foreign keys to tables outside the scope."""
        return _grouped(
            (key for key in self.catalog.foreign_keys if key.referenced not in self.tables),
            lambda key: self.partition_root[key.table],
        )

    def rows_of(self, table: QualifiedName) -> int | None:
        """Return a table's rows with those of its partitions; None where any were not counted."""
        counts = [each.rows for each in (self.tables[table], *self.partitions.get(table, ()))]
        known = [rows for rows in counts if rows is not None]
        return sum(known) if len(known) == len(counts) else None

    def size_of(self, table: QualifiedName) -> tuple[int, int]:
        """Return the bytes of a table with its partitions, without and of the indexes."""
        members = (self.tables[table], *self.partitions.get(table, ()))
        return sum(each.bytes for each in members), sum(each.index_bytes for each in members)

    @cached_property
    def totals(self) -> tuple[int, int, int]:
        """Rows, bytes without indexes, and bytes of the indexes, of all tables."""
        tables = self.catalog.tables
        return (
            self.catalog.total_rows,
            sum(table.bytes for table in tables),
            sum(table.index_bytes for table in tables),
        )

    @cached_property
    def largest(self) -> tuple[QualifiedName, ...]:
        """The tables by what they take on disk, largest first; partitions count with their table."""
        return tuple(sorted(self.order.graph.nodes, key=lambda name: (-sum(self.size_of(name)), name)))

    @cached_property
    def schemas(self) -> tuple[SchemaFigures, ...]:
        """The figures of each schema in scope, by name."""
        tables = _grouped(self.catalog.tables, lambda table: table.name.schema)
        keys = _grouped(self.catalog.foreign_keys, lambda key: key.table.schema)
        return tuple(
            self._schema(name, tables.get(name, ()), keys.get(name, ())) for name in self.catalog.scope
        )

    def _schema(self, name: str, tables: Sequence[Table], keys: Sequence[ForeignKey]) -> SchemaFigures:
        roots = {self.partition_root[table.name] for table in tables}
        nodes = {root for root in roots if root.schema == name}
        ends = [
            (self.partition_root[key.table], self.partition_root[key.referenced])
            for key in keys
            if key.referenced.schema == name and key.referenced in self.partition_root
        ]
        own = analyse(nodes, [edge for edge in ends if edge[0] in nodes and edge[1] in nodes])
        return SchemaFigures(
            name=name,
            tables=len(tables),
            rows=sum(table.rows or 0 for table in tables),
            bytes=sum(table.bytes for table in tables),
            index_bytes=sum(table.index_bytes for table in tables),
            keys=len(ends),
            keys_out=len(keys) - len(ends),
            roots=len(own.roots),
            depth=max(len(own.waves) - 1, 0),
        )

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What deserves a look before this database moves, most consequential first."""
        found = (
            *self._findings_about_keys(),
            *self._findings_about_tables(),
            *self._findings_about_row_security(),
            *self._findings_about_others(),
        )
        return tuple(Finding(statement, tuple(objects)) for statement, objects in found if objects)

    def _findings_about_keys(self) -> list[tuple[str, list[str]]]:
        keys = self.catalog.foreign_keys
        return [
            (
                "Foreign keys not validated: the rows may break them.",
                [key_text(key) for key in keys if key.enforced and not key.validated],
            ),
            (
                "Foreign keys not enforced: nothing has ever checked them.",
                [key_text(key) for key in keys if not key.enforced],
            ),
            (
                "Foreign keys to tables outside the scope, which must exist on the target.",
                [key_text(key) for keys in self.leaving_scope.values() for key in keys],
            ),
            (
                "Check constraints not validated: the rows may break them.",
                [
                    f"{visible_identifier(each.name)} on {visible_name(each.on)}"
                    for each in self.catalog.constraints
                    if each.kind is ConstraintKind.CHECK and not each.validated
                ],
            ),
        ]

    def _findings_about_tables(self) -> list[tuple[str, list[str]]]:
        tables = self.catalog.tables
        keyed = {each.on for each in self.catalog.constraints if each.kind is ConstraintKind.PRIMARY_KEY}
        return [
            (
                "Tables without a primary key: differing rows cannot be named.",
                _names(t for t in tables if t.kind is not TableKind.FOREIGN and t.name not in keyed),
            ),
            (
                "Foreign tables: their rows are on other servers and stay there.",
                _names(t for t in tables if t.kind is TableKind.FOREIGN),
            ),
            (
                "Unlogged tables: a crash empties them.",
                _names(t for t in tables if t.persistence == "unlogged"),
            ),
            (
                "Tables whose rows travel as text, which is slower than binary.",
                [
                    f"{visible_name(table.name)} ({terminal_text(reasons[0])})"
                    for table in tables
                    if (reasons := [c.text_only_because for c in table.columns if c.text_only_because])
                ],
            ),
            (
                "Tables that were not counted.",
                _names(t for t in tables if t.rows is None and t.kind is not TableKind.FOREIGN),
            ),
        ]

    def _findings_about_row_security(self) -> list[tuple[str, list[str]]]:
        with_policies = {policy.table for policy in self.catalog.policies}
        return [
            (
                "Row level security is on without any policy: only owners and superusers see rows.",
                _names(t for t in self.catalog.tables if t.row_security and t.name not in with_policies),
            ),
            (
                "Policies without effect: row level security is off.",
                _names(t for t in self.catalog.tables if not t.row_security and t.name in with_policies),
            ),
        ]

    def _findings_about_others(self) -> list[tuple[str, list[str]]]:
        catalog = self.catalog
        return [
            ("Invalid indexes.", [visible_name(index.name) for index in catalog.indexes if not index.valid]),
            (
                "Triggers that do not fire as triggers usually do.",
                [
                    f"{visible_identifier(each.name)} on {visible_name(each.table)} ({each.firing.value})"
                    for each in catalog.triggers
                    if each.firing is not FiringState.ORIGIN
                ],
            ),
            (
                "Event triggers, which only a superuser can create.",
                [visible_identifier(each.name) for each in catalog.event_triggers],
            ),
            (
                "Materialized views without data.",
                [
                    visible_name(view.name)
                    for view in catalog.views
                    if view.kind is ViewKind.MATERIALIZED and not view.populated
                ],
            ),
            (
                f"Sequences of which {_NEARLY_EXHAUSTED:.0%} or more is used.",
                [
                    visible_name(each.name)
                    for each in catalog.sequences
                    if not each.cycles
                    and each.increment > 0
                    and each.last_value - each.minimum >= _NEARLY_EXHAUSTED * (each.maximum - each.minimum)
                ],
            ),
        ]


def key_text(key: ForeignKey) -> str:
    """Return a foreign key by its ends: ``public.hotels(tenant_id) → public.tenants(id)``."""
    return (
        f"{visible_name(key.table)}({visible_identifiers(key.columns)}) → "
        f"{visible_name(key.referenced)}({visible_identifiers(key.referenced_columns)})"
    )


def inventory(catalog: Catalog) -> tuple[str, ...]:
    """Return what there is besides tables, each kind with its count: ``3 views``, ``12 functions``."""
    views = sum(view.kind is ViewKind.VIEW for view in catalog.views)
    kinds = (
        (len(catalog.indexes), "index", "indexes"),
        (views, "view", "views"),
        (len(catalog.views) - views, "materialized view", "materialized views"),
        (len(catalog.sequences), "sequence", "sequences"),
        (len(catalog.routines), "function", "functions"),
        (len(catalog.types), "type", "types"),
        (len(catalog.triggers), "trigger", "triggers"),
        (len(catalog.rules), "rule", "rules"),
        (len(catalog.policies), "policy", "policies"),
        (len(catalog.event_triggers), "event trigger", "event triggers"),
        (len(catalog.extensions), "extension", "extensions"),
        (catalog.server.large_objects, "large object", "large objects"),
    )
    return tuple(counted(number, one, many) for number, one, many in kinds if number)


def _names(tables: Iterable[Table]) -> list[str]:
    return [visible_name(table.name) for table in tables]


def _grouped(items: Iterable[T], of: Callable[[T], G]) -> dict[G, tuple[T, ...]]:
    groups: dict[G, list[T]] = defaultdict(list)
    for item in items:
        groups[of(item)].append(item)
    return {group: tuple(members) for group, members in groups.items()}
