"""A statement that may fail, without an end to the transaction that it is in; and work for several sessions.

Consumed by all of this room: what the server does not let us look at is told, and the rest is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from pilotage.connection import Session
from pilotage.errors import ServerError, first_error

T = TypeVar("T")
Work = TypeVar("Work")

_GOING = "57P"
"""SQLSTATEs of a server that ends our session (PostgreSQL's appendix A): nothing more can be asked."""


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
