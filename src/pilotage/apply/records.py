"""What is told while files run, and what came of it.

Made by this room, consumed by reports and progress displays. Seconds are wall time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec


class FileState(StrEnum):
    """Where one file stands."""

    PENDING = "pending"
    DONE = "done"
    DONE_BEFORE = "done before"
    """Recorded in the journal by an earlier run."""
    NOTHING_TO_UNDO = "nothing to undo"
    """A rollback file that ran, and found nothing that is its file's."""


class DroppedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that goes when a file is taken back.

    Attributes:
        kind: in lower case: ``table``, ``foreign key``.
        label: its name on one line, for people.
        on_table: whether it is on a table, and would go with that.
    """

    kind: str
    label: str
    on_table: bool


class ListedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is shown before and after a run.

    Attributes:
        kind: the word of :class:`~pilotage.model.review.FileKind`; empty where the manifest does not list it.
        group: empty for what belongs to the whole database.
        rows: that it brings, or, where it is taken back, that go.
        bytes: of the file.
        edited: whether it is another than the one that was generated, and was allowed by name.
        drops: for a rollback, the objects that go, in the order in which they were created.
        seconds: 0 where this run did not run it.
    """

    name: str
    kind: str
    group: str
    rows: int
    bytes: int
    state: FileState
    edited: bool = False
    drops: tuple[DroppedObject, ...] = ()
    seconds: float = 0.0


class FilesListed(msgspec.Struct, frozen=True, kw_only=True, tag="files-listed", tag_field="event"):
    """All is checked, and this is what will happen."""

    files: tuple[ListedFile, ...]


class FileStarted(msgspec.Struct, frozen=True, kw_only=True, tag="file-started", tag_field="event"):
    """A file begins.

    Attributes:
        number, of: its place among those of this run, from 1.
    """

    name: str
    number: int
    of: int
    bytes: int


class BytesSent(msgspec.Struct, frozen=True, kw_only=True, tag="bytes-sent", tag_field="event"):
    """Some more of the file was handed to psql."""

    name: str
    bytes: int


class FileFinished(msgspec.Struct, frozen=True, kw_only=True, tag="file-finished", tag_field="event"):
    """A file is committed and recorded."""

    name: str
    rows: int
    bytes: int
    seconds: float


class Noticed(msgspec.Struct, frozen=True, kw_only=True, tag="noticed", tag_field="event"):
    """Something a person should know, such as a server's warning."""

    message: str


Event: TypeAlias = FilesListed | FileStarted | BytesSent | FileFinished | Noticed


class ApplyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What applying did, or what it would do.

    Attributes:
        files: in the order in which they run.
        complete: whether every file is on the target.
        journal_kept: whether the journal is still there.
    """

    target: str
    fingerprint: str
    dry_run: bool
    files: tuple[ListedFile, ...]
    seconds: float
    complete: bool
    journal_kept: bool

    @property
    def rows(self) -> int:
        """Rows that this run brought."""
        return sum(file.rows for file in self.files if file.state is FileState.DONE)


class RollbackResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollback took back, or would take back.

    Attributes:
        files: in the order in which they are taken back, each under the name of the file that is undone.
        journal: whether a journal said what is there; without one, every rollback file looks for itself.
    """

    target: str
    fingerprint: str
    dry_run: bool
    data_only: bool
    files: tuple[ListedFile, ...]
    seconds: float
    journal: bool

    @property
    def rows(self) -> int:
        """Rows that were taken back, or would be."""
        return sum(file.rows for file in self.files if file.state is not FileState.NOTHING_TO_UNDO)
