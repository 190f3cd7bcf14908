"""The relay: one table's rows from the source's COPY to the target's, never all in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from pilotage.catalog.orphans import at_places
from pilotage.connection import Session
from pilotage.errors import PilotageError, ServerError
from pilotage.model.names import quote_identifiers
from pilotage.model.plan import CopyFormat, LoadTable

PIECES_IN_FLIGHT = 16
"""Pieces that may wait between the two servers; asyncpg hands out a few hundred kilobytes at a time."""


async def relay_rows(
    source: Session,
    target: Session,
    step: LoadTable,
    on_bytes: Callable[[int], None],
    *,
    without: Sequence[str] = (),
) -> tuple[int, int]:
    """Copy one table and return its rows and the bytes of its COPY stream.

    The target's COPY is a transaction of its own: either all rows are in, or none.

    Args:
        on_bytes: told how many more bytes went by; must not block.
        without: where the rows lie (``ctid``, in the session's snapshot) that are left out.

    Raises:
        ServerError: either server refused; nothing of this table is on the target.
        ConnectionLostError: either connection broke.
    """
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_IN_FLIGHT)
    binary = step.format is CopyFormat.BINARY
    relayed = 0

    async def put(piece: bytes) -> None:
        nonlocal relayed
        await pieces.put(piece)
        relayed += len(piece)
        on_bytes(len(piece))

    async def read() -> int:
        if step.condition or without:
            # A condition is an extension's, as pg_dump asks for what users wrote into its table; foreign keys
            # of such tables are not ours to look at, so nothing of them is left out.
            query = (
                rows_of(step, step.condition, alias="")
                if step.condition
                else rows_of(step, f"WHERE NOT ({at_places('stored', without)})")
            )
            rows = await source.copy_out_query(query, sink=put, binary=binary)
        else:
            rows = await source.copy_out(step.table, step.columns, sink=put, binary=binary)
        await pieces.put(None)
        return rows

    async def stream() -> AsyncIterator[bytes]:
        while (piece := await pieces.get()) is not None:
            yield piece

    reader = asyncio.create_task(read())
    writer = asyncio.create_task(target.copy_in(step.table, step.columns, source=stream(), binary=binary))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in (reader, writer):
            if not task.done():
                task.cancel()
        outcomes = await asyncio.gather(reader, writer, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        # The side that was only cancelled because the other failed has nothing to tell.
        raise next((failure for failure in failures if isinstance(failure, PilotageError)), failures[0])
    sent, arrived = reader.result(), writer.result()
    if sent != arrived:
        raise ServerError(f"the source sent {sent} rows of {step.table} and the target took {arrived}")
    return arrived, relayed


def rows_of(step: LoadTable, condition: str, *, alias: str = "stored") -> str:
    """Return the query for those of a table's own rows that meet a condition.

    Args:
        condition: with its WHERE; may name the table by its alias, or where that is empty by its name.
    """
    columns = quote_identifiers(step.columns)
    return f"SELECT {columns} FROM ONLY {step.table} {alias} {condition}"  # noqa: S608 - quoted names
