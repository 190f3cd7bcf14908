"""The single rows that are not the same at both ends, as data.

Made by :mod:`pilotage.verify.drilldown`, consumed by verdicts and reports. JSON of these records holds names
of tables and columns and the values of keys, without which no row could be named; other values only where
they were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from pilotage.model.names import QualifiedName


class RowKind(StrEnum):
    """How a row differs."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"


class ColumnValues(msgspec.Struct, frozen=True, kw_only=True):
    """The value of one column of a row, as text.

    Attributes:
        expected, found: of the source and of the target; None for NULL, and for the end that lacks the row.
    """

    column: str
    expected: str | None
    found: str | None


class RowDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One row that is not the same at both ends.

    Attributes:
        kind: ``missing``: only the source has it; ``extra``: only the target has it; ``changed``: both have a
            row with this key, and not the same one. Without a key, or where several rows have this one, whole
            rows are matched, and none is ``changed``.
        key: by column, as text; None for NULL. The source's spelling where both have the row: keys that SQL
            calls equal, such as 1.0 and 1.00, are one key, and their column is among those changed. Empty
            where the table has no key.
        columns: those that differ, in the table's order; only of a changed row.
        source_ctid, target_ctid: where the row was stored when the end was read; empty where it was not. An
            UPDATE of the row makes it another.
        times: of equal rows, by how many copies the two ends differ; otherwise 1.
        values: of the columns that differ, or of all columns of a row that one end lacks; None where values
            were not asked for.
    """

    kind: RowKind
    key: Mapping[str, str | None]
    columns: tuple[str, ...] = ()
    source_ctid: str = ""
    target_ctid: str = ""
    times: int = 1
    values: tuple[ColumnValues, ...] | None = None


class TableDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a table that are not the same at both ends.

    Attributes:
        table: a partition is a table of its own.
        key: the columns by which rows were matched; empty where whole rows were.
        missing, extra, changed: exact numbers of rows, listed or not. All are 0 where the rows turned out to
            be the same.
        rows: as many as were to be listed, sorted by key.
        not_listed: rows that were counted and are not in ``rows``.
    """

    table: QualifiedName
    key: tuple[str, ...]
    missing: int
    extra: int
    changed: int
    rows: tuple[RowDifference, ...]
    not_listed: int = 0

    @property
    def differing(self) -> int:
        """How many rows differ, in any way."""
        return self.missing + self.extra + self.changed
