"""Locks that reading leaves behind, given back early.

Reading a relation locks it and each of its indexes until the transaction ends, and the server's lock table is
small: some 6,400 locks for all sessions by default. Consumed by what reads many relations.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from pilotage.connection import Session


@contextlib.asynccontextmanager
async def releasing_locks(session: Session, settings: str = "") -> AsyncIterator[None]:
    """Give back at the end all locks taken inside, in the middle of the caller's transaction.

    Rolling back to a savepoint does it (PostgreSQL's documentation, section 13.3, Explicit Locking); what is
    read inside keeps the transaction's snapshot. Where the block raises, the caller's rollback does it.

    Args:
        settings: ``SET LOCAL`` statements for what is inside; they are rolled back with the locks.
    """
    await session.run(f"SAVEPOINT pilotage_locks; {settings}")
    yield
    await session.run("ROLLBACK TO SAVEPOINT pilotage_locks; RELEASE SAVEPOINT pilotage_locks")
