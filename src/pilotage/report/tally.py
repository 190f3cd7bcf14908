"""What a run's events add up to: how far it is, how fast it goes, how long its rows will still take.

Consumed by :mod:`pilotage.report.progress`, which shows it. The time is given, never read here.
"""

from __future__ import annotations

from collections import deque
from typing import assert_never

from pilotage.model.plan import LoadLargeObjects, LoadTable, Plan, Stage, Step
from pilotage.model.run import (
    BytesCopied,
    Event,
    PartFinished,
    Reconnecting,
    Resumed,
    RunFinished,
    RunStarted,
    SettingsChosen,
    StageStarted,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    Stopping,
    Verifying,
    Waiting,
)

_WINDOW = 10.0
"""Seconds over which the rate is measured."""
_ENOUGH_SECONDS = 2.0
_ENOUGH_SHARE = 0.01
"""What must have passed before a forecast is worth its name."""


class Tally:
    """How far a run is. Sizes are on two scales: bytes of COPY streams, and bytes on the source's disk.

    What is moved and how fast is told on the scale of the streams, which are measured. How much remains is
    only known on the scale of the disk, so shares and forecasts are made on that one.
    """

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self.stage: Stage | None = None
        self.stage_steps = 0
        self.stage_done = 0
        self.tables = 0
        self.tables_done = 0
        self._loads = 0
        self._loads_done = 0
        self.rows = 0
        self.rows_done = 0
        self.running: dict[str, Step] = {}
        self.streamed = 0
        self._of_step: dict[str, int] = {}
        self._disk = 0
        self._disk_done = 0
        self._stream_done = 0
        self._first_bytes: float | None = None
        self._recent: deque[tuple[float, int]] = deque()

    def follow(self, plan: Plan) -> None:
        """Learn what the steps are and what they cost; before that, only steps are counted."""
        loads = [step for step in plan.steps if isinstance(step, LoadTable | LoadLargeObjects)]
        self._steps = {step.id: step for step in plan.steps}
        self._loads = len(loads)
        self.tables = sum(isinstance(step, LoadTable) for step in loads)
        self.rows = sum(step.cost.rows for step in loads)
        self._disk = sum(step.cost.bytes for step in loads)

    def step(self, id_: str) -> Step | None:
        """Return the plan's step of this id."""
        return self._steps.get(id_)

    def add(self, event: Event, now: float) -> None:
        """Take an event into account; ``now`` in seconds, from any clock that does not go back."""
        match event:
            case RunStarted():
                self.rows = event.rows
            case StageStarted():
                self.stage, self.stage_steps, self.stage_done = event.stage, event.steps, 0
            case StepStarted():
                if event.step in self._steps:
                    self.running[event.step] = self._steps[event.step]
                    self._of_step.pop(event.step, None)
            case BytesCopied():
                self._stream(event.bytes, now)
                self._of_step[event.step] = self._of_step.get(event.step, 0) + event.bytes
            case StepFinished():
                self._finish(event, now)
            case PartFinished() | StepFailed() | StepProgress() | Waiting():
                pass
            case Resumed() | Reconnecting() | SettingsChosen() | Stopping() | Verifying() | RunFinished():
                pass
            case _:
                assert_never(event)

    def _stream(self, number: int, now: float) -> None:
        if self._first_bytes is None:
            self._first_bytes = now
        self.streamed += number
        self._recent.append((now, number))
        while self._recent[0][0] < now - _WINDOW:
            self._recent.popleft()

    def _finish(self, event: StepFinished, now: float) -> None:
        self.stage_done += 1
        self.rows_done += event.rows
        self.running.pop(event.step, None)
        unseen = event.bytes - self._of_step.pop(event.step, 0)
        if unseen > 0:
            self._stream(unseen, now)
        step = self._steps.get(event.step)
        if isinstance(step, LoadTable):
            self.tables_done += 1
        if isinstance(step, LoadTable | LoadLargeObjects):
            self._loads_done += 1
            self._disk_done += step.cost.bytes
            self._stream_done += event.bytes

    @property
    def has_loads(self) -> bool:
        """Whether there are rows or large objects to bring."""
        return self._loads > 0

    @property
    def is_loaded(self) -> bool:
        """Whether all of them are in."""
        return self._loads_done >= self._loads

    def share(self) -> float:
        """Return how much of rows and large objects is in, 0 to 1, by bytes on the source's disk."""
        if self.is_loaded or not self._disk:
            return 1.0 if self.is_loaded else self._loads_done / self._loads
        # What a byte of stream stands for on disk, learnt from the loads that are complete.
        disk_per_stream = self._disk_done / self._stream_done if self._stream_done else 1.0
        under_way = sum(
            min(step.cost.bytes, round(self._of_step.get(id_, 0) * disk_per_stream))
            for id_, step in self.running.items()
            if isinstance(step, LoadTable | LoadLargeObjects)
        )
        return min(1.0, (self._disk_done + under_way) / self._disk)

    def bytes_per_second(self, now: float) -> float | None:
        """Return the rate of the last seconds; None before there is one."""
        if self._first_bytes is None or now <= self._first_bytes:
            return None
        recent = sum(number for at, number in self._recent if at >= now - _WINDOW)
        return recent / min(_WINDOW, now - self._first_bytes)

    def seconds_left(self, now: float) -> float | None:
        """Return how long the rows will still take at the pace so far; None where that is not known yet."""
        share = self.share()
        if share >= 1.0:
            return 0.0
        if self._first_bytes is None or share < _ENOUGH_SHARE or now - self._first_bytes < _ENOUGH_SECONDS:
            return None
        return (now - self._first_bytes) * (1 - share) / share
