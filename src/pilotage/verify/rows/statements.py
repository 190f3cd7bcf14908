"""The statement that reads a part of a relation: its rows, hashed, counted and summed by bucket.

Consumed by the scan. Pure.
"""

from __future__ import annotations

import msgspec

from pilotage.model.names import quote_identifier, quote_literal
from pilotage.verify.rows.expressions import Hashes, unlike
from pilotage.verify.rows.relation import ComparedRelation, Condition


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read of one relation at one end.

    Attributes:
        hashes: None where rows are only counted, in bucket 0.
        blocks, bytes: its size at this end; 0 blocks where it is read in one part.
        filenode: of the file that its places of rows are about; None where it does not matter.
        conditions: to be looked at meanwhile.
        ranges: where only a sample is read, the conditions of what is, those of one statement together.
    """

    relation: ComparedRelation
    hashes: Hashes | None
    blocks: int
    bytes: int
    filenode: int | None = None
    conditions: tuple[Condition, ...] = ()
    ranges: tuple[tuple[str, ...], ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a relation's blocks.

    Attributes:
        blocks: the first, and the one behind the last, None for no end; or None for the whole relation.
        bytes: about.
        ranges: conditions of which rows meet one; none for all rows.
    """

    reading: Reading
    blocks: tuple[int, int | None] | None
    bytes: int
    ranges: tuple[str, ...] = ()

    def with_conditions(self, conditions: tuple[Condition, ...]) -> Part:
        """Return the same part with other conditions."""
        return msgspec.structs.replace(
            self, reading=msgspec.structs.replace(self.reading, conditions=conditions)
        )

    def only_counting(self) -> Part:
        """Return the same part, of which nothing is hashed."""
        return msgspec.structs.replace(self, reading=msgspec.structs.replace(self.reading, hashes=None))


def statement(number: int, part: Part) -> str:
    """Return the query for the records of the scan: one row for each bucket of a part."""
    reading = part.reading
    relation, hashes = reading.relation, reading.hashes
    source = _source(part)
    broken = [f"({condition.sql}) IS FALSE" for condition in reading.conditions]
    bucket, sums = "0", ("0", "0")
    if hashes is not None:
        bucket, sums = relation.bucket, hashes.outer
        if hashes.inner:
            source, bucket, broken = _with_arrays(relation, hashes, source, broken)
        if _is_by_hash(relation):
            source, bucket, sums, broken = _with_hashes(relation, sums, source, broken)
    counted = ", ".join(f"count(*) FILTER (WHERE {each})" for each in broken)
    filenode = _filenode(reading)
    read = (
        f"SELECT {number} AS part, {bucket} AS bucket, count(*) AS rows, "  # noqa: S608 - quoted names
        f"ARRAY[coalesce(sum({sums[0]}), 0)::text, coalesce(sum({sums[1]}), 0)::text] AS sums, "
        f"ARRAY[{counted}]::int8[] AS broken, {filenode} AS filenode FROM {source}"
    )
    if hashes is None or _is_one(relation):
        return read
    # By position, since a column may be called bucket; and a part without rows has no bucket, but a file.
    none_broken = ", ".join("0" for _ in broken)
    return (
        f"{read} GROUP BY 2 UNION ALL "
        f"SELECT {number}, 0, 0, ARRAY['0', '0'], ARRAY[{none_broken}]::int8[], {filenode}"
    )


def _filenode(reading: Reading) -> str:
    """Return the number of the relation's file, which is looked up when the relation is locked already."""
    if reading.filenode is None:
        return "NULL::int8"
    return f"pg_relation_filenode({quote_literal(str(reading.relation.name))}::regclass)::int8"


def _source(part: Part) -> str:
    if part.ranges:
        return f"{part.reading.relation.rows} WHERE {' OR '.join(f'({each})' for each in part.ranges)}"
    if part.blocks is None:
        return part.reading.relation.rows
    first, end = part.blocks
    before = "" if end is None else f" AND ctid < '({end:d},0)'::tid"
    return f"{part.reading.relation.rows} WHERE ctid >= '({first:d},0)'::tid{before}"


def _with_arrays(
    relation: ComparedRelation, hashes: Hashes, source: str, broken: list[str]
) -> tuple[str, str, list[str]]:
    """Make what both hashes need once, in a subquery that OFFSET keeps the planner from dissolving."""
    taken = [*hashes.direct, *(name for _, name in hashes.inner)]
    bucket = relation.bucket
    made = [f"{array} AS {name}" for array, name in hashes.inner]
    if relation.by_key:
        bucket = unlike("pilotage_bucket", taken)
        made.append(f"{relation.bucket} AS {bucket}")
    aliases = [unlike(f"pilotage_broken_{place}", taken) for place in range(len(broken))]
    made += [f"{each} AS {alias}" for each, alias in zip(broken, aliases, strict=True)]
    read = ", ".join([*map(quote_identifier, hashes.direct), *made])
    return f"(SELECT {read} FROM {source} OFFSET 0) AS made", bucket, aliases  # noqa: S608 - quoted names


def _with_hashes(
    relation: ComparedRelation, sums: tuple[str, str], source: str, broken: list[str]
) -> tuple[str, str, tuple[str, str], list[str]]:
    """Make the hashes in a subquery, since the bucket is made of one of them."""
    aliases = [f"broken_{place}" for place in range(len(broken))]
    read = ", ".join(
        [
            f"{sums[0]} AS first",
            f"{sums[1]} AS second",
            *(f"{each} AS {alias}" for each, alias in zip(broken, aliases, strict=True)),
        ]
    )
    return (
        f"(SELECT {read} FROM {source} OFFSET 0) AS hashed",  # noqa: S608 - quoted names
        f"(first & {len(relation.conditions) - 1})::int4",
        ("first", "second"),
        aliases,
    )


def _is_one(relation: ComparedRelation) -> bool:
    return len(relation.conditions) == 1


def _is_by_hash(relation: ComparedRelation) -> bool:
    return not relation.by_key and not _is_one(relation)
