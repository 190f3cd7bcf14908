"""When two definitions that servers printed say the same; consumed by the checks that compare definitions.

PostgreSQL prints parsed trees, and its print is not always what the same tree prints after a reload, nor the
same in every major version. Only differences known to be without meaning are evened out here, each with its
reason; everything else is compared token by token. Nothing here is for running: the result is no SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

Tokens: TypeAlias = tuple[str, ...]

UNQUALIFIED_SINCE = 16
"""The first major version that prints a view on a single relation without naming it before each column.

Other queries, in rules, policies and function bodies, print alike from 15 to 18.
"""

# Constants, quoted names, words, operators. White space is not a token: the same VALUES list comes back as
# "(VALUES …" or "( VALUES …" from one server, before and after a reload.
_TOKEN = re.compile(
    r"""
    E'(?:[^'\\]|''|\\.)*'     # a constant with a backslash is always printed as an escape string
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \w+
    | ::
    | [-+*/<>=~!@\#%^&|`?]+
    | \S
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r'"|\w')
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_NEEDLESSLY_QUOTED = re.compile(r'"([a-z_][a-z0-9_]*)"')


def comparable(definition: str) -> Tokens:
    """Return what of a definition is compared between servers that print alike."""
    return _distribute_array_casts(tuple(map(_unquoted, _TOKEN.findall(definition))))


def comparable_name(name: str) -> str:
    """Return what of an object's name, as a server quotes it, is compared."""
    if '"' not in name:
        return name
    return _QUOTED.sub(lambda match: _unquoted(match.group()), name)


def comparable_unqualified(definition: str) -> Tokens:
    """Return what of a view is compared where only one server qualifies columns.

    Until PostgreSQL 15 a view ``SELECT id FROM t`` is printed as ``SELECT t.id FROM t``. Qualifiers that the
    newer server keeps cannot be told from those that it leaves out, so all are dropped: of columns, and with
    them of relations. A function's or a type's schema stays. The relations that a query reads are to be
    compared beside it.
    """
    tokens = comparable(definition)
    kept: list[str] = []
    position = 0
    while position < len(tokens):
        if _is_qualifier(tokens, position) and (not kept or kept[-1] != "::"):
            position += 2
            continue
        kept.append(tokens[position])
        position += 1
    return tuple(kept)


def prints_views_alike(one_major: int, other_major: int) -> bool:
    """Whether servers of these major versions print the same view in the same way."""
    return (one_major < UNQUALIFIED_SINCE) == (other_major < UNQUALIFIED_SINCE)


def without_state(definition: str) -> str:
    """Return a constraint's definition without the states that are facts of their own."""
    return re.sub(r"(?: NOT VALID| NOT ENFORCED)+\Z", "", definition)


def _unquoted(token: str) -> str:
    """Return a quoted name without quotes where only a keyword would need them.

    Which words are keywords differs: ``json_table`` is one since PostgreSQL 17. The keywords that a
    definition holds as such are printed in upper case, so they cannot be taken for a name.
    """
    match = _NEEDLESSLY_QUOTED.fullmatch(token)
    return match[1] if match else token


def _is_qualifier(tokens: Tokens, position: int) -> bool:
    """Whether this name and the dot after it qualify a column or a relation, not a function."""
    following = tokens[position + 1 : position + 4]
    return (
        _WORD.match(tokens[position]) is not None
        and len(following) >= 2
        and following[0] == "."
        and (_WORD.match(following[1]) is not None or following[1] == "*")
        and following[2:] != ("(",)
    )


def _distribute_array_casts(tokens: Tokens) -> Tokens:
    """Write ``(ARRAY[a, b])::T[]`` as ``ARRAY[(a)::T, (b)::T]``, which means the same.

    ``varchar_column IN ('a', 'b')`` is kept, and printed, as an array that is cast as a whole. Reading that
    print, the parser casts each element instead, so the same condition prints differently once it has been
    dumped and restored, in CHECK constraints and wherever else an expression may stand.
    """
    result: list[str] = []
    position = 0
    while position < len(tokens):
        cast = _array_cast_at(tokens, position)
        if cast is None:
            result.append(tokens[position])
            position += 1
            continue
        elements, type_name, position = cast
        result += ["ARRAY", "["]
        for number, element in enumerate(elements):
            result += [",", "("] if number else ["("]
            result += _distribute_array_casts(element)
            result += [")", "::", *type_name]
        result.append("]")
    return tuple(result)


def _array_cast_at(tokens: Tokens, start: int) -> tuple[Sequence[Tokens], Tokens, int] | None:
    """Return elements, element type and end of a ``(ARRAY[…])::T[]`` that begins here, if one does."""
    if tokens[start : start + 3] != ("(", "ARRAY", "["):
        return None
    elements, after = _elements(tokens, start + 3)
    if tokens[after : after + 2] != (")", "::"):
        return None
    type_name, end = _array_type(tokens, after + 2)
    return (elements, type_name, end) if type_name else None


def _elements(tokens: Tokens, start: int) -> tuple[Sequence[Tokens], int]:
    """Return what stands between the commas up to the bracket that closes, and the place after it.

    Where that is nothing, or the brackets do not match, no element is found.
    """
    elements: list[Tokens] = []
    depth = 0
    begin = start
    for position in range(start, len(tokens)):
        symbol = tokens[position]
        if depth == 0 and symbol in (",", "]"):
            if begin == position:
                break
            elements.append(tokens[begin:position])
            begin = position + 1
            if symbol == "]":
                return elements, begin
        elif symbol in ("(", "["):
            depth += 1
        elif symbol in (")", "]"):
            if depth == 0:
                break
            depth -= 1
    return (), len(tokens)


def _array_type(tokens: Tokens, start: int) -> tuple[Tokens, int]:
    """Return the element type of an array type that begins here, and the place after the array type.

    A type's name is words and dots, perhaps with a modifier: ``timestamp(3) with time zone``.
    """
    in_modifier = False
    for position in range(start, len(tokens)):
        symbol = tokens[position]
        if tokens[position : position + 2] == ("[", "]"):
            return tokens[start:position], position + 2
        if symbol == ")" if in_modifier else symbol == "(":
            in_modifier = not in_modifier
        elif not (symbol == "." or _WORD.match(symbol) or (in_modifier and symbol == ",")):
            break
    return (), start
