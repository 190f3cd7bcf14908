"""What the target remembers of a migration that is not finished, or was not found equal.

Written by execution through :mod:`pilotage.journal`, read by whoever continues it or tells of it. Times are
texts in UTC, as the target's clock had them; seconds are wall time.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilotage.model.copied import Moment

JOURNAL_FORMAT = 1
"""Version of the journal's tables; it grows when an older pilotage could not continue a newer one's."""


class Outcome(StrEnum):
    """How an attempt ended, as far as it could still say."""

    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What all attempts at one migration have in common.

    Attributes:
        fingerprint: of the source's structure.
        source: the source as people name it, without a password.
        source_identity: tells the source from others of the same structure.
        choices: JSON of what decides which steps there are: scope, roles, what becomes of orphans.
        started: when the first attempt began.
    """

    format: int
    pilotage: str
    fingerprint: str
    source: str
    source_identity: str
    choices: str
    started: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the command.

    Attributes:
        number: from 1.
        snapshot: of the source, under which it copied rows.
        moment: what tells later whether rows have changed since.
        ended, outcome, message: empty where it could not say how it ended: it was killed, or is at work.
    """

    number: int
    snapshot: str
    moment: Moment
    started: str = ""
    ended: str = ""
    outcome: str = ""
    message: str = ""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step as the last attempt planned it.

    Attributes:
        place: in the order of the plan, from 0.
        what: what kind of step it is, such as ``load-table``, and on what.
        table: of whose rows it is; empty where it moves none.
    """

    place: int
    id: str
    stage: str
    kind: str
    group: str
    table: str
    rows: int
    bytes: int
    weight: int


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is complete, or a part of one.

    Attributes:
        first_block, end_block: of the source's table, where it was copied in parts; else 0 and None.
        rows, bytes: that it moved.
        left_out: rows of the table that stayed behind, since they break foreign keys.
        filenode: of the source's table (``pg_relation_filenode``), where it was copied in parts; else 0.
        attempt: the number of the one that did it, under whose snapshot rows were read.
    """

    step: str
    first_block: int = 0
    end_block: int | None = None
    rows: int = 0
    bytes: int = 0
    left_out: int = 0
    filenode: int = 0
    seconds: float = 0.0
    attempt: int
    finished: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A step that failed, in an attempt that could still say so."""

    number: int = 0
    attempt: int
    step: str
    message: str
    at: str = ""


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """All that is remembered.

    Attributes:
        attempts: in order; there is at least one.
        steps: in the plan's order.
    """

    begun: Begun
    attempts: tuple[Attempt, ...]
    steps: tuple[PlannedStep, ...]
    done: tuple[Done, ...]
    failures: tuple[Failure, ...]
