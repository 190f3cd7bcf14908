"""What happens while a plan runs, and what came of it.

Events and results made by :mod:`pilotage.execute`, consumed by reports and progress displays. Seconds are
wall time.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from pilotage.model.plan import Plan, Stage


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
        rows, bytes: that it moved; 0 for steps that move none.
    """

    step: str
    rows: int
    bytes: int
    seconds: float


Event: TypeAlias = RunStarted | StageStarted | StepStarted | BytesCopied | StepFinished


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
        snapshot: the source's snapshot from which all rows came.
        jobs: how many connections worked side by side.
    """

    plan: Plan
    snapshot: str
    jobs: int
    steps: tuple[StepResult, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """Rows that were copied."""
        return sum(step.rows for step in self.steps)

    @property
    def bytes(self) -> int:
        """Bytes of all COPY streams."""
        return sum(step.bytes for step in self.steps)
