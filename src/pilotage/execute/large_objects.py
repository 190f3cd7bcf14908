"""Large objects from the source to the target, contents never all in memory."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

from pilotage.catalog.large_objects import (
    Piece,
    large_objects_between,
    pieces_of,
    read_pieces,
    write_pieces,
)
from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.plan import LoadLargeObjects
from pilotage.model.roles import RoleChoices
from pilotage.plan.large_objects import create_statements, description_statements


async def relay_large_objects(
    source: Session,
    target: Session,
    step: LoadLargeObjects,
    roles: RoleChoices,
    on_bytes: Callable[[int], None],
) -> int:
    """Bring the large objects of a step and return the bytes of their contents.

    While one piece is written, the next is read.

    Args:
        source: inside a transaction.
        target: inside a transaction of the caller's.
        roles: what becomes of owners and privileges.

    Raises:
        ServerError: either server refused; the caller's transaction can only be rolled back.
        ConnectionLostError: either connection broke.
    """
    moved = 0
    async for objects in large_objects_between(source, step.first, step.last):
        await target.run("".join(create_statements(each.oid for each in objects)))
        ahead: tuple[Sequence[Piece], Sequence[bytes]] = (), ()
        for pieces in (*pieces_of(objects), ()):
            ahead = await _write_and_read(source, target, ahead, pieces)
            count = sum(map(len, ahead[1]))
            moved += count
            on_bytes(count)
        described = itertools.chain.from_iterable(description_statements(each, roles) for each in objects)
        if statements := "".join(described):  # none where owners are left out and nothing else is told
            await target.run(statements)
    return moved


async def _write_and_read(
    source: Session,
    target: Session,
    ahead: tuple[Sequence[Piece], Sequence[bytes]],
    pieces: Sequence[Piece],
) -> tuple[Sequence[Piece], Sequence[bytes]]:
    """Write what was read before while the next is read, and return that; one that fails stops the other."""
    try:
        async with asyncio.TaskGroup() as both:
            if ahead[0]:
                both.create_task(write_pieces(target, *ahead))
            reading = both.create_task(read_pieces(source, pieces)) if pieces else None
    except ExceptionGroup as group:
        raise first_error(group) from group
    return pieces, reading.result() if reading is not None else ()
