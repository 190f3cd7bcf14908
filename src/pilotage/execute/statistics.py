"""The planner's statistics: taken over from the source where that can be done, else gathered anew.

Consumed by the worker. ANALYZE reads a part of each table that was just written; what it finds, the source
knows already, if its own statistics are complete and of about the rows that were copied. From version 18 on,
PostgreSQL takes them (its documentation, section 9.28.11, Statistics Manipulation Functions).

Whatever is in the way, a table is analyzed as ever: nothing fails for this.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from importlib import resources
from itertools import islice

import msgspec

from pilotage.catalog.planner_statistics import (
    PlannerStatistics,
    read_collation_orders,
    read_planner_statistics,
)
from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.session import open_session
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ServerError
from pilotage.model.names import QualifiedName
from pilotage.model.plan import AnalyzeTable, LoadTable, Plan, RefreshView, Step

TAKES_SINCE = 180000
"""``server_version_num`` of the first server that takes statistics over."""

ASKED_FROM = 1024 * 1024
"""Bytes of a table from which it is asked for. To ask takes the source 2 ms of CPU a table, and 10 at least:
for 41 tables of some hundred rows, that was more than the target spent on gathering."""

_APART = 0.2
"""By which part of the rows that were copied those of the source's statistics may be more or fewer: twice as
many as change before autovacuum gathers them anew. They are of now; the rows may be of long before."""

_TABLES = 50
"""Tables asked for at once. Of each there is at most a megabyte."""

_SAVEPOINT = "pilotage_statistics"

_NO_ANSWER = (ConnectionFailedError, ConnectionLostError, ServerError)

_QUERY = (
    resources.files("pilotage.execute").joinpath("queries", "taken_statistics.pg18.sql").read_text("utf-8")
)


class _Offer(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of a table for the target to take.

    Attributes:
        number: the place of the step that they are of.
        rows: that were copied.
        target: how fine they were gathered; None where there are none of its columns.
    """

    number: int
    schema: str
    name: str
    rows: int
    target: int | None
    columns: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    is_taken: bool


@dataclasses.dataclass(slots=True)
class _Choice:
    """What can be done for a step instead of its own statement.

    Attributes:
        offers: None where there is no other way than ANALYZE.
        parents: partitioned tables, whose own statistics are of all their partitions together.
    """

    offers: list[_Offer] | None = dataclasses.field(default_factory=list)
    parents: list[QualifiedName] = dataclasses.field(default_factory=list)


class Statistics:
    """Takes statistics over from one source, for one plan. Workers may share it.

    Attributes:
        taken: ids of the steps of which this run took them over.
    """

    def __init__(
        self, plan: Plan, source: ConnectionParameters, left_out: Collection[QualifiedName], *, gather: bool
    ) -> None:
        # Of what was copied in part, the source knows something else.
        self._rows = {
            step.table: step.cost.rows
            for step in plan.steps
            if isinstance(step, LoadTable) and not step.condition and step.table not in left_out
        }
        small = {
            step.table for step in plan.steps if isinstance(step, LoadTable) and step.cost.bytes < ASKED_FROM
        }
        # What is in views was made on the target.
        self._passed_over = small | {step.view for step in plan.steps if isinstance(step, RefreshView)}
        self._source = source
        self._gather = gather
        self._session: Session | None = None
        self._asking = asyncio.Lock()
        self._compared: set[QualifiedName] = set()
        self._alike_ones: set[QualifiedName] = set()
        self.taken: set[str] = set()

    async def take_over(self, target: Session, steps: Sequence[Step]) -> Mapping[str, str]:
        """Take statistics over, and return by step the statements that are left to do for it.

        What is missing there is to be analyzed.

        Args:
            target: in the transaction that does the steps.

        Raises:
            ConnectionLostError: the target's connection broke.
        """
        left: dict[str, str] = {}
        if self._gather or target.version_num < TAKES_SINCE:
            return left
        known = iter(
            each for each in steps if isinstance(each, AnalyzeTable) and each.table not in self._passed_over
        )
        while some := tuple(islice(known, _TABLES)):
            await target.run(f"SAVEPOINT {_SAVEPOINT}")
            try:
                left.update(await self._take_over(target, some))
            except ServerError:
                await target.run(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            await target.run(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        return left

    async def _take_over(self, target: Session, steps: Sequence[AnalyzeTable]) -> dict[str, str]:
        choices = await self._choices(target, steps)
        offers = [offer for choice in choices.values() for offer in choice.offers or ()]
        refused: set[int] = set()
        if offers:
            answers = await target.records(_QUERY, _Answer, msgspec.json.encode(offers).decode())
            refused = {answer.number for answer in answers if not answer.is_taken}
        return {
            steps[number].id: "\n".join(f"ANALYZE ONLY {parent};" for parent in choice.parents)
            for number, choice in choices.items()
            if choice.offers is not None and number not in refused
        }

    async def _choices(self, target: Session, steps: Sequence[AnalyzeTable]) -> dict[int, _Choice]:
        """Return what can be done for steps, by their places."""
        choices: defaultdict[int, _Choice] = defaultdict(_Choice)
        async with self._asking:
            found = await self._read([step.table for step in steps])
        alike = await self._alike(target, found)
        for each in found:
            self._add(choices[each.number], each, alike)
        return choices

    def _add(self, choice: _Choice, known: PlannerStatistics, alike: set[QualifiedName]) -> None:
        """Add what is known of a step's table, or of a partition of it."""
        rows = self._rows.get(known.table)
        if choice.offers is None:
            return
        if known.partitioned:
            choice.parents.append(known.table)
        elif rows == 0 and known.plain:
            # Such as a partition of a table that has rows in others.
            choice.offers.append(_offer(known, rows, target=None, columns=msgspec.Raw(b"[]")))
        elif (
            rows
            and known.plain
            and known.has_columns
            and abs(known.rows - rows) <= _APART * rows
            and alike.issuperset(known.collations)
        ):
            choice.offers.append(_offer(known, rows, target=known.target, columns=known.columns))
        else:
            choice.offers = None

    async def _read(self, tables: Sequence[QualifiedName]) -> tuple[PlannerStatistics, ...]:
        """Ask the source, outside of the run's snapshot; nothing is known where it does not answer."""
        try:
            return await read_planner_statistics(await self._source_session(), tables)
        except _NO_ANSWER:
            # The rows are in; what is missing is only what saves time.
            self._gather = True
            return ()

    async def _alike(self, target: Session, known: Sequence[PlannerStatistics]) -> set[QualifiedName]:
        """Return the collations that sort alike at both ends: texts in statistics are in their order."""
        wanted = {collation for each in known for collation in each.collations}
        if missing := wanted - self._compared:
            here = await read_collation_orders(target, missing)
            try:
                async with self._asking:
                    there = await read_collation_orders(await self._source_session(), missing)
            except _NO_ANSWER:
                there = {}
            self._compared |= missing
            self._alike_ones |= {each for each in missing & there.keys() if there[each] == here.get(each)}
        return wanted & self._alike_ones

    async def _source_session(self) -> Session:
        if self._session is None or self._session.is_closed():
            self._session = await open_session(self._source)
        return self._session

    async def close(self) -> None:
        """Close the session on the source, where there is one."""
        if self._session is not None:
            await self._session.close()


@contextlib.asynccontextmanager
async def hold_statistics(
    plan: Plan, source: ConnectionParameters, left_out: Collection[QualifiedName], *, gather: bool
) -> AsyncIterator[Statistics]:
    """Make ready to take statistics over; what that opens is closed afterwards.

    Args:
        left_out: tables of which rows were left out.
        gather: whether none are to be taken over.
    """
    statistics = Statistics(plan, source, left_out, gather=gather)
    try:
        yield statistics
    finally:
        await statistics.close()


def _offer(known: PlannerStatistics, rows: int, *, target: int | None, columns: msgspec.Raw) -> _Offer:
    return _Offer(
        number=known.number, schema=known.schema, name=known.name, rows=rows, target=target, columns=columns
    )
