"""The comment that heads a SQL file: what it is, what it brings, what it needs, how to run it.

Consumed by every kind of file. What makes it harmless is in :mod:`pilotage.files.script`.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.files.script import comment


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
