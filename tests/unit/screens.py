"""What a screen prints, and whole texts kept in ``transcripts/`` to compare with.

Consumed by the tests of the reports.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console, RenderableType

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def console(width: int, *, terminal: bool = False) -> tuple[Console, StringIO]:
    """A console of this width that looks at no environment, and what is printed on it."""
    printed = StringIO()
    return (
        Console(
            file=printed,
            width=width,
            height=50,
            color_system="standard" if terminal else None,
            force_terminal=terminal,
            force_interactive=terminal,
            legacy_windows=False,
            _environ={},
        ),
        printed,
    )


def screen(renderable: RenderableType, width: int) -> str:
    """The screen as text; that its lines end in blanks is of no concern."""
    on, printed = console(width)
    on.print(renderable)
    return "".join(line.rstrip() + "\n" for line in printed.getvalue().splitlines())


def expect_transcript(name: str, text: str, found: Path) -> None:
    """Compare with the kept transcript; what was found is left beside the test's other files.

    To accept a change, read it and copy the file over the transcript.
    """
    found = found / name
    found.write_text(text)
    kept = TRANSCRIPTS / name
    assert text == (kept.read_text() if kept.exists() else ""), f"cp {found} {kept}"
