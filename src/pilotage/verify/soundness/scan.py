"""Conditions held against every row: one scan a table, and a second look where one of them fails.

Consumed by the check of conditions. Where the comparison of rows has read the tables, with a
condition each, only the second look is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName
from pilotage.verify.ends import End
from pilotage.verify.rows.relation import Condition, ConditionResult
from pilotage.verify.soundness.attempts import attempt, share_out, without_values
from pilotage.verify.soundness.conditions import RowCondition, by_table, together

TABLES_A_STATEMENT = 100
"""As in :mod:`pilotage.catalog.rowcounts`: round trips do not matter, and a statement is quickly planned."""

_STATEMENTS_A_JOB = 8
"""At least, where there are so many: nobody knows beforehand which tables take long."""


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one condition.

    Attributes:
        rows: that break it; None where that is not known.
        because: why it is not known; empty where it is.
    """

    row_condition: RowCondition
    rows: int | None
    because: str = ""


class _Counts(msgspec.Struct, frozen=True, kw_only=True):
    place: int
    broken: tuple[int, ...]


async def find_broken(
    end: End, conditions: Sequence[RowCondition], *, scanned: Iterable[ConditionResult] = (), jobs: int
) -> tuple[Broken, ...]:
    """Return the conditions that do not hold, and those of which nobody knows.

    Args:
        scanned: what is known of :func:`~pilotage.verify.soundness.conditions.together`'s conditions; tables
            without are scanned.
        jobs: sessions that scan.

    Raises:
        ConnectionLostError: a connection broke.
    """
    known = {
        result.condition.relation: result.broken_by
        for result in scanned
        if result.broken_by is not None and not result.not_checked_because
    }
    whole = [condition for condition in together(conditions) if condition.relation not in known]
    found = await _count_whole(end, whole, jobs=jobs)
    suspect = {relation for relation, rows in (known | found).items() if rows}
    suspect |= {condition.relation for condition in whole if condition.relation not in found}
    return await look_closely(
        end, [each for each in conditions if each.condition.relation in suspect], jobs=jobs
    )


async def _count_whole(end: End, conditions: Sequence[Condition], *, jobs: int) -> dict[QualifiedName, int]:
    """Return by table the rows that break its condition, without tables where the server gave an error."""
    found: dict[QualifiedName, int] = {}

    async def scan(session: Session, batch: Sequence[Condition]) -> None:
        counted = await _counted(session, [[each] for each in batch])
        if not isinstance(counted, ServerError):
            found.update((batch[each.place].relation, each.broken[0]) for each in counted)
        elif len(batch) > 1:
            for each in batch:
                await scan(session, [each])

    size = max(1, min(TABLES_A_STATEMENT, len(conditions) // (jobs * _STATEMENTS_A_JOB)))
    batches = [conditions[start : start + size] for start in range(0, len(conditions), size)]
    await share_out(end.session, jobs, batches, scan)
    return found


async def look_closely(end: End, conditions: Iterable[RowCondition], *, jobs: int) -> tuple[Broken, ...]:
    """Return the conditions that do not hold, each counted, and those of which nobody knows.

    Those of a table are counted in one scan, or one by one where the server gives an error.

    Raises:
        ConnectionLostError: a connection broke.
    """
    found: list[Broken] = []

    async def look(session: Session, of_table: Sequence[RowCondition]) -> None:
        counted = await _counted(session, [[each.condition for each in of_table]])
        if not isinstance(counted, ServerError):
            found.extend(
                Broken(row_condition=each, rows=rows)
                for each, rows in zip(of_table, counted[0].broken, strict=True)
                if rows
            )
        elif len(of_table) > 1:
            for each in of_table:
                await look(session, [each])
        else:
            found.append(Broken(row_condition=of_table[0], rows=None, because=without_values(counted)))

    await share_out(end.session, jobs, list(by_table(conditions).values()), look)
    return tuple(sorted(found, key=lambda broken: str(broken.row_condition)))


async def _counted(
    session: Session, tables: Sequence[Sequence[Condition]]
) -> tuple[_Counts, ...] | ServerError:
    return await attempt(session, lambda: session.records(_statement(tables), _Counts))


def _statement(tables: Sequence[Sequence[Condition]]) -> str:
    """Return a query that counts, for each table, the rows that break each of its conditions.

    The conditions are in FILTER, not in WHERE, where the planner would take the word of the catalogs for it:
    it leaves out what a NOT NULL or a partition's bounds seem to rule out.
    """
    return "\nUNION ALL\n".join(
        f"SELECT {place} AS place, ARRAY[{', '.join(map(_count, conditions))}] AS broken "  # noqa: S608 - quoted, or as the server prints it
        f"FROM ONLY {conditions[0].relation}"
        for place, conditions in enumerate(tables)
    )


def _count(condition: Condition) -> str:
    return f"count(*) FILTER (WHERE NOT ({condition.sql}))"
