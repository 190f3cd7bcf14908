"""One end read once: the digests of every relation's buckets, with as many sessions as are allowed.

Consumed by the check of contents, once for each end. Large tables are read in ranges of blocks, side by side,
and small ones many in a statement. Locks are given back after each, so a table may be rewritten between two
of its parts, and then nothing is said of it. What a server refuses is told and does not stop the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.errors import ConnectionFailedError, ServerError, first_error
from pilotage.model.names import QualifiedName
from pilotage.verify.ends import End
from pilotage.verify.rows.pace import Pace
from pilotage.verify.rows.relation import REWRITTEN, Condition, ConditionResult, Digest
from pilotage.verify.rows.statements import Part, Reading, statement

BYTES_A_PART = 64 * 1024 * 1024
"""Of a table that is read in parts: a second or less, so that all sessions end together."""

SECONDS_A_PART = 2.0
"""Where a rate is given, not more is read at once than what it allows in this time."""

TABLES_A_STATEMENT = 50
"""Small tables read by one statement: few round trips, and no plan that is too large to make."""

COLUMNS_A_STATEMENT = 1000
"""Of all its tables, once they are as many; each takes some hundred characters of the statement."""

SMALL = 256 * 1024
"""Bytes of a table that shares a statement with others."""

_FORGET = "ROLLBACK TO SAVEPOINT pilotage_part; RELEASE SAVEPOINT pilotage_part"


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket of a part; sums are numbers that JSON readers may not hold, so they come as text."""

    part: int
    bucket: int
    rows: int
    sums: tuple[str, str]
    broken: tuple[int, ...]
    filenode: int | None


@dataclasses.dataclass(slots=True)
class Found:
    """What came of reading one end.

    Attributes:
        digests: by bucket, of every relation of which more than the number of rows was asked, and that could
            be read.
        counts: rows of every relation of which only that was asked, and that could be read.
        refused: why a relation could not be, in the server's words.
        conditions: of all that were asked for.
    """

    digests: dict[QualifiedName, dict[int, Digest]]
    counts: dict[QualifiedName, int]
    refused: dict[QualifiedName, str]
    conditions: list[ConditionResult]

    def rows_of(self, relation: QualifiedName) -> int | None:
        """Return how many rows a relation has; None where it could not be read."""
        if relation in self.counts:
            return self.counts[relation]
        if relation in self.digests:
            return sum(digest.rows for digest in self.digests[relation].values())
        return None


async def scan(
    end: End,
    readings: Sequence[Reading],
    *,
    jobs: int,
    max_rate: float | None = None,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
) -> Found:
    """Read one end.

    Args:
        jobs: sessions at most.
        max_rate: bytes of tables a second at most.
        on_bytes: told how many more bytes of tables were read; must not block.

    Raises:
        ConnectionFailedError: the server takes no session; where it takes fewer than ``jobs``, those read.
        ConnectionLostError: a connection broke.
    """
    found = _Tally()
    limit = BYTES_A_PART if max_rate is None else max(1, min(BYTES_A_PART, int(max_rate * SECONDS_A_PART)))
    batches = iter(_batches(readings, limit))
    pace = Pace(max_rate)

    async def work(session: Session) -> None:
        # Not more than the sessions that were allowed.
        await session.run("SET LOCAL max_parallel_workers_per_gather = 0")
        for batch in batches:
            size = sum(part.bytes for part in batch)
            await pace.turn(size)
            await _read(session, batch, found)
            on_bytes(size)

    async def help_out() -> None:
        # A server that has no connection left for us is read by fewer.
        with contextlib.suppress(ConnectionFailedError):
            async with end.session() as session:
                await work(session)

    async def read_all() -> None:
        async with end.session() as session:
            await work(session)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(read_all())
            for _ in range(1, jobs):
                group.create_task(help_out())
    except ExceptionGroup as failures:
        raise first_error(failures) from failures
    return found.result(readings)


def _batches(readings: Sequence[Reading], limit: int) -> Iterator[list[Part]]:
    """Return what one statement reads each, the largest relations first."""
    small: list[Part] = []
    columns = 0
    for reading in sorted(readings, key=lambda reading: (-reading.bytes, reading.relation.name)):
        parts = _parts(reading, limit)
        if reading.bytes > SMALL or len(parts) > 1:
            yield from ([part] for part in parts)
            continue
        small += parts
        columns += len(reading.relation.columns)
        if len(small) == TABLES_A_STATEMENT or columns >= COLUMNS_A_STATEMENT:
            yield small
            small, columns = [], 0
    if small:
        yield small


def _parts(reading: Reading, limit: int) -> list[Part]:
    """Divide a relation's blocks; the last part has no end, since rows may have come behind it meanwhile."""
    if reading.ranges:
        size = reading.bytes // len(reading.ranges)
        return [Part(reading=reading, blocks=None, bytes=size, ranges=each) for each in reading.ranges]
    number = max(1, min(reading.blocks, -(-reading.bytes // limit)))
    starts = [reading.blocks * place // number for place in range(number)]
    ends: list[int | None] = [*starts[1:], None]
    return [
        Part(
            reading=reading,
            blocks=None if number == 1 else (start, end),
            bytes=reading.bytes // number,
        )
        for start, end in zip(starts, ends, strict=True)
    ]


class _Tally:
    """Takes what parts gave."""

    def __init__(self) -> None:
        self._digests: defaultdict[QualifiedName, dict[int, Digest]] = defaultdict(dict)
        self._counts: defaultdict[QualifiedName, int] = defaultdict(int)
        self._refused: dict[QualifiedName, str] = {}
        self._broken: defaultdict[Condition, int] = defaultdict(int)
        self._unknown: dict[Condition, str] = {}

    def add(self, batch: Sequence[Part], rows: Sequence[_Row]) -> None:
        for row in rows:
            reading = batch[row.part].reading
            if row.filenode != reading.filenode:
                self.refuse(reading.relation.name, REWRITTEN)
            if reading.hashes is None:
                self._counts[reading.relation.name] += row.rows
            else:
                buckets = self._digests[reading.relation.name]
                first, second = (int(each) % 2**64 for each in row.sums)
                buckets[row.bucket] = buckets.get(row.bucket, Digest()) + Digest(row.rows, (first, second))
            for condition, broken in zip(reading.conditions, row.broken, strict=False):
                self._broken[condition] += broken

    def add_broken(self, condition: Condition, rows: int) -> None:
        self._broken[condition] += rows

    def refuse(self, relation: QualifiedName, why: str) -> None:
        self._refused.setdefault(relation, why)

    def leave_out(self, condition: Condition, why: str) -> None:
        self._unknown.setdefault(condition, why)

    def without_failing(self, part: Part) -> Part:
        """Leave out conditions that have failed for another part of the same relation."""
        left = tuple(each for each in part.reading.conditions if each not in self._unknown)
        return part if left == part.reading.conditions else part.with_conditions(left)

    def result(self, readings: Sequence[Reading]) -> Found:
        read = [reading for reading in readings if reading.relation.name not in self._refused]
        return Found(
            digests={
                each.relation.name: self._digests[each.relation.name]
                for each in read
                if each.hashes is not None
            },
            counts={
                each.relation.name: self._counts[each.relation.name] for each in read if each.hashes is None
            },
            refused=dict(self._refused),
            conditions=[self._outcome(condition) for reading in readings for condition in reading.conditions],
        )

    def _outcome(self, condition: Condition) -> ConditionResult:
        why = self._unknown.get(condition) or self._refused.get(condition.relation, "")
        return ConditionResult(
            condition=condition,
            broken_by=None if why else self._broken[condition],
            not_checked_because=why,
        )


async def _read(session: Session, batch: list[Part], found: _Tally) -> None:
    """Read some parts by one statement; where the server refuses it, find out what it does not refuse."""
    batch = [found.without_failing(part) for part in batch]
    try:
        rows = await _run(session, batch)
    except ServerError as error:
        if len(batch) > 1:
            for part in batch:
                await _read(session, [part], found)
        elif batch[0].reading.conditions:
            await _read_apart(session, batch[0], found)
        else:
            found.refuse(batch[0].reading.relation.name, str(error))
    else:
        found.add(batch, rows)


async def _read_apart(session: Session, part: Part, found: _Tally) -> None:
    """Read a part without conditions, and then once for each of them, of which at least one fails."""
    await _read(session, [part.with_conditions(())], found)
    for condition in part.reading.conditions:
        alone = part.with_conditions((condition,)).only_counting()
        try:
            rows = await _run(session, [alone])
        except ServerError as error:
            found.leave_out(condition, str(error))
        else:
            found.add_broken(condition, sum(row.broken[0] for row in rows))


async def _run(session: Session, batch: Sequence[Part]) -> tuple[_Row, ...]:
    """Run one statement, and give its locks back: each takes some of a small table of all sessions."""
    sql = "\nUNION ALL\n".join(statement(number, part) for number, part in enumerate(batch))
    await session.run("SAVEPOINT pilotage_part")
    if any(part.ranges for part in batch):
        # Statistics may be old, or of a table that was empty; what is undone below is this as well.
        await session.run("SET LOCAL enable_seqscan TO off")
    try:
        rows = await session.records(sql, _Row)
    except ServerError:
        await session.run(_FORGET)
        raise
    await session.run(_FORGET)
    return rows
