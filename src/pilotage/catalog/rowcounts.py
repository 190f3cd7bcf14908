"""Exact row counts, many relations a statement.

Consumed by the reader. Estimates have no place here: what verification compares is counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec

from pilotage.catalog.locks import releasing_locks
from pilotage.connection import Session
from pilotage.model.names import QualifiedName

BATCH = 100
"""Relations counted by one statement: enough that round trips do not matter, few enough to plan quickly."""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    relation: int
    rows: int


async def count_rows(session: Session, relations: Iterable[QualifiedName]) -> dict[QualifiedName, int]:
    """Count each relation's own rows, without those of tables that inherit from it, in the current snapshot.

    Must be called inside a transaction.
    """
    counts: dict[QualifiedName, int] = {}
    remaining = iter(relations)
    while batch := tuple(itertools.islice(remaining, BATCH)):
        async with releasing_locks(session):
            for count in await session.records(_statement(batch), _Count):
                counts[batch[count.relation]] = count.rows
    return counts


def _statement(batch: tuple[QualifiedName, ...]) -> str:
    # Names print themselves quoted; ONLY leaves out children, which are counted as themselves.
    return "\nUNION ALL\n".join(
        f"SELECT {position} AS relation, count(*) AS rows FROM ONLY {name}"  # noqa: S608 - quoted names
        for position, name in enumerate(batch)
    )
