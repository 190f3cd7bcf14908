"""How long the server takes for a query, before and after a change that is taken back.

Consumed by the measuring of fixes. The clock is the server's own, ``Execution Time`` of EXPLAIN ANALYZE, so
that neither the network nor our reading is in it; planning is not in it either. One process of the server
does the work on both sides.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from pilotage.connection import Session
from pilotage.lint.holding import HELD, lock_first, rolled_back
from pilotage.model.identities import Identity
from pilotage.model.lint import Measurement, Speeds
from pilotage.model.names import QualifiedName
from pilotage.security.asking import taking_on, undone
from pilotage.security.records import RoleToProbe

LONGEST = 2.0
"""Seconds that the first run may take; others are run while the table is locked."""

LEAST = 0.001
"""Seconds below which a run is too short to be held against another."""

FEW_ROWS = 1000
LEAST_OF_FEW = 0.01
"""The same for tables of fewer rows: what is quick with so few may be otherwise with many."""

_EXPLAIN = "EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, VERBOSE, FORMAT JSON)"


class Run(NamedTuple):
    """One run: seconds, and the plan that was run."""

    seconds: float
    plan: Mapping[str, Any]


class Runs(NamedTuple):
    """Seconds of all runs before and after a change."""

    before: Sequence[float]
    after: Sequence[float]


@asynccontextmanager
async def measuring(session: Session) -> AsyncIterator[None]:
    """A transaction that is always rolled back, in which one process of the server does the work.

    The server ends it on its own where we do not come back.
    """
    async with rolled_back(session):
        await session.run(
            f"SET LOCAL statement_timeout = '{HELD}s'; "
            f"SET LOCAL idle_in_transaction_session_timeout = '{HELD}s'; "
            "SET LOCAL max_parallel_workers_per_gather = 0"
        )
        yield


@asynccontextmanager
async def changed(
    session: Session, table: QualifiedName, mode: str, statements: Sequence[str]
) -> AsyncIterator[None]:
    """Make a change, and take it back with the locks that it took, at the latest after :data:`HELD` seconds.

    Args:
        session: in a transaction that holds no lock on a table: what is read before is read within
            :func:`~pilotage.security.asking.undone`.
        table: that is changed.
        mode: in which it is locked first.
        statements: the change.

    Raises:
        TimeoutError: it took longer.
        ServerError: the server refused the change.
    """
    async with undone(session), asyncio.timeout(HELD):
        await lock_first(session, table, mode)
        for statement in statements:
            await session.run(statement)
        yield


async def run(
    session: Session, query: str, asker: tuple[RoleToProbe, Identity] | None = None, seconds: float = HELD
) -> Run:
    """Run a query that writes nothing, as ourselves or as a role under an identity.

    Raises:
        ServerError: the server refused, or it took longer than it may (:data:`CANCELED`).
    """
    async with undone(session):
        await session.run("SET TRANSACTION READ ONLY")
        if asker is None:
            await session.run(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
        else:
            role, identity = asker
            await session.run(taking_on(role.name, {**role.settings, **identity.settings}, seconds))
        (explained,) = json.loads(await session.value(f"{_EXPLAIN} {query}"))
    return Run(explained["Execution Time"] / 1000, explained["Plan"])


async def runs(
    session: Session,
    table: QualifiedName,
    mode: str,
    statements: Sequence[str],
    access: Callable[[], Awaitable[float]],
    after: Callable[[], Awaitable[float]],
    *,
    rounds: int,
    each: int,
) -> Runs:
    """Run an access without and with a change, in turn, and once more without it.

    Args:
        session: within :func:`measuring`.
        table: as :func:`changed` takes it, and so are the next two.
        mode: in which it is locked.
        statements: the change.
        access: returns seconds; it has been run before, so that what it reads is in memory.
        after: the same with the change.
        rounds: how often the change is made.
        each: runs of either side in a round.
    """
    before_seconds: list[float] = []
    after_seconds: list[float] = []
    for _ in range(rounds):
        before_seconds += [await access() for _ in range(each)]
        async with changed(session, table, mode, statements):
            after_seconds += [await after() for _ in range(each)]
    before_seconds.append(await access())
    return Runs(before_seconds, after_seconds)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the nodes of a plan, without those of subqueries in expressions."""
    yield plan
    for inner in plan.get("Plans", ()):
        if inner.get("Parent Relationship") not in {"InitPlan", "SubPlan"}:
            yield from nodes(inner)


def measured(what: str, rows: int, seconds: Runs, *, table_rows: int) -> Measurement:
    """Say how fast the fastest runs were, and whether that tells anything.

    Args:
        what: was run.
        rows: that each run went through.
        seconds: of each run.
        table_rows: of the table that is read, as far as it was counted.
    """
    before, after = min(seconds.before), min(seconds.after)
    # the server tells microseconds
    before, after = max(before, 1e-6), max(after, 1e-6)
    apart = max(seconds.after) < before or max(seconds.before) < after
    doubt = None
    if table_rows < FEW_ROWS and before < LEAST_OF_FEW and after < LEAST_OF_FEW:
        doubt = f"too few rows to tell: the table has fewer than {FEW_ROWS:,}"
    elif before < LEAST and after < LEAST:
        doubt = f"too quick to tell: each run takes less than {LEAST * 1000:.0f} ms"
    elif not apart:
        doubt = "no difference that can be told from chance: runs of both sides took as long"
    return Measurement(
        what=what,
        speeds=Speeds(
            rows=rows,
            seconds_before=round(before, 6),
            seconds_after=round(after, 6),
            rows_per_second_before=round(rows / before, 1),
            rows_per_second_after=round(rows / after, 1),
            times=None if doubt else round(before / after, 3),
        ),
        doubt=doubt,
    )
