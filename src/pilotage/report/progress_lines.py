"""What is said of a run in lines: of what a person would look for in a log, and now and then of all.

Consumed by :mod:`pilotage.report.progress`.
"""

from __future__ import annotations

from typing import assert_never

from pilotage.model.plan import LoadTable, Stage, Step
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
from pilotage.model.settings import OF_THIS_RUN
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted, duration, elapsed, size
from pilotage.report.forecast import in_words
from pilotage.report.progress_screen import STAGES, comparing_line, rows_line
from pilotage.report.steps import step_object
from pilotage.report.tally import Tally
from pilotage.report.waits import wait_at_work

BIG = 128 * 1024 * 1024
"""Weight, in bytes of plain copying, from which a step is worth a line of its own."""
EVERY = 10.0
"""Seconds between two lines about all."""

_WORTH_TELLING = 3.0
"""Seconds after which a wait is told."""
_AGAIN = 60.0
"""Seconds after which it is told again."""


class ProgressLines:
    """Finds words for events; asked about each of them after the tally has taken it into account."""

    def __init__(self, tally: Tally, begun: float) -> None:
        self._tally = tally
        self._last = begun
        self._told_waits: dict[str, float] = {}

    def remarks(self, event: Event) -> list[str]:
        """Return what is worth a line that stays, even where a live screen shows all the rest."""
        lines: list[str] = []
        match event:
            case Resumed():
                lines = self._resumed(event)
            case Reconnecting():
                why = " ".join(terminal_text(line) for line in event.why.splitlines() if line)
                lines = [
                    f"lost a connection to the {event.end.value}: {why}; "
                    f"try {event.attempt} in {duration(event.seconds)}"
                ]
            case StepFailed():
                first = (event.message.splitlines() or [""])[0]
                lines = [terminal_text(first)]
            case Stopping():
                lines = [self._stopping(event)]
            case (
                RunStarted()
                | SettingsChosen()
                | StageStarted()
                | StepStarted()
                | BytesCopied()
                | StepProgress()
                | PartFinished()
                | StepFinished()
                | Waiting()
                | RunFinished()
                | Verifying()
                | Comparing()
            ):
                pass
            case _:
                assert_never(event)
        return lines

    def lines(self, event: Event, now: float) -> list[str]:
        """Return all that is said where there is no live screen."""
        lines = self.remarks(event) or self._of_event(event, now)
        if not lines and self._tally.stage in (Stage.DATA, Stage.REFRESH) and now - self._last >= EVERY:
            lines = [self._of_all(now)]
        if lines:
            self._last = now
        return lines

    def _of_event(self, event: Event, now: float) -> list[str]:
        lines: list[str] = []
        match event:
            case RunStarted():
                lines = [f"{counted(event.steps, 'step')}, {counted(event.rows, 'row')}, {size(event.bytes)}"]
            case SettingsChosen():
                lines = [_settings(event)]
            case StageStarted():
                if event.steps:
                    lines = [f"{STAGES[event.stage]}: {counted(event.steps, 'step')}"]
            case StepStarted():
                step = self._big(event.step)
                if step is not None and not isinstance(step, LoadTable):
                    lines = [f"{step_object(step)}: begun"]
            case StepFinished():
                step = self._big(event.step)
                if step is not None:
                    moved = (
                        f"{counted(event.rows, 'row')}, {size(event.bytes)} in " if event.rows else "done in "
                    )
                    lines = [f"{step_object(step)}: {moved}{duration(event.seconds)}"]
            case Waiting(at_work=True):
                lines = [line for wait in event.waits if (line := self._wait(wait, now))]
            case Verifying() | Comparing():
                lines = self._comparing(event, now)
            case _:
                pass
        return lines

    def _comparing(self, event: Verifying | Comparing, now: float) -> list[str]:
        if isinstance(event, Verifying):
            return ["comparing both ends"]
        return [f"comparing {comparing_line(event)}"] if now - self._last >= EVERY else []

    def _of_all(self, now: float) -> str:
        tally = self._tally
        rows = f", {rows_line(tally, now)}" if tally.stage is Stage.DATA and tally.loads else ""
        left = in_words(tally.time_left(now))
        return f"{count(tally.stage_done)}/{count(tally.stage_steps)} steps{rows}, time left {left}"

    def _wait(self, wait: Wait, now: float) -> str:
        if (wait.seconds or 0.0) < _WORTH_TELLING:
            self._told_waits.pop(wait.first, None)
            return ""
        if now - self._told_waits.get(wait.first, now - _AGAIN) < _AGAIN:
            return ""
        self._told_waits[wait.first] = now
        return f"{self._named(wait.first)} {wait_at_work(wait, self._tally)}"

    def _resumed(self, event: Resumed) -> list[str]:
        copied = f", {counted(event.rows, 'row')} and {size(event.bytes)} copied" if event.rows else ""
        lines = [
            f"going on: {counted(len(event.done), 'step')} done before{copied}, {count(event.left)} left"
        ]
        lines += [
            f"table {terminal_text(str(again.table))} is copied again: {terminal_text(again.reason)}"
            for again in event.again
        ]
        return lines

    def _stopping(self, event: Stopping) -> str:
        named = [self._named(step) for step in event.steps[:3]]
        if len(event.steps) > len(named):
            named.append(f"{count(len(event.steps) - len(named))} more")
        return (
            f"stopping: nothing new begins, and what is at work has {elapsed(event.seconds)} to end: "
            f"{', '.join(named)}; Ctrl-C once more stops at once"
        )

    def _named(self, step: str) -> str:
        known = self._tally.step(step)
        return step_object(known) if known is not None else terminal_text(step)

    def _big(self, id_: str) -> Step | None:
        step = self._tally.step(id_)
        return step if step is not None and step.cost.weight >= BIG else None


def _settings(event: SettingsChosen) -> str:
    sides = f"{counted(event.jobs, 'copy', 'copies')}, {counted(event.index_jobs, 'index build')} at a time"
    settings = ", ".join(
        f"{terminal_text(each.name)} = {terminal_text(each.value)} on the {each.end.value}"
        for each in event.settings
        # The others are the same in every run, and documented.
        if each.given or each.name in OF_THIS_RUN
    )
    return f"{sides}; {settings}" if settings else sides
