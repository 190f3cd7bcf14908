"""What is said when a file fails: where in the file, in whose words, and what is on the target now.

Consumed by applying and rolling back. Lines are those of the file, as an editor counts them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pilotage.apply.messages import ServerMessage, failure_of
from pilotage.apply.psql import Ran
from pilotage.errors import RunFailedError
from pilotage.model.visible import visible_text

_SHOWN_LINES = 6
_SHOWN_WIDTH = 160
_SHOWN_ROW = 400
"""Characters of a detail or context that are shown; a server quotes whole rows."""

_ROW = re.compile(r"^COPY .*, line (\d+)", re.MULTILINE)
_COPY = re.compile(rb"FROM stdin;\s*\Z", re.IGNORECASE)


class FileFailedError(RunFailedError):
    """A file failed and was rolled back as a whole, or it cannot be said whether it was.

    Attributes:
        file: its name.
        line: in the file, from 1; None where nothing in the file is to blame.
        sqlstate: of the server's error; empty where it was none of the server's.
    """

    def __init__(self, message: str, *, file: str, line: int | None, sqlstate: str) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.sqlstate = sqlstate


def failure(path: Path, ran: Ran, state: str) -> FileFailedError:
    """Return the error that says why psql failed, and what is on the target now."""
    error = failure_of(ran.messages) or ServerMessage(
        line=0, message=f"psql ended with status {ran.status} and said nothing"
    )
    line = line_of(path, error)
    place = f"{path}, line {line}" if line else str(path)
    sqlstate = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    said = [f"{visible_text(place)}: {error.message}{sqlstate}"]
    for label, text in (("Detail", error.detail), ("Hint", error.hint), ("Context", error.context)):
        if text:
            said.append(f"{label}: {text[:_SHOWN_ROW]}{'…' if len(text) > _SHOWN_ROW else ''}")
    if error.statement:
        said += ["Statement:", *(f"  {each}" for each in elided_statement(error.statement))]
    return FileFailedError("\n".join([*said, state]), file=path.name, line=line, sqlstate=error.sqlstate)


def elided_statement(statement: str) -> Sequence[str]:
    """Return a statement's first lines, as far as a person wants to read them in a message."""
    lines = statement.splitlines()
    shown = [
        line if len(line) <= _SHOWN_WIDTH else line[:_SHOWN_WIDTH] + "…" for line in lines[:_SHOWN_LINES]
    ]
    return [*shown, "…"] if len(lines) > _SHOWN_LINES else shown


def line_of(path: Path, error: ServerMessage) -> int | None:
    """Return the line to blame: a row's own, the one that the server points at, or the statement's first."""
    row = _ROW.search(error.context)
    if row is not None:
        return _line_of_row(path, error.line, int(row[1]))
    if error.begins:
        return error.begins + max(0, error.place - 1)
    return error.line or None


def _line_of_row(path: Path, line: int, row: int) -> int:
    """Return the line of a row of the COPY at which psql was when it heard of an error."""
    begins = 0
    copying = False
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not copying and number > line:
                break
            if copying:
                copying = text not in {b"\\.\n", b"\\.\r\n"}
                if number >= line:
                    break
            elif _COPY.search(text):
                begins, copying = number, True
                if number >= line:
                    break
    return begins + row if begins else line
