"""Foreign text made harmless, for a terminal, a text file or Markdown.

Consumed by every other module of this room: no name and no server's text reaches an output except through
here. Names are hostile input: line breaks, terminal escape sequences, pipes and markup are legal in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pilotage.model.names import QualifiedName
from pilotage.model.visible import visible_identifier, visible_identifiers, visible_name
from pilotage.model.visible import visible_text as terminal_text

__all__ = [
    "elided",
    "markdown_code",
    "markdown_identifier",
    "markdown_name",
    "markdown_text",
    "short_names",
    "terminal_text",
    "visible_identifier",
    "visible_identifiers",
    "visible_name",
]

_SAFE_IN_CODE_SPAN = re.compile(r"[^`|\\<>&]*\Z")
# An underscore within a word is only an underscore (CommonMark 0.31, 6.2).
# A colon before a blank makes no link, and could only end an emoji whose other colon is escaped.
_MARKDOWN_ACTIVE = re.compile(r"[\\`*{}\[\]<>#|~!@$]|:(?! )|(?<![^\W_])_|_(?![^\W_])")
# An ampersand before a blank is no character reference (CommonMark 0.31, 2.5).
_MARKDOWN_AMPERSAND = re.compile(r"&(?! )")
_NOT_WORD = re.compile(r"[!-/:-@\[-`{-~]")


def short_names(names: Iterable[QualifiedName]) -> dict[QualifiedName, str]:
    """Return the names without their schemas where none of the others is a namesake."""
    every = tuple(names)
    namesakes = Counter(name.name for name in every)
    return {
        name: visible_identifier(name.name) if namesakes[name.name] == 1 else visible_name(name)
        for name in every
    }


def elided(text: str, width: int) -> str:
    """Return the text in at most ``width`` characters, its middle replaced by an ellipsis where it is longer.

    The end is kept because texts that differ often differ there.
    """
    if len(text) <= width:
        return text
    head = width // 2
    tail = width - 1 - head
    return text[:head] + "…" + (text[-tail:] if tail else "")


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is, within a paragraph, a bullet or a table's cell."""
    without_html = _MARKDOWN_AMPERSAND.sub("&amp;", terminal_text(text))
    return _MARKDOWN_ACTIVE.sub(_markdown_escape, without_html)


def _markdown_escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in "<>@:":  # an entity also keeps GitHub from making links and mentions
        return f"&#{ord(character)};"
    return "\\" + character


def markdown_code(text: str) -> str:
    """Return text in the type face of code, harmless also where it holds backticks, pipes or HTML.

    Ordinary text becomes a code span, which is also good to read as it stands. A code span has no escapes of
    its own, so anything else becomes ``<code>`` with every punctuation mark as a character reference.
    """
    visible = terminal_text(text)
    if _SAFE_IN_CODE_SPAN.match(visible) and visible.strip(" "):
        return f"`{visible}`"
    return "<code>" + _NOT_WORD.sub(lambda match: f"&#{ord(match.group())};", visible) + "</code>"


def markdown_name(name: QualifiedName) -> str:
    """Return a qualified name for Markdown, in the form in which SQL reads it."""
    return markdown_code(visible_name(name))


def markdown_identifier(name: str) -> str:
    """Return a name without a schema for Markdown, in the form in which SQL reads it."""
    return markdown_code(visible_identifier(name))
