"""Names and texts made visible on one line, wherever they are printed.

Consumed by reports, SQL files and whatever else prints a foreign name. Names are hostile input: line breaks,
terminal escape sequences and marks that reverse the direction of text are legal in them. What a medium makes
of punctuation (Markdown, HTML) belongs to the room that writes it.
"""

from __future__ import annotations

import unicodedata

from pilotage.model.names import QualifiedName, quote_identifier

# Controls (Cc), invisible format characters such as those that reverse the direction of text (Cf), lone
# surrogates (Cs), line and paragraph separators (Zl, Zp) and spaces that merely look like one (Zs). Not the
# unassigned (Cn): which they are depends on Python's version, and an output must not.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def _is_invisible(character: str) -> bool:
    return character != " " and unicodedata.category(character) in _INVISIBLE


def visible_identifier(name: str) -> str:
    r"""Return a name as SQL reads it, on one line and free of invisible characters.

    A name that holds any is written in PostgreSQL's own notation for that, ``U&"two\000Alines"`` (SQL
    Syntax, 4.1.1): still unambiguous, still good to paste into psql.
    """
    quoted = quote_identifier(name)
    if not any(map(_is_invisible, quoted)):
        return quoted
    return "U&" + "".join(map(_unicode_escape, quoted))


def _unicode_escape(character: str) -> str:
    if character == "\\":
        return r"\\"
    if not _is_invisible(character):
        return character
    code = ord(character)
    return f"\\{code:04X}" if code <= 0xFFFF else f"\\+{code:06X}"


def visible_name(name: QualifiedName) -> str:
    """Return a qualified name as SQL reads it, on one line and free of invisible characters."""
    return f"{visible_identifier(name.schema)}.{visible_identifier(name.name)}"


def visible_identifiers(names: tuple[str, ...]) -> str:
    """Return names as a column list is written."""
    return ", ".join(map(visible_identifier, names))


def visible_text(text: str) -> str:
    r"""Return text on one line, with every invisible character as ``\n``, ``\x1b`` or ``\u202e``.

    For text that is no name, such as a server's message or a definition. Two texts may come out alike.
    """
    return "".join(_backslash_escape(character) for character in text)


def _backslash_escape(character: str) -> str:
    if not _is_invisible(character):
        return character
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
