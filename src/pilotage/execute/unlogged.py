"""Unlogged tables and sequences, which a server that crashed comes back without: empty, and at the start.

Consumed by the runner before each pass: what the journal says of them may not be so any more.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import resources

import msgspec

from pilotage.connection import Session
from pilotage.errors import RunFailedError
from pilotage.execute.undoing import Undoing
from pilotage.journal.writing import forgetting
from pilotage.model.names import QualifiedName
from pilotage.model.plan import LoadTable, Plan, RunDdl, SetSequence, Stage

_UNLOGGED = resources.files("pilotage.execute").joinpath("queries", "unlogged.sql").read_text("utf-8")


class _Trigger(msgspec.Struct, frozen=True):
    is_ours_to_drop: bool
    drop: str
    comment: str


class _Unlogged(msgspec.Struct, frozen=True):
    is_sequence: bool
    name: QualifiedName
    triggers: tuple[_Trigger, ...]


async def undo_emptied(session: Session, plan: Plan, done: Collection[str], filled: Collection[str]) -> bool:
    """Take back what may have gone with a crash of the target; tell if anything was taken back.

    Triggers that would act on the rows when they come again are taken back too.

    Args:
        session: as the role that does the work, outside of any transaction.
        done: the ids of steps that are done.
        filled: the ids of loads that have brought rows.

    Raises:
        RunFailedError: a trigger that would act on the rows cannot be taken back.
    """
    loads = {step.table: step for step in plan.steps_of(Stage.DATA) if isinstance(step, LoadTable)}
    undoing = Undoing(plan)
    positions: list[str] = []
    undid = False
    left = set(done)  # two tables may have a foreign key between them, which goes once
    for unlogged in await session.records(_UNLOGGED, _Unlogged):
        if unlogged.is_sequence:
            positions += _positions(plan, unlogged.name, done)
            continue
        load = loads.get(unlogged.name)
        if load is None or not await _is_emptied(session, load, filled):
            continue
        statements, undone = undoing.of_load(load, left)
        drops, dropped = _triggers(plan, unlogged, left)
        async with session.transaction():
            await session.run(f"{drops}\n{statements}\n{forgetting([*undone, *dropped])}")
        left.difference_update(undone, dropped)
        undid = True
    if positions:
        await session.run(forgetting(positions))
    return undid or bool(positions)


async def emptied_tables(session: Session, plan: Plan, filled: Collection[str]) -> list[QualifiedName]:
    """Return the unlogged tables whose rows went with a crash of the target.

    Args:
        filled: the ids of loads that have brought rows.
    """
    unlogged = {each.name for each in await session.records(_UNLOGGED, _Unlogged)}
    return [
        step.table
        for step in plan.steps_of(Stage.DATA)
        if isinstance(step, LoadTable) and step.table in unlogged and await _is_emptied(session, step, filled)
    ]


async def _is_emptied(session: Session, load: LoadTable, filled: Collection[str]) -> bool:
    if load.id not in filled:
        return False
    return not await session.value(f"SELECT EXISTS (SELECT FROM ONLY {load.table})")  # noqa: S608 - quoted


def _positions(plan: Plan, sequence: QualifiedName, done: Collection[str]) -> list[str]:
    return [
        step.id
        for step in plan.steps
        if isinstance(step, SetSequence) and step.sequence == sequence and step.id in done
    ]


def _triggers(plan: Plan, table: _Unlogged, done: Collection[str]) -> tuple[str, list[str]]:
    """Return the statements that drop a table's triggers, and the ids of the steps that made them."""
    undone: list[str] = []
    for trigger in table.triggers:
        made = [
            step.id
            for step in plan.steps
            if isinstance(step, RunDdl)
            and step.id in done
            and (step.drop_sql.strip() == trigger.drop or step.sql.startswith(trigger.comment))
        ]
        if not made or not trigger.is_ours_to_drop:
            name = trigger.drop.removeprefix("DROP ").removesuffix(";")
            raise RunFailedError(
                f"the rows of unlogged table {table.name} went when the target crashed, and {name}, which "
                "would act on them when they come again, is there already; drop the trigger where it was "
                "made, and make it again when all is done"
            )
        undone += made
    return "\n".join(trigger.drop for trigger in table.triggers), undone
