"""The screen that shows a run while it lasts, as of one moment.

Consumed by :mod:`pilotage.report.progress`, which keeps it up to date. What is at work is the tally's matter.
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pilotage.model.plan import LoadLargeObjects, LoadTable, Stage
from pilotage.model.run import Comparing
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted, elapsed, size
from pilotage.report.forecast import in_words
from pilotage.report.layout import MIDDLE_DOT, FittingList
from pilotage.report.running import Running
from pilotage.report.steps import step_object
from pilotage.report.tally import Tally
from pilotage.report.waits import wait_at_work, wait_to_come

STAGES = {
    Stage.STRUCTURE: "structure",
    Stage.DATA: "rows, indexes and constraints",
    Stage.FINISH: "triggers, policies and privileges",
    Stage.REFRESH: "materialized views and statistics",
    Stage.ACTIVATE: "event triggers and subscriptions",
    Stage.FIXES: "chosen fixes",
}

_RUNNING_SHOWN = 8
_WAITS_SHOWN = 3
_BAR_WIDTH = 30
_TIMED = (Stage.DATA, Stage.REFRESH)


def progress_screen(tally: Tally, begun: float, now: float) -> RenderableType:
    """Return the screen.

    Args:
        begun, now: on the clock by which the tally was made.
    """
    parts: list[RenderableType] = [_head(tally, now - begun)]
    if tally.is_complete or tally.is_verifying:
        return Group(*parts)
    if tally.is_stopping:
        parts.append(_line("stopping; Ctrl-C once more stops at once", style="yellow"))
    if tally.stage is Stage.DATA and tally.loads:
        if not tally.is_loaded:
            parts.append(_bar(tally.share()))
        parts.append(_line(rows_line(tally, now)))
        if len(tally.groups) > 1 and not tally.is_loaded:
            groups = [
                f"{terminal_text(name)} {_of(figures)}"
                for name, figures in tally.groups.items()
                if figures[1]
            ]
            parts.append(_labelled("tables", groups))
    if tally.stage in _TIMED:
        built = [f"{_of(figures)} {kind.many}" for kind, figures in tally.built.items() if figures[1]]
        if built:
            parts.append(_labelled("built", built))
        parts.append(_line(f"time left {in_words(tally.time_left(now))}"))
    parts += _at_work(tally, now)
    for wait in tally.waits_to_come[:_WAITS_SHOWN]:
        parts.append(_line(f"waiting: {wait_to_come(wait, tally)}", style="dim"))
    return Group(*parts)


def rows_line(tally: Tally, now: float) -> str:
    """Return how far the rows are, and how fast they come."""
    if tally.is_loaded:
        return f"all {counted(tally.rows_done, 'row')} are in, {size(tally.streamed)}"
    rows, speed = tally.rows_per_second(now), tally.bytes_per_second(now)
    said = [
        f"{count(tally.tables_done)}/{count(tally.tables)} tables",
        # What the source holds was counted before the first row; it may be an estimate.
        f"{count(tally.rows_done)}/{count(max(tally.rows, tally.rows_done))} rows",
        size(tally.streamed),
    ]
    if speed is None:
        return ", ".join([*said, "speed unknown"])
    if rows:
        said.append(f"{count(round(rows))} rows/s")
    return ", ".join([*said, f"{size(round(speed))}/s"])


def comparing_line(event: Comparing) -> str:
    """Return what is being compared, and how far that is."""
    line = terminal_text(event.what)
    if not event.unit:
        return line
    if event.unit == "bytes":
        of = f" of {size(event.total)}" if event.total is not None else ""
        return f"{line}, {size(event.done)}{of}"
    of = f" of {count(event.total)}" if event.total is not None else ""
    return f"{line}, {count(event.done)}{of} {terminal_text(event.unit)}"


def _head(tally: Tally, seconds: float) -> Text:
    if tally.is_verifying:
        head = Text("comparing both ends", style="bold")
        if tally.comparing is not None:
            head.append(f": {comparing_line(tally.comparing)}", style="not bold")
    elif tally.stage is None:
        head = Text("reading the source", style="bold")
    else:
        head = Text(STAGES[tally.stage], style="bold")
        steps = f"  {count(tally.stage_done)}/{count(tally.stage_steps)} steps"
        head.append(steps, style="not bold")
    head.append(f"  {elapsed(seconds)}", style="not bold")
    return head


def _at_work(tally: Tally, now: float) -> list[RenderableType]:
    """Return the steps at work, the weightiest first: of a batch of small ones, each is at work."""
    running = sorted(tally.running.items(), key=lambda item: -item[1].step.cost.weight)
    parts: list[RenderableType] = []
    for id_, each in running[:_RUNNING_SHOWN]:
        parts.append(_line(f"{MIDDLE_DOT} {_step(each, now)}", style="dim"))
        if id_ in tally.waits_at_work:
            wait = Text(wait_at_work(tally.waits_at_work[id_], tally), style="yellow", overflow="fold")
            parts.append(Padding(wait, (0, 0, 0, 4)))
    if len(running) > _RUNNING_SHOWN:
        parts.append(_line(f"and {counted(len(running) - _RUNNING_SHOWN, 'more step')}", style="dim"))
    return parts


def _step(running: Running, now: float) -> str:
    said = [step_object(running.step), elapsed(now - running.since)]
    step = running.step
    if isinstance(step, LoadTable | LoadLargeObjects):
        if running.streamed:
            said.append(size(running.streamed))
        rows = running.rows_before + running.rows
        if rows and step.cost.rows:
            said.append(f"{min(99, rows * 100 // step.cost.rows)}% of its rows")
    elif running.progress is not None:
        share = running.phase_share()
        percent = f" {int(share * 100)}% of its {running.progress.unit.value}" if share is not None else ""
        said.append(f"{terminal_text(running.progress.phase)}{percent}")
    return "  ".join(said)


def _of(figures: tuple[int, int]) -> str:
    return f"{count(figures[0])}/{count(figures[1])}"


def _line(text: str, style: str = "") -> Text:
    return Text(f"  {text}", no_wrap=True, overflow="ellipsis", style=style)


def _labelled(label: str, items: list[str]) -> RenderableType:
    grid = Table.grid()
    grid.add_row(Text(f"  {label}: "), FittingList(items))
    return grid


def _bar(share: float) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_row(
        Text(" "),
        ProgressBar(total=1.0, completed=share, width=_BAR_WIDTH),
        Text(f"{int(share * 100)}% of the rows, by size on disk", no_wrap=True, overflow="ellipsis"),
    )
    return grid
