"""Poolers that lend a server session to one transaction after another, told by what they do.

PgBouncer with ``pool_mode = transaction``, transaction ports of Supavisor and others: after a transaction the
next statement may meet another server session, without the settings, locks and snapshots of the first. What
needs a session cannot work there, and settings made there are left to strangers. So this looks before
any setting is made, in statements of the simple protocol, which every pooler understands.
"""

from __future__ import annotations

import asyncio

from pilotage.connection.dial import dial, seconds_to_wait
from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.session import Session
from pilotage.errors import ServerError

_TRIES = 4
_PID = "SELECT pg_catalog.pg_backend_pid()"


async def dial_twice(parameters: ConnectionParameters) -> tuple[Session, Session]:
    """Open two sessions, which the caller closes and in which nothing is set yet.

    Raises:
        ConnectionFailedError: one of the two connections was not to be had.
    """
    one = Session(await dial(parameters), parameters)
    try:
        return one, Session(await dial(parameters), parameters)
    except BaseException:
        one.abort()
        raise


async def evidence_of_pooling(one: Session, other: Session) -> str:
    """Return how it shows that transactions of one connection meet several server sessions; '' where none do.

    Two connections, in which nothing is set yet, ask who serves them (``pg_backend_pid()``), in turns, and
    then one while the other holds a transaction open. Behind a pooler both are served by the same session, or
    one by several. A pooler that keeps one session for each client (``pool_mode = session``) shows neither,
    and does no harm.

    Raises:
        ConnectionLostError: one broke.
    """
    try:
        return await _evidence(one, other, seconds_to_wait(one.parameters))
    except ServerError as error:
        return f"a transaction cannot be opened there ({error})"


async def _evidence(one: Session, other: Session, patience: float) -> str:
    of_one, of_other = set(), set()
    for _ in range(_TRIES):
        of_one.add(await _server_process(one))
        of_other.add(await _server_process(other))
    if shared := of_one & of_other:
        return f"two connections that were open at once were served by one server process ({min(shared)})"
    if len(of_one) == 1:
        await other.run("BEGIN READ ONLY")
        await _server_process(other)
        async with asyncio.timeout(patience if patience < float("inf") else None):
            of_one.add(await _server_process(one))
        await other.run("ROLLBACK")
    if len(of_one) > 1:
        processes = ", ".join(map(str, sorted(of_one)))
        return f"one connection was served by several server processes in turn ({processes})"
    return ""


async def _server_process(session: Session) -> int:
    """Return the id of the process that serves this statement; by COPY, which needs no prepared statement."""
    pieces: list[bytes] = []

    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    await session.copy_out_query(_PID, sink=keep)
    return int(b"".join(pieces))
