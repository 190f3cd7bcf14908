"""How screens look: the one style of table, headings, and lists of names that fit their line.

Consumed by the screens of this room. What a screen says is decided in the screen's own file.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from pilotage.report.figures import count

MIDDLE_DOT = "\u00b7"


def plain_table(*headers: str) -> Table:
    """Return an empty table without frames.

    Args:
        headers: one that ends in ``>`` is of a column of figures: aligned right, and never narrowed for the
            sake of the others.
    """
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold"
    )
    for header in headers:
        if header.endswith(">"):
            table.add_column(Text(header[:-1]), justify="right", no_wrap=True)
        else:
            table.add_column(Text(header), overflow="fold")
    return table


def heading(text: str) -> Text:
    """Return the heading of a part of a screen."""
    return Text(text, style="bold")


def facts(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    """Return labels and what is to be said of each, in two columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, said in rows:
        grid.add_row(Text(label, style="dim"), Text(said) if isinstance(said, str) else said)
    return grid


class FittingList:
    """As many items as fit on one line, then how many there are besides: ``hotels, staff_users, +12``."""

    def __init__(self, items: Sequence[str], besides: int = 0) -> None:
        self._items = tuple(items)
        self._besides = besides

    def fitted(self, width: int) -> str:
        """Return the line in at most ``width`` characters; the first item is cut where it alone is longer."""
        for shown in range(len(self._items), 0, -1):
            line = self._line(shown)
            if Text(line).cell_len <= width:
                return line
        if not self._items:
            return ""
        rest = self._line(1)[len(self._items[0]) :]
        first = Text(self._items[0])
        first.truncate(max(width - len(rest), 1), overflow="ellipsis")
        return first.plain + rest

    def _line(self, shown: int) -> str:
        rest = len(self._items) - shown + self._besides
        return ", ".join(self._items[:shown]) + (f", +{count(rest)}" if rest else "")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.fitted(options.max_width), no_wrap=True, overflow="ellipsis")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = Text(self._line(len(self._items))).cell_len
        return Measurement(min(12, longest), longest).with_maximum(options.max_width)
