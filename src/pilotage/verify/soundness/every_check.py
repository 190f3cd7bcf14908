"""All checks of this room, made one after the other; consumed by verification.

How it is called::

    promised = await read_promised(situation)           # one condition a table, for the scan of the rows
    … compare_rows(…, conditions=promised.for_scan) …
    checks += await check_soundness(situation, promised, scanned=results)

Where rows are not compared, ``scanned`` is left out, and the target's tables are scanned here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec

from pilotage.model.catalog import Catalog, ConstraintKind
from pilotage.model.names import QualifiedName
from pilotage.model.run import Comparing
from pilotage.model.verdict import Check
from pilotage.verify.checks import conditions, index_contents, loops, sequence_positions
from pilotage.verify.rows.relation import Condition, ConditionResult
from pilotage.verify.situation import Situation
from pilotage.verify.soundness.conditions import RowConditions, read_conditions, together
from pilotage.verify.soundness.indexes import inspect_indexes
from pilotage.verify.soundness.loops import find_loops
from pilotage.verify.soundness.scan import Broken, find_broken, look_closely
from pilotage.verify.soundness.sequences import read_standings

NAMES = (conditions.NAME, sequence_positions.NAME, loops.NAME, index_contents.NAME)
"""Names of the checks, which a user may skip."""


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    """What the target's catalogs promise of rows; nothing where it is not to be checked."""

    of_rows: RowConditions
    seconds: float = 0.0

    @property
    def for_scan(self) -> tuple[Condition, ...]:
        """One condition for each table, to be counted where its rows are read anyway."""
        return together(self.of_rows.conditions)


async def read_promised(situation: Situation) -> Promised:
    """Read what the target's catalogs promise of its rows.

    Raises:
        ServerError: a query failed.
        ConnectionFailedError, ConnectionLostError: the target cannot be reached.
    """
    if not situation.asked.wants(conditions.NAME):
        return Promised(of_rows=RowConditions(conditions=()))
    began = time.perf_counter()
    async with situation.target.session() as session:
        promised = await read_conditions(session, situation.found.scope)
    return Promised(of_rows=promised, seconds=time.perf_counter() - began)


async def check_soundness(
    situation: Situation, promised: Promised, *, scanned: Sequence[ConditionResult] = ()
) -> tuple[Check, ...]:
    """Make the checks of this room that are asked for.

    Args:
        promised: what :func:`read_promised` returned.
        scanned: what became of its conditions where rows were read; tables without a result are scanned here.

    Raises:
        ServerError: a query of the catalogs failed.
        ConnectionFailedError, ConnectionLostError: an end cannot be reached.
    """
    wants = situation.asked.wants
    checks: list[Check] = []
    if wants(conditions.NAME):
        checks.append(await _conditions(situation, promised, scanned))
    if wants(sequence_positions.NAME):
        checks.append(await _sequence_positions(situation))
    if wants(loops.NAME):
        checks.append(await _loops(situation))
    if wants(index_contents.NAME):
        checks.append(await _index_contents(situation))
    return tuple(checks)


async def _conditions(situation: Situation, promised: Promised, scanned: Sequence[ConditionResult]) -> Check:
    situation.on_event(Comparing(what="rows with constraints"))
    began = time.perf_counter()
    jobs = situation.asked.jobs
    broken = await find_broken(situation.target, promised.of_rows.conditions, scanned=scanned, jobs=jobs)
    return conditions.check_conditions(
        len(promised.of_rows.conditions),
        broken,
        at_source=await _at_source(situation, broken),
        not_validated=_not_validated(situation.expected),
        not_checked=promised.of_rows.not_checked,
        seconds=promised.seconds + time.perf_counter() - began,
    )


async def _at_source(situation: Situation, broken: Sequence[Broken]) -> dict[str, Broken] | None:
    """Hold the source's rows against what may vary, and is broken at the target."""
    if situation.source is None:
        return None
    wanted = {str(each.row_condition) for each in broken if each.rows and each.row_condition.varies}
    if not wanted:
        return {}
    async with situation.source.session() as session:
        there = await read_conditions(session, situation.expected.scope)
    same = [each for each in there.conditions if str(each) in wanted]
    found = await look_closely(situation.source, same, jobs=situation.asked.jobs)
    return {str(each.row_condition): each for each in found}


def _not_validated(source: Catalog) -> frozenset[tuple[QualifiedName, str]]:
    """Return the source's constraints that are NOT VALID: a NOT NULL by its column, others by their name."""
    return frozenset(
        (each.on, each.columns[0] if each.kind is ConstraintKind.NOT_NULL and each.columns else each.name)
        for each in source.constraints
        if not each.validated
    )


async def _sequence_positions(situation: Situation) -> Check:
    situation.on_event(Comparing(what="sequences"))
    began = time.perf_counter()
    async with situation.target.session() as session:
        standings = await read_standings(session, situation.found.sequences, situation.found.scope)
    at_source = {}
    behind = {each.sequence.name for each in standings if each.behind}
    if behind and situation.source is not None:
        async with situation.source.session() as session:
            sequences = situation.expected.sequences
            there = await read_standings(session, sequences, situation.expected.scope, only=behind)
            at_source = {each.sequence.name: each for each in there}
    return sequence_positions.check_sequence_positions(
        standings,
        source=situation.expected.sequences,
        at_source=at_source if situation.source is not None else None,
        seconds=time.perf_counter() - began,
    )


async def _loops(situation: Situation) -> Check:
    situation.on_event(Comparing(what="self-references"))
    began = time.perf_counter()
    async with situation.target.session() as session:
        found = await find_loops(session, situation.found)
    at_source = {}
    looped = {each.table for each in found if each.rows}
    if looped and situation.source is not None:
        async with situation.source.session() as session:
            there = await find_loops(session, situation.expected, only=looped)
            at_source = {each.table: each for each in there}
    return loops.check_loops(
        found,
        at_source=at_source if situation.source is not None else None,
        seconds=time.perf_counter() - began,
    )


async def _index_contents(situation: Situation) -> Check:
    situation.on_event(Comparing(what="indexes"))
    began = time.perf_counter()
    schemas = situation.found.scope
    contents = await inspect_indexes(situation.target, schemas, jobs=situation.asked.jobs)
    return index_contents.check_index_contents(contents, seconds=time.perf_counter() - began)
