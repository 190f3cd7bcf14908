"""What psql says on standard error, taken apart as it arrives; a flood of it takes no memory.

Consumed by the running of files. psql 15 to 18, run with ``--echo-errors`` and ``VERBOSITY=verbose``, begins
each message with ``psql:<stdin>:12: ``; after a server's error the statement that failed comes as one more.
"""

from __future__ import annotations

import collections
import dataclasses
import re

import msgspec

_HEAD = re.compile(rb"psql:<stdin>:(\d+): ")
_SERVERS = re.compile(r"(?P<severity>\S+):  (?P<sqlstate>[0-9A-Z]{5}): (?P<message>.*)\Z", re.DOTALL)
_FIELD = re.compile(
    r"^(DETAIL|HINT|QUERY|CONTEXT|LOCATION|(?:SCHEMA|TABLE|COLUMN|DATATYPE|CONSTRAINT) NAME):  ",
    re.MULTILINE,
)
_PLACE = re.compile(r"^LINE (\d+): ", re.MULTILINE)
_STATEMENT = "STATEMENT:  "
_COMMENT = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*(?:\n|\Z))", re.DOTALL)
_UNDID_NOTHING = ("nothing to undo: ", "nothing of ")
"""How the remark of a rollback file begins that leaves everything as it is, or warns that it had to."""
_WARNING = "01"
_SUCCESS = "00"
"""Classes of SQLSTATE (PostgreSQL's appendix A); notices have the latter."""

_KEPT = 16 * 1024
"""Bytes of a message that are kept; a statement of rows may be as long as a table."""
_MESSAGES = 60
"""Messages that are kept, the last ones; a server may warn of every row."""


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An error or warning, in the server's words or psql's.

    Attributes:
        line: of what psql read, where the statement ends; 0 where psql names none.
        place: the line of the statement, from 1, that the server points at; 0 where it points at none.
        severity: in the server's language; empty for psql's own words, as is ``sqlstate``.
        statement: as far as it was kept, without comments before it; empty where psql shows none.
        begins: the line at which the statement begins.
    """

    line: int
    message: str
    severity: str = ""
    sqlstate: str = ""
    detail: str = ""
    hint: str = ""
    context: str = ""
    place: int = 0
    statement: str = ""
    begins: int = 0


@dataclasses.dataclass(slots=True)
class _Block:
    line: int
    text: bytearray
    newlines: int = 0

    def decoded(self) -> str:
        return bytes(self.text).decode("utf-8", "replace").rstrip("\n")


class MessageReader:
    """Takes pieces of psql's standard error and gives messages at the end."""

    def __init__(self) -> None:
        self._blocks: collections.deque[_Block] = collections.deque(maxlen=_MESSAGES)
        self._line = bytearray()
        self._at_start = True

    def take(self, piece: bytes) -> None:
        """Take the next piece, which may end anywhere."""
        *lines, rest = piece.split(b"\n")
        for line in lines:
            self._add(line)
            self._end_line()
        self._add(rest)

    def _add(self, text: bytes) -> None:
        room = _KEPT - len(self._line)
        self._line += text[: max(0, room)]

    def _end_line(self) -> None:
        found = _HEAD.match(self._line)
        if found:
            self._blocks.append(_Block(int(found[1]), bytearray(self._line[found.end() :])))
        elif self._blocks:
            block = self._blocks[-1]
            block.newlines += 1
            if len(block.text) < _KEPT:
                block.text += b"\n" + self._line
        elif self._line:
            self._blocks.append(_Block(0, bytearray(self._line)))
        self._line.clear()

    def messages(self) -> tuple[ServerMessage, ...]:
        """Return what was said, in order, a failed statement with its error."""
        if self._line:
            self._end_line()
        found: list[ServerMessage] = []
        for block in self._blocks:
            text = block.decoded()
            if text.startswith(_STATEMENT) and found:
                found[-1] = _with_statement(found[-1], text.removeprefix(_STATEMENT), block)
            else:
                found.append(_message(block.line, text))
        return tuple(found)


def failure_of(messages: tuple[ServerMessage, ...]) -> ServerMessage | None:
    """Return the message that says why psql failed: the server's error, or else psql's last words."""
    errors = [
        each for each in messages if each.sqlstate and not each.sqlstate.startswith((_WARNING, _SUCCESS))
    ]
    return errors[-1] if errors else messages[-1] if messages else None


def remarks_of(messages: tuple[ServerMessage, ...]) -> tuple[ServerMessage, ...]:
    """Return the server's warnings, and what a file says by RAISE INFO."""
    return tuple(each for each in messages if each.sqlstate.startswith(_WARNING) or each.severity == "INFO")


def undid_nothing(messages: tuple[ServerMessage, ...]) -> bool:
    """Return whether a rollback file said that nothing of what it undoes is there."""
    return any(each.message.startswith(_UNDID_NOTHING) for each in remarks_of(messages))


def _message(line: int, text: str) -> ServerMessage:
    server = _SERVERS.match(text)
    if server is None:
        return ServerMessage(line=line, message=text.removeprefix("psql: ").removeprefix("error: "))
    message, *fields = _FIELD.split(server["message"])
    named = dict(zip(fields[::2], (value.rstrip("\n") for value in fields[1::2]), strict=True))
    place = _PLACE.search(message)
    return ServerMessage(
        line=line,
        message=(message[: place.start()] if place else message).rstrip("\n"),
        severity=server["severity"],
        sqlstate=server["sqlstate"],
        detail=named.get("DETAIL", ""),
        hint=named.get("HINT", ""),
        context=named.get("CONTEXT", ""),
        place=int(place[1]) if place else 0,
    )


def _with_statement(error: ServerMessage, statement: str, block: _Block) -> ServerMessage:
    begins = error.line - block.newlines
    place = error.place
    while comment := _COMMENT.match(statement):
        statement = statement[comment.end() :]
    without = statement.lstrip()
    skipped = block.decoded().removeprefix(_STATEMENT).count("\n") - without.count("\n")
    return msgspec.structs.replace(
        error, statement=without, begins=begins + skipped, place=max(0, place - skipped) if place else 0
    )
