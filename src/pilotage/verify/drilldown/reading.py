"""What is read of an end: the hashes of the rows in question, in order, and some rows in full.

Consumed by the drill-down. A row is told by its ``ctid``, which within a snapshot means one row and no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.verify.drilldown.matching import HashedRow
from pilotage.verify.rows.images import TEXT
from pilotage.verify.rows.relation import SEEDS, ComparedColumn, ComparedRelation, DifferingRelation

_BATCHES_WAITING = 4
"""Of one end, while the other is slower; a batch is one piece of its COPY stream."""

_HEADER_BYTES = 19
# PostgreSQL's documentation, COPY, "Binary Format": the number of fields, and each with its length before it.
# Of type tid: block and line (src/backend/utils/adt/tid.c, tidsend).
_ROW = struct.Struct(">h iq iq iq iq iq iIH")

_VALUE_CHARACTERS = 2000
"""Of a value that is shown; a longer one is cut, and says so."""

_FEW = 0.2
"""A share of a relation's rows below which an index of the key is worth its way, whatever statistics say."""


async def equal_key_hashes(relation: ComparedRelation, *sessions: Session) -> tuple[str, str]:
    """Return two expressions of the hash of a row's key, the same at both ends for keys that SQL calls equal.

    Where a type has no such hash, keys are the same where what is stored is.
    """
    if not relation.key:
        return relation.row_hashes
    key = ", ".join(part for column in relation.key_columns for part in _told_apart(column))
    nothing = ", ".join(
        f"NULL::{column.type if column.equal_by_type else 'pg_catalog.int8'}"
        for column in relation.key_columns
    )
    probe = (
        "SELECT pg_catalog.hash_record_extended(ROW('pilotage'::pg_catalog.text, 1::pg_catalog.int8), 0)"
        f" + 0 * pg_catalog.hash_record_extended(ROW({nothing}), 0)"
    )
    try:
        values = {await _attempt(session, probe) for session in sessions}
    except ServerError:
        values = set()
    if len(values) == 1:
        first, second = (
            f"pg_catalog.hash_record_extended(ROW({key}), {quote_literal(str(seed))}::pg_catalog.int8)"
            for seed in SEEDS
        )
        return first, second
    # Not every server hashes numbers alike (byte order), but all of them make the same MD5 of a text.
    images = ", ".join(hashed for column in relation.key_columns for hashed in column.hashes)
    digest = f"pg_catalog.md5(pg_catalog.concat_ws(',', {images}))"
    first, second = (
        f"('x' || pg_catalog.substr({digest}, {begin}, 16))::pg_catalog.bit(64)::pg_catalog.int8"
        for begin in (1, 17)
    )
    return first, second


def _told_apart(column: ComparedColumn) -> tuple[str, ...]:
    """Return what a key's column is hashed by: its type's hash may leave out what SQL does not.

    That of bigint folds its upper half into the lower one, and that of numeric has no sign.
    """
    if not column.equal_by_type:
        return column.hashes
    quoted = quote_identifier(column.name)
    if column.how != TEXT:  # else the ends have different types
        if column.type == "bigint":
            return quoted, f"{quoted} >> 32"
        if column.type.startswith("numeric") and not column.type.endswith("[]"):
            return quoted, f"{quoted} < 0"
    return (quoted,)


async def _attempt(session: Session, query: str) -> object:
    """Ask something that the server may refuse, inside of the session's transaction."""
    await session.run("SAVEPOINT pilotage_attempt")
    try:
        return await session.value(query)
    finally:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_attempt; RELEASE SAVEPOINT pilotage_attempt")


async def is_same_file(session: Session, relation: ComparedRelation, filenode: int | None) -> bool:
    """Lock a relation until the session ends, and say whether its rows are in this file still.

    Raises:
        ServerError: the server refused.
        ConnectionLostError: the connection broke.
    """
    # What stands in FROM is locked before anything is evaluated.
    name = quote_literal(str(relation.name))
    found = await session.value(
        f"SELECT pg_catalog.pg_relation_filenode({name}::pg_catalog.regclass)::pg_catalog.int8 "  # noqa: S608 - quoted
        f"WHERE NOT EXISTS (SELECT FROM {relation.rows} WHERE false)"
    )
    return filenode is None or found == filenode


@contextlib.asynccontextmanager
async def hashed_rows(
    session: Session, differing: DifferingRelation, key_hashes: tuple[str, str]
) -> AsyncIterator[AsyncIterator[Sequence[HashedRow]]]:
    """Read the rows of all ranges that differ, in the order of their keys' hashes, some at a time.

    Raises:
        ServerError: the server refused.
        ConnectionLostError: the connection broke.
    """
    relation = differing.relation
    few = relation.by_key and _share(differing) < _FEW
    hashes = ", ".join((*key_hashes, *relation.row_hashes))
    query = (
        f"SELECT {hashes}, pg_catalog.count(*), min(ctid) FROM {relation.rows} "  # noqa: S608
        f"WHERE {_condition(differing, by_ranges=few)} "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
    )
    await session.run(f"SET LOCAL enable_seqscan TO {'off' if few else 'on'}")
    await session.run("SET LOCAL max_parallel_workers_per_gather TO 0")  # no more than the one session
    queue: asyncio.Queue[Sequence[HashedRow] | None] = asyncio.Queue(_BATCHES_WAITING)

    async def read() -> None:
        pending = bytearray()
        began = False

        async def take(piece: bytes) -> None:
            nonlocal began
            pending.extend(piece)
            if not began and len(pending) >= _HEADER_BYTES:
                del pending[:_HEADER_BYTES]
                began = True
            complete = len(pending) // _ROW.size * _ROW.size if began else 0
            if complete:
                rows = _rows(bytes(pending[:complete]))
                del pending[:complete]
                await queue.put(rows)

        try:
            await session.copy_out_query(query, sink=take, binary=True)
        except asyncio.CancelledError:
            raise  # nobody takes anything any more
        except BaseException:
            await queue.put(None)
            raise
        await queue.put(None)

    async def batches() -> AsyncIterator[Sequence[HashedRow]]:
        while (rows := await queue.get()) is not None:
            yield rows
        await reading

    reading = asyncio.create_task(read())
    try:
        yield batches()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _condition(differing: DifferingRelation, *, by_ranges: bool) -> str:
    """Return what selects the rows of all buckets that differ; once, since a bucket may be a row's hash.

    Args:
        by_ranges: whether an index is to find them.
    """
    relation = differing.relation
    conditions = {bucket.condition for bucket in differing.buckets}
    if by_ranges:
        return " OR ".join(f"({each})" for each in sorted(conditions))
    numbers = [number for number, each in relation.conditions.items() if each in conditions]
    if len(numbers) == len(relation.conditions):
        return "true"
    return f"({relation.bucket}) = ANY ('{{{','.join(map(str, numbers))}}}'::pg_catalog.int4[])"


def _share(differing: DifferingRelation) -> float:
    """Return which part of the relation's rows is read again, at the end where it is greater."""
    shares = [
        sum(rows) / total
        for rows, total in (
            ((bucket.source.rows for bucket in differing.buckets), differing.source_rows),
            ((bucket.target.rows for bucket in differing.buckets), differing.target_rows),
        )
        if total
    ]
    return max(shares, default=0.0)


def _rows(encoded: bytes) -> list[HashedRow]:
    return [
        HashedRow((key_1, key_2), (row_1, row_2), copies, (block, line))
        for _, _, key_1, _, key_2, _, row_1, _, row_2, _, copies, _, block, line in _ROW.iter_unpack(encoded)
    ]


class FullRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is stored.

    Attributes:
        place: its ``ctid``.
        hashes: two of each column, one column after the other.
        texts: of the columns that were asked for; None for NULL.
    """

    place: str
    hashes: tuple[int, ...]
    texts: tuple[str | None, ...]


async def full_rows(
    session: Session, relation: ComparedRelation, places: Iterable[str], shown: Sequence[str]
) -> dict[str, FullRow]:
    """Return rows by their places.

    Args:
        shown: columns whose values are to be read.
    """
    places = sorted(place for place in places if place)
    if not places:
        return {}
    columns = {column.name: column for column in relation.columns}
    hashes = ", ".join(hashed for column in relation.columns for hashed in column.hashes)
    bytewise = await session.value("SELECT pg_catalog.getdatabaseencoding() = 'SQL_ASCII'")
    texts = ", ".join(_printable(columns[name].text, bytewise=bytewise) for name in shown)
    tids = quote_literal("{" + ",".join(f'"{place}"' for place in places) + "}")
    rows = await session.records(
        f"SELECT ctid::pg_catalog.text AS place, ARRAY[{hashes}]::pg_catalog.int8[] AS hashes, "  # noqa: S608
        f"ARRAY[{texts}]::pg_catalog.text[] AS texts FROM {relation.rows} "
        f"WHERE ctid = ANY ({tids}::pg_catalog.tid[])",
        FullRow,
    )
    return {row.place: row for row in rows}


def _printable(text: str, *, bytewise: bool) -> str:
    """Return the expression of a value that people read: of sane length, and of characters."""
    if bytewise:
        text = f"pg_catalog.encode(pg_catalog.convert_to({text}, 'SQL_ASCII'), 'escape')"
    return (
        f"(SELECT CASE WHEN pg_catalog.length(shown.value) > {_VALUE_CHARACTERS} "  # noqa: S608
        f"THEN pg_catalog.left(shown.value, {_VALUE_CHARACTERS}) "
        f"|| '... (' || pg_catalog.length(shown.value) || ' characters)' ELSE shown.value END "
        f"FROM (SELECT {text}) AS shown (value))"
    )
