"""Questions put to a server as one of its roles, under settings of an application; many in one statement.

Consumed by the probes. Whatever a question does to the session is undone: role, settings, locks and errors
end with a savepoint. An answer may be an error, which is compared like any other.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.names import quote_identifier, quote_literal

TIMEOUT = 30
"""Seconds for one statement, where the caller does not say."""

PERMISSION_DENIED = "42501"
READ_ONLY = "25006"
CANCELED = "57014"
LOCK_NOT_AVAILABLE = "55P03"
NOT_ASKED = "not asked"
"""In the place of an error's code: the role could not be taken on as it is, so nothing was asked of it."""
OUT_OF_TIME = "out of time"
"""In the place of an error's code: there was no time left to ask."""

_AT_ONCE = 64
"""Questions in a statement: enough that round trips do not count, and few locks for the server's table."""


class Answer(NamedTuple):
    """A text, or the error that came instead (PostgreSQL's appendix A)."""

    text: str | None
    sqlstate: str = ""
    message: str = ""


@contextlib.asynccontextmanager
async def undone(session: Session) -> AsyncIterator[None]:
    """Undo what the block does to a session, which must be in a transaction, and survive its errors."""
    await session.run("SAVEPOINT pilotage_probe")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.run("ROLLBACK TO SAVEPOINT pilotage_probe; RELEASE SAVEPOINT pilotage_probe")


async def ask(
    session: Session,
    role: str,
    settings: Mapping[str, str],
    questions: Sequence[str],
    *,
    seconds: float = TIMEOUT,
    until: float = math.inf,
) -> tuple[Answer, ...]:
    """Return the answers to questions that a role asks.

    Args:
        session: in a transaction.
        role: to which the session may ``SET ROLE``.
        settings: made before, for as long as the questions take.
        questions: each a query of one row with one column of type text; they name what they mean, since the
            role's own ``search_path`` holds.
        seconds: that a statement may take; a question alone may take as long as many together.
        until: the moment (of :func:`time.monotonic`) after which nothing more is asked.

    Raises:
        ConnectionLostError: the connection broke.
        ServerError: a lock was not to be had within the session's ``lock_timeout``, which is no answer.
    """
    answers: list[Answer] = []
    for begin in range(0, len(questions), _AT_ONCE):
        answers += await _ask(session, role, settings, questions[begin : begin + _AT_ONCE], seconds, until)
    return tuple(answers)


async def _ask(
    session: Session,
    role: str,
    settings: Mapping[str, str],
    questions: Sequence[str],
    seconds: float,
    until: float,
) -> list[Answer]:
    """Ask all at once; where that fails, halves of them, until it is known whose fault it is."""
    if not questions:
        return []
    if time.monotonic() >= until:
        return [Answer(None, OUT_OF_TIME, "no time was left to ask")] * len(questions)
    try:
        async with undone(session):
            try:
                await session.run(taking_on(role, settings, seconds))
            except ServerError as error:
                why = f"the session could not be made that of the role: {error}"
                return [Answer(None, NOT_ASKED, why)] * len(questions)
            texts = await session.text(_together(questions))
    except ServerError as error:
        if error.sqlstate == LOCK_NOT_AVAILABLE:
            raise
        if len(questions) == 1:
            return [Answer(None, error.sqlstate, str(error))]
        # What is too much for all is asked one by one: halves would cost the time of each half again.
        size = 1 if error.sqlstate == CANCELED else (len(questions) + 1) // 2
        answers: list[Answer] = []
        for begin in range(0, len(questions), size):
            answers += await _ask(session, role, settings, questions[begin : begin + size], seconds, until)
        return answers
    return [Answer(text) for text in msgspec.json.decode(texts or "[]", type=list[str | None])]


def taking_on(role: str, settings: Mapping[str, str], seconds: float) -> str:
    """Return the statements that make a session that of a role, for as long as its transaction lasts.

    Args:
        role: to which the session may ``SET ROLE``.
        settings: made before.
        seconds: that a statement may take.
    """
    made = {
        # What an ordinary session of the role has, unless something else is said of it.
        "search_path": '"$user", public',
        **settings,
        "row_security": "on",
        "statement_timeout": f"{max(1, round(seconds * 1000))}ms",
    }
    return (
        "".join(
            f"SELECT pg_catalog.set_config({quote_literal(name)}, {quote_literal(value)}, true); "
            for name, value in made.items()
        )
        + f"SET LOCAL ROLE {quote_identifier(role)}"
    )


def _together(questions: Sequence[str]) -> str:
    answers = " UNION ALL ".join(
        f"SELECT {place} AS place, ({question}) AS answer" for place, question in enumerate(questions)
    )
    return (
        "SELECT pg_catalog.json_agg(asked.answer ORDER BY asked.place)::pg_catalog.text "  # noqa: S608
        f"FROM ({answers}) AS asked"
    )
