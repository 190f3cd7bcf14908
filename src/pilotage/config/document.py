"""A TOML text as typed values, each with its line, and every problem that was met on the way.

Consumed by :mod:`pilotage.config.reader`, which knows what the keys mean; here are only the types that TOML
has. A value of a wrong type is reported and read as if it were not there, so that reading can go on.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeGuard, TypeVar

from pilotage.config import toml_text
from pilotage.config.positions import KeyPath, locate
from pilotage.config.records import Position
from pilotage.config.toml_text import basic_string, visible
from pilotage.errors import UsageError

E = TypeVar("E", bound=StrEnum)

_TOMLLIB_MESSAGE = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_SHOWN = 60
"""Characters of a found value that a message shows."""
_ARRAYS = ("group", "waive", "assert", "identity")
"""Sections of which a file may have several."""


class Document:
    """One configuration's text, parsed.

    Attributes:
        top: the table that the whole text is.

    Raises:
        UsageError: the text is not TOML; the message names the line.
    """

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._problems: list[tuple[int, str]] = []
        try:
            values = tomllib.loads(text)
            self._positions = locate(text)
        except RecursionError as error:
            raise UsageError(
                f"{visible(file)}: arrays or inline tables stand within each other too deeply; "
                "no key of a configuration needs more than one level"
            ) from error
        except ValueError as error:  # TOMLDecodeError, and what int() and the dates raise through it
            raise UsageError(_not_toml(error, text, file)) from error
        self.top = TomlTable(self, (), values)

    def position(self, path: KeyPath) -> Position:
        """Return where a key or element stands, or where a missing one would."""
        return Position(self._file, self._positions.line_of(path))

    def report(self, path: KeyPath, message: str) -> None:
        """Note a problem: what was found, what is wanted, and the remedy."""
        position = self.position(path)
        self._problems.append((position.line, f"{position}: {message}"))

    def raise_problems(self) -> None:
        """Raise all problems as one.

        Raises:
            UsageError: there are any; one line of the message each, in the order of the file.
        """
        if self._problems:
            self._problems.sort(key=lambda problem: problem[0])
            raise UsageError("\n".join(message for _, message in self._problems))


class TomlTable:
    """One table of the document."""

    def __init__(self, document: Document, path: KeyPath, values: Mapping[str, object]) -> None:
        self._document = document
        self._path = path
        self._values = values

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """Go over the keys, in the order of the file."""
        return iter(self._values)

    @property
    def position(self) -> Position:
        """Where the table begins."""
        return self._document.position(self._path)

    def position_of(self, key: str, index: int | None = None) -> Position:
        """Return where a key stands, or one element of its array."""
        return self._document.position(self._path_of(key, index))

    def report(self, message: str, key: str | None = None, index: int | None = None) -> None:
        """Note a problem of this table, of one of its keys, or of one element of a key's array."""
        self._document.report(self._path if key is None else self._path_of(key, index), message)

    def name_of(self, key: str) -> str:
        """Return a key's full name, as the documentation writes it: ``data.split``."""
        return ".".join(toml_text.key(part) for part in (*self._path, key) if isinstance(part, str))

    def is_table(self, key: str) -> bool:
        """Whether the key is there and is a table."""
        return isinstance(self._values.get(key), dict)

    def is_empty_array(self, key: str) -> bool:
        """Whether the key is there and is an array without elements."""
        return self._values.get(key) == []

    def refuse_unknown_keys(self, known: Mapping[str, Sequence[str]]) -> None:
        """Report every key that this table does not have.

        Args:
            known: every table's keys, by its name; the top's by an empty one.
        """
        section = ".".join(part for part in self._path if isinstance(part, str))
        for key in self._values:
            if key not in known[section]:
                shown = basic_string(_elided(key))
                self.report(f"unknown key {shown}; {_suggestion(key, section, known)}", key)

    def text(self, key: str) -> str | None:
        """Return a string with something visible in it; None where there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(key, value, "a text in double quotes")
            return None
        return self._sound(value, key)

    def texts(self, key: str) -> tuple[tuple[int, str], ...]:
        """Return an array's strings, each with its index; those that are none are reported and left out."""
        value = self._values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(key, value, 'an array of texts: ["…", "…"]')
            return ()
        sound: list[tuple[int, str]] = []
        for index, element in enumerate(value):
            if not isinstance(element, str):
                self.report(
                    f"{self.name_of(key)} holds {found(element)}; put each of its texts in double quotes",
                    key,
                    index,
                )
            elif (text := self._sound(element, key, index)) is not None:
                sound.append((index, text))
        return tuple(sound)

    def integer(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number within bounds; None where there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        wanted = f"a whole number, {low} to {high}" if high < 2**63 - 1 else f"a whole number, {low} or more"
        if not is_integer(value) or not low <= value <= high:
            self._wrong(key, value, wanted)
            return None
        return value

    def integer_or_text(self, key: str, wanted: str) -> int | str | None:
        """Return a whole number or a string; None where there is neither."""
        value = self._values.get(key)
        if value is None or isinstance(value, str) or is_integer(value):
            return value
        self._wrong(key, value, wanted)
        return None

    def scalar(self, key: str) -> str | None:
        """Return a text, which may be empty, or a number or truth as PostgreSQL writes it; None for none."""
        value = self._values.get(key)
        if isinstance(value, bool):
            return "t" if value else "f"
        if value is None or is_integer(value):
            return None if value is None else str(value)
        if isinstance(value, str):
            return value
        self._wrong(key, value, "a text in double quotes, a whole number, or true or false")
        return None

    def boolean(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false, without quotes")
            return default
        return value

    def choice(self, key: str, default: E) -> E:
        """Return one of the values of the default's own enumeration."""
        value = self._values.get(key)
        if value is None:
            return default
        kind = type(default)
        if isinstance(value, str) and value in set(kind):
            return kind(value)
        self._wrong(key, value, " or ".join(map(basic_string, kind)))
        return default

    def table(self, key: str) -> TomlTable:
        """Return a table within this one; an empty one where there is none."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self._wrong(key, value, f"a table: a line [{self.name_of(key)}] and its keys below it")
            value = {}
        return TomlTable(self._document, self._path_of(key), value)

    def tables(self, key: str) -> tuple[TomlTable, ...]:
        """Return the tables of an array of tables."""
        value = self._values.get(key, [])
        wanted = f"an array of tables: a line [[{self.name_of(key)}]] for each, in double brackets"
        if not isinstance(value, list):
            self._wrong(key, value, wanted)
            return ()
        tables: list[TomlTable] = []
        for index, element in enumerate(value):
            if isinstance(element, dict):
                tables.append(TomlTable(self._document, self._path_of(key, index), element))
            else:
                self.report(f"{self.name_of(key)} holds {found(element)}; it is {wanted}", key, index)
        return tuple(tables)

    def wrong(self, key: str, wanted: str) -> None:
        """Report that a key's value, which is there, is not what is wanted."""
        self._wrong(key, self._values[key], wanted)

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        # A source may hold a password, in whatever shape someone wrote it.
        shown = "no text" if key == "source" else found(value)
        self.report(f"{self.name_of(key)} is {shown}; write {wanted}", key)

    def _sound(self, text: str, key: str, index: int | None = None) -> str | None:
        if not text.strip():
            self.report(f"{self.name_of(key)} is an empty text; write one", key, index)
            return None
        if "\0" in text:
            self.report(
                f"{self.name_of(key)} holds a NUL character, which PostgreSQL cannot; remove it", key, index
            )
            return None
        return text

    def _path_of(self, key: str, index: int | None = None) -> KeyPath:
        return (*self._path, key) if index is None else (*self._path, key, index)


def is_integer(value: object) -> TypeGuard[int]:
    """Whether TOML wrote a whole number; to Python, true and false are such numbers too."""
    return isinstance(value, int) and not isinstance(value, bool)


def found(value: object) -> str:
    """Return a value as a message shows it: on one line, and not all of a long one."""
    match value:
        case str():
            return basic_string(_elided(value))
        case bool() | float():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**20 else "a number of more than 20 digits"
        case list():
            return "an array" if value else "an empty array"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _elided(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _suggestion(key: str, section: str, known: Mapping[str, Sequence[str]]) -> str:
    elsewhere = [other for other, keys in known.items() if key in keys]
    if elsewhere:
        places = " or ".join(_place(other) for other in elsewhere)
        return f"it belongs {places}"
    close = get_close_matches(key.lower().replace("-", "_"), known[section], n=1)
    if close:
        return f"did you mean {close[0]}?"
    place = f"[{section}]" if section else "the top of the file"
    return f"the keys of {place} are {', '.join(known[section])}"


def _place(section: str) -> str:
    if not section:
        return "at the top of the file, before the first line in brackets"
    return f"under [[{section}]]" if section in _ARRAYS else f"under [{section}]"


def _not_toml(error: ValueError, text: str, file: str) -> str:
    message = _TOMLLIB_MESSAGE.fullmatch(str(error))
    if message is None:  # from int(), whose words would help nobody here and which knows no line
        return f"{visible(file)}: a number has more digits than can be read; write a smaller one"
    if message["line"] is None:
        end = Position(file, text.rstrip().count("\n") + 1)
        return f"{end}: not valid TOML: {message['what']} at the end of the file; close what is left open"
    where = Position(file, int(message["line"]))
    what = f"{visible(message['what'])} at column {message['column']}"
    return f"{where}: not valid TOML: {what}; correct that line"
