"""Choices that a user makes by a word.

Apart from the records that hold them, so that the command line can offer them without loading any record.
"""

from __future__ import annotations

from enum import StrEnum


class Layout(StrEnum):
    """How SQL files are laid out."""

    SCHEMA_FIRST = "schema-first"
    """Each group's file holds its tables with all that is on them; then come the rows, by strategy."""
    BULK = "bulk"
    """Tables, then rows, then indexes, keys, triggers and policies: for large databases."""


class DataFormat(StrEnum):
    """How rows are written into data files."""

    COPY = "copy"
    """For psql: fastest, and exact for every type."""
    INSERT = "insert"
    """For any program that runs SQL statements."""
