"""Whether the servers' lock tables have room for what one transaction locks.

The table has room for about ``max_locks_per_transaction * (max_connections + max_prepared_transactions)``
locks of all sessions together (PostgreSQL's documentation, 19.12 Lock Management); shared memory that is left
over may stretch it, so that there are too many is told, and nothing is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from pilotage.connection import Session
from pilotage.model.preflight import End, Problem
from pilotage.plan.lock_counts import relations_locked
from pilotage.plan.order import partition_root
from pilotage.preflight.check import Check, Situation, query
from pilotage.preflight.checks.privileges import schemas_of


class _Locks(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``locks.sql``."""

    per_transaction: int
    transactions: int
    relations: int

    @property
    def room(self) -> int:
        return self.per_transaction * self.transactions


async def _look_at_source(situation: Situation) -> Sequence[Problem]:
    source = situation.source
    locks = await _locks(source, await schemas_of(source, situation.scope))
    return _problems(OF_SOURCE, locks, locks.relations, "pg_dump locks that many relations at once")


async def _look_at_target(situation: Situation) -> Sequence[Problem]:
    locks = await _locks(situation.target, [])
    if situation.plan.files:
        name, needed = _largest_file(situation)
        return _problems(OF_TARGET, locks, needed, f"{name} creates that many relations in one transaction")
    roots = Counter(partition_root(situation.catalog).values())
    if not roots:
        return []
    root, needed = roots.most_common(1)[0]
    return _problems(
        OF_TARGET, locks, needed, f"a key or an index of {root} locks that many partitions at once"
    )


async def _locks(session: Session, schemas: Sequence[str]) -> _Locks:
    (locks,) = await session.records(query("locks"), _Locks, schemas)
    return locks


def _problems(check: Check, locks: _Locks, needed: int, why: str) -> list[Problem]:
    if needed <= locks.room:
        return []
    enough = 64 * (-(-2 * needed // locks.transactions) // 64 + 1)
    return [
        check.warning(
            object="setting max_locks_per_transaction",
            found=f"is {locks.per_transaction}, which makes room for about {locks.room:,} locks"
            " of all sessions",
            wanted=f"room for {needed:,}: {why}",
            remedy=f"ALTER SYSTEM SET max_locks_per_transaction = {enough}; -- and restart the server",
        )
    ]


def _largest_file(situation: Situation) -> tuple[str, int]:
    """Return the file whose transaction locks the most, and about how many relations."""
    steps = {step.id: step for step in situation.plan.steps}
    return max(
        (
            (file.name, relations_locked(steps[step] for step in file.steps if step in steps))
            for file in situation.plan.files
        ),
        key=lambda each: each[1],
        default=("", 0),
    )


OF_SOURCE = Check(
    name="locks",
    title="the lock table has room for pg_dump's locks",
    end=End.SOURCE,
    before_reading=True,
    look=_look_at_source,
)
OF_TARGET = Check(
    name="locks",
    title="the lock table has room for what one transaction locks",
    end=End.TARGET,
    look=_look_at_target,
)
