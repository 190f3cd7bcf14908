"""A statement that may fail, without an end to the transaction that it is in; and work for several sessions.

Consumed by all of this room: what the server does not let us look at is told, and the rest is looked at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from pilotage.connection import Session
from pilotage.errors import ServerError, first_error

T = TypeVar("T")
Work = TypeVar("Work")

_GOING = "57P"
"""SQLSTATEs of a server that ends our session (PostgreSQL's appendix A): nothing more can be asked."""

_RAISED = "P0"
_ABOUT_DATA = ("22", "23", _RAISED)
"""SQLSTATEs of data exceptions, broken constraints and errors that users' functions raise."""

_QUOTING = re.compile('[:"]')


async def attempt(session: Session, do: Callable[[], Awaitable[T]]) -> T | ServerError:
    """Return what was asked, or the error with which the server refused; locks are given back.

    Must be called inside a transaction, which goes on.

    Raises:
        ServerError: the server is ending the session.
        ConnectionLostError: the connection broke.
    """
    await session.run("SAVEPOINT pilotage_attempt")
    outcome: T | ServerError
    try:
        outcome = await do()
    except ServerError as error:
        if error.sqlstate.startswith(_GOING):
            raise
        outcome = error
    await session.run("ROLLBACK TO SAVEPOINT pilotage_attempt; RELEASE SAVEPOINT pilotage_attempt")
    return outcome


def in_words(error: ServerError) -> str:
    """Return the server's message on one line, with the detail that it gave."""
    return " ".join("; ".join(filter(None, (str(error), error.detail))).split())


def without_values(error: ServerError) -> str:
    """Return the server's message, up to where it may go on with a value of a row, which may be private.

    Messages about data, and those of users' functions, quote values: ``invalid input syntax for type integer:
    "…"``. In others, names are quoted.
    """
    message = " ".join(str(error).split())
    if not error.sqlstate.startswith(_ABOUT_DATA):
        return message
    if error.sqlstate.startswith(_RAISED):
        return f"a function raises an error (SQLSTATE {error.sqlstate})"
    before = _QUOTING.split(message)[0].strip()
    return f"{before} (SQLSTATE {error.sqlstate})"


async def share_out(
    open_session: Callable[[], AbstractAsyncContextManager[Session]],
    jobs: int,
    work: Sequence[Work],
    do: Callable[[Session, Work], Awaitable[None]],
) -> None:
    """Do all pieces of work, in their order, in so many sessions.

    Raises:
        PilotageError: what was raised first; the others are stopped.
    """
    waiting: Iterator[Work] = iter(work)

    async def one_session() -> None:
        async with open_session() as session:
            for piece in waiting:
                await do(session, piece)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(work))):
                group.create_task(one_session())
    except ExceptionGroup as failures:
        raise first_error(failures) from failures
