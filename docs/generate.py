"""Writes what of the documentation the program itself says: ``python docs/generate.py``.

``docs/commands.md`` is what the commands print, ``docs/verdict.schema.json`` what a verdict's records are,
``docs/rules.md`` what the linter's rules say of themselves. A test compares each file with what this would
write now. What is said about the commands elsewhere is written
by hand.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from typer.core import TyperGroup

from pilotage.cli.app import app
from pilotage.lint import RULES
from pilotage.model.verdict import VERDICT_FORMAT, Verdict

WIDTH = 100
"""Characters a line; a terminal's own width must not change the file."""

PAGE = Path(__file__).with_name("commands.md")

SCHEMA = Path(__file__).with_name("verdict.schema.json")

RULES_PAGE = Path(__file__).with_name("rules.md")

RULES_INTRODUCTION = """\
# The rules of `lint`

What each rule finds, what that costs, when it is fine, what to do, and what a person has to decide where no
SQL is written. Made by `python docs/generate.py` from the rules themselves, `src/pilotage/lint/rules`; edits
to this file are lost. How they are run, chosen and
waived: [lint.md](lint.md).

| rule | level | about |
| --- | --- | --- |
"""

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


def verdict_schema() -> str:
    """Return the JSON Schema of ``verdict.json``, by the records that are written there."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pilotage verdict, format {VERDICT_FORMAT}",
        **msgspec.json.schema(Verdict),
    }
    for record in schema["$defs"].values():
        # Python 3.13 takes the indentation off by itself.
        record["description"] = inspect.cleandoc(record["description"])
    return json.dumps(schema, indent=2) + "\n"


def rules_page() -> str:
    """Return the page that explains every rule of the linter."""
    rows = (
        f"| [`{rule.name}`](#{rule.name}) | {', '.join(dict.fromkeys((rule.level, rule.worst)))} | "
        f"{', '.join(category.value.lower() for category in rule.categories)} |\n"
        for rule in RULES
    )
    sections = (
        f"\n## {rule.name}\n\n{rule.summary}\n\n"
        f"- **Cost.** {rule.cost}\n- **Fine.** {rule.fine}\n- **Remedy.** {rule.remedy}\n"
        f"- **Decide.** {rule.decide}\n"
        for rule in RULES
    )
    return RULES_INTRODUCTION + "".join(rows) + "".join(sections)


if __name__ == "__main__":
    for path, content in ((PAGE, commands_page()), (SCHEMA, verdict_schema()), (RULES_PAGE, rules_page())):
        path.write_text(content, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
