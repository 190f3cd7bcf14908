"""Orphans: rows that reference nothing, counted on a server, key by key.

Consumed by the check of orphans; also fit for a source, before a migration finds them. A key that the server
calls valid can still be broken: ``session_replication_role = replica`` lets any row in.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.catalog.key_comparisons import (
    KeyComparison,
    match_conditions,
    read_key_comparisons,
    referenced_rows,
    referencing_rows,
)
from pilotage.catalog.locks import releasing_locks
from pilotage.connection import Session
from pilotage.model.catalog import ForeignKey, MatchType
from pilotage.model.names import quote_identifier

KEYS_A_STATEMENT = 50
"""Foreign keys counted by one statement: few round trips, and no plan that is too large to make."""


class OrphanCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one foreign key.

    Attributes:
        rows: referencing rows without a referenced row; None where they were not counted.
        not_counted_because: why; empty where they were.
    """

    key: ForeignKey
    rows: int | None
    not_counted_because: str = ""


class _Count(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    rows: int


async def count_orphans(session: Session, foreign_keys: Sequence[ForeignKey]) -> tuple[OrphanCount, ...]:
    """Count, for every enforced key, the referencing rows that break it.

    Keys that are not enforced promise nothing and are passed over. All others are counted, validated or not,
    by the very operators by which the server enforces them, and a partitioned table as one.

    Must be called inside a transaction.

    Returns:
        One count for each enforced key, in the order given.

    Raises:
        ServerError: a query failed.
    """
    keys = [key for key in foreign_keys if key.enforced]
    known = await read_key_comparisons(session, keys)
    counts: dict[int, int] = {}
    countable = [known[number] for number in range(len(keys)) if number in known and known[number].readable]
    for start in range(0, len(countable), KEYS_A_STATEMENT):
        batch = countable[start : start + KEYS_A_STATEMENT]
        statement = "\nUNION ALL\n".join(_counting_query(keys[key.number], key) for key in batch)
        async with releasing_locks(session):
            counts |= {count.number: count.rows for count in await session.records(statement, _Count)}
    return tuple(
        OrphanCount(
            key=key,
            rows=counts.get(number),
            not_counted_because="" if number in counts else _reason(known.get(number)),
        )
        for number, key in enumerate(keys)
    )


def _reason(key: KeyComparison | None) -> str:
    if key is None:
        return "the key does not exist there"
    return "this role may not read both its tables"


def _counting_query(key: ForeignKey, known: KeyComparison) -> str:
    """Return ``SELECT number, rows`` for one key: an anti-join, as the server's own validation does it.

    See RI_Initial_Check() in PostgreSQL's ``ri_triggers.c``.
    """
    referencing, referenced = referencing_rows(key, known), referenced_rows(key, known)
    matches = " AND ".join(match_conditions(key, known))
    # MATCH SIMPLE lets a row pass that has any NULL; MATCH FULL only one that has nothing else.
    any_or_all = " OR " if key.match is MatchType.FULL else " AND "
    is_meant = any_or_all.join(
        f"referencing.{quote_identifier(column)} IS NOT NULL" for column in key.columns
    )
    if known.period:
        holds = _period_is_covered(key, referenced, matches)
    else:
        holds = f"EXISTS (SELECT FROM {referenced} AS referenced WHERE {matches})"
    return (
        f"SELECT {known.number} AS number, count(*) AS rows "  # noqa: S608 - quoted names
        f"FROM {referencing} AS referencing WHERE ({is_meant}) AND NOT {holds}"
    )


def _period_is_covered(key: ForeignKey, referenced: str, matches: str) -> str:
    """Return the condition of a key with PERIOD: the matching rows' periods together cover the row's own."""
    period = f"referencing.{quote_identifier(key.columns[-1])}"
    referenced_period = f"referenced.{quote_identifier(key.referenced_columns[-1])}"
    return (
        f"coalesce((SELECT {period} OPERATOR(pg_catalog.<@) pg_catalog.range_agg({referenced_period}) "  # noqa: S608 - quoted names
        f"FROM {referenced} AS referenced WHERE {matches}), false)"
    )
