"""The progress of a run, from its events: live on a terminal, a line now and then elsewhere.

Consumed by the command line, which gives the console (on stderr) and passes the display to whoever runs the
plan. What came of the run is shown by :mod:`pilotage.report.migration`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from pilotage.model.plan import Plan
from pilotage.model.run import Event
from pilotage.report.figures import duration
from pilotage.report.progress_lines import ProgressLines
from pilotage.report.progress_screen import progress_screen
from pilotage.report.tally import Tally

_REFRESHES_PER_SECOND = 4


class ProgressDisplay:
    """Shows a run while it lasts; use as a context manager and call it with each event.

    It tells of tables, rows and the time left once it knows the plan, see :meth:`follow`. It may be called
    from one thread only; the live display refreshes itself from another of its own.

    Args:
        console: where to show it. On a terminal the display is live and leaves nothing behind but remarks,
            such as that a connection was lost.
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
        self._lines = ProgressLines(self._tally, self._begun)
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._begun = self._clock()
        self._lines = ProgressLines(self._tally, self._begun)
        if self._console.is_terminal and not self._quiet:
            self._live = Live(
                console=self._console,
                # A line is left for what the terminal itself writes at Ctrl-C: it would move the screen.
                get_renderable=lambda: Group(self.screen(), Text()),
                refresh_per_second=_REFRESHES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                # Warnings, and tales of locks, stand above the screen and not in it.
                redirect_stderr=True,
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
        if self._quiet:
            return
        with self._lock:
            self._tally.follow(plan)

    def __call__(self, event: Event) -> None:
        """Take an event into account and show what it changes."""
        if self._quiet:
            return
        now = self._clock()
        with self._lock:
            self._tally.add(event, now)
            lines = self._lines.remarks(event) if self._live is not None else self._lines.lines(event, now)
        # Not with the lock held: the console has one of its own, and asks for the screen under it.
        for line in lines:
            # Never wrapped: whoever reads a log searches it by line.
            said = Text(f"[{duration(now - self._begun)}] {line}")
            self._console.print(said, soft_wrap=True, highlight=False)

    def screen(self) -> RenderableType:
        """Return the live display as of now: the stage, the rows, what is at work, and what waits."""
        with self._lock:
            now = self._clock()
            return progress_screen(self._tally, self._begun, now)
