"""What every file is made from: the plan, the catalog, and lookups over both.

Made once by whoever generates the files; consumed by the writers of schema files, validation and rollback.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from pilotage.catalog.partitions import partition_root
from pilotage.files.objects import CreatedObject, created_by, created_by_fix
from pilotage.files.standing import standing_change
from pilotage.model.catalog import Catalog, ExtensionTable, Table, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.plan import ApplyFix, Group, LoadTable, Plan, RunDdl, Step
from pilotage.model.review import FileKind, PlannedFile

Column: TypeAlias = tuple[QualifiedName, str]
"""A table and the name of a column."""


@dataclasses.dataclass(frozen=True)
class Material:
    """A plan, the catalog that it was made from, and what the source said besides.

    Attributes:
        probe: see :func:`~pilotage.files.guards.guard_server`.
    """

    plan: Plan
    catalog: Catalog
    probe: int

    @functools.cached_property
    def tables(self) -> Mapping[QualifiedName, Table]:
        """The catalog's tables by name."""
        return {table.name: table for table in self.catalog.tables}

    @functools.cached_property
    def extension_tables(self) -> Mapping[QualifiedName, ExtensionTable]:
        """Extensions' own tables whose rows users write, by name."""
        return {each.table.name: each for each in self.catalog.extension_tables}

    @functools.cached_property
    def _tables_by_text(self) -> Mapping[str, Table]:
        return {str(name): table for name, table in self.tables.items()}

    @functools.cached_property
    def roots(self) -> Mapping[QualifiedName, QualifiedName]:
        """For every table the topmost table that it is a partition of, or itself."""
        return partition_root(self.catalog)

    @functools.cached_property
    def _steps(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.plan.steps}

    @functools.cached_property
    def files(self) -> Mapping[str, PlannedFile]:
        """The planned files by name."""
        return {file.name: file for file in self.plan.files}

    @functools.cached_property
    def _created(self) -> Mapping[str, tuple[CreatedObject, ...]]:
        return {file.name: tuple(self._objects_of(file)) for file in self.plan.files}

    def steps_of(self, file: PlannedFile) -> tuple[Step, ...]:
        """Return a file's steps, in order."""
        return tuple(self._steps[step] for step in file.steps)

    def _objects_of(self, file: PlannedFile) -> Iterator[CreatedObject]:
        seen: set[str] = set()
        for step in self.steps_of(file):
            if isinstance(step, ApplyFix):
                yield from created_by_fix(step)
            # The schema public is nobody's to create.
            created = created_by(step) if standing_change(step) is None else None
            # A view that pg_dump defines in two steps is one object.
            if created is not None and created.described not in seen:
                seen.add(created.described)
                yield created

    def created_in(self, file: PlannedFile) -> tuple[CreatedObject, ...]:
        """Return what a file creates, in order."""
        return self._created[file.name]

    def tables_created_in(self, file: PlannedFile) -> tuple[Table, ...]:
        """Return the tables that a file creates, in order."""
        return tuple(
            self._tables_by_text[each.name]
            for each in self.created_in(file)
            if each.kind in {"table", "foreign table"} and each.name in self._tables_by_text
        )

    def tables_loaded_in(self, file: PlannedFile) -> tuple[Table, ...]:
        """Return the tables of users whose rows a data file brings, in order."""
        loads = (step.table for step in self.steps_of(file) if isinstance(step, LoadTable))
        return tuple(self.tables[name] for name in loads if name in self.tables)

    def schema_files(self) -> tuple[PlannedFile, ...]:
        """Return the files that create tables, in order."""
        return tuple(file for file in self.plan.files if file.kind is FileKind.SCHEMA)

    def group_of(self, file: PlannedFile) -> Group | None:
        """Return the group that a file belongs to."""
        return next((group for group in self.plan.groups if group.name == file.group), None)

    @functools.cached_property
    def signatures(self) -> Mapping[str, tuple[Column, ...]]:
        """Columns whose rows in pg_attribute a schema file writes again, in a subtransaction.

        By these, rollback tells the tables of a file from those that somebody else created in one go.
        The first and the last column that it creates, of those whose rows no other file writes.
        """
        granted = {step.object for step in self.plan.steps if isinstance(step, RunDdl) and step.kind == "ACL"}
        signatures: dict[str, tuple[Column, ...]] = {}
        for file in self.schema_files():
            columns = [
                (table, column)
                for table, column in self._columns_of(file)
                if f"{table.schema} COLUMN {table.name}.{column}" not in granted
            ]
            if columns:
                signatures[file.name] = tuple(dict.fromkeys([columns[0], columns[-1]]))
        return signatures

    @functools.cached_property
    def marks(self) -> Mapping[str, Column]:
        """A column whose row in pg_attribute is written again by a file that alters what was there before.

        By that, rollback knows when the file ran; what schema files create tells that without. It is of the
        file's own group, where it has one, and no other file uses it.
        """
        used = {column for signature in self.signatures.values() for column in signature}
        marks: dict[str, Column] = {}
        for file in self.plan.files:
            if file.kind is FileKind.SCHEMA or not any(map(_alters, self.steps_of(file))):
                continue
            free = (
                column
                for schema in self.schema_files()
                if file.group in {"", schema.group}
                for column in self._columns_of(schema)
                if column not in used
            )
            if (chosen := next(free, None)) is not None:
                marks[file.name] = chosen
                used.add(chosen)
        return marks

    def _columns_of(self, file: PlannedFile) -> Iterator[Column]:
        for table in self.tables_created_in(file):
            if table.kind is TableKind.TABLE:
                yield from ((table.name, column.name) for column in table.columns)


def _alters(step: Step) -> bool:
    """Whether a step alters what was there before its file."""
    return isinstance(step, ApplyFix) or standing_change(step) is not None
