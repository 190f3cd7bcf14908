"""Fixes that are only known when others are made: several policies merged after their calls are wrapped.

Consumed by planning for review. Fixes of two rules that change policies of one table cannot both be proved as
they are written, for the second is of policies that the first has changed. Here the first ones are made on
the source in a transaction that is rolled back, the second rule is asked of what is there then, and both are
proved together, as one change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.lint.proof import NOT_TRIED, Trial, prove
from pilotage.lint.reading import SHARED_QUERIES, Api, Reading
from pilotage.lint.rules.multiple_permissive_policies import RULE as MERGING
from pilotage.model.fixes import ChosenFix, Effect, LeftFix
from pilotage.model.identities import Identity
from pilotage.model.lint import Finding, Fix, Linting
from pilotage.model.names import QualifiedName


async def later_fixes(
    parameters: ConnectionParameters,
    linting: Linting,
    chosen: Sequence[ChosenFix],
    identities: Sequence[Identity] = (),
) -> tuple[tuple[ChosenFix, ...], tuple[LeftFix, ...]]:
    """Return what merges policies after other fixes of their tables, where both together are proved; and not.

    Args:
        parameters: of the database.
        linting: what was found, waived findings among it.
        chosen: the fixes that are taken.
        identities: under which roles ask, as in :func:`~pilotage.lint.proof.prove`.

    Raises:
        ConnectionFailedError: the database cannot be reached.
    """
    merges = _by_table(finding for finding in linting.fixable if finding.name == MERGING.name)
    first: dict[QualifiedName, list[ChosenFix]] = defaultdict(list)
    for earlier in chosen:
        if earlier.table in merges and earlier.proof:
            first[earlier.table].append(earlier)
    before = {
        table: fixes for table, fixes in first.items() if MERGING.name not in {fix.rule for fix in fixes}
    }
    if not before:
        return (), ()
    async with connect(parameters) as session:
        try:
            after = await _found_after(session, before)
        except (ServerError, ConnectionLostError):
            return (), ()  # what was found stands as it is, with its own reason
    calls = _calls(linting, {(fix.rule, fix.table) for fixes in before.values() for fix in fixes})
    trials = [
        Trial(fix=_together(before[table], fix), table=table, calls=calls[table])
        for table, fix in after.items()
    ]
    proofs = await prove(parameters, trials, identities)
    taken: list[ChosenFix] = []
    left: list[LeftFix] = []
    for (table, fix), proof in zip(after.items(), proofs, strict=True):
        reason = f"together with the fixes before it: {proof.reason}"
        if not proof.proved:
            left.append(LeftFix(rule=MERGING.name, object=f"table {table}", reason=f"not proved {reason}"))
            continue
        taken.append(
            ChosenFix(
                rule=MERGING.name,
                table=table,
                findings=tuple(finding.detail for finding in merges[table]),
                proof=reason,
                statements=fix.statements,
                reverse=fix.reverse,
                effect=Effect(),
            )
        )
    return tuple(taken), tuple(left)


async def _found_after(
    session: Session, before: Mapping[QualifiedName, Sequence[ChosenFix]]
) -> dict[QualifiedName, Fix]:
    """Return what merges policies where these fixes are made. Tables that are in use are left out."""
    async with _rolled_back(session):
        made = {table for table, fixes in before.items() if await _made(session, table, fixes)}
        schemas = sorted({table.schema for table in made})
        (api,) = await session.records(SHARED_QUERIES.text("api", session.version_num // 10000), Api)
        found = [MERGING.finding(each) for each in await MERGING.find(Reading(session, schemas, api)) if made]
    return {
        table: findings[0].fix
        for table, findings in _by_table(found).items()
        if table in made and findings[0].fix is not None
    }


async def _made(session: Session, table: QualifiedName, fixes: Iterable[ChosenFix]) -> bool:
    await session.run("SAVEPOINT pilotage_fix")
    try:
        # of several tables, none is waited for: that could end in a deadlock with an application
        await session.run(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE NOWAIT")
        for fix in fixes:
            for statement in fix.statements:
                await session.run(statement)
    except ServerError:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_fix")
        return False
    return True


@asynccontextmanager
async def _rolled_back(session: Session) -> AsyncIterator[None]:
    await session.run("BEGIN")
    try:
        yield
    finally:
        if not session.is_closed():
            await session.roll_back()


def _by_table(findings: Iterable[Finding]) -> dict[QualifiedName, list[Finding]]:
    found: dict[QualifiedName, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[QualifiedName(finding.metadata["schema"], finding.metadata["name"])].append(finding)
    return found


def _calls(linting: Linting, of: set[tuple[str, QualifiedName]]) -> Mapping[QualifiedName, tuple[str, ...]]:
    """Return the calls that fixes have put into subqueries, by table."""
    calls: dict[QualifiedName, dict[str, None]] = defaultdict(dict)
    for finding in linting.fixable:
        table = QualifiedName(finding.metadata["schema"], finding.metadata["name"])
        if (finding.name, table) in of:
            calls[table].update(dict.fromkeys(finding.metadata.get("calls", ())))
    return {table: tuple(found) for table, found in calls.items()}


def _together(first: Sequence[ChosenFix], then: Fix) -> Fix:
    return msgspec.structs.replace(
        then,
        statements=(*(each for fix in first for each in fix.statements), *then.statements),
        reverse=(*then.reverse, *(each for fix in reversed(first) for each in fix.reverse)),
        proof=NOT_TRIED,
    )
