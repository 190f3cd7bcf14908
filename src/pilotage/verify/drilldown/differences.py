"""Rows that differ, as lines of a check.

Consumed by the check of rows. A value that is no key stands in a line only where the record has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.model.row_differences import ColumnValues, RowDifference, RowKind, TableDifference
from pilotage.model.verdict import Difference
from pilotage.model.visible import visible_identifier, visible_identifiers, visible_text

_CUT = 200
"""Characters of a key's value or of a shown value in a line; the record has more."""

_NUMBER = frozenset("0123456789")


def describe_rows(table: TableDifference) -> Iterator[Difference]:
    """Yield a line for each row, or each column of it where values are shown, and one for all not listed."""
    name = f"table {table.table}"
    for row in table.rows:
        yield from _of_row(name, table.key, row)
    if table.not_listed:
        yield Difference(
            object=name,
            fact="further rows that differ",
            expected="0",
            found=f"{table.not_listed:,} (of all: {_counts(table)})",
        )


def _counts(table: TableDifference) -> str:
    return f"{table.missing:,} missing, {table.extra:,} extra, {table.changed:,} changed"


def _of_row(name: str, key: tuple[str, ...], row: RowDifference) -> Iterator[Difference]:
    fact = _named(key, row)
    if row.kind is RowKind.CHANGED:
        if row.values is None:
            columns = visible_identifiers(row.columns)
            yield Difference(
                object=name, fact=fact, expected="present", found=f"present, but changed: {columns}"
            )
        for value in row.values or ():
            yield Difference(
                object=name,
                fact=f"{fact}, column {visible_identifier(value.column)}",
                expected=_shown(value.expected),
                found=_shown(value.found),
            )
        return
    more = f", {row.times:,} times more" if row.times > 1 else ""
    sides = (f"present{more}", "missing") if row.kind is RowKind.MISSING else ("missing", f"present{more}")
    if row.source_ctid and row.target_ctid:
        # Both ends have such a row, and one has it more often.
        sides = (
            (f"{row.times:,} more", "present")
            if row.kind is RowKind.MISSING
            else ("present", f"{row.times:,} more")
        )
    contents = _contents(row.values or (), of_source=row.kind is RowKind.MISSING)
    if contents:
        sides = (
            (sides[0] + contents, sides[1])
            if row.kind is RowKind.MISSING
            else (sides[0], sides[1] + contents)
        )
    yield Difference(object=name, fact=fact, expected=sides[0], found=sides[1])


def _contents(values: tuple[ColumnValues, ...], *, of_source: bool) -> str:
    return "".join(
        f"{', ' if number else ': '}{visible_identifier(value.column)} = "
        f"{_shown(value.expected if of_source else value.found)}"
        for number, value in enumerate(values)
    )


def _named(key: tuple[str, ...], row: RowDifference) -> str:
    if not key:
        place, end = (
            (row.source_ctid, "source") if row.kind is RowKind.MISSING else (row.target_ctid, "target")
        )
        return f"row with ctid {place} in the {end}"
    values = ", ".join(_shown(row.key[column]) for column in key)
    return f"row ({visible_identifiers(key)}) = ({values})"


def _shown(value: str | None) -> str:
    """Return a value on one line: numbers bare, all else in quotes, so that NULL and 'NULL' stay apart."""
    if value is None:
        return "NULL"
    if value and len(value) <= _CUT and set(value.removeprefix("-")) <= _NUMBER and value != "-":
        return value
    cut = value if len(value) <= _CUT else value[:_CUT] + "…"
    return "'" + visible_text(cut).replace("'", "''") + "'"
