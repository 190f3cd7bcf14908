"""The two ends that are compared: how to reach each, and the moment at which all of its sessions read.

Consumed by every check that asks the servers. Nothing is written at either end: each session is in a READ
ONLY transaction of one exported snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import msgspec

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import export_snapshot, join_snapshot
from pilotage.errors import ConnectionFailedError, RefusedError
from pilotage.model.names import quote_identifier

_SAME_TEXT = "SET LOCAL lc_monetary TO 'C'; SET LOCAL DateStyle TO 'ISO, YMD'"
"""What the settings of all our sessions leave to the database, and would print one value in two ways."""

_PAUSES = (0.1, 0.3, 0.6)
"""Seconds between tries to connect: a server process goes some moments after its client."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One database, at one moment.

    Attributes:
        snapshot: exported by a session that keeps it for as long as the end is used.
        role: that the sessions take on; None for the one that connects.
    """

    parameters: ConnectionParameters
    snapshot: str
    role: str | None = None

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open a session that reads at the end's moment, in a transaction.

        A value has the same text at both ends, and the server refuses a query rather than let a policy hide
        rows from it.

        Raises:
            ConnectionFailedError: the server takes no more connections.
            ServerError: the snapshot is gone.
        """
        async with _connected(self.parameters) as session, join_snapshot(session, self.snapshot):
            await session.run(_SAME_TEXT)
            if self.role is not None:
                await session.run(f"SET LOCAL ROLE {quote_identifier(self.role)}")
            yield session


@contextlib.asynccontextmanager
async def _connected(parameters: ConnectionParameters) -> AsyncIterator[Session]:
    """Connect; where there are few connections, the one just closed may not be free again yet."""
    async with contextlib.AsyncExitStack() as stack:
        for pause in _PAUSES:
            try:
                session = await stack.enter_async_context(connect(parameters))
            except ConnectionFailedError:
                await asyncio.sleep(pause)
            else:
                break
        else:
            session = await stack.enter_async_context(connect(parameters))
        yield session


@contextlib.asynccontextmanager
async def telling_of_changes() -> AsyncIterator[None]:
    """Say in words what a query's answer means that no record can hold.

    To functions such as ``pg_get_indexdef`` there is no snapshot: of an object that it still shows, and that
    was dropped meanwhile, they give NULL.

    Raises:
        RefusedError: the structure changed while it was read.
    """
    try:
        yield
    except msgspec.ValidationError as error:
        raise RefusedError(
            f"a database cannot be read as of its snapshot ({error}): something was dropped or altered in "
            "the meantime; try again when nobody changes the structure"
        ) from error


@contextlib.asynccontextmanager
async def hold_end(parameters: ConnectionParameters, *, role: str | None = None) -> AsyncIterator[End]:
    """Keep a moment of a database for as long as the block lasts.

    Raises:
        ConnectionFailedError: the server cannot be reached.
        ServerError: it refused.
    """
    async with connect(parameters) as session, export_snapshot(session) as snapshot:
        yield End(parameters=parameters, snapshot=snapshot, role=role)
