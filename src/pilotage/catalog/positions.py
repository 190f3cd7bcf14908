"""Where sequences stand, exactly.

``pg_sequences`` is no source for that: it shows NULL for a sequence that was never called, whatever
``setval`` has put there. Consumed by the reader.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec

from pilotage.catalog.facts import ExtensionSequenceFacts, SequenceFacts
from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.queries import query
from pilotage.connection import Session

BATCH = 100
"""Sequences read by one statement, on servers where each is read as a relation."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """What ``setval`` takes, of the sequence with this OID."""

    oid: int
    last_value: int
    is_called: bool


async def read_positions(
    session: Session, major: int, sequences: Iterable[SequenceFacts | ExtensionSequenceFacts]
) -> dict[int, Position]:
    """Return each sequence's position by its OID; the role must be able to read all of them.

    Sequences do not follow snapshots: these are the positions at this moment. Must be called inside a
    transaction.
    """
    wanted = tuple(sequences)
    found: list[Position] = []
    if major >= 18:
        sql = query("sequence_positions", major)
        found.extend(await session.records(sql, Position, [sequence.oid for sequence in wanted]))
    else:
        remaining = iter(wanted)
        while batch := tuple(itertools.islice(remaining, BATCH)):
            async with releasing_locks(session):
                found.extend(await session.records(_statement(batch), Position))
    return {position.oid: position for position in found}


def _statement(batch: tuple[SequenceFacts | ExtensionSequenceFacts, ...]) -> str:
    return "\nUNION ALL\n".join(
        f"SELECT {sequence.oid} AS oid, last_value, is_called FROM {sequence.name}"  # noqa: S608 - quoted names
        for sequence in batch
    )
