"""SQL inside a Markdown document: blocks that no name can end, and literals that hide nothing.

Consumed by the documents of this room. What the statements say is decided by their callers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pilotage.model.names import quote_literal
from pilotage.report.escape import terminal_text

_BACKTICKS = re.compile(r"`{3,}")


def code_block(language: str, lines: Iterable[str]) -> list[str]:
    """Return a fenced block and the blank line after it; its fence is longer than any within it."""
    text = list(lines)
    longest = max((len(run) for line in text for run in _BACKTICKS.findall(line)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", *text, fence, ""]


def comment(text: str) -> str:
    """Return the text as one line of SQL comment."""
    return f"-- {terminal_text(text)}"


def visible_literal(text: str) -> str:
    r"""Return text as an SQL string constant on one line, free of invisible characters.

    Text that holds any becomes an escape string: ``E'two\\u000Alines'`` (SQL Syntax, 4.1.2.2).
    """
    if terminal_text(text) == text:
        return quote_literal(text)
    return "E'" + "".join(map(_escape, text)) + "'"


def _escape(character: str) -> str:
    if character in {"'", "\\"}:
        return character * 2
    if terminal_text(character) == character:
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
