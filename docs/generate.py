"""Writes ``docs/commands.md`` from what the commands say of themselves: ``python docs/generate.py``.

A test compares the file with what this would write now. What is said about the commands elsewhere is written
by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup

from pilotage.cli.app import app

WIDTH = 100
"""Characters a line; a terminal's own width must not change the file."""

PAGE = Path(__file__).with_name("commands.md")

INTRODUCTION = """\
# Commands

What each command's `--help` prints. Made by `python docs/generate.py`; edits to this file are lost.

- Results go to standard output, progress and messages to standard error.
- How a server is named, and where its password comes from: [Connections](../README.md#connections).
- What a command exits with: [Exit codes](exit-codes.md).
"""


def commands_page() -> str:
    """Return the whole page as it should be."""
    sections = (f"\n## {name}\n\n```text\n{text}\n```\n" for name, text in help_pages())
    return INTRODUCTION + "".join(sections)


def help_pages() -> Iterator[tuple[str, str]]:
    """Yield the command line and the help of pilotage itself and of each of its commands."""
    group = typer.main.get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("pilotage has one command only, so there is no list of commands to write")
    # With resilient parsing, a command that lacks its arguments can be asked for its help.
    top = group.make_context("pilotage", [], resilient_parsing=True, terminal_width=WIDTH)
    yield "pilotage", group.get_help(top).rstrip()
    for name in group.list_commands(top):
        command = group.get_command(top, name)
        if command is not None and not command.hidden:
            context = command.make_context(name, [], parent=top, resilient_parsing=True)
            yield f"pilotage {name}", command.get_help(context).rstrip()


if __name__ == "__main__":
    PAGE.write_text(commands_page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
