"""The progress of a run, from its events: live on a terminal, a line now and then elsewhere.

Consumed by the command line, which gives the console (on stderr) and passes the display to whoever runs the
plan. What came of the run is shown by :mod:`pilotage.report.migration`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pilotage.model.plan import LoadTable, Plan, Stage, Step
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
from pilotage.report.figures import count, counted, duration, size
from pilotage.report.layout import MIDDLE_DOT
from pilotage.report.steps import step_object
from pilotage.report.tally import Tally

LINE_EVERY = 5.0
"""Seconds between two lines about the rows where there is no terminal."""
BIG = 128 * 1024 * 1024
"""Weight, in bytes of plain copying, from which a step is worth a line of its own."""

_REFRESHES_PER_SECOND = 4
_RUNNING_SHOWN = 8
_BAR_WIDTH = 30
_STAGES = {
    Stage.STRUCTURE: "structure",
    Stage.DATA: "rows, indexes and constraints",
    Stage.FINISH: "triggers, policies and privileges",
    Stage.REFRESH: "materialized views and statistics",
    Stage.ACTIVATE: "event triggers and subscriptions",
}


class ProgressDisplay:
    """Shows a run while it lasts; use as a context manager and call it with each event.

    It tells of tables, rows and the time left once it knows the plan, see :meth:`follow`. It may be called
    from one thread only; the live display refreshes itself from another of its own.

    Args:
        console: where to show it. On a terminal the display is live and leaves nothing behind.
        quiet: show nothing at all.
        clock: seconds, from a clock that does not go back.
    """

    def __init__(
        self,
        console: Console,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._clock = clock
        self._quiet = quiet
        self._tally = Tally()
        self._begun = clock()
        self._last_line = self._begun
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._begun = self._last_line = self._clock()
        if self._console.is_terminal and not self._quiet:
            self._live = Live(
                console=self._console,
                get_renderable=self.screen,
                refresh_per_second=_REFRESHES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def follow(self, plan: Plan) -> None:
        """Learn the plan that is about to run."""
        with self._lock:
            self._tally.follow(plan)

    def __call__(self, event: Event) -> None:
        """Take an event into account and show what it changes."""
        now = self._clock()
        with self._lock:
            self._tally.add(event, now)
        if not self._quiet and self._live is None:
            self._print_line(event, now)

    def screen(self) -> RenderableType:
        """Return the live display as of now: the stage, the rows, and the steps at work."""
        with self._lock:
            now = self._clock()
            tally = self._tally
            head = Text(_STAGES[tally.stage] if tally.stage else "reading the source", style="bold")
            if tally.stage:
                steps = f"  {count(tally.stage_done)}/{count(tally.stage_steps)} steps"
                head.append(steps, style="not bold")
            head.append(f"  {duration(now - self._begun)}", style="not bold")
            parts: list[RenderableType] = [head]
            if self._shows_rows():
                parts += [_bar(tally.share()), Text("  " + self._rows(now))]
            running = [step_object(step) for step in tally.running.values()]
            for shown in running[:_RUNNING_SHOWN]:
                parts.append(Text(f"  {MIDDLE_DOT} {shown}", no_wrap=True, overflow="ellipsis", style="dim"))
            if len(running) > _RUNNING_SHOWN:
                parts.append(
                    Text(f"  and {counted(len(running) - _RUNNING_SHOWN, 'more step')}", style="dim")
                )
        return Group(*parts)

    def _rows(self, now: float) -> str:
        tally = self._tally
        if tally.is_loaded:
            return f"all {counted(tally.rows_done, 'row')} are in, {size(tally.streamed)}"
        speed = tally.bytes_per_second(now)
        left = tally.seconds_left(now)
        return ", ".join(
            (
                f"{count(tally.tables_done)}/{count(tally.tables)} tables",
                f"{count(tally.rows_done)}/{count(tally.rows)} rows",
                size(tally.streamed),
                "speed unknown" if speed is None else f"{size(round(speed))}/s",
                "time left unknown" if left is None else f"about {_roughly(left)} of copying left",
            )
        )

    def _print_line(self, event: Event, now: float) -> None:
        line = self._line(event, now)
        if line is not None:
            self._last_line = now
            elapsed = duration(now - self._begun)
            # Never wrapped: whoever reads a log searches it by line.
            self._console.print(Text(f"[{elapsed}] {line}"), soft_wrap=True, highlight=False)

    def _line(self, event: Event, now: float) -> str | None:
        line: str | None = None
        match event:
            case RunStarted():
                line = f"{counted(event.steps, 'step')}, {counted(event.rows, 'row')}, {size(event.bytes)}"
            case StageStarted():
                if event.steps:
                    line = f"{_STAGES[event.stage]}: {counted(event.steps, 'step')}"
            case StepStarted():
                step = self._big(event.step)
                if step is not None and not isinstance(step, LoadTable):
                    line = f"{step_object(step)}: begun"
            case StepFinished():
                step = self._big(event.step)
                if step is not None:
                    moved = (
                        f"{counted(event.rows, 'row')}, {size(event.bytes)} in " if event.rows else "done in "
                    )
                    line = f"{step_object(step)}: {moved}{duration(event.seconds)}"
            case BytesCopied() | PartFinished() | StepFailed() | StepProgress() | Waiting():
                pass
            case Resumed() | Reconnecting() | SettingsChosen() | Stopping() | Verifying() | RunFinished():
                pass
            case _:
                assert_never(event)
        tally = self._tally
        if line is None and self._shows_rows() and now - self._last_line >= LINE_EVERY:
            line = f"{count(tally.stage_done)}/{count(tally.stage_steps)} steps, {self._rows(now)}"
        return line

    def _shows_rows(self) -> bool:
        return self._tally.stage is Stage.DATA and self._tally.has_loads

    def _big(self, id_: str) -> Step | None:
        step = self._tally.step(id_)
        return step if step is not None and step.cost.weight >= BIG else None


def _bar(share: float) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(
        Text(" "),
        ProgressBar(total=1.0, completed=share, width=_BAR_WIDTH),
        Text(f"{int(share * 100)}% of the rows, by their size on disk"),
    )
    return grid


def _roughly(seconds: float) -> str:
    """Return a forecast without digits that it does not have: whole seconds, at least one."""
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else duration(whole)
