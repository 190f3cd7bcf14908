"""Large objects: which there are, in batches, and what they hold, piece by piece.

Consumed by the reader, by execution, files and verification. Contents are never whole in memory: one may be
of 4 TB. All is read with the functions that every role may call, and not from ``pg_largeobject``, which only
superusers may read; both see the transaction's snapshot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pilotage.catalog.queries import query
from pilotage.connection import Session
from pilotage.model.large_objects import LargeObject, LargeObjects

OBJECTS_PER_BATCH = 500
"""ALTER, COMMENT and GRANT lock each object until the transaction ends, and the lock table has room for about
6,400 by default, for all transactions that run side by side."""

BYTES_PER_BATCH = 64 * 1024 * 1024
"""Enough that a transaction does not matter, few enough that large objects can be brought side by side."""

PIECE = 1024 * 1024
"""Bytes that are read, sent or hashed as one value, of one object or of many small ones."""

LAST_OID = 2**32 - 1


class Piece(NamedTuple):
    """A part of a large object's content; ``at`` and ``length`` in bytes."""

    oid: int
    at: int
    length: int


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``large_object_digests.sql``."""

    oid: int
    digest: str


async def read_batches(session: Session) -> tuple[LargeObjects, ...]:
    """Return all large objects of the database, in batches by OID; must be called inside a transaction."""
    return await session.records(
        query("large_objects", session.version_num // 10000),
        LargeObjects,
        OBJECTS_PER_BATCH,
        BYTES_PER_BATCH,
    )


async def large_objects_between(
    session: Session, first: int, last: int
) -> AsyncIterator[tuple[LargeObject, ...]]:
    """Yield the large objects of a range of OIDs, at most ``OBJECTS_PER_BATCH`` at a time.

    Must be called inside a transaction.
    """
    sql = query("large_object_facts", session.version_num // 10000)
    while page := await session.records(sql, LargeObject, first, last, OBJECTS_PER_BATCH):
        yield page
        first = page[-1].oid + 1
        if len(page) < OBJECTS_PER_BATCH or first > last:
            return


def pieces_of(objects: Iterable[LargeObject], most: int = PIECE) -> Iterator[tuple[Piece, ...]]:
    """Yield the contents of objects cut into pieces, as many together as ``most`` bytes hold.

    Each object is cut at the multiples of ``most``. An empty object has no piece, nor has one that cannot be
    read.
    """
    together: list[Piece] = []
    room = most
    for each in objects:
        for at in range(0, each.bytes or 0, most):
            piece = Piece(each.oid, at, min((each.bytes or 0) - at, most))
            if piece.length > room:
                yield tuple(together)
                together, room = [], most
            together.append(piece)
            room -= piece.length
    if together:
        yield tuple(together)


async def read_pieces(session: Session, pieces: Sequence[Piece]) -> list[bytes]:
    """Return the content of each piece, as of the transaction's snapshot."""
    contents: list[bytes] = await session.value(
        "SELECT array_agg(pg_catalog.lo_get(piece.oid, piece.at, piece.length) ORDER BY piece.place) "
        "FROM unnest($1::int8[]::oid[], $2::int8[], $3::int4[]) "
        "WITH ORDINALITY AS piece (oid, at, length, place)",
        *_columns(pieces),
    )
    return contents


async def write_pieces(session: Session, pieces: Sequence[Piece], contents: Sequence[bytes]) -> None:
    """Write pieces into large objects that exist."""
    oids, at, _ = _columns(pieces)
    await session.value(
        "SELECT pg_catalog.count(pg_catalog.lo_put(piece.oid, piece.at, piece.content)) "
        "FROM unnest($1::int8[]::oid[], $2::int8[], $3::bytea[]) AS piece (oid, at, content)",
        oids,
        at,
        contents,
    )


def _columns(pieces: Sequence[Piece]) -> tuple[list[int], list[int], list[int]]:
    return [each.oid for each in pieces], [each.at for each in pieces], [each.length for each in pieces]


async def read_digests(session: Session, objects: Iterable[LargeObject]) -> Mapping[int, str]:
    """Return the digest of each content by OID, without those that the role may not read.

    The server computes it, so that contents need not travel.
    """
    readable = [each for each in objects if each.bytes is not None]
    found = await session.records(
        query("large_object_digests", session.version_num // 10000),
        Digest,
        [each.oid for each in readable],
        [each.bytes for each in readable],
        PIECE,
    )
    return {each.oid: each.digest for each in found}


async def read_taken(target: Session, source: Session) -> AsyncIterator[int]:
    """Yield the OIDs of large objects that both databases have, in order."""
    page, after = OBJECTS_PER_BATCH * 20, 0
    while True:
        there: list[int] = await target.value(
            "SELECT pg_catalog.array_agg(oid::int8 ORDER BY oid) FROM (SELECT oid FROM "
            "pg_catalog.pg_largeobject_metadata WHERE oid > $1::int8::oid ORDER BY oid LIMIT $2) AS page",
            after,
            page,
        )
        if not there:
            return
        both = await source.value(
            "SELECT pg_catalog.array_agg(oid::int8 ORDER BY oid) FROM pg_catalog.pg_largeobject_metadata "
            "WHERE oid = ANY ($1::int8[]::oid[])",
            there,
        )
        for oid in both or ():
            yield oid
        after = there[-1]
