"""On which line of a TOML text each key and each element stands.

``tomllib`` says what a text means but not where it says so, and a message without a line helps nobody.
Consumed by :mod:`pilotage.config.document`. The text must be one that ``tomllib`` has accepted: nothing is
judged here, and what a faulty text would give is undefined.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value is in what ``tomllib`` returns: ``("group", 2, "tables", 3)``."""

# A carriage return is only ever half a line end here, so it may count as space.
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# A multi-line string may end with one or two quotes of its own before the three that close it.
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
# Numbers, booleans and dates; a date may hold a space.
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")


class Positions:
    """The lines of one text, counted from 1."""

    def __init__(self, lines: Mapping[KeyPath, int]) -> None:
        self._lines = lines

    def line_of(self, path: KeyPath) -> int:
        """Return the line on which a key, or the element of an array, begins.

        For a path that the text does not hold, such as a key that is missing, it is the line of the nearest
        table around it; the whole text begins on line 1.
        """
        for length in range(len(path), 0, -1):
            line = self._lines.get(path[:length])
            if line is not None:
                return line
        return 1

    def __contains__(self, path: KeyPath) -> bool:
        return path in self._lines


def locate(text: str) -> Positions:
    """Find every key and element of a valid TOML text."""
    scanner = _Scanner(text)
    scanner.scan()
    return Positions(scanner.lines)


class _Scanner:
    """Walks over the text once, knowing only TOML's brackets, keys and strings."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._at = 0
        self._line_ends = [match.start() for match in re.finditer("\n", text)]
        self._elements: dict[KeyPath, int] = {}
        """How many ``[[…]]`` headers of each array of tables have passed."""

    def scan(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        """Pass ``[a.b]`` or ``[[a.b]]`` and return the table that it opens."""
        line = self._line()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        self._skip(_SPACE)
        *above, last = self._key()
        self._skip(_SPACE)
        self._at += brackets
        path: KeyPath = ()
        for part in above:
            path = self._within((*path, part), line)
        path = (*path, last)
        if brackets == 2:
            self._elements[path] = self._elements.get(path, 0) + 1
        return self._within(path, line)

    def _within(self, path: KeyPath, line: int) -> KeyPath:
        """Note a table's line; of an array of tables it is the latest element that is meant."""
        self.lines.setdefault(path, line)
        if path in self._elements:
            path = (*path, self._elements[path] - 1)
            self.lines.setdefault(path, line)
        return path

    def _pair(self, table: KeyPath) -> None:
        """Pass ``a.b = value``."""
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._skip(_SPACE)
        self._at += len("=")
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[str]:
        parts = [self._key_part()]
        while (dot := _DOT.match(self._text, self._at)) is not None:
            self._at = dot.end()
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> str:
        if self._text[self._at] not in "\"'":
            return self._skip(_BARE_KEY)
        # Only TOML's own reader knows what the escapes in a quoted key stand for.
        quoted: str = tomllib.loads(f"key = {self._skip(_STRING)}")["key"]
        return quoted

    def _value(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self._line())
        match self._text[self._at]:
            case "[":
                self._enclosed("]", path)
            case "{":
                self._enclosed("}", path)
            case '"' | "'":
                self._skip(_STRING)
            case _:
                self._skip(_BARE_VALUE)

    def _enclosed(self, closing: str, path: KeyPath) -> None:
        """Pass an array or an inline table."""
        self._at += 1
        index = 0
        self._skip(_BLANK)
        while self._text[self._at] != closing:
            if self._text[self._at] == ",":
                self._at += 1
            elif closing == "]":
                self._value((*path, index))
                index += 1
            else:
                self._pair(path)
            self._skip(_BLANK)
        self._at += 1

    def _skip(self, what: re.Pattern[str]) -> str:
        """Pass what stands here and return it; nothing where something else stands here."""
        found = what.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_left(self._line_ends, self._at) + 1
