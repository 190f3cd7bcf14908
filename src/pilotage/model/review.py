"""What people review before anything runs: how groups are ordered, how hard tables load, what was found.

Parts of a Plan, made by :mod:`pilotage.plan`, consumed by files and reports.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilotage.model.names import QualifiedName


class LoadStrategy(StrEnum):
    """How a table's rows get in while its constraints hold; the first that applies is chosen."""

    PLAIN = "plain"
    ONE_STATEMENT = "one-statement"
    DEFERRED = "deferred"
    PARENTS_FIRST = "parents-first"
    TWO_PASS = "two-pass"  # noqa: S105 - a strategy, not a password
    DROP_AND_RESTORE = "drop-and-restore"


class KeyTreatment(msgspec.Struct, frozen=True, kw_only=True):
    """One foreign key inside a component, and what its strategy does with it.

    Attributes:
        table: as the key was declared: a partition, where it is the partition's own key.
        set_null: its columns that are NULL in the first pass of ``two-pass``; empty elsewhere.
        match_columns: of a primary key or unique NOT NULL key of the topmost table, by which the second pass
            finds its rows; empty elsewhere.
        treated: whether the strategy acts on this key (defers, breaks or drops it); the others inside the
            component are satisfied by the order of tables and rows, or at the end of a statement.
    """

    table: QualifiedName
    constraint: str
    referenced: QualifiedName
    treated: bool
    set_null: tuple[str, ...] = ()
    match_columns: tuple[str, ...] = ()


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """Tables that reference themselves or each other, and the strategy that loads them.

    Attributes:
        tables: in load order, each a table that is no partition; a partition's rows are its topmost table's.
            Those of ``deferred`` and ``drop-and-restore`` load in one transaction.
        keys: every enforced foreign key among these tables that exists when the rows come, sorted.
        reason: why this strategy and none before it.
        may_split: whether the rows may be split over several data files. Where not, COPY brings each table
            by one statement, whatever its size: a self-reference that is not treated relies on that.
    """

    tables: tuple[QualifiedName, ...]
    strategy: LoadStrategy
    reason: str
    keys: tuple[KeyTreatment, ...]
    may_split: bool


class SelfReferenceShape(msgspec.Struct, frozen=True, kw_only=True):
    """How a table's rows reference each other, read in the source's snapshot.

    Attributes:
        table: no partition; a partition's rows are its topmost table's.
        roots: rows that reference no other row by any self-reference; one that references only itself is one.
        linked: rows that reference another row.
        depth: references in the longest chain, over all self-references; 0 where no row references another,
            None where rows form a loop, so that no order of rows satisfies every reference.
    """

    table: QualifiedName
    roots: int
    linked: int
    depth: int | None


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """A group that stands after another though the user asked for it before, and why.

    Attributes:
        because: the dependencies that force it, as people read them:
            ``public.accommodation_units.(tenant_id, hotel_id) → public.hotels``.
    """

    group: str
    after: str
    because: tuple[str, ...]


class DeferredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key that is created in the last file, since groups wait for each other in a circle.

    Attributes:
        circle: the groups, the first repeated at the end.
    """

    table: QualifiedName
    constraint: str
    referenced: QualifiedName
    circle: tuple[str, ...]


class GroupOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The order that was asked for and the one that is planned."""

    requested: tuple[str, ...]
    planned: tuple[str, ...]
    changes: tuple[OrderChange, ...]
    deferred_keys: tuple[DeferredKey, ...]


class FindingKind(StrEnum):
    """What kind of thing planning found worth a person's eye."""

    EXPECTATION = "expectation not met"
    GROUP_MOVED = "group moved"
    FILE_RENUMBERED = "file renumbered"
    KEY_DEFERRED = "foreign key deferred"
    TABLE_PLACED = "table placed"
    UNINDEXED_KEY = "foreign key without index"
    EMPTY_TABLE = "empty table"
    STRATEGY = "strategy needs attention"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something found while planning.

    Attributes:
        object: as SQL names it, or a group's or file's name.
        expected, found: where it is a difference.
    """

    kind: FindingKind
    object: str
    message: str
    expected: str = ""
    found: str = ""


class FileKind(StrEnum):
    """What a SQL file does."""

    ROLES = "roles"
    """Only where it was asked for: roles that the target lacks."""
    SCHEMA = "schema"
    DATA = "data"
    LARGE_OBJECTS = "large-objects"
    KEYS = "keys"
    """Layout ``bulk``: indexes, constraints and foreign keys."""
    GUARDS = "guards"
    """Layout ``bulk``: rules, triggers, policies and privileges."""
    DEFERRED = "deferred"
    """Constraints that come after all rows: keys that no order of groups can hold, and what the source never
    validated."""
    FINISH = "finish"
    """Default privileges, refreshes, statistics, event triggers."""
    FIXES = "fixes"
    """Only where it was asked for: what mends findings of the linter."""
    VALIDATE = "validate"


class PlannedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A SQL file of the migration and the steps it holds, in order.

    Attributes:
        name: ``01-schema-foundation.sql``; files run in the order of their names. A data file that is split
            is written as ``10a-…``, ``10b-…``.
        group: empty for what belongs to the whole database.
        steps: ids of the plan's steps; every step but a load of a foreign table stands in exactly one file.
        needs: names of earlier files without which this one cannot run.
    """

    name: str
    kind: FileKind
    group: str
    steps: tuple[str, ...]
    needs: tuple[str, ...]


class FileFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A SQL file as it was written; a planned data file that was split is several of these.

    Attributes:
        rows: that it brings.
        bytes: of the file.
    """

    name: str
    rows: int
    bytes: int


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """How fast rows were loaded in a run that was measured.

    Attributes:
        bytes: of the loaded tables, as they stood on the source's disk.
        seconds: wall time of loading them.
        measured_on: what was run, for people: ``migration of hotel to staging over 2 connections``.
    """

    bytes: int
    seconds: float
    measured_on: str
