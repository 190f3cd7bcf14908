r"""Foreign text as TOML writes it: strings, keys and comments.

Consumed by the writer and by every message of this room that shows what was found. Names are hostile input:
whatever they hold, what comes out is one line without invisible characters.
"""

from __future__ import annotations

import re
import unicodedata

# Controls, format characters such as those that reverse the direction of text, line and paragraph separators,
# and spaces that merely look like one. TOML would allow most of them; a reader could not see them.
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_SHORT = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def visible(text: str) -> str:
    r"""Return text on one line, its invisible characters as ``\n`` or ``\u202E``, for comments and messages.

    Two texts may come out alike: a backslash stays as it is.
    """
    return "".join(map(_escaped_if_invisible, text))


def basic_string(text: str) -> str:
    """Return text as a TOML basic string on one line, its quotes included; it reads back as it was."""
    return '"' + "".join(map(_escaped_in_string, text)) + '"'


def key(text: str) -> str:
    """Return one part of a TOML key, quoted where it has to be."""
    return text if _BARE_KEY.fullmatch(text) else basic_string(text)


def _escaped_in_string(character: str) -> str:
    return "\\" + character if character in '\\"' else _escaped_if_invisible(character)


def _escaped_if_invisible(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _INVISIBLE:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
