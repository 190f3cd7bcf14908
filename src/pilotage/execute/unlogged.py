"""Unlogged tables, which a server that crashed comes back without rows of.

Consumed by the runner before each pass: what the journal says of such a table may not be so any more.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from pilotage.connection import Session
from pilotage.errors import RunFailedError
from pilotage.execute.undoing import Undoing
from pilotage.journal.writing import forgetting
from pilotage.model.names import QualifiedName
from pilotage.model.plan import LoadTable, Plan, Stage

_UNLOGGED = """
SELECT json_build_object('schema', n.nspname, 'name', c.relname) AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'u'
"""


class _Table(msgspec.Struct, frozen=True):
    name: QualifiedName


async def undo_emptied(session: Session, plan: Plan, done: Collection[str], filled: Collection[str]) -> bool:
    """Take back the loads of unlogged tables whose rows went with a crash of the target; tell if any were.

    Args:
        session: as the role that does the work, outside of any transaction.
        done: the ids of steps that are done.
        filled: the ids of loads that have brought rows.

    Raises:
        RunFailedError: what comes behind the rows is there already, and would act on them.
    """
    loads = {step.table: step for step in plan.steps_of(Stage.DATA) if isinstance(step, LoadTable)}
    undoing = Undoing(plan)
    undid = False
    for unlogged in await session.records(_UNLOGGED, _Table):
        load = loads.get(unlogged.name)
        if load is None or load.id not in filled:
            continue
        if await session.value(f"SELECT EXISTS (SELECT FROM ONLY {load.table})"):  # noqa: S608 - quoted
            continue
        if any(step.id in done for step in plan.steps_of(Stage.FINISH)):
            raise RunFailedError(
                f"the rows of unlogged table {load.table} went when the target crashed, and its triggers, "
                "which would act on them, are there already; empty the target and start again"
            )
        statements, undone = undoing.of_load(load, done)
        async with session.transaction():
            await session.run(f"{statements}\n{forgetting(undone)}")
        undid = True
    return undid
