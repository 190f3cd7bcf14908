"""Buckets: into which parts a relation's rows are divided, so that a difference says where it is.

Consumed by the check of contents. A bucket is a range of the key's leading column, since an index leads to
its rows; the bounds come from a sample of the source's blocks. Where there is no key to tell ranges of, a
bucket is some bits of the row's hash, the same on every server.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from pilotage.connection import Session
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.verify.rows.facts import ColumnFacts
from pilotage.verify.rows.pairing import Pair
from pilotage.verify.rows.relation import ComparedRelation

NULL_KEY = -1
"""The bucket of rows whose key is NULL, which a sound table has not."""

SAMPLED_BLOCKS = 200
"""Read to find bounds; with 50 rows a block, 1,000 ranges are of ten rows of the sample each."""

_MOST_OF_TEXT = 64
"""Comparing text by a locale's rules takes long, and each row is compared with some of the bounds."""

# Types whose order is the same on every server, and whose values are constants that do not depend on
# settings.
_ORDERED = frozenset("int2 int4 int8 oid numeric uuid date timestamp timestamptz text varchar bytea".split())
_TEXTUAL = frozenset({"text", "varchar"})


class _Bounds(msgspec.Struct, frozen=True, kw_only=True):
    bounds: tuple[str, ...] | None


async def read_bounds(session: Session, pair: Pair, ranges: int) -> tuple[str, ...]:
    """Return values of the key's leading column, as text and ascending, between which rows are about as many.

    Reads some hundred blocks. There are none where ranges of the key are not used.

    Args:
        ranges: how many are wanted; there may be fewer.

    Raises:
        ServerError: the server refused.
    """
    column = pair.leading
    if column is None or ranges < 2 or not _has_ranges(column):
        return ()
    wanted = min(ranges, _MOST_OF_TEXT) if column.base.name in _TEXTUAL else ranges
    percent = min(100.0, 100 * SAMPLED_BLOCKS / max(1, pair.source.blocks))
    fractions = ",".join(f"{part / wanted:.6f}" for part in range(1, wanted))
    key = quote_identifier(column.name)
    found = await session.records(
        f"""
        SELECT (
            SELECT array_agg(format('%s', bound) ORDER BY place)
            FROM unnest(sample.bounds) WITH ORDINALITY AS each_of_them (bound, place)
        ) AS bounds
        FROM (
            SELECT percentile_disc('{{{fractions}}}'::float8[]) WITHIN GROUP (ORDER BY {key}) AS bounds
            FROM {pair.rows} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)
        ) AS sample""",  # noqa: S608 - quoted names
        _Bounds,
    )
    return tuple(bound for bound, _ in itertools.groupby(found[0].bounds or ()))


def _has_ranges(column: ColumnFacts) -> bool:
    return column.base.schema == "pg_catalog" and column.base.name in _ORDERED


def with_buckets(pair: Pair, bounds: Sequence[str]) -> ComparedRelation:
    """Return the relation, ready to be read, divided at these bounds, or by hash where there are none."""
    column = pair.leading
    if bounds and column is not None:
        key = quote_identifier(column.name)
        constants = [f"{quote_literal(bound)}::{column.base}" for bound in bounds]
        bucket = f"coalesce(pg_catalog.width_bucket({key}, ARRAY[{', '.join(constants)}]), {NULL_KEY})"
        ranges = _ranges(key, constants)
        if column.base.name in _TEXTUAL:
            # Where an end sorts otherwise than the source, the bounds do not ascend and ranges overlap there.
            ranges = {number: f"{each} AND {bucket} = {number}" for number, each in ranges.items()}
        conditions = {NULL_KEY: f"{key} IS NULL", **ranges}
    elif (buckets := _power_of_two(pair.buckets)) > 1:
        bucket = f"(({pair.hashes.whole[0]}) & {buckets - 1})::pg_catalog.int4"
        conditions = {number: f"{bucket} = {number}" for number in range(buckets)}
    else:
        bucket, conditions = "0", {0: "true"}
    return ComparedRelation(
        name=pair.name,
        rows=pair.rows,
        columns=pair.columns,
        key=pair.key,
        bucket=bucket,
        conditions=conditions,
        by_key=bool(bounds),
        row_hashes=pair.hashes.whole,
    )


def _ranges(key: str, constants: Sequence[str]) -> dict[int, str]:
    """Return the condition of each bucket: the one of number *n* begins at bound *n*, counted from 1."""
    last = len(constants)
    return {
        0: f"{key} < {constants[0]}",
        **{
            number: f"{key} >= {constants[number - 1]} AND {key} < {constants[number]}"
            for number in range(1, last)
        },
        last: f"{key} >= {constants[-1]}",
    }


def _power_of_two(number: int) -> int:
    return 1 << (number.bit_length() - 1)
