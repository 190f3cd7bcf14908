"""Running checks: both ends side by side, each check alone with its end, and what came of all of them.

A check that fails is a problem of its own and stops no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

from pilotage.connection import Session
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import PilotageError, ServerError, first_error
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import Checked, End, NotChecked, Problem
from pilotage.preflight.check import Check, NotLookedAtError, Situation

Found = tuple[tuple[Problem, ...], Checked | NotChecked]
"""What one check came to."""


async def run_checks(situation: Situation, checks: Iterable[Check]) -> tuple[Found, ...]:
    """Make the checks, those of the source beside those of the target, then those of both.

    Returns:
        What each came to, in the order given.

    Raises:
        ConnectionLostError: a connection broke.
    """
    wanted = tuple(checks)
    found: dict[tuple[str, End], Found] = {}

    async def at(end: End) -> None:
        for check in wanted:
            if check.end is end:
                found[check.name, check.end] = await _run(check, situation)

    try:
        async with asyncio.TaskGroup() as ends:
            ends.create_task(at(End.SOURCE))
            ends.create_task(at(End.TARGET))
    except ExceptionGroup as group:
        raise first_error(group) from group
    await at(End.BOTH)
    return tuple(found[check.name, check.end] for check in wanted)


async def _run(check: Check, situation: Situation) -> Found:
    began = time.perf_counter()
    try:
        async with contextlib.AsyncExitStack() as looks:
            if check.end is not End.TARGET and situation.at_source is not None:
                await looks.enter_async_context(_look(situation.at_source))
            if check.end is not End.SOURCE and situation.at_target is not None:
                role = "" if check.as_connected or situation.planned is None else situation.planned.roles.role
                await looks.enter_async_context(_look(situation.at_target, role))
            problems = tuple(await check.look(situation))
    except NotLookedAtError as error:
        return (), check.not_made(str(error))
    except ServerError as error:
        return (_failure(check, error),), check.not_made(f"the server refused: {error}")
    return problems, check.made(len(problems), time.perf_counter() - began)


@contextlib.asynccontextmanager
async def _look(session: Session, role: str = "") -> AsyncIterator[None]:
    """Let a check look, and leave the session as it was: no lock is kept, and no failed transaction.

    In the middle of a transaction, which may be that of a snapshot, it is a savepoint.

    Args:
        role: to take on as long as the check looks; empty for none.
    """
    inside = session.in_transaction
    await session.run("SAVEPOINT pilotage_check" if inside else READ_ONLY)
    try:
        if role:
            await _take_on(session, role)
        yield
    finally:
        if not session.is_closed():
            await session.run(
                "ROLLBACK TO SAVEPOINT pilotage_check; RELEASE SAVEPOINT pilotage_check"
                if inside
                else "ROLLBACK"
            )


async def _take_on(session: Session, role: str) -> None:
    try:
        await session.run(f"SET LOCAL ROLE {quote_identifier(role)}")
    except ServerError as error:
        raise NotLookedAtError(
            f"role {quote_identifier(role)} cannot be taken on there: see check roles"
        ) from error


def _failure(check: Check, error: PilotageError) -> Problem:
    return check.stop(
        object=f"check {check.name}",
        found=f"could not be made: {error}",
        wanted="a role that may ask this, so that nothing is taken for granted",
        remedy="connect as a role that may, or mend what the server says",
    )
