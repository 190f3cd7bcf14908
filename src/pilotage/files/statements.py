"""COPY and INSERT: the statements that carry rows, written as the rows arrive.

Consumed by the data files. Which rows, and in which file, is decided there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from pilotage.config.records import DataFormat
from pilotage.files.literals import literals
from pilotage.model.names import quote_identifiers
from pilotage.plan.strategies import ROWS_PER_INSERT

Write: TypeAlias = Callable[[bytes], None]
"""Appends to a file."""

BYTES_PER_INSERT = 1024 * 1024
"""A statement of this size or more takes no further row: servers, logs and editors hold it as one piece."""

END_OF_STATEMENT = ";/* THE FILE IS CUT SHORT, if this line is an error: nothing of it was committed\n*/\n"
"""Ends a statement of a file without psql's own commands. Of a file that just ends psql says nothing, and
exits with status 0; but what is left of an open comment it sends, and the server's error repeats it."""


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
        self._default = f"INSERT INTO {relation} DEFAULT VALUES{END_OF_STATEMENT}".encode()
        self._begin = (
            f"INSERT INTO {relation} ({quote_identifiers(columns)}) OVERRIDING SYSTEM VALUE VALUES\n".encode()
        )
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
            self._write(END_OF_STATEMENT.encode())
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


def end_of_statements(sql: str, data_format: DataFormat) -> str:
    """Return a statement of ours so that a file of this format may be cut short after it, and it will show.

    A file in the format ``copy`` has a mark around everything instead.
    """
    return sql if data_format is DataFormat.COPY else sql.rstrip().removesuffix(";") + END_OF_STATEMENT
