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


class OrphanChoice(StrEnum):
    """What becomes of the source's rows that reference nothing."""

    STOP = "stop"
    """The migration is refused."""
    NOT_VALID = "not-valid"
    """They come along, and the foreign keys that they break are NOT VALID on the target."""
    QUARANTINE = "quarantine"
    """They are left out, with those that reference them, and written into a file."""


class Allowable(StrEnum):
    """Hazards that a run is refused for until the user allows them, by the names that ``--allow`` takes."""

    OLDER_SERVER = "older-server"
    """The target runs an older major version than the source."""
    DROP_CONSTRAINTS = "drop-constraints"
    """A load drops foreign keys and adds them again."""


class Verification(StrEnum):
    """How much a migration verifies at its end."""

    FULL = "full"
    """Everything, row contents included."""
    COUNTS = "counts"
    """Everything that can be told without reading what is in the rows: they are counted."""
    NONE = "none"


class LintFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    """For code scanning services."""


class LintLevel(StrEnum):
    """How bad a rule's findings must be at least for the rule to be asked."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
