r"""What psql, not the server, would read in a statement: its own commands, and its variables.

Consumed by every file that holds statements of pg_dump's. psql looks for ``\command`` and ``:variable``
outside of quotes and comments; ``\restrict``, which would forbid that, is known to the newest versions of
psql only.
"""

from __future__ import annotations

import re

from pilotage.errors import RefusedError
from pilotage.model.visible import visible_text

# What psqlscan.l reads as one piece. Strings come before names: E'…' is no name.
_TOKENS = re.compile(
    r"""
      (?P<quoted>
          [eE]'(?:[^'\\]|\\.|'')*'(?:\s*\n\s*'(?:[^'\\]|\\.|'')*')*  # may go on after a line break
        | '(?:[^']|'')*'
        | "(?:[^"]|"")*"
        | \$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$.*?\$(?P=tag)\$
        | --[^\n\r]*
      )
    | (?P<comment>/\*)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*|[0-9][A-Za-z0-9_$.\x80-\U0010ffff]*)
    | (?P<cast>::|:=)
    | (?P<variable>:(?=[A-Za-z0-9_\x80-\U0010ffff'"{]))
    | (?P<unsafe>[\\'"\x00]|\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
    | (?P<other>[\s(),;.=<>]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


def as_psql_reads(sql: str, *, what: str, joint: str = ";\n") -> str:
    r"""Return a statement in which psql finds nothing that is its own.

    A colon before a name, as in ``a[1:n]``, is parted from it by a space, which means the same to the server.
    pg_dump writes no backslash outside of quotes, so one that stands there is not pg_dump's doing.

    Args:
        sql: read with ``standard_conforming_strings`` on.
        what: whose statement it is, for the message.
        joint: what ends one statement and begins the next, where there are several.

    Raises:
        RefusedError: psql would read a command of its own, or the statement ends inside of quotes.
    """
    pieces: list[str] = []
    position = 0
    while position < len(sql):
        token = _TOKENS.match(sql, position)
        if token is None or token["unsafe"] is not None:
            raise _unsafe(sql, position, what)
        end = token.end() if token["comment"] is None else _end_of_comment(sql, position, what)
        piece = sql[position:end]
        pieces.append(piece.replace(";\n", joint) if token["other"] is not None and end < len(sql) else piece)
        if token["variable"] is not None:
            pieces.append(" ")
        position = end
    return "".join(pieces)


def _end_of_comment(sql: str, begin: int, what: str) -> int:
    """Return where a comment ends, with those inside of it."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(sql, begin):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise _unsafe(sql, begin, what)


def _unsafe(sql: str, position: int, what: str) -> RefusedError:
    around = visible_text(sql[max(0, position - 30) : position + 30])
    return RefusedError(
        f"the definition of {visible_text(what)} holds text that psql would not pass on to the server as it "
        f"stands, near: {around}; pg_dump does not write such text, so find out what the source's server has "
        "done, or leave the object out of the scope"
    )
