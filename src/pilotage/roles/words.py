"""Reading SQL word by word, as far as the places of role names need it.

Consumed by :mod:`pilotage.roles.places` and :mod:`pilotage.roles.database`. pg_dump writes these statements
by rule; what does not follow the rule is an error here and never a guess.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

# As the server reads it with standard_conforming_strings on (scan.l). pg_dump writes no block comments.
# Every character beyond ASCII is a letter to it; said by what a letter is not, which compiles in a quarter of
# the time.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"
_LETTER_DIGIT_OR_DOLLAR = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
_WORDS = re.compile(
    rf"""
      (?P<space>\s+|--[^\n\r]*)
    | (?P<string>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<body>\$(?P<tag>(?:{_LETTER}{_LETTER_OR_DIGIT}*)?)\$.*?\$(?P=tag)\$)
    | (?P<bare>{_LETTER}{_LETTER_DIGIT_OR_DOLLAR}*)
    | (?P<number>[0-9][A-Za-z0-9_.]*)
    | (?P<symbol>[^'"])
    """,
    re.VERBOSE | re.DOTALL,
)


class UnreadableTextError(ValueError):
    """A statement is not of the form that pg_dump gives it."""


class Kind(Enum):
    """What a word is."""

    BARE = auto()
    """A keyword, or a name without quotes."""
    QUOTED = auto()
    """A name in double quotes."""
    STRING = auto()
    BODY = auto()
    """A dollar-quoted string."""
    OTHER = auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """A word of a statement and where it stands.

    Attributes:
        depth: how many parentheses or brackets are open around it.
    """

    kind: Kind
    text: str
    start: int
    end: int
    depth: int

    def is_bare(self, keyword: str) -> bool:
        """Whether it is this keyword, outside of all parentheses."""
        return self.kind is Kind.BARE and self.depth == 0 and self.text.upper() == keyword

    @property
    def is_name(self) -> bool:
        """Whether it may be a name."""
        return self.kind in {Kind.BARE, Kind.QUOTED}

    @property
    def name(self) -> str:
        """The name that it is: without quotes; in lower case where it stood without them."""
        if self.kind is Kind.QUOTED:
            return self.text[1:-1].replace('""', '"')
        # The server folds ASCII alone in a database of several bytes a character; pg_dump quotes all others.
        return self.text.lower()

    @property
    def value(self) -> str:
        """The value of a string."""
        text = self.text
        if text[0] in "eE":
            return re.sub(r"\\(.)", r"\1", text[2:-1].replace("''", "'"), flags=re.DOTALL)
        return text[1:-1].replace("''", "'")


_KINDS = {"bare": Kind.BARE, "quoted": Kind.QUOTED, "string": Kind.STRING, "body": Kind.BODY}
_OPEN, _CLOSE = "([", ")]"


def words_of(sql: str) -> Iterator[Word]:
    """Yield the words of a text, without spaces and comments.

    Raises:
        UnreadableTextError: a quote or parenthesis has no end.
    """
    position = depth = 0
    while position < len(sql):
        found = _WORDS.match(sql, position)
        if found is None:
            raise UnreadableTextError("a quotation without end")
        group = str(found.lastgroup) if found.lastgroup != "tag" else "body"
        position = found.end()
        if group == "space":
            continue
        text = found[0]
        if text in _CLOSE:
            depth -= 1
        yield Word(_KINDS.get(group, Kind.OTHER), text, found.start(), position, depth)
        if text in _OPEN:
            depth += 1
    if depth:
        raise UnreadableTextError("parentheses that do not match")


def statements_in(sql: str) -> Iterator[Sequence[Word]]:
    """Yield the words of each statement, without its semicolon.

    Raises:
        UnreadableTextError: as :func:`words_of`, or the last statement does not end.
    """
    statement: list[Word] = []
    for word in words_of(sql):
        if word.text == ";" and word.depth == 0:
            yield statement
            statement = []
        else:
            statement.append(word)
    if statement:
        raise UnreadableTextError("a statement without end")


def begins(statement: Sequence[Word], keywords: str) -> bool:
    """Whether a statement begins with these keywords."""
    wanted = keywords.split()
    return len(statement) >= len(wanted) and all(
        word.is_bare(keyword) for word, keyword in zip(statement, wanted, strict=False)
    )


def only(statement: Sequence[Word], keyword: str) -> int:
    """Return where the one occurrence of a keyword stands, outside of all parentheses.

    Raises:
        UnreadableTextError: there is none, or more than one.
    """
    found = [place for place, word in enumerate(statement) if word.is_bare(keyword)]
    if len(found) != 1:
        raise UnreadableTextError(f"{len(found)} times the word {keyword}")
    return found[0]
