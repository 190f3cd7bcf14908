"""The rows that differ, of every relation whose digests do.

Consumed by verification, once it knows which ranges of which relations differ. At each end it takes one
session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.connection import Session
from pilotage.model.row_differences import ColumnValues, RowDifference, RowKind, TableDifference
from pilotage.verify.drilldown.found import FoundRows, LocatedRow
from pilotage.verify.drilldown.matching import match_rows
from pilotage.verify.drilldown.reading import FullRow, equal_key_hashes, full_rows, hashed_rows, is_same_file
from pilotage.verify.ends import End
from pilotage.verify.rows.relation import REWRITTEN, ComparedRelation, DifferingRelation

LISTED = 1000
"""Rows of a table that are listed, unless another number is asked for."""

LISTED_IN_ALL = 10_000
"""Rows of all tables after which no table lists more than :data:`LISTED_AT_LEAST`: people read these."""

LISTED_AT_LEAST = 10

REPAIRABLE = 100_000
"""Differing rows of a table whose places are kept, some 250 bytes each; of more only the numbers are."""

REPAIRABLE_IN_ALL = 1_000_000
"""The same of all tables."""

_AT_ONCE = 200
"""Rows that are read in full by one query."""


async def find_differing_rows(
    source: End,
    target: End,
    differing: Iterable[DifferingRelation],
    *,
    show_values: bool = False,
    limit: int = LISTED,
    keep: int = REPAIRABLE,
) -> tuple[FoundRows, ...]:
    """Find the rows that are missing, extra or changed.

    Rows of all ranges of a relation that differ are matched as one set, so what stands in another range only
    because the ends sort otherwise is no difference; a relation may turn out to have none.

    Args:
        source, target: the ends whose digests were compared, at the same moments.
        differing: relations with their ranges; see :mod:`pilotage.verify.rows.relation`.
        show_values: whether values other than keys may be told.
        limit: how many rows of each relation are listed, fewer where there are :data:`LISTED_IN_ALL`; all are
            counted.
        keep: how many places of rows of each relation are kept, and fewer where there are
            :data:`REPAIRABLE_IN_ALL`.

    Returns:
        One for each relation, in their order.

    Raises:
        ServerError: a server refused.
        ConnectionLostError: a connection broke.
    """
    async with source.session() as source_session, target.session() as target_session:
        found: list[FoundRows] = []
        listed = kept = 0
        for each in differing:
            rows = await _find(
                source_session,
                target_session,
                each,
                show_values=show_values,
                limit=min(limit, max(LISTED_IN_ALL - listed, LISTED_AT_LEAST)),
                keep=min(keep, REPAIRABLE_IN_ALL - kept),
            )
            listed += len(rows.difference.rows)
            kept += len(rows.rows)
            found.append(rows)
        return tuple(found)


async def _find(
    source: Session,
    target: Session,
    differing: DifferingRelation,
    *,
    show_values: bool,
    limit: int,
    keep: int,
) -> FoundRows:
    relation = differing.relation
    if not (
        await is_same_file(source, relation, differing.source_filenode)
        and await is_same_file(target, relation, differing.target_filenode)
    ):
        return _unread(relation, REWRITTEN)
    key_hashes = await equal_key_hashes(relation, source, target)
    counts = dict.fromkeys(RowKind, 0)
    located: list[LocatedRow] = []
    by_key = bool(relation.key)
    async with (
        hashed_rows(source, differing, key_hashes) as expected,
        hashed_rows(target, differing, key_hashes) as found,
    ):
        async for unequal in match_rows(expected, found):
            by_key = by_key and unequal.is_key
            for row in unequal.rows:
                counts[row.kind] += row.times
                if len(located) < max(keep, limit):
                    located.append(row)
    listed = located[:limit]
    described: list[RowDifference] = []
    for first in range(0, len(listed), _AT_ONCE):
        described += await _describe(
            source, target, relation, listed[first : first + _AT_ONCE], show_values=show_values
        )
    return FoundRows(
        relation=relation,
        difference=TableDifference(
            table=relation.name,
            key=relation.key,
            missing=counts[RowKind.MISSING],
            extra=counts[RowKind.EXTRA],
            changed=counts[RowKind.CHANGED],
            rows=tuple(sorted(described, key=_place_in_list)),
            not_listed=sum(counts.values()) - sum(row.times for row in listed),
        ),
        rows=tuple(located[:keep]),
        complete=sum(row.times for row in located[:keep]) == sum(counts.values()),
        by_key=by_key,
        source_filenode=differing.source_filenode,
        target_filenode=differing.target_filenode,
    )


def _unread(relation: ComparedRelation, why: str) -> FoundRows:
    nothing = TableDifference(
        table=relation.name, key=relation.key, missing=0, extra=0, changed=0, rows=(), not_listed=0
    )
    return FoundRows(
        relation=relation, difference=nothing, rows=(), complete=False, by_key=False, unread_because=why
    )


async def _describe(
    source: Session,
    target: Session,
    relation: ComparedRelation,
    rows: Sequence[LocatedRow],
    *,
    show_values: bool,
) -> list[RowDifference]:
    names = tuple(column.name for column in relation.columns)
    shown = names if show_values else relation.key
    expected = await full_rows(source, relation, (row.source for row in rows), shown)
    found = await full_rows(target, relation, (row.target for row in rows), shown)
    described: list[RowDifference] = []
    for row in rows:
        # Of what both ends have, though not as often, the places of both are known.
        ours, theirs = expected.get(row.source), found.get(row.target)
        either = ours or theirs
        assert either is not None  # noqa: S101 - a row that was seen in a snapshot stays in it
        texts = dict(zip(shown, either.texts, strict=True))
        columns = changed_columns(names, ours, theirs) if row.kind is RowKind.CHANGED else ()
        described.append(
            RowDifference(
                kind=row.kind,
                key={name: texts[name] for name in relation.key},
                columns=columns,
                source_ctid=row.source,
                target_ctid=row.target,
                times=row.times,
                values=_values(columns or names, shown, ours, theirs) if show_values else None,
            )
        )
    return described


def changed_columns(names: Sequence[str], ours: FullRow | None, theirs: FullRow | None) -> tuple[str, ...]:
    """Return the columns whose stored values are not the same; none where an end lacks the row."""
    if ours is None or theirs is None:
        return ()
    return tuple(
        name
        for number, name in enumerate(names)
        if ours.hashes[2 * number : 2 * number + 2] != theirs.hashes[2 * number : 2 * number + 2]
    )


def _values(
    columns: Sequence[str], shown: Sequence[str], ours: FullRow | None, theirs: FullRow | None
) -> tuple[ColumnValues, ...]:
    expected = dict(zip(shown, ours.texts, strict=True)) if ours else {}
    found = dict(zip(shown, theirs.texts, strict=True)) if theirs else {}
    return tuple(
        ColumnValues(column=name, expected=expected.get(name), found=found.get(name)) for name in columns
    )


def _place_in_list(row: RowDifference) -> tuple[tuple[tuple[int, int, str], ...], str, str]:
    """Return what sorts rows by key: numbers by their value, before texts, and NULL last."""
    key = tuple(map(_sortable, row.key.values()))
    return key, row.source_ctid, row.target_ctid


def _sortable(value: str | None) -> tuple[int, int, str]:
    if value is None:
        return 2, 0, ""
    digits = value.removeprefix("-")
    if digits.isdecimal() and len(digits) < 40:
        return 0, int(value), value
    return 1, 0, value
