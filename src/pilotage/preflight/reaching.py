"""Reaching both ends: what must hold before any check can ask a server.

Consumed by the examination. An end that cannot be reached, or only through a pooler that lends its sessions
to one transaction after another, is a problem like all others; the other end is looked at all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Mapping, Sequence

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.identity import is_same_database
from pilotage.connection.pooling import dial_twice, evidence_of_pooling
from pilotage.connection.session import make_settings
from pilotage.errors import ConnectionFailedError, first_error
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, made_elsewhere
from pilotage.preflight.running import Found

CONNECTION = Check(
    name="connection",
    title="the server takes our connections",
    end=End.SOURCE,
    look=made_elsewhere,
)
SESSIONS = Check(
    name="session",
    title="a connection is one session, not one of a pooler's for each transaction",
    end=End.SOURCE,
    look=made_elsewhere,
)
ANOTHER_DATABASE = Check(
    name="another-database",
    title="the target is another database than the source",
    end=End.BOTH,
    look=made_elsewhere,
)


def is_one_database(found: Sequence[Found]) -> bool:
    """Tell whether it was found that both ends are one database."""
    return any(outcome.check == ANOTHER_DATABASE.name and problems for problems, outcome in found)


async def reach_ends(
    ends: Mapping[End, ConnectionParameters],
    checking: contextlib.AsyncExitStack,
    reading: contextlib.AsyncExitStack,
) -> tuple[Mapping[End, tuple[Session, Session]], tuple[Found, ...]]:
    """Open two sessions to each end, and return those that can be worked with.

    Args:
        checking: closes all sessions but one.
        reading: closes the second one to the source.

    Where both ends are one database, neither is returned: whatever else was said of it would be misleading.

    Raises:
        ConnectionLostError: a connection broke.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {
                end: group.create_task(
                    try_end(parameters, end, checking, reading if end is End.SOURCE else checking)
                )
                for end, parameters in ends.items()
            }
    except ExceptionGroup as failures:
        raise first_error(failures) from failures
    found = [each for task in tasks.values() for each in task.result()[1]]
    sessions = {end: both for end, task in tasks.items() if (both := task.result()[0]) is not None}
    if len(sessions) == 2:
        told = await _another_database(sessions[End.TARGET][0], sessions[End.SOURCE][0])
        found.append(told)
        if told[0]:
            sessions = {}
    return sessions, tuple(found)


async def try_end(
    parameters: ConnectionParameters,
    end: End,
    first: contextlib.AsyncExitStack,
    second: contextlib.AsyncExitStack,
) -> tuple[tuple[Session, Session] | None, tuple[Found, ...]]:
    """Try whether an end takes connections, and what kind of.

    Args:
        first, second: what closes the two sessions that this takes.

    Returns:
        The sessions, where the end can be worked with, and what was found. Where it cannot be, nothing was
        set there.

    Raises:
        ConnectionLostError: a connection broke.
    """
    connection, session_check = (dataclasses.replace(each, end=end) for each in (CONNECTION, SESSIONS))
    began = time.perf_counter()
    try:
        sessions = await dial_twice(parameters)
        for session, stack in zip(sessions, (first, second), strict=True):
            stack.push_async_callback(session.close)
        evidence = await evidence_of_pooling(*sessions)
        if not evidence:
            for session in sessions:
                await make_settings(session)
    except ConnectionFailedError as error:
        problem = connection.stop(
            object=f"database {quote_identifier(parameters.database)}",
            found=f"cannot be reached: {error}",
            wanted=f"connections to the {end.value}",
            remedy=f"mend what the message says, and try: psql '{parameters.redacted_uri()}'",
        )
        return None, (
            ((problem,), connection.made(1, time.perf_counter() - began)),
            ((), session_check.not_made(f"the {end.value} cannot be reached")),
        )
    problems = () if not evidence else (_pooled(session_check, parameters, evidence),)
    return None if evidence else sessions, (
        ((), connection.made(0, time.perf_counter() - began)),
        (problems, session_check.made(len(problems), time.perf_counter() - began)),
    )


def _pooled(check: Check, parameters: ConnectionParameters, evidence: str) -> Problem:
    return check.stop(
        object=f"database {quote_identifier(parameters.database)}",
        found=f"{parameters.describe()} is a pooler that lends server sessions to one transaction after "
        f"another: {evidence}",
        wanted="a connection that is one session from its begin to its end: settings, snapshots and locks "
        "last no longer than that",
        remedy="name the server itself, or a pooler's session mode, in the DSN (with Supabase port 5432 "
        "instead of 6543; with PgBouncer the server's own port, or pool_mode = session)",
    )


async def _another_database(target: Session, source: Session) -> Found:
    began = time.perf_counter()
    if not await is_same_database(target, source):
        return (), ANOTHER_DATABASE.made(0, time.perf_counter() - began)
    problem = ANOTHER_DATABASE.stop(
        object=f"database {quote_identifier(target.parameters.database)}",
        found=f"the target {target.parameters.describe()} is the source itself",
        wanted="two databases",
        remedy="name another database as the target",
    )
    return (problem,), ANOTHER_DATABASE.made(1, time.perf_counter() - began)
