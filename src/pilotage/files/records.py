"""What a data file is made from, and what came of writing it.

Made by whoever calls :func:`~pilotage.files.data.write_data_files`, and by it. No SQL here.
"""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Catalog, ExtensionSequence, ForeignKey, Generated, Sequence, Table
from pilotage.model.names import QualifiedName
from pilotage.model.review import Component, KeyTreatment, LoadStrategy


class TableData(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows a data file brings.

    Attributes:
        table: a partitioned table stands for all its partitions, which then are not listed themselves.
        component: None where the table references neither itself nor another that references it.
        ancestors: the partitioned tables that it is a partition of: their foreign keys are its own.
        extension: whose own table it is; empty for a user's.
        condition: which of an extension's rows users wrote, ``WHERE …``; empty for all.
    """

    table: Table
    component: Component | None = None
    ancestors: tuple[QualifiedName, ...] = ()
    extension: str = ""
    condition: str = ""

    @property
    def name(self) -> QualifiedName:
        """The table's name."""
        return self.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that hold data of their own: those that the server generates are left out."""
        return tuple(column.name for column in self.table.columns if column.generated is Generated.NO)

    @property
    def strategy(self) -> LoadStrategy:
        """How its rows get in."""
        return self.component.strategy if self.component else LoadStrategy.PLAIN

    @property
    def treated_keys(self) -> tuple[KeyTreatment, ...]:
        """The foreign keys of this table that its strategy acts on."""
        if self.component is None:
            return ()
        own = {self.name, *self.ancestors}
        return tuple(key for key in self.component.keys if key.treated and key.table in own)

    @property
    def set_null(self) -> tuple[str, ...]:
        """The columns that are NULL in the first pass of ``two-pass``, in the table's order."""
        if self.strategy is not LoadStrategy.TWO_PASS:
            return ()
        treated = {column for key in self.treated_keys for column in key.set_null}
        return tuple(column for column in self.columns if column in treated)

    @property
    def match_columns(self) -> tuple[str, ...]:
        """The columns by which the second pass of ``two-pass`` finds its rows."""
        return next((key.match_columns for key in self.treated_keys if key.set_null), ())

    @property
    def may_split(self) -> bool:
        """Whether another file may begin between two of its rows."""
        if self.extension:
            return False
        if self.component is None:
            return True
        return self.component.may_split and self.strategy not in {
            LoadStrategy.ONE_STATEMENT,
            LoadStrategy.DEFERRED,
            LoadStrategy.DROP_AND_RESTORE,
        }


def data_of(catalog: Catalog, name: QualifiedName, component: Component | None = None) -> TableData:
    """Return a table of the catalog as a data file brings it."""
    tables = {table.name: table for table in catalog.tables}
    ancestors: list[QualifiedName] = []
    parent = tables[name].partition_of
    while parent is not None:
        ancestors.append(parent)
        parent = tables[parent].partition_of if parent in tables else None
    return TableData(table=tables[name], component=component, ancestors=tuple(ancestors))


class NeededTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that must stand before a file runs, though the file does not load it.

    Attributes:
        has_rows: whether it must hold rows: it has some on the source.
        file: the file that brings it, for the message.
    """

    table: Table
    has_rows: bool
    file: str


class WrittenTable(msgspec.Struct, frozen=True, kw_only=True):
    """What one file, or all files together, bring of a table.

    Attributes:
        checksum: the sum of its rows' hashes; see :mod:`pilotage.files.checksums`.
        earlier_rows: what earlier files brought of it.
        extension, condition: as in :class:`TableData`.
    """

    table: Table
    columns: tuple[str, ...]
    rows: int
    checksum: int
    earlier_rows: int = 0
    extension: str = ""
    condition: str = ""


class WrittenFile(msgspec.Struct, frozen=True, kw_only=True):
    """A data file as it was written.

    Attributes:
        sha256: of its content, in hexadecimal.
    """

    name: str
    tables: tuple[WrittenTable, ...]
    bytes: int
    sha256: str


class WrittenData(msgspec.Struct, frozen=True, kw_only=True):
    """All data files of a group.

    Attributes:
        tables: every table's rows and checksum when all files have run.
        sequences: those that the last file sets.
    """

    files: tuple[WrittenFile, ...]
    tables: tuple[WrittenTable, ...]
    sequences: tuple[Sequence | ExtensionSequence, ...]


class RestoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key that a file drops before its rows and adds again after them, with its comment."""

    key: ForeignKey
    comment: str | None
