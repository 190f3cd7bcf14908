"""The checksum of a table's rows: computed by the source while they are written, and by the target after.

A row's hash is PostgreSQL's own 64-bit text hash of the row as text, and a table's checksum the sum of those,
as an exact number: the order of rows does not matter, equal rows do not cancel each other out, and every part
of a split table can be summed on its own. It finds damage and edits, not forgery. Consumed by the data files
and by validation; both ends must have the settings of :mod:`pilotage.files.settings`.
"""

from __future__ import annotations

from pilotage.model.catalog import Table, TableKind
from pilotage.model.names import quote_identifier

PROBE = "pilotage computes this hash for every row"
"""A text whose hash is the same on every server of the same byte order, for guards to compare."""

ENCODINGS_HASHED_AS_STORED = ("UTF8", "SQL_ASCII")
"""Encodings of a source whose text is hashed as it is stored; of all others, as UTF-8."""


def text_hash(text: str, encoding: str) -> str:
    """Return the expression of a text's hash.

    Args:
        text: an expression of type text.
        encoding: the source database's. Hashes are of bytes, so where the source is not in UTF-8, and the
            target may be, both ends hash the text as it would be in UTF-8. That takes about twice as long.
    """
    if encoding not in ENCODINGS_HASHED_AS_STORED:
        text = f"pg_catalog.encode(pg_catalog.convert_to({text}, 'UTF8'), 'hex')"
    # A collation is required, and "C" never compares or hashes anything but bytes.
    return f'pg_catalog.hashtextextended({text} COLLATE pg_catalog."C", 0)'


def row_hash(columns: tuple[str, ...], encoding: str, *, nulls: tuple[str, ...] = (), of: str = "") -> str:
    """Return the expression of a row's hash.

    ROW() takes up to 1,664 columns, more than a table can have, and as text it is exact where the output of
    every column is: quotes, NULL and the empty string stay apart.

    Args:
        nulls: columns that are hashed as if they were NULL.
        of: the table's alias, where columns need one.
    """
    return text_hash(f"{row_text(columns, nulls=nulls, of=of)}::pg_catalog.text", encoding)


def row_text(columns: tuple[str, ...], *, nulls: tuple[str, ...] = (), of: str = "") -> str:
    """Return the row constructor over these columns."""
    return f"ROW({column_list(columns, nulls=nulls, of=of)})"


def column_list(columns: tuple[str, ...], *, nulls: tuple[str, ...] = (), of: str = "") -> str:
    """Return columns as a SELECT list, some of them replaced by NULL."""
    prefix = f"{of}." if of else ""
    return ", ".join("NULL" if column in nulls else prefix + quote_identifier(column) for column in columns)


def rows_of(table: Table, condition: str = "") -> str:
    """Return what stands after FROM for a table's own rows, or those of all its partitions.

    Args:
        condition: of an extension's table, ``WHERE …``; empty for all rows.
    """
    rows = str(table.name) if table.kind is TableKind.PARTITIONED else f"ONLY {table.name}"
    return f"{rows} {condition}" if condition else rows
