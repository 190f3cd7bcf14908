"""Rows that were found to differ, and where each of them is stored.

Made by the drill-down, consumed by whoever reads those rows once more. A place (``ctid``) is good for as long
as the snapshot of its end is held, and at that end only.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from pilotage.model.row_differences import RowKind, TableDifference
from pilotage.verify.rows.relation import ComparedRelation


class LocatedRow(NamedTuple):
    """A row that differs.

    Attributes:
        source, target: its place at either end, as a ``tid`` in SQL: ``(0,1)``; of equal rows that of one of
            them. Empty where the end has no such row.
        copies: how many equal rows the source and the target have; of a changed row one each, of two kinds.
    """

    kind: RowKind
    source: str
    target: str
    copies: tuple[int, int]

    @property
    def times(self) -> int:
        """By how many rows the two ends differ here."""
        return 1 if self.kind is RowKind.CHANGED else abs(self.copies[0] - self.copies[1])


class FoundRows(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a relation.

    Attributes:
        relation: as it was compared.
        difference: for people and machines.
        rows: all that differ, where they are not too many; in no order that means anything.
        complete: whether ``rows`` are all.
        by_key: whether each row was matched by a key that no other row of the same end has.
        unread_because: why its rows could not be looked for; then none is told. Empty where they were.
        source_filenode, target_filenode: of the files that the places are of; a relation that has another one
            by now has other rows there. None where not known.
    """

    relation: ComparedRelation
    difference: TableDifference
    rows: tuple[LocatedRow, ...]
    complete: bool
    by_key: bool
    unread_because: str = ""
    source_filenode: int | None = None
    target_filenode: int | None = None
