"""Snapshots: one moment of the source that several sessions and pg_dump read together.

Consumed by inspection and execution. See PostgreSQL's documentation, section 9.28.5, Snapshot
Synchronization Functions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pilotage.connection.printing import IN_THIS_TIME_ZONE
from pilotage.connection.session import CLEAN_UP_TIMEOUT, Session
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.model.names import quote_literal

READ_ONLY = f"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {IN_THIS_TIME_ZONE}"
"""Opens a transaction in which a definition has the same text at both ends."""


@contextlib.asynccontextmanager
async def export_snapshot(session: Session) -> AsyncIterator[str]:
    """Open a read-only transaction and yield the id of its snapshot.

    Others can join it for as long as the block lasts.
    """
    async with _reading(session):
        yield str(await session.text("SELECT pg_catalog.pg_export_snapshot()"))


@contextlib.asynccontextmanager
async def join_snapshot(session: Session, snapshot: str) -> AsyncIterator[None]:
    """Open a read-only transaction that sees what the exported snapshot sees."""
    async with _reading(session):
        await session.run(f"SET TRANSACTION SNAPSHOT {quote_literal(snapshot)}")
        yield


@contextlib.asynccontextmanager
async def _reading(session: Session) -> AsyncIterator[None]:
    await session.run(READ_ONLY)
    try:
        yield
    finally:
        # Nothing was written, so there is nothing to commit, and a session already lost needs no rollback.
        if not session.is_closed():
            try:
                async with asyncio.timeout(CLEAN_UP_TIMEOUT):
                    await session.run("ROLLBACK")
            except (ServerError, ConnectionLostError, TimeoutError):
                session.abort()
