"""Which tables the statements of a step lock, and how.

Consumed by the building of a plan. Modes are those of PostgreSQL's documentation for each statement; an
acceptance test compares them with what servers hold.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.archive import ArchiveEntry
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AddConstraint, AddForeignKey, BuildIndex, Step
from pilotage.plan.relations import Relations


def locks_of_index(relations: Relations, entry: ArchiveEntry, table: QualifiedName) -> tuple[TableLock, ...]:
    """Return the locks of building an index, or of attaching a partition's."""
    if entry.kind == "INDEX ATTACH":
        return _locks_of_attaching(relations, table)
    modes = [LockMode.SHARE]
    # A definition may go on with ALTER TABLE.
    if " CLUSTER ON " in entry.definition:
        modes.append(LockMode.SHARE_UPDATE_EXCLUSIVE)
    if " REPLICA IDENTITY " in entry.definition:
        modes.append(LockMode.ACCESS_EXCLUSIVE)
    return relations.alone(table, *modes)


def locks_of_constraint(
    relations: Relations, entry: ArchiveEntry, table: QualifiedName
) -> tuple[TableLock, ...]:
    """Return the locks of adding a constraint other than a foreign key."""
    if entry.kind == "CHECK CONSTRAINT":
        return relations.with_partitions(LockMode.ACCESS_EXCLUSIVE, *relations.with_heirs(table))
    return relations.alone(table, LockMode.ACCESS_EXCLUSIVE)


def _locks_of_attaching(relations: Relations, partition: QualifiedName) -> tuple[TableLock, ...]:
    known = relations.tables.get(partition)
    parent = known.partition_of if known is not None else None
    if parent is None or parent != relations.root.get(partition):
        # With the last partition's, the index between becomes valid, and then the one at the top.
        return relations.with_partitions(LockMode.ACCESS_EXCLUSIVE, partition)
    # The index at the top is what is locked in this mode; the table stands for it.
    return (
        *relations.alone(parent, LockMode.SHARE_UPDATE_EXCLUSIVE),
        *relations.alone(partition, LockMode.ACCESS_SHARE),
    )


def locks_of_definition(relations: Relations, needed: Iterable[Step]) -> tuple[TableLock, ...]:
    """Return the locks of a definition that stands among rows and indexes: it reads what it names."""
    tables: set[QualifiedName] = set()
    for step in needed:
        match step:
            case BuildIndex(table=table) | AddConstraint(table=table) | AddForeignKey(table=table):
                tables.add(table)
            case _:
                pass
    return tuple(lock for table in sorted(tables) for lock in relations.alone(table, LockMode.ACCESS_SHARE))
