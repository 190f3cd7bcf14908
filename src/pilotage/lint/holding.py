"""Transactions in which fixes are tried: always rolled back, and ended by the server where we fall silent.

Consumed by whatever makes a change on trial. What is changed is locked against everybody else meanwhile, so
every wait and every transaction has its limit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pilotage.connection import Session
from pilotage.errors import ServerError

LOCK_TIMEOUT = 2
"""Seconds to wait for a lock; everybody who comes later waits behind us for as long."""

HELD = 10
"""Seconds for which what is changed may be locked."""

_SILENT = 5
"""Seconds without a word from us, as from a stopped process, after which the server gives the locks back."""

_KNOWS_TRANSACTION_TIMEOUT = 170000

LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a lock that was not to be had in time."""


@asynccontextmanager
async def rolled_back(session: Session, *, isolation: str = "READ COMMITTED") -> AsyncIterator[None]:
    """Begin a transaction, and roll it back in the end; waits for locks are limited."""
    await session.run(
        f"BEGIN TRANSACTION ISOLATION LEVEL {isolation}; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"
    )
    try:
        yield
    finally:
        if not session.is_closed():
            await session.roll_back()


async def limit(session: Session, seconds: int = HELD) -> None:
    """Have the server end our transaction itself, should we be stopped or cut off while we hold locks.

    Args:
        session: in a transaction.
        seconds: that a statement may take, and, where the server knows that, the transaction about as long.
    """
    limits = [
        f"SET LOCAL statement_timeout = '{seconds}s'",
        f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENT}s'",
        # not known to servers on all systems
        "SET LOCAL client_connection_check_interval = '1s'",
    ]
    if session.version_num >= _KNOWS_TRANSACTION_TIMEOUT:
        limits.append(f"SET LOCAL transaction_timeout = '{seconds + _SILENT}s'")
    for each in limits:
        await session.run("SAVEPOINT pilotage_limit")
        try:
            await session.run(each)
        except ServerError:
            await session.run("ROLLBACK TO SAVEPOINT pilotage_limit")
        await session.run("RELEASE SAVEPOINT pilotage_limit")
