"""Two databases read at once and compared; nothing is written on either side.

Consumed by the command line. Each end is read in one READ ONLY transaction and its snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from pilotage.compare.comparison import compare_facts
from pilotage.compare.reader import read_facts
from pilotage.connection import Session
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import first_error
from pilotage.model.facts import Comparison, Facts
from pilotage.model.fixes import Effect
from pilotage.model.scope import Scope
from pilotage.model.waivers import Waiver
from pilotage.plan.effects import facts_with_effects


async def compare_databases(
    source: Session,
    target: Session,
    scope: Scope,
    waivers: Sequence[Waiver] = (),
    effects: Sequence[Effect] = (),
) -> Comparison:
    """Compare everything in scope.

    Args:
        source, target: outside of any transaction.
        scope: the schemas to compare; every user schema of either end where it names none.
        waivers: which differences do not count.
        effects: what fixes that were chosen for a migration make of the target.

    Raises:
        UsageError: the scope names schemas that the source does not have.
        RefusedError: a server cannot be read.
        ConnectionLostError: a connection broke.
    """
    try:
        async with asyncio.TaskGroup() as both:
            expected = both.create_task(_read(source, scope))
            found = both.create_task(_read_target(target, scope))
    except ExceptionGroup as group:
        raise first_error(group) from group
    wanted = facts_with_effects(expected.result(), effects)
    comparison = compare_facts(wanted, found.result(), waivers)
    return msgspec.structs.replace(comparison, fixes=len(effects))


async def _read(session: Session, scope: Scope) -> Facts:
    async with session.transaction(READ_ONLY):
        return await read_facts(session, scope)


async def _read_target(session: Session, scope: Scope) -> Facts:
    async with session.transaction(READ_ONLY):
        return await read_facts(session, scope, all_exist=False)
