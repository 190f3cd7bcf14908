"""COPY and INSERT: the statements that carry rows, written as the rows arrive.

Consumed by the data files. Which rows, and in which file, is decided there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from pilotage.files.literals import literals
from pilotage.files.script import BEGIN_STATEMENT, END_STATEMENT, statement
from pilotage.model.choices import DataFormat
from pilotage.model.names import quote_identifiers
from pilotage.plan.strategies import ROWS_PER_INSERT

Write: TypeAlias = Callable[[bytes], None]
"""Appends to a file."""

BYTES_PER_INSERT = 1024 * 1024
"""A statement of this size or more takes no further row: servers, logs and editors hold it as one piece."""


class RowStatements(Protocol):
    """Writes rows, each given as a COPY line without its end; None is a row without columns."""

    def row(self, line: bytes | None) -> None:
        """Write one row."""

    def end(self) -> None:
        """Complete what was begun."""


class CopyStatement:
    """One COPY with its rows after it, for psql."""

    def __init__(self, write: Write, relation: str, columns: tuple[str, ...]) -> None:
        self._write = write
        # No column list, not an empty one, where the server generates every column.
        listed = f" ({quote_identifiers(columns)})" if columns else ""
        write(f"COPY {relation}{listed} FROM stdin;\n".encode())

    def row(self, line: bytes | None) -> None:
        """Write one row."""
        if line:
            self._write(line)
        self._write(b"\n")

    def end(self) -> None:
        """Write the mark that ends the rows."""
        self._write(b"\\.\n")


class InsertStatements:
    """INSERT statements of many rows each, for any program that runs SQL."""

    def __init__(self, write: Write, relation: str, columns: tuple[str, ...], *, one_statement: bool) -> None:
        self._write = write
        self._one_statement = one_statement
        self._default = statement(f"INSERT INTO {relation} DEFAULT VALUES", DataFormat.INSERT).encode()
        self._begin = (
            f"{BEGIN_STATEMENT[DataFormat.INSERT]}INSERT INTO {relation} ({quote_identifiers(columns)}) "
            "OVERRIDING SYSTEM VALUE VALUES\n"
        ).encode()
        self._rows = 0
        self._bytes = 0

    def row(self, line: bytes | None) -> None:
        """Write one row, in the statement begun or in another."""
        if line is None:
            self._write(self._default)
            return
        values = b"(" + literals(line) + b")"
        full = self._rows >= ROWS_PER_INSERT or self._bytes + len(values) > BYTES_PER_INSERT
        if self._rows and full and not self._one_statement:
            self.end()
        self._write(b",\n" if self._rows else self._begin)
        self._write(values)
        self._rows += 1
        self._bytes += len(values) + 2

    def end(self) -> None:
        """End the statement that was begun, if any was."""
        if self._rows:
            self._write(END_STATEMENT[DataFormat.INSERT].encode())
        self._rows = self._bytes = 0


def row_statements(
    data_format: DataFormat,
    write: Write,
    relation: str,
    columns: tuple[str, ...],
    *,
    one_statement: bool = False,
) -> RowStatements:
    """Return what writes rows of a relation in this format.

    Args:
        relation: as SQL reads it.
        one_statement: whether all rows must stand in one statement, however many there are.
    """
    if data_format is DataFormat.COPY:
        return CopyStatement(write, relation, columns)
    return InsertStatements(write, relation, columns, one_statement=one_statement)
