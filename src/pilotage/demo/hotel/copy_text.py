"""COPY's text format: how a Python value becomes a field of a row.

Consumed by ``database.py``, which sends the rows. What the rows are is said by the modules named after the
groups of tables. (PostgreSQL's documentation: COPY, "Text Format", and "Array Input and Output Syntax".)
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pilotage.model.names import QualifiedName


@dataclasses.dataclass(frozen=True, slots=True)
class Json:
    """A value for a json or jsonb column."""

    value: Mapping[str, object] | Sequence[object]


Value = None | bool | int | float | str | bytes | Decimal | date | UUID | Json | Sequence["Value"]
Row = Mapping[str, Value]
"""A row while it is made: its values by column name."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """A table's rows, in the order in which they are stored."""

    table: QualifiedName
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    @classmethod
    def of(cls, table: str, rows: Iterable[Row], *, schema: str = "public") -> TableRows:
        """Take rows by column name; every row names the same columns in the same order.

        Raises:
            ValueError: there is no row, or two of them name different columns.
        """
        named = list(rows)
        columns = tuple(named[0]) if named else ()
        if not columns or any(tuple(row) != columns for row in named):
            raise ValueError(f"the rows of {table} do not all name the same columns")
        return cls(
            table=QualifiedName(schema, table),
            columns=columns,
            rows=tuple(tuple(row.values()) for row in named),
        )

    def column(self, name: str) -> tuple[Value, ...]:
        """One column's values, in the order of the rows."""
        position = self.columns.index(name)
        return tuple(row[position] for row in self.rows)


_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
)


def encode_row(row: Sequence[Value]) -> bytes:
    """Return the row as one line of COPY's text format."""
    return ("\t".join(_field(value) for value in row) + "\n").encode()


def _field(value: Value) -> str:
    return "\\N" if value is None else _text(value).translate(_ESCAPES)


def _text(value: Value) -> str:
    """Return the value as its type's input function reads it."""
    match value:
        case bytes():
            text = "\\x" + value.hex()
        case datetime():
            text = value.isoformat(sep=" ")
        case Json():
            text = json.dumps(value.value, ensure_ascii=False)
        case list() | tuple():
            text = "{" + ",".join(_element(element) for element in value) + "}"
        case _:
            text = str(value)
    return text


def _element(value: Value) -> str:
    """Return one element of an array; quoted always, so that no text needs a second look."""
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return _text(value)
    return '"' + _text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
