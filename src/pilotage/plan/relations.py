"""The relations of a catalog by name, and what a step locks that alters one.

Consumed by the building of a plan and by the translation of archive entries. Nothing is decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pilotage.model.catalog import Catalog, Table, TableKind
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName


class Relations:
    """Tables, their partitions, and indexes.

    Attributes:
        tables: by name.
        root: for every table the topmost table that it is a partition of, or itself.
    """

    def __init__(self, catalog: Catalog, root: Mapping[QualifiedName, QualifiedName]) -> None:
        self.tables: Mapping[QualifiedName, Table] = {table.name: table for table in catalog.tables}
        self.root = root
        self.indexes = {index.name: index for index in catalog.indexes}
        self._leaves: dict[QualifiedName, list[QualifiedName]] = defaultdict(list)
        self._heirs: dict[QualifiedName, list[QualifiedName]] = defaultdict(list)
        for table in catalog.tables:
            for heir_of in table.inherits:
                self._heirs[heir_of].append(table.name)
            if table.kind is TableKind.PARTITIONED:
                continue
            above: QualifiedName | None = table.name
            while above is not None:
                self._leaves[above].append(table.name)
                parent = self.tables.get(above)
                above = parent.partition_of if parent is not None else None

    def leaves(self, table: QualifiedName) -> Sequence[QualifiedName]:
        """Return the tables whose rows are the table's rows: itself, or its leaf partitions."""
        return self._leaves.get(table, ())

    def has_rows(self, table: QualifiedName) -> bool:
        """Tell whether any row was counted in the table or in its partitions."""
        return any(self.tables[leaf].rows for leaf in self.leaves(table))

    def has_foreign_rows(self, table: QualifiedName) -> bool:
        """Tell whether some of the table's rows are another server's."""
        return any(self.tables[leaf].kind is TableKind.FOREIGN for leaf in self.leaves(table))

    def with_heirs(self, table: QualifiedName) -> Iterator[QualifiedName]:
        """Yield a table and all that inherit from it, partitions aside."""
        found = {table: None}
        for name in (pending := [table]):
            yield name
            pending += [heir for heir in self._heirs[name] if heir not in found]
            found.update(dict.fromkeys(self._heirs[name]))

    def alone(self, table: QualifiedName, *modes: LockMode) -> tuple[TableLock, ...]:
        """Return the locks of a step on one table: of a partitioned one or a partition that alone."""
        topmost = self.root.get(table, table)
        partition_of = topmost if topmost != table else None
        return tuple(TableLock(table=table, mode=mode, partition_of=partition_of) for mode in modes)

    def with_partitions(self, mode: LockMode, *tables: QualifiedName) -> tuple[TableLock, ...]:
        """Return the locks of a step on tables with all that is above and below them."""
        topmost = sorted({self.root.get(table, table) for table in tables})
        return tuple(
            TableLock(table=table, mode=mode, with_partitions=self._is_partitioned(table))
            for table in topmost
        )

    def _is_partitioned(self, table: QualifiedName) -> bool:
        known = self.tables.get(table)
        return known is not None and known.kind is TableKind.PARTITIONED
