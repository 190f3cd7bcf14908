"""Progress of work without a measure: a line that says what is going on.

Consumed by commands that look for a while before there is a plan.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.text import Text

from pilotage.report.escape import terminal_text


@contextlib.contextmanager
def lines_of_progress(console: Console, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show the latest line on a terminal, and every line where there is none.

    Args:
        console: where to show it.
        quiet: show nothing.
    """
    if quiet:
        yield lambda _line: None
    elif console.is_terminal:
        with console.status("") as status:
            yield lambda line: status.update(Text(terminal_text(line)))
    else:
        yield lambda line: console.print(Text(terminal_text(line)), soft_wrap=True)
