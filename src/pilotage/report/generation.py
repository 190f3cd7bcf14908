"""Progress while SQL files are written.

Consumed by the command line, which gives the console; what was written is shown from the manifest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console
from rich.status import Status

from pilotage.files.generate import FileStarted, FileWritten, GenerationEvent, GenerationStarted, RowsRead
from pilotage.report.escape import terminal_text
from pilotage.report.figures import counted, size, size_rate

LINE_EVERY = 5.0
"""Seconds between two lines about one file where there is no terminal."""


class GenerationDisplay:
    """Says which file is written and how far it is; use as a context manager and call it with each event."""

    def __init__(
        self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._clock = clock
        self._status: Status | None = None
        self._read = self._expected = 0
        self._began = self._last_line = clock()

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._status = self._console.status("reading the source")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, event: GenerationEvent) -> None:
        """Show one event."""
        if self._quiet:
            return
        match event:
            case GenerationStarted():
                self._expected = event.bytes
                self._began = self._last_line = self._clock()
            case FileStarted():
                self._show(event.file)
            case RowsRead():
                self._read += event.bytes
                self._show(event.file)
            case FileWritten():
                if event.rows:
                    self._console.print(
                        f"{terminal_text(event.file)}: {counted(event.rows, 'row')}, {size(event.bytes)}",
                        markup=False,
                    )
            case _:
                assert_never(event)

    def _show(self, file: str) -> None:
        seconds = self._clock() - self._began
        said = f"{terminal_text(file)}: {size(self._read)} read, {size_rate(self._read, seconds)}"
        if self._status is not None:
            self._status.update(said)
        elif self._clock() - self._last_line >= LINE_EVERY:
            self._last_line = self._clock()
            self._console.print(said, markup=False)
