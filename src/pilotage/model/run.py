"""What happens while a plan runs, and what came of it.

Events and results made by :mod:`pilotage.execute`, consumed by reports and progress displays. Seconds are
wall time.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from pilotage.model.names import QualifiedName
from pilotage.model.plan import Plan, Stage
from pilotage.model.preflight import End


class RunStarted(msgspec.Struct, frozen=True, kw_only=True, tag="run-started", tag_field="event"):
    """A run begins."""

    steps: int
    rows: int
    bytes: int


class StageStarted(msgspec.Struct, frozen=True, kw_only=True, tag="stage-started", tag_field="event"):
    """The stage before is complete and this one begins."""

    stage: Stage
    steps: int


class StepStarted(msgspec.Struct, frozen=True, kw_only=True, tag="step-started", tag_field="event"):
    """A step has its connection and begins."""

    step: str


class BytesCopied(msgspec.Struct, frozen=True, kw_only=True, tag="bytes-copied", tag_field="event"):
    """Some more of a table has been relayed.

    Attributes:
        bytes: since the event before, of the COPY stream.
    """

    step: str
    bytes: int


class StepFinished(msgspec.Struct, frozen=True, kw_only=True, tag="step-finished", tag_field="event"):
    """A step is done and committed.

    Attributes:
        rows, bytes: that it moved, all its parts together; 0 for steps that move none.
    """

    step: str
    rows: int
    bytes: int
    seconds: float


class PartFinished(msgspec.Struct, frozen=True, kw_only=True, tag="part-finished", tag_field="event"):
    """A part of a table's rows is in and committed; the step goes on."""

    step: str
    rows: int
    bytes: int
    seconds: float


class StepFailed(msgspec.Struct, frozen=True, kw_only=True, tag="step-failed", tag_field="event"):
    """A step was refused and left nothing behind; the run ends, or tries it again.

    Attributes:
        message: which step and why, in words for people.
    """

    step: str
    message: str


class Unit(StrEnum):
    """What the progress of a step is counted in."""

    ROWS = "rows"
    BLOCKS = "blocks"
    BYTES = "bytes"
    PARTITIONS = "partitions"


class StepProgress(msgspec.Struct, frozen=True, kw_only=True, tag="step-progress", tag_field="event"):
    """How far a step at work is, as the target tells in ``pg_stat_progress_*``.

    Attributes:
        phase: in PostgreSQL's words, such as ``building index: scanning table``.
        done: of this phase; it begins at 0 again with the next phase.
        total: of this phase; None where PostgreSQL does not know.
    """

    step: str
    phase: str
    done: int
    total: int | None
    unit: Unit


class WaitReason(StrEnum):
    """What something waits for."""

    LOCK = "lock"
    """A lock that another session has."""
    STEP = "step"
    """Steps that must be done before it."""
    TABLE = "table"
    """A table that a step at work has locked."""
    COPIES = "copies"
    """As many copies are at work as may be."""
    BUILDS = "builds"
    """As many index builds and checks are at work as may be."""
    CONNECTIONS = "connections"
    """As many connections are at work as may be."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that wait for the same.

    Attributes:
        steps: how many wait.
        first: the id of the most urgent of them.
        object: what is locked, such as ``relation app.orders``; empty where no lock is waited for.
        by: ids of the steps at work, or missing, that are in the way.
        sessions: others in the way, each described for people on one line.
        seconds: for how long, as far as that is known.
    """

    reason: WaitReason
    steps: int
    first: str
    object: str = ""
    by: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    seconds: float | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True, tag="waiting", tag_field="event"):
    """What waits now. It takes the place of the event before it that had the same ``at_work``.

    Attributes:
        at_work: whether these are steps that have begun, which only locks can hold up; else steps to come.
        waits: empty where nothing waits any more.
    """

    at_work: bool
    waits: tuple[Wait, ...]


class Reconnecting(msgspec.Struct, frozen=True, kw_only=True, tag="reconnecting", tag_field="event"):
    """A connection was lost, and another try is made soon. Steps that were at work are no longer.

    Attributes:
        attempt: the number of the next try, from 1.
        seconds: until then.
        why: in words for people.
    """

    end: End
    attempt: int
    seconds: float
    why: str


class CopiedAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows were copied before, or a part of them, and are to be copied again.

    Attributes:
        reason: why, in words for people.
    """

    step: str
    table: QualifiedName
    reason: str


class CopiedPartly(msgspec.Struct, frozen=True, kw_only=True):
    """A table of whose rows a part is in, and is not copied again."""

    step: str
    rows: int
    bytes: int


class Resumed(msgspec.Struct, frozen=True, kw_only=True, tag="resumed", tag_field="event"):
    """A run goes on where an earlier one, or its own last connection, ended.

    Attributes:
        attempt: the number of this run of the command, from 1.
        done: ids of the steps that are done.
        left: how many are not.
        rows, bytes: that the steps and parts done have brought.
        partly: steps of which parts are done, and of those parts rows and bytes.
        again: what is not among those done any more.
    """

    attempt: int
    done: tuple[str, ...]
    left: int
    rows: int
    bytes: int
    again: tuple[CopiedAgain, ...] = ()
    partly: tuple[CopiedPartly, ...] = ()


class ChosenSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that sessions of the run have.

    Attributes:
        given: whether the user asked for it.
        reason: one sentence; empty where the user asked for it.
    """

    end: End
    name: str
    value: str
    reason: str
    given: bool = False


class SettingsChosen(msgspec.Struct, frozen=True, kw_only=True, tag="settings-chosen", tag_field="event"):
    """It is settled how much happens at once, and with what settings."""

    jobs: int
    index_jobs: int
    settings: tuple[ChosenSetting, ...]


class Stopping(msgspec.Struct, frozen=True, kw_only=True, tag="stopping", tag_field="event"):
    """The user asked us to stop: nothing new begins, and what is at work may finish if that is soon.

    Attributes:
        steps: ids of what is at work.
        seconds: how long it has.
    """

    steps: tuple[str, ...]
    seconds: float


class Verifying(msgspec.Struct, frozen=True, kw_only=True, tag="verifying", tag_field="event"):
    """All steps are done, and both ends are compared."""


class Comparing(msgspec.Struct, frozen=True, kw_only=True, tag="comparing", tag_field="event"):
    """Verification is at this.

    Attributes:
        what: the title of what is compared, for people.
        done, total: how far it is, in ``unit``; total is None where that is not known.
        unit: ``bytes``, ``keys``…; empty where nothing is counted.
    """

    what: str
    done: int = 0
    total: int | None = None
    unit: str = ""


class RunFinished(msgspec.Struct, frozen=True, kw_only=True, tag="run-finished", tag_field="event"):
    """All steps are done and durable.

    Attributes:
        rows, bytes: of all steps, those of earlier runs included.
        seconds: of this run.
    """

    rows: int
    bytes: int
    seconds: float


Event: TypeAlias = (
    RunStarted
    | Resumed
    | SettingsChosen
    | StageStarted
    | StepStarted
    | BytesCopied
    | StepProgress
    | PartFinished
    | StepFinished
    | StepFailed
    | Waiting
    | Reconnecting
    | Stopping
    | RunFinished
    | Verifying
    | Comparing
)


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one step did.

    Attributes:
        started: seconds after the run began.
        bytes: of the COPY stream.
    """

    step: str
    started: float
    seconds: float
    rows: int
    bytes: int


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """A complete run.

    Attributes:
        snapshot: the source's snapshot from which all rows came, or with which they agree.
        jobs: how many copies could be at work side by side.
        steps: those of earlier runs included.
        seconds: of this run.
        attempt: how many runs it took.
        older_snapshot: the number of the earlier run from whose snapshot all rows came, where one did.
        again: tables that an earlier run had copied, and that were copied again.
        statistics_taken: tables and partitioned tables whose statistics this run took over from the source,
            and did not gather.
    """

    plan: Plan
    snapshot: str
    jobs: int
    steps: tuple[StepResult, ...]
    seconds: float
    attempt: int = 1
    older_snapshot: int | None = None
    again: tuple[CopiedAgain, ...] = ()
    statistics_taken: int = 0

    @property
    def rows(self) -> int:
        """Rows that were copied."""
        return sum(step.rows for step in self.steps)

    @property
    def bytes(self) -> int:
        """Bytes of all COPY streams."""
        return sum(step.bytes for step in self.steps)
