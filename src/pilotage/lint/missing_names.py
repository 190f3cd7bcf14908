"""Names in a body that must be those of something, and are those of nothing now; pure.

Consumed by :mod:`pilotage.lint.search_path`. A function may name a table that a job makes each night: today
nothing has the name, so that nothing tells that it is looked up. What stands where a relation or a function
has to stand, without a schema, is held against all that needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pilotage.lint.bodies import Token
from pilotage.lint.routines import Named

_ENDS_FROM = frozenset(
    (
        *("where", "group", "order", "having", "limit", "offset", "fetch", "window", "union", "intersect"),
        *("except", "returning", "set", "on", "loop", "then", "select", "for", "values", "do", "when"),
    )
)
_TAKES_FROM = frozenset(("extract", "substring", "trim", "overlay", "position"))
"""Whose arguments have a FROM that is not a query's."""

_NO_UPDATE = frozenset(("for", "do", "key", "on", "or", "before", "after"))
"""Before UPDATE, where it is no statement."""

_NAMES_NEXT = frozenset(("only", "table", "lateral"))


@dataclass(slots=True)
class _Level:
    """What is known of the text between two brackets.

    Attributes:
        after: what stands before the bracket.
        in_from: whether a list after FROM is being read.
    """

    after: str = ""
    in_from: bool = False


def missing_name(tokens: Sequence[Token], names: Mapping[str, Sequence[Named]]) -> str | None:
    """Return the first name without a schema that has to be of a relation or function and is not known.

    Args:
        tokens: of a body.
        names: what words may name; known is what ``pg_catalog`` has, and what triggers call the tables of
            rows before and after.
    """
    own = {*_common_tables(tokens)}
    wanted = (each for each in _names(tokens) if each not in own)
    return next((each for each in wanted if not _is_known(each, names)), None)


def _is_known(word: str, names: Mapping[str, Sequence[Named]]) -> bool:
    return any(each.kind == "known" for each in names.get(word, ()))


def _common_tables(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield words that a query may define for itself: before AS with a bracket, or with columns between."""
    for place, token in enumerate(tokens[:-1]):
        if token.kind != "word":
            continue
        after = place + 1
        if tokens[after].text == "(":
            after = _closing(tokens, after) + 1
        following = [each.text for each in tokens[after : after + 4]]
        if following[:1] == ["as"] and any(each in {"(", "materialized"} for each in following[1:]):
            yield token.text


def _closing(tokens: Sequence[Token], place: int) -> int:
    depth = 0
    for at in range(place, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0) if tokens[at].kind == "sign" else 0
        if depth == 0:
            return at
    return len(tokens)


def _names(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield words that have no schema and stand where a relation or a function is named."""
    levels = [_Level()]
    wanted = False
    texts = ["", *(token.text if token.kind != "constant" else "'" for token in tokens), "", ""]
    for token, before, following in zip(tokens, texts, texts[2:], strict=False):
        level = levels[-1]
        if token.kind == "sign" and token.text == "(":
            levels.append(_Level(before))
            wanted = False
        elif token.kind == "sign" and token.text == ")":
            if len(levels) > 1:
                levels.pop()
            wanted = False
        elif token.kind == "sign":
            wanted = token.text == "," and level.in_from
            if token.text == ";":
                level.in_from = False
        elif token.kind == "keyword" or (token.kind == "word" and not (token.plain or wanted)):
            wanted = before != "." and _is_wanted_after(token.text, before, level, wanted=wanted)
        elif token.kind == "word" and before != ".":
            is_call = token.plain and following == "(" and before not in {"as", "with", "recursive"}
            if is_call or (wanted and following not in {".", "("}):
                yield token.text
            wanted = False


def _is_wanted_after(word: str, before: str, level: _Level, *, wanted: bool) -> bool:
    """Say whether a relation's name has to come after a word of the grammar, and note where a list begins."""
    if word == "from":
        level.in_from = before != "distinct" and level.after not in _TAKES_FROM
        return level.in_from
    if word in _ENDS_FROM:
        level.in_from = False
        return False
    wanted_after = {
        "join": True,
        "truncate": True,
        "lock": True,
        "into": before in {"insert", "merge"},
        "update": before not in _NO_UPDATE,
        "using": level.in_from,
    }
    return wanted_after.get(word, wanted and word in _NAMES_NEXT)
