"""What policies ask of a request: settings, claims inside them, and the columns they are compared with; pure.

Consumed by :mod:`pilotage.security.identities`. Read off the text that the server prints, without what stands
around an operand: parentheses, casts, scalar subqueries. Something that is missed or misread here leaves an
identity with a setting less or a useless one, and is no difference between two databases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pilotage.security.outside import Calls

_NAME = r'(?:[^\W\d][\w$]*|"(?:[^"]|"")+")'
_TOKEN = re.compile(
    rf"""
    --[^\n]* | /\*.*?\*/
    | (?P<cast> ::\s*{_NAME}(?:\.{_NAME})?
        (?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))? (?:\(\d[\d,\s]*\))? (?:\[\])* )
    | (?P<alias> \bAS\s+{_NAME} )
    | E?'(?P<text> (?:[^']|'')* )'
    | (?P<name> {_NAME}(?:\.{_NAME})* )
    | (?P<sign> ->>?|= )
    | (?P<other> [^\s(),;] )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TRANSPARENT = frozenset(("select", "any", "coalesce", "nullif", "true", "false", "lower", "trim"))
_SETTING_FUNCTION = "current_setting"
_CUSTOM = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)+")
"""The names of settings that applications make: those with a dot. The server's own, like ``is_superuser``,
cannot be set or change the session, and the beginning of a name that is put together is none."""


class Source(NamedTuple):
    """Where a value comes from: a setting, or what stands under some keys of the JSON that it holds."""

    setting: str
    keys: tuple[str, ...] = ()


class Comparison(NamedTuple):
    """A source and what it is compared with: a column, or a constant."""

    source: Source
    column: str | None
    constant: str | None


class _Token(NamedTuple):
    kind: str
    text: str


def sources_in(text: str, calls: Calls) -> tuple[Source, ...]:
    """Return every source that an expression, or a function's text, reads by itself."""
    return tuple(dict.fromkeys(source for source, _, _ in _found(_tokens(text), calls, frozenset())))


def askings_in(text: str, calls: Calls) -> tuple[frozenset[Source], ...]:
    """Return for each place where an expression asks who it is the sources of which one may answer.

    A function that reads several is taken to look for one of them.
    """
    by_place: dict[int, set[Source]] = {}
    for source, begin, _ in _found(_tokens(text), calls, frozenset()):
        by_place.setdefault(begin, set()).add(source)
    return tuple(dict.fromkeys(map(frozenset, by_place.values())))


def comparisons_in(text: str, calls: Calls) -> tuple[Comparison, ...]:
    """Return what an expression, or a function's text, compares with sources."""
    tokens = _tokens(text)
    return tuple(
        dict.fromkeys(
            Comparison(source, _column(other), other.text if other.kind == "text" else None)
            for source, begin, end in _found(tokens, calls, frozenset())
            for other in _others(tokens, begin, end)
        )
    )


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "text":
            tokens.append(_Token(kind, match["text"].replace("''", "'")))
        elif kind in {"name", "sign", "other"}:
            word = match[kind]
            if kind != "name" or word.lower() not in _TRANSPARENT:
                tokens.append(_Token(kind, word))
    return tokens


def _found(
    tokens: Sequence[_Token], calls: Calls, within: frozenset[str]
) -> Iterator[tuple[Source, int, int]]:
    """Yield each source with where it begins and ends."""
    for place, token in enumerate(tokens):
        if token.kind != "name":
            continue
        name = _last(token.text)
        end = place + 1
        if name == _SETTING_FUNCTION and end < len(tokens) and tokens[end].kind == "text":
            bases = [Source(tokens[end].text)] if _CUSTOM.fullmatch(tokens[end].text) else []
            end += 1
        elif name not in within:
            bases = [
                source
                for routine in calls.named(name)
                for source, _, _ in _found(_tokens(routine.body), calls, within | {name})
            ]
        else:
            bases = []
        if end < len(tokens) and tokens[end] == _Token("text", ""):  # of nullif(…, '')
            end += 1
        keys: list[str] = []
        while end + 1 < len(tokens) and tokens[end].text in {"->", "->>"} and tokens[end + 1].kind == "text":
            keys.append(tokens[end + 1].text)
            end += 2
        for base in dict.fromkeys(bases):
            yield Source(base.setting, (*base.keys, *keys)), place, end


def _others(tokens: Sequence[_Token], begin: int, end: int) -> Iterator[_Token]:
    """Yield what a source that stands there is equal to, on either side."""
    equals = _Token("sign", "=")
    if end + 1 < len(tokens) and tokens[end] == equals and tokens[end + 1].kind in {"name", "text"}:
        yield tokens[end + 1]
    if begin > 1 and tokens[begin - 1] == equals and tokens[begin - 2].kind in {"name", "text"}:
        yield tokens[begin - 2]


def _column(token: _Token) -> str | None:
    return _last(token.text) if token.kind == "name" else None


def _last(name: str) -> str:
    """Return the last part of a qualified name, as the catalog holds it."""
    part: str = re.findall(_NAME, name)[-1]
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()
