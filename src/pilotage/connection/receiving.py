"""A COPY that receives, given up in an orderly way: the session can be asked something else afterwards.

Consumed by :class:`~pilotage.connection.session.Session`. The driver (asyncpg 0.32) hands on what has come,
waits for more, and has the server stop when that wait is cancelled. Where more has come at that very moment,
which is the rule while rows are flowing, it forgets to: the server goes on sending, and whatever is asked
next ends the connection. So what has come is refused first, and what follows is not listened to until the
driver has been cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from pilotage.connection.dial import DriverConnection

Sink: TypeAlias = Callable[[bytes], Coroutine[Any, Any, None]]


async def received(
    connection: DriverConnection, copy: Callable[[Sink], Coroutine[Any, Any, str]], sink: Sink
) -> str:
    """Run a COPY, and return its command tag; where we are cancelled, give it up.

    Args:
        connection: the driver's, on which ``copy`` runs.
        copy: begins the COPY and gives each piece to the sink it was called with.
        sink: takes a piece.
    """
    is_given_up = False

    async def refusing(piece: bytes) -> None:
        if not is_given_up:
            await sink(piece)
        if is_given_up:
            raise asyncio.CancelledError

    copying = asyncio.create_task(copy(refusing))
    try:
        await asyncio.wait([copying])
    except asyncio.CancelledError:
        is_given_up = True
        await _give_up(connection, copying)
        raise
    return copying.result()


async def _give_up(connection: DriverConnection, copying: asyncio.Task[str]) -> None:
    """End a COPY whose sink refuses whatever it is given."""
    transport = connection.transport
    if not transport.is_closing():
        transport.pause_reading()
    try:
        await asyncio.sleep(0)  # what has come goes to the sink
        copying.cancel()
        await asyncio.wait([copying])
    except asyncio.CancelledError:
        copying.cancel()
        connection.terminate()
        raise
    finally:
        if not transport.is_closing():
            transport.resume_reading()
    if not copying.cancelled():
        copying.exception()  # nobody wants to know
