"""Bodies of functions in SQL and PL/pgSQL, as PostgreSQL's own scanner sees them: words, operators, texts.

Consumed by :mod:`pilotage.lint.search_path`. PL/pgSQL has the scanner of SQL, so that one reads both.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from pilotage.lint.expressions import UnparsableError, descendants

_RESERVED = 4
"""RESERVED_KEYWORD of libpg_query's ``KeywordKind``: a word that can be no name unless it is quoted."""

_OPERATORS = frozenset(("Op", "NOT_EQUALS", "LESS_EQUALS", "GREATER_EQUALS", "RIGHT_ARROW"))
_SIGNS_THAT_OPERATE = frozenset("+-*/%^<>=|")
_SPELLED = {"!=": "<>"}

_MEANT = {
    "like": ("~~", "!~~"),
    "ilike": ("~~*", "!~~*"),
    "similar": ("~", "!~"),
    "between": ("<=", ">=", "<", ">"),
    "in": ("=", "<>"),
    "distinct": ("=", "<>"),
    "nullif": ("=",),
    "case": ("=",),
    "using": ("=",),
    "natural": ("=",),
}
"""Operators that words stand for; ORDER BY, GROUP BY and the like take those of a type's operator class."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is no comment.

    Attributes:
        kind: ``word`` (that may be a name), ``keyword`` (that may be none), ``operator``, ``constant`` (a
            text), ``sign``, or ``unreadable``.
        text: of a word, as the server looks it up; of a keyword, in lower case; of a constant in plain
            quotes, its value, of another, as it is written.
        plain: whether it is a word that the grammar does not know.
    """

    kind: str
    text: str
    plain: bool = False


@functools.cache
def _parser() -> Any:
    """Return the parser's module, which takes 0.1 s to import."""
    import postgast  # noqa: PLC0415

    return postgast


def words_of(body: str) -> tuple[Token, ...]:
    """Return the tokens of a body.

    Raises:
        UnparsableError: it is no SQL.
    """
    try:
        scanned = _parser().scan(body).tokens
    except _parser().PgQueryError as error:
        raise UnparsableError(f"a body cannot be read ({error})") from error
    text = body.encode()
    names = _parser().pg_query_pb2.Token
    tokens = (
        _token(names.Name(each.token), each.keyword_kind, text[each.start : each.end].decode())
        for each in scanned
    )
    return tuple(token for token in tokens if token is not None)


def _token(name: str, keyword: int, text: str) -> Token | None:
    match name:
        case "SQL_COMMENT" | "C_COMMENT":
            return None
        case "UIDENT" | "USCONST":
            kind = "unreadable"
        case "SCONST":
            kind, text = "constant", _unquoted(text, "'") if text.startswith("'") else text
        case "IDENT":
            kind, text = "word", _unquoted(text, '"') if text.startswith('"') else _folded(text)
        case _ if keyword:
            kind, text = "keyword" if keyword == _RESERVED else "word", text.lower()
        case _ if name in _OPERATORS or text in _SIGNS_THAT_OPERATE:
            kind, text = "operator", _SPELLED.get(text, text)
        case _:
            kind = "sign"
    return Token(kind, text, plain=name == "IDENT")


def _unquoted(text: str, mark: str) -> str:
    return text[1:-1].replace(mark * 2, mark)


def _folded(name: str) -> str:
    """Return a name without quotes as the server folds it: ASCII alone, where the encoding is UTF-8."""
    return "".join(each.lower() if each.isascii() else each for each in name)


def operators_meant(token: Token) -> tuple[str, ...]:
    """Return the operators that a token means, also where it is a word, as LIKE and IN are."""
    if token.kind == "operator":
        return (token.text,)
    return _MEANT.get(token.text, ()) if token.kind in {"word", "keyword"} else ()


def is_taken_into_queries(body: str) -> bool:
    """Whether a body in SQL may be one expression, which the server puts in the place of a call.

    Raises:
        UnparsableError: it is no SQL.
    """
    try:
        statements = _parser().parse(body).stmts
    except _parser().PgQueryError as error:
        raise UnparsableError(f"a body cannot be parsed ({error})") from error
    if len(statements) != 1 or statements[0].stmt.WhichOneof("node") != "select_stmt":
        return False
    select = statements[0].stmt.select_stmt
    return not select.from_clause and all(each.DESCRIPTOR.name != "SubLink" for each in descendants(select))
