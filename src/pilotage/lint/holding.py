"""Transactions in which fixes are tried: always rolled back, and ended by the server where we fall silent.

Consumed by whatever makes a change on trial. What is changed is locked against everybody else meanwhile, so
every wait and every transaction has its limit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pilotage.connection import Session
from pilotage.connection.printing import IN_THIS_TIME_ZONE
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName

LOCK_TIMEOUT = 2
"""Seconds to wait for a lock while we hold none; everybody who comes later waits behind us for as long."""

AT_ONCE = "SET LOCAL lock_timeout = '10ms'"
"""Have whatever else needs a lock end with an error where it is not to be had at once.

Who waits for us after taking what we wait for is in a deadlock, and the server ends one of both: the one that
has waited for ``deadlock_timeout``, a second unless somebody has set it. So we wait far less than that.
"""

HELD = 10
"""Seconds for which what is changed may be locked."""

_SILENT = 5
"""Seconds without a word from us, as from a stopped process, after which the server gives the locks back."""

_KNOWS_TRANSACTION_TIMEOUT = 170000

LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a lock that was not to be had in time."""

_DEADLOCK = "40P01"

IS_READ_ONLY = "nothing can be changed on trial: the database or the role is read-only"
"""What is said of every fix where :func:`is_read_only` holds."""


def is_in_use(error: Exception) -> bool:
    """Whether an error says that somebody else holds what we need."""
    return isinstance(error, ServerError) and error.sqlstate in {LOCK_NOT_AVAILABLE, _DEADLOCK}


async def is_read_only(session: Session) -> bool:
    """Whether nothing can be changed on trial: on a standby, or where database or role are READ ONLY."""
    return bool(
        await session.value("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")
    )


@asynccontextmanager
async def rolled_back(session: Session, *, isolation: str = "READ COMMITTED") -> AsyncIterator[None]:
    """Begin a transaction, and roll it back in the end; only :func:`lock_first` waits for a lock."""
    await session.run(f"BEGIN TRANSACTION ISOLATION LEVEL {isolation}; {IN_THIS_TIME_ZONE}; {AT_ONCE}")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.roll_back()


async def lock_first(session: Session, table: QualifiedName, mode: str = "ACCESS EXCLUSIVE") -> None:
    """Lock a table, waiting for :data:`LOCK_TIMEOUT`; what is locked after it is not waited for.

    Args:
        session: in a transaction that holds no lock on a table yet.
        table: alone, without what inherits from it.
        mode: what everything that is done to the table afterwards needs, so that no lock is upgraded.

    Raises:
        ServerError: the server refused, or the table was in use (:func:`is_in_use`).
    """
    await session.run(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")
    await session.run(f"LOCK TABLE ONLY {table} IN {mode} MODE")
    await session.run(AT_ONCE)


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
