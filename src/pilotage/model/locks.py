"""PostgreSQL's locks on tables: their modes, and which of them conflict.

Made by planning, consumed by the agenda and by reports. The table of conflicts is PostgreSQL's own, from its
documentation, 13.3.1 "Table-Level Locks"; an acceptance test compares it with what servers do.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from pilotage.model.names import QualifiedName


class LockMode(StrEnum):
    """A mode in which a statement locks a table, from the weakest to the strongest."""

    ACCESS_SHARE = "ACCESS SHARE"
    """Reading: SELECT, COPY … TO, and naming a table in a definition."""
    ROW_SHARE = "ROW SHARE"
    """The referenced table of a foreign key that is validated."""
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    """Writing rows: COPY … FROM, INSERT, UPDATE, DELETE."""
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    """VALIDATE CONSTRAINT, ANALYZE, CLUSTER ON."""
    SHARE = "SHARE"
    """CREATE INDEX."""
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    """Adding a foreign key, on both of its ends."""
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
    """TRUNCATE, and ALTER TABLE for what is not named above."""


_MODES = tuple(LockMode)

# Each mode conflicts with all from some mode on; only SHARE does not conflict with itself there.
_CONFLICTS: Mapping[LockMode, frozenset[LockMode]] = MappingProxyType(
    {
        LockMode.ACCESS_SHARE: frozenset(_MODES[7:]),
        LockMode.ROW_SHARE: frozenset(_MODES[6:]),
        LockMode.ROW_EXCLUSIVE: frozenset(_MODES[4:]),
        LockMode.SHARE_UPDATE_EXCLUSIVE: frozenset(_MODES[3:]),
        LockMode.SHARE: frozenset(_MODES[2:]) - {LockMode.SHARE},
        LockMode.SHARE_ROW_EXCLUSIVE: frozenset(_MODES[2:]),
        LockMode.EXCLUSIVE: frozenset(_MODES[1:]),
        LockMode.ACCESS_EXCLUSIVE: frozenset(_MODES),
    }
)


def conflicts_of(mode: LockMode) -> frozenset[LockMode]:
    """Return the modes that two sessions cannot hold together with this one on the same table."""
    return _CONFLICTS[mode]


class TableLock(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A table and the mode in which a step locks it until its transaction ends.

    Attributes:
        with_partitions: whether all partitions of the table, which is a topmost one, are locked like it.
        partition_of: the topmost table above, where the table is a partition.
    """

    table: QualifiedName
    mode: LockMode
    with_partitions: bool = False
    partition_of: QualifiedName | None = None

    @property
    def topmost(self) -> QualifiedName:
        """The topmost table of those that it may have to do with: itself, where it is no partition."""
        return self.partition_of or self.table
