"""SQL files on their way to a target, or back: what will run, the progress of it, and what came of it.

Consumed by the command line, which gives the consoles. What runs, and in which order, is decided elsewhere.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self, assert_never

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pilotage.apply.records import (
    ApplyResult,
    BytesSent,
    Event,
    FileFinished,
    FilesListed,
    FileStarted,
    FileState,
    ListedFile,
    Noticed,
    RollbackResult,
)
from pilotage.model.review import FileKind
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted, duration, rate, size, size_rate
from pilotage.report.layout import heading, plain_table

LINE_EVERY = 5.0
"""Seconds between two lines about one file where there is no terminal."""

_REFRESHES_PER_SECOND = 4
_BAR_WIDTH = 30
_LOG_WIDTH = 160
_DROPS_SHOWN = 200
"""Objects of one file that are named before a rollback; the files name all of them."""


class ApplyProgress:
    """Shows files while they run; use as a context manager and call it with each event.

    Args:
        console: where to show it. On a terminal, the file at work is shown live.
        quiet: show nothing but what a person should know in any case.
        clock: seconds, from a clock that does not go back.
    """

    def __init__(
        self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._clock = clock
        self._begun = self._last_line = clock()
        self._live: Live | None = None
        self._file: FileStarted | None = None
        self._file_begun = 0.0
        self._sent = 0

    def __enter__(self) -> Self:
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

    def __call__(self, event: Event) -> None:
        """Take an event into account and show what it changes."""
        match event:
            case FilesListed():
                if not self._quiet:
                    self._print_wide(files_table(event.files))
            case FileStarted():
                self._file, self._sent = event, 0
                self._file_begun = self._last_line = self._clock()
            case BytesSent():
                self._sent += event.bytes
                if self._live is None and self._clock() - self._last_line >= LINE_EVERY:
                    self._line(self._at_work())
            case FileFinished():
                rows = f"{counted(event.rows, 'row')}, " if event.rows else ""
                name = terminal_text(event.name)
                self._line(f"{self._place()} {name}: {rows}{size(event.bytes)} in {duration(event.seconds)}")
                self._file = None
            case Noticed():
                self._console.print(
                    Text(terminal_text(f"note: {event.message}")), soft_wrap=True, highlight=False
                )
            case _:
                assert_never(event)

    def screen(self) -> RenderableType:
        """Return the live display as of now: the file at work."""
        if self._file is None:
            return Text("")
        grid = Table.grid(padding=(0, 1))
        grid.add_row(
            ProgressBar(
                total=max(1, self._file.bytes), completed=min(self._sent, self._file.bytes), width=_BAR_WIDTH
            ),
            Text(self._at_work(), no_wrap=True, overflow="ellipsis"),
        )
        return grid

    def _place(self) -> str:
        return f"{self._file.number}/{self._file.of}" if self._file is not None else ""

    def _at_work(self) -> str:
        if self._file is None:
            return ""
        seconds = self._clock() - self._file_begun
        return (
            f"{self._place()} {terminal_text(self._file.name)}: {size(self._sent)} of "
            f"{size(self._file.bytes)}, {size_rate(self._sent, seconds)}, {duration(seconds)}"
        )

    def _print_wide(self, table: Table) -> None:
        """Print a table, in full width where there is no terminal: a log is searched by line."""
        console = self._console
        if not console.is_terminal:
            console = Console(file=console.file, width=_LOG_WIDTH, highlight=False)
        console.print(table)

    def _line(self, line: str) -> None:
        self._last_line = self._clock()
        if not self._quiet:
            # Never wrapped: whoever reads a log searches it by line.
            text = Text(f"[{duration(self._last_line - self._begun)}] {line}")
            self._console.print(text, soft_wrap=True, highlight=False)


def files_table(files: Sequence[ListedFile]) -> Table:
    """Return files in the order in which they run, each with what it is and where it stands."""
    table = plain_table("file", "group", "rows>", "size>", "time>", "state")
    for file in files:
        state = "to run" if file.state is FileState.PENDING else file.state.value
        table.add_row(
            Text(terminal_text(file.name)),
            Text(terminal_text(file.group)),
            count(file.rows) if file.rows else "",
            size(file.bytes),
            duration(file.seconds) if file.seconds else "",
            Text(state + (", edited" if file.edited else "")),
        )
    return table


def apply_screen(result: ApplyResult) -> RenderableType:
    """Return what applying did, or would do, on one screen."""
    target = terminal_text(result.target)
    ran = [file for file in result.files if file.state is FileState.DONE]
    before = [file for file in result.files if file.state is FileState.DONE_BEFORE]
    pending = [file for file in result.files if file.state is FileState.PENDING]
    if result.dry_run:
        to_run = counted(len(pending), "file")
        rows = counted(sum(file.rows for file in pending), "row")
        title = Text(f"Nothing was changed. {to_run} with {rows} would run on {target}")
        title.append(f"; {counted(len(before), 'file is', 'files are')} done" if before else "")
        return Group(title, Text(), files_table(result.files))
    title = Text(
        f"Applied {counted(len(ran), 'file')} to {target} in {duration(result.seconds)}: "
        f"{counted(result.rows, 'row')}, {rate(result.rows, result.seconds, 'rows')}"
    )
    parts: list[RenderableType] = [title]
    if before:
        parts.append(Text(f"{counted(len(before), 'file was', 'files were')} done before."))
    journal = (
        "The journal is kept in schema pilotage; pilotage rollback removes it."
        if result.journal_kept
        else "The journal is removed."
    )
    parts.append(Text(f"All {counted(len(result.files), 'file')} are on the target. {journal}"))
    for file in result.files:
        if file.kind == FileKind.FIXES:
            said = "made the chosen fixes; `pilotage verify SOURCE TARGET --plan DIR` expects them."
            parts.append(Text(f"{terminal_text(file.name)} {said}"))
    return Group(*parts)


def rollback_screen(result: RollbackResult) -> RenderableType:
    """Return what a rollback took back, or would take back, on one screen."""
    target = terminal_text(result.target)
    if not result.files:
        return Text(f"Nothing to take back: no file of this migration is recorded on {target}")
    if not result.dry_run:
        return _taken_back(result)
    what = f"{counted(len(result.files), 'rollback file')}, {counted(result.rows, 'row')}"
    if not result.journal:
        # Without a journal nobody knows before they run what they will find.
        what = f"Up to {what}"
    parts: list[RenderableType] = [
        Text(f"Nothing was changed. {what} would be taken back on {target}"),
        Text(_what_it_knows(result)),
    ]
    for file in result.files:
        parts += [Text(), heading(terminal_text(file.name))]
        if file.rows:
            parts.append(Text(f"  {counted(file.rows, 'row')}"))
        parts += [Text("  " + line, overflow="fold") for line in _drops(file)]
    return Group(*parts)


def _taken_back(result: RollbackResult) -> Text:
    """Say what a rollback found and took back, which without a journal may be nothing."""
    target = terminal_text(result.target)
    idle = sum(file.state is FileState.NOTHING_TO_UNDO for file in result.files)
    if idle == len(result.files):
        return Text(
            f"Nothing was taken back on {target}: {counted(idle, 'rollback file')} ran and found "
            "nothing to undo"
        )
    did = counted(len(result.files) - idle, "rollback file")
    title = Text(f"Took back {did}, {counted(result.rows, 'row')} on {target} in {duration(result.seconds)}")
    title.append(f"; {idle} found nothing to undo" if idle else "")
    return title


def _drops(file: ListedFile) -> Iterator[str]:
    """Yield what goes, last created first: what is on a table only as figures where tables go themselves."""
    drops = tuple(reversed(file.drops))
    together = any(each.kind == "table" for each in drops)
    named = [each for each in drops if not (together and each.on_table)]
    for each in named[:_DROPS_SHOWN]:
        yield terminal_text(f"{each.kind} {each.label}")
    if len(named) > _DROPS_SHOWN:
        yield f"and {counted(len(named) - _DROPS_SHOWN, 'more object')}"
    kinds = Counter(each.kind for each in drops if together and each.on_table)
    if kinds:
        on_them = (counted(number, kind, _PLURALS.get(kind)) for kind, number in sorted(kinds.items()))
        yield f"on these tables: {', '.join(on_them)}"


_PLURALS = {"index": "indexes", "policy": "policies"}


def _what_it_knows(result: RollbackResult) -> str:
    if result.journal:
        return "The target's journal says that these files have run."
    return (
        "The target has no journal: each file looks for itself at what is there, and leaves the rest alone."
    )
