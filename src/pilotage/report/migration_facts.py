"""What every section of the migration's document looks up: names as they are shown, groups, files, steps.

Consumed by :mod:`pilotage.report.migration_order` and the modules of its sections. Nothing is rendered here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from types import MappingProxyType

from pilotage.model.catalog import Catalog, ForeignKey, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group, LoadTable, Plan, Step
from pilotage.model.review import FileFigures, FileKind, PlannedFile, SelfReferenceShape
from pilotage.report.census import Census, Order
from pilotage.report.escape import (
    markdown_code,
    short_names,
    visible_identifier,
    visible_identifiers,
    visible_name,
)

_PART = re.compile(r"(\d+)[a-z]+(-.*)")


class MigrationFacts:
    """A plan with the catalog that it was made from, the order of its tables, and what was written."""

    def __init__(
        self,
        plan: Plan,
        catalog: Catalog,
        order: Order,
        *,
        written: Sequence[FileFigures] | None = None,
        shapes: Mapping[QualifiedName, SelfReferenceShape] = MappingProxyType({}),
    ) -> None:
        self.plan = plan
        self.catalog = catalog
        self.order = order
        self.census = Census(catalog, order)
        self.written = written
        self.shapes = shapes
        self.steps: Mapping[str, Step] = {step.id: step for step in plan.steps}
        self.groups: Mapping[str, Group] = {group.name: group for group in plan.groups}
        self.number_of = {group.name: number for number, group in enumerate(plan.groups, 1)}
        self.group_of = {table: group.name for group in plan.groups for table in group.tables}
        short = len(catalog.scope) == 1
        names = short_names(self.census.tables) if short else {}
        self._shown = {name: names.get(name, visible_name(name)) for name in self.census.tables}
        self._parts: dict[str, list[FileFigures]] = defaultdict(list)
        for figures in written or ():
            part = _PART.fullmatch(figures.name)
            self._parts["".join(part.groups()) if part else figures.name].append(figures)

    # -- names -----------------------------------------------------------------------------------------------

    def name(self, table: QualifiedName) -> str:
        """Return a table's name as text; without its schema where the scope is one schema, its own."""
        return self._shown.get(table) or visible_name(table)

    def code(self, table: QualifiedName) -> str:
        """Return a table's name for Markdown."""
        return markdown_code(self.name(table))

    def codes(self, tables: Iterable[QualifiedName]) -> str:
        """Return tables' names for Markdown, separated by commas."""
        return ", ".join(map(self.code, tables))

    def key(self, key: ForeignKey) -> str:
        """Return a foreign key as text: ``units.(tenant_id, hotel_id) → hotels``."""
        return f"{self.name(key.table)}.{columns_text(key.columns)} → {self.name(key.referenced)}"

    def reason(self, text: str) -> str:
        """Return a dependency that planning names, with tables as this document shows them."""
        return self._reasons.get(text, text)

    @cached_property
    def _reasons(self) -> dict[str, str]:
        root = self.census.partition_root
        return {
            f"{root[key.table]}.{_raw_columns(key.columns)} → {root[key.referenced]}": (
                f"{self.name(root[key.table])}.{columns_text(key.columns)} → "
                f"{self.name(root[key.referenced])}"
            )
            for key in self.catalog.foreign_keys
            if key.table in root and key.referenced in root
        }

    def title(self, group: str) -> str:
        """Return a group's title as text, or its name where there is no such group."""
        found = self.groups.get(group)
        return found.title if found is not None and found.title else group

    # -- tables and keys -------------------------------------------------------------------------------------

    def roots_of(self, group: Group) -> tuple[QualifiedName, ...]:
        """Return a group's tables without their partitions, in the order in which they load."""
        root = self.census.partition_root
        return tuple(table for table in group.tables if root.get(table) == table)

    @cached_property
    def roots(self) -> tuple[QualifiedName, ...]:
        """All tables without their partitions, in the order of the groups and within each."""
        return tuple(table for group in self.plan.groups for table in self.roots_of(group))

    @cached_property
    def partitions(self) -> int:
        """How many tables are partitions of others."""
        return sum(map(len, self.census.partitions.values()))

    def rows_of(self, tables: Iterable[QualifiedName]) -> int:
        """Return the rows of tables with those of their partitions; what was not counted counts nothing."""
        return sum(self.census.rows_of(table) or 0 for table in tables)

    def is_counted(self, table: QualifiedName) -> bool:
        """Tell whether all rows of a table were counted, so that a count can be compared."""
        return self.census.rows_of(table) is not None

    @cached_property
    def foreign_tables(self) -> tuple[QualifiedName, ...]:
        """Tables whose rows are on other servers and stay there."""
        return tuple(table.name for table in self.catalog.tables if table.kind is TableKind.FOREIGN)

    @cached_property
    def inherited(self) -> frozenset[QualifiedName]:
        """Tables from which others inherit, other than by partitioning."""
        return frozenset(parent for table in self.catalog.tables for parent in table.inherits)

    @cached_property
    def keys_within(self) -> tuple[ForeignKey, ...]:
        """The foreign keys with both ends in scope."""
        tables = self.census.tables
        return tuple(key for key in self.catalog.foreign_keys if key.referenced in tables)

    def keys_of(self, tables: Iterable[QualifiedName]) -> tuple[ForeignKey, ...]:
        """Return the foreign keys that tables or their partitions declare."""
        return tuple(key for table in sorted(tables) for key in self._keys_by_root.get(table, ()))

    @cached_property
    def _keys_by_root(self) -> Mapping[QualifiedName, list[ForeignKey]]:
        found: dict[QualifiedName, list[ForeignKey]] = defaultdict(list)
        for key in self.catalog.foreign_keys:
            found[self.census.partition_root[key.table]].append(key)
        return found

    @cached_property
    def in_cycles(self) -> frozenset[QualifiedName]:
        """The tables that reference each other in a circle."""
        return frozenset(chain.from_iterable(self.order.cycles))

    @cached_property
    def loads(self) -> Mapping[QualifiedName, LoadTable]:
        """The step that loads each table."""
        return {step.table: step for step in self.plan.steps if isinstance(step, LoadTable)}

    @cached_property
    def deferred_keys(self) -> frozenset[tuple[QualifiedName, str]]:
        """The foreign keys that no order of the groups can hold, by table and name."""
        order = self.plan.order
        return frozenset((key.table, key.constraint) for key in order.deferred_keys) if order else frozenset()

    @cached_property
    def critical_from(self) -> int:
        """How many tables must wait for one, directly or not, for it to be called critical."""
        return max(5, len(self.order.graph.nodes) // 10)

    def is_critical(self, table: QualifiedName) -> bool:
        """Tell whether so many tables wait for this one that it is called critical."""
        return self.order.all_dependents[table] >= self.critical_from

    # -- files -----------------------------------------------------------------------------------------------

    @cached_property
    def files_of_group(self) -> Mapping[str, tuple[PlannedFile, ...]]:
        """For each group, its files in the order in which they run."""
        found: dict[str, list[PlannedFile]] = defaultdict(list)
        for file in self.plan.files:
            found[file.group].append(file)
        return {group: tuple(files) for group, files in found.items()}

    @cached_property
    def file_of_step(self) -> Mapping[str, PlannedFile]:
        """For each step, the file that holds it."""
        return {step: file for file in self.plan.files for step in file.steps}

    def written_as(self, file: PlannedFile) -> tuple[FileFigures, ...]:
        """Return the files that a planned one became, several where it was split; none before writing."""
        return tuple(sorted(self._parts.get(file.name, ()), key=lambda part: part.name))

    def steps_in(self, file: PlannedFile) -> tuple[Step, ...]:
        """Return the steps of a file, in the order in which they run."""
        return tuple(self.steps[step] for step in file.steps if step in self.steps)

    @cached_property
    def _group_of_data_file(self) -> Mapping[str, str]:
        return {file.name: file.group for file in self.plan.files if file.kind is FileKind.DATA}

    @cached_property
    def waiting_groups(self) -> Mapping[str, tuple[str, ...]]:
        """For each group, those that can only load after it, in order."""
        waiting: dict[str, list[str]] = defaultdict(list)
        for group in self.plan.groups:
            for needed in self.needed_groups(group):
                waiting[needed].append(group.name)
        return {name: tuple(others) for name, others in waiting.items()}

    def needed_groups(self, group: Group) -> tuple[str, ...]:
        """Return the groups that must load before this one, in order."""
        data = [file for file in self.files_of_group.get(group.name, ()) if file.kind is FileKind.DATA]
        if data:
            groups = self._group_of_data_file
            needed = {groups[name] for file in data for name in file.needs if name in groups}
        else:
            needed = {
                self.group_of[key.referenced]
                for key in self.keys_of(self.roots_of(group))
                if key.referenced in self.group_of and (key.table, key.name) not in self.deferred_keys
            }
        return tuple(sorted(needed - {group.name}, key=lambda name: self.number_of[name]))


def columns_text(columns: tuple[str, ...]) -> str:
    """Return a key's columns as text: ``tenant_id``, ``(tenant_id, hotel_id)``."""
    return visible_identifier(columns[0]) if len(columns) == 1 else f"({visible_identifiers(columns)})"


def _raw_columns(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
