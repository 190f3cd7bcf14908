"""The comment that opens a SQL file: what it is, what it brings, what it needs, how to run it.

Consumed by every kind of file. Whatever it says is on lines of its own that begin with ``--``: psql looks for
no commands of its own in those, and no name can end one.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.visible import visible_text

WIDTH = 110


def comment(*lines: str) -> str:
    """Return lines as comments; a line break inside one of them is made visible instead."""
    return "".join(f"-- {visible_text(line)}".rstrip(" ") + "\n" for line in lines)


def header(*, title: str, sections: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return the comment that opens a file.

    Args:
        title: one line.
        sections: a heading and its lines; without lines, the heading stands alone.
    """
    lines = ["", title]
    for heading, content in sections:
        lines += ["", heading, *(f"  {line}" for line in content)]
    return comment(*lines, "") + "\n"


def how_to_run(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the section on how a file is run with psql."""
    return (
        "Run it, after the files that it needs:",
        (f"psql -v ON_ERROR_STOP=1 -f {name}",),
    )
