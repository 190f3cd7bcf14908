"""What a run's events add up to: how far it is, what is at work, what waits, how long it will still take.

Consumed by the displays of a run. The time is given, never read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from pilotage.model.plan import LoadLargeObjects, LoadTable, Plan, Stage, Step
from pilotage.model.run import (
    BytesCopied,
    Comparing,
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
    Wait,
    Waiting,
)
from pilotage.report.forecast import Range
from pilotage.report.pace import Pace
from pilotage.report.running import Meter, Running
from pilotage.report.steps import Kind, step_kind

_OfStep: TypeAlias = StepStarted | BytesCopied | StepProgress | PartFinished | StepFinished | StepFailed

_BUILDING = (Stage.DATA, Stage.REFRESH)


class Tally:
    """How far a run is.

    Sizes are on two scales: bytes of COPY streams, and bytes on the source's disk. What is moved and how fast
    is told on the scale of the streams, which are measured. How much remains is only known on the scale of
    the disk, so shares and forecasts are made on that one.

    Attributes:
        groups: of each group of the plan, tables that are in and tables there are.
        built: of each kind of thing that comes after the rows, those done and those there are.
        running: by step, what is at work.
        waits_at_work: by step, for whose lock it waits.
        waits_to_come: for what the steps wait that have not begun.
        jobs, index_jobs: how much may happen at once; 0 where that was not told.
    """

    def __init__(self) -> None:
        self._steps: Mapping[str, Step] = {}
        self._groups: tuple[str, ...] = ()
        self.stage: Stage | None = None
        self.stage_steps = 0
        self.stage_done = 0
        self.rows = 0
        self.loads = 0
        self.loads_done = 0
        self.groups: dict[str, tuple[int, int]] = {}
        self.built: dict[Kind, tuple[int, int]] = {}
        self.running: dict[str, Running] = {}
        self.waits_at_work: dict[str, Wait] = {}
        self.waits_to_come: tuple[Wait, ...] = ()
        self.jobs = 0
        self.index_jobs = 0
        self.is_complete = False
        self.is_verifying = False
        self.comparing: Comparing | None = None
        self.is_stopping = False
        self._done: set[str] = set()
        self._rows_done = 0
        self._rows_under_way = 0
        self._hands = 0
        self._parts: dict[str, tuple[int, int]] = {}
        self._disk = 0
        self._disk_done = 0
        self._disk_measured = 0
        self._stream_measured = 0
        self._rows_meter = Meter()
        self._bytes_meter = Meter()
        self._pace = Pace()

    def follow(self, plan: Plan) -> None:
        """Learn what the steps are and what they cost; before that, only steps are counted."""
        self._steps = {step.id: step for step in plan.steps}
        self._groups = tuple(group.name for group in plan.groups)
        self.rows = sum(step.cost.rows for step in plan.steps if isinstance(step, LoadTable))
        self._pace.follow(plan)
        self._count_all()

    def _count_all(self) -> None:
        self.groups, self.built = dict.fromkeys(self._groups, (0, 0)), {}
        self.loads = self.loads_done = 0
        self._disk = self._disk_done = 0
        for step in self._steps.values():
            self._count(step, 0, 1)
            if step.id in self._done:
                self._count(step, 1, 0)

    def _count(self, step: Step, done: int, there: int) -> None:
        """Count a step among those that are done, or among those there are."""
        if isinstance(step, LoadTable | LoadLargeObjects):
            self.loads += there
            self.loads_done += done
            self._disk += there * step.cost.bytes
            self._disk_done += done * step.cost.bytes
        if isinstance(step, LoadTable):
            before = self.groups.get(step.group, (0, 0))
            self.groups[step.group] = (before[0] + done, before[1] + there)
        elif step.stage in _BUILDING:
            before = self.built.get(step_kind(step), (0, 0))
            self.built[step_kind(step)] = (before[0] + done, before[1] + there)

    def step(self, id_: str) -> Step | None:
        """Return the plan's step of this id."""
        return self._steps.get(id_)

    # -- events ----------------------------------------------------------------------------------------------

    def add(self, event: Event, now: float) -> None:
        """Take an event into account; ``now`` in seconds, from any clock that does not go back."""
        match event:
            case RunStarted():
                self.rows = event.rows
            case SettingsChosen():
                self.jobs, self.index_jobs = event.jobs, event.index_jobs
            case Resumed():
                self._resume(event, now)
            case StageStarted():
                self.stage, self.stage_steps, self.stage_done = event.stage, event.steps, 0
                self.waits_to_come = ()
            case (
                StepStarted()
                | BytesCopied()
                | StepProgress()
                | PartFinished()
                | StepFinished()
                | StepFailed()
            ):
                self._add_of_step(event, now)
            case Waiting(at_work=True):
                self.waits_at_work = {wait.first: wait for wait in event.waits}
            case Waiting():
                self.waits_to_come = event.waits
            case Reconnecting():
                self.waits_at_work.clear()
            case Stopping():
                self.is_stopping = True
                self.waits_to_come = ()
            case RunFinished():
                self.is_complete = True
                self._end_all(now)
            case Verifying() | Comparing():
                self.is_verifying = True
                self.comparing = event if isinstance(event, Comparing) else None
            case _:
                assert_never(event)

    def _add_of_step(self, event: _OfStep, now: float) -> None:
        match event:
            case StepStarted():
                self._start(event.step, now)
            case BytesCopied():
                if event.step in self.running:
                    self.running[event.step].streamed += event.bytes
                self._bytes_meter.reach(self._bytes_meter.total + event.bytes, now)
            case StepProgress():
                if event.step in self.running:
                    self._note_progress(self.running[event.step], event, now)
            case PartFinished():
                self._finish_part(event, now)
            case StepFinished():
                self._finish(event, now)
            case StepFailed():
                self._end(event.step, now)
            case _:
                assert_never(event)

    def _resume(self, event: Resumed, now: float) -> None:
        self._end_all(now)
        self._done = set(event.done)
        self._parts = {each.step: (each.rows, each.bytes) for each in event.partly}
        self._rows_done = event.rows
        self._rows_meter.begin(event.rows, now)
        self._bytes_meter.begin(event.bytes, now)
        self._count_all()
        partly = {step: self._share_of(step, rows) for step, (rows, _) in self._parts.items()}
        self._pace.set_done(event.done, partly)

    def _share_of(self, step: str, rows: int) -> float:
        cost = self._steps[step].cost.rows if step in self._steps else 0
        return min(1.0, rows / cost) if cost else 0.0

    def _start(self, step: str, now: float) -> None:
        if step not in self._steps:
            return
        self._hands += 1
        if step in self.running:
            self.running[step].hands += 1
        else:
            rows, size = self._parts.get(step, (0, 0))
            self.running[step] = Running(self._steps[step], now, rows_before=rows, bytes_before=size)
        self._note_at_work(now)

    def _finish_part(self, event: PartFinished, now: float) -> None:
        rows, size = self._parts.get(event.step, (0, 0))
        self._parts[event.step] = (rows + event.rows, size + event.bytes)
        self._rows_done += event.rows
        self._pace.finish_part(event.step, self._share_of(event.step, event.rows), event.seconds)
        running = self.running.get(event.step)
        if running is not None:
            self._rows_under_way -= running.rows
            # What the server told is of this part too; it tells of the others soon.
            running.progress = None
            running.rows_before += event.rows
            if running.hands > 1:
                running.hands -= 1
                self._hands -= 1
        self._rows_meter.reach(self.rows_done, now)
        self._note_at_work(now)

    def _finish(self, event: StepFinished, now: float) -> None:
        self.stage_done += 1
        running = self._end(event.step, now)
        rows, _ = self._parts.pop(event.step, (0, 0))
        self._rows_done += max(0, event.rows - rows)
        self._rows_meter.reach(self.rows_done, now)
        # What was not told on the way; bytes of an earlier run were told when this one resumed.
        before = running.bytes_before + running.streamed if running is not None else 0
        if event.bytes > before:
            self._bytes_meter.reach(self._bytes_meter.total + event.bytes - before, now)
        step = self._steps.get(event.step)
        if step is None or step.id in self._done:
            return
        self._done.add(step.id)
        self._count(step, 1, 0)
        self._pace.finish(step.id, event.seconds)
        if isinstance(step, LoadTable | LoadLargeObjects):
            self._disk_measured += step.cost.bytes
            self._stream_measured += event.bytes

    def _note_progress(self, running: Running, event: StepProgress, now: float) -> None:
        self._rows_under_way -= running.rows
        running.note(event, now)
        self._rows_under_way += running.rows
        self._rows_meter.reach(self.rows_done, now)

    def _end(self, step: str, now: float) -> Running | None:
        self.waits_at_work.pop(step, None)
        ended = self.running.pop(step, None)
        if ended is not None:
            self._rows_under_way -= ended.rows
            self._hands -= ended.hands
            self._note_at_work(now)
        return ended

    def _end_all(self, now: float) -> None:
        self.running.clear()
        self._rows_under_way = self._hands = 0
        self.waits_at_work.clear()
        self.waits_to_come = ()
        self._note_at_work(now)

    def _note_at_work(self, now: float) -> None:
        """Note how many connections are at work; steps of a batch are all at work, on one."""
        self._pace.note_at_work(min(self._hands, self.connections or self._hands), now)

    # -- what is in ------------------------------------------------------------------------------------------

    @property
    def connections(self) -> int:
        """How many may be at work at once; 0 where that was not told."""
        return self.jobs + self.index_jobs

    @property
    def rows_done(self) -> int:
        """Rows that are in, those of tables at work included as far as it is known."""
        return self._rows_done + self._rows_under_way

    @property
    def streamed(self) -> int:
        """Bytes of COPY streams that were moved."""
        return self._bytes_meter.total

    @property
    def tables(self) -> int:
        """Tables whose rows come along."""
        return sum(there for _, there in self.groups.values())

    @property
    def tables_done(self) -> int:
        """Those of which all are in."""
        return sum(done for done, _ in self.groups.values())

    @property
    def is_loaded(self) -> bool:
        """Whether all rows and large objects are in."""
        return self.loads_done >= self.loads

    def share(self) -> float:
        """Return how much of rows and large objects is in, 0 to 1, by bytes on the source's disk."""
        if self.is_loaded or not self._disk:
            return 1.0 if self.is_loaded else self.loads_done / self.loads
        # What a byte of stream stands for on disk, learnt from the loads that are complete.
        disk = self._disk_measured / self._stream_measured if self._stream_measured else 1.0
        under_way = sum(
            (running.share(disk) or 0.0) * running.step.cost.bytes for running in self.running.values()
        )
        return min(0.999, (self._disk_done + under_way) / self._disk)

    def bytes_per_second(self, now: float) -> float | None:
        """Return the rate of the last seconds; None before there is one."""
        return self._bytes_meter.per_second(now)

    def rows_per_second(self, now: float) -> float | None:
        """Return the rate of the last seconds; None before there is one."""
        return self._rows_meter.per_second(now)

    def time_left(self, now: float) -> Range:
        """Return how long rows, and all that is built on them, still take, as far as that can be known."""
        return self._pace.time_left(self.running, self.connections, now)
