"""What a fix of policies gains for those who read the table: as a role that they restrain, before and after.

Consumed by :mod:`pilotage.lint.measuring`. One role, under one identity, counts the rows of the table that it
sees, for which the policies decide on each row. Of a large table, a sample of its blocks is read. The changed
table is locked against everybody else for as long as the runs after the change take.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.lint.timing import LONGEST, changed, measured, nodes, run, runs
from pilotage.model.identities import Identity
from pilotage.model.lint import Finding, Fix, Measurement
from pilotage.model.names import QualifiedName
from pilotage.security.asking import CANCELED, taking_on, undone
from pilotage.security.reading import QUERIES, Surface
from pilotage.security.records import AppliedPolicy, Relation, RoleToProbe

ROWS = 100_000
"""A table of more rows is read in part: about so many of its rows, by whole blocks."""

FEWER = 5_000
"""The same, where that takes too long."""

_TRIED = 4
"""Roles and identities that are tried, where the policies raise errors for those before."""

_READING = frozenset(("all", "select"))
"""Commands of policies that decide what a role reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Askers:
    """Who may be asked, as the database was when it was linted."""

    roles: tuple[RoleToProbe, ...]
    surface: Surface
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What is read of a table.

    Attributes:
        number: how many rows.
        told: the same in words.
        query: that reads them.
    """

    number: int
    told: str
    query: str


async def measure_policies(
    session: Session, table: QualifiedName, findings: Sequence[Finding], askers: Askers
) -> dict[Fix, Measurement]:
    """Measure what the proved fixes of one rule gain on one table, all of them made together.

    Args:
        session: within :func:`~pilotage.lint.timing.measuring`; it has made no setting of an application yet.
        table: whose policies they change.
        findings: whose fixes they are.
        askers: who may be asked.

    Raises:
        ServerError: the server refused.
        TimeoutError: the table would be locked for too long.
    """
    fixes = {finding.fix: finding for finding in findings if finding.fix is not None}
    relation = askers.surface.relations.get(table)
    if relation is None:
        return dict.fromkeys(fixes, Measurement(what=f"table {table} is not there any more"))
    statements = [statement for fix in fixes for statement in fix.statements]
    before = askers.surface.policies.get(table, ())
    names = [role.name for role in askers.roles]
    async with changed(session, statements):
        query = QUERIES.text("policies", session.version_num // 10000)
        policies = await session.records(query, AppliedPolicy, [table.schema], names)
        after = [policy for policy in policies if policy.table == table]
    reading = [policy for policy in {*before} ^ {*after} if policy.command in _READING]
    # A finding about one policy is about what that decides.
    own = {
        fix: [policy for policy in reading if finding.metadata.get("policy_name", policy.name) == policy.name]
        for fix, finding in fixes.items()
    }
    writing = Measurement(what="its policies decide about writing, and nothing is written here")
    found = {fix: writing for fix, decide in own.items() if not decide}
    about = [fix for fix in fixes if fix not in found]
    if about:
        result = await _measure(session, relation, about, reading, askers)
        found |= dict.fromkeys(about, result)
    return found


async def _measure(
    session: Session,
    relation: Relation,
    fixes: Sequence[Fix],
    reading: Sequence[AppliedPolicy],
    askers: Askers,
) -> Measurement:
    why = "there is no role that the policies restrain, that may read the table, and that we may become"
    for asker in list(_in_turn(relation, reading, askers))[:_TRIED]:
        whom = f"role {asker[0].name}, {asker[1].name}"
        try:
            plan = await _plan(session, f"SELECT count(*) FROM {relation.name}", asker)  # noqa: S608
            if _finds_by_index(plan):
                return Measurement(
                    what=f"for {whom}, the server finds the rows of {relation.name} by an index, and does "
                    "not look at each"
                )
            rows = await _in_time(session, relation, asker)
        except ServerError as error:
            why = f"{whom}: {error}"
            continue
        if rows is None:
            return Measurement(
                what=f"reading {FEWER:,} rows of {relation.name} as {whom}, takes more than {LONGEST:g} s"
            )
        if not rows.number:
            return Measurement(what=f"table {relation.name} has no rows")

        async def access(query: str = rows.query, asker: tuple[RoleToProbe, Identity] = asker) -> float:
            return (await run(session, query, asker)).seconds

        statements = [statement for fix in fixes for statement in fix.statements]
        seconds = await runs(session, statements, access, access, rounds=3, each=1)
        together = f"; {len(fixes)} fixes together" if len(fixes) > 1 else ""
        return measured(
            f"reading {rows.told} as {whom}{together}", rows.number, seconds, table_rows=rows.number
        )
    return Measurement(what=why)


async def _in_time(session: Session, relation: Relation, asker: tuple[RoleToProbe, Identity]) -> _Rows | None:
    """Read the table once, or as much of it as can be read in time.

    Returns:
        What was read; None where even :data:`FEWER` rows take too long.
    """
    for most in (ROWS, FEWER):
        rows = await _rows(session, relation, most)
        try:
            await run(session, rows.query, asker, LONGEST)
        except ServerError as error:
            if error.sqlstate != CANCELED:
                raise
        else:
            return rows
    return None


async def _rows(session: Session, relation: Relation, most: int) -> _Rows:
    """Return what to read, which the session may read wholly: the policies do not restrain it."""
    table = relation.name
    first = await session.value(
        f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {most + 1}) AS counted"  # noqa: S608
    )
    if first <= most:
        return _Rows(
            number=first,
            told=f"all {first:,} rows of {table}",
            query=f"SELECT count(*) FROM {table}",  # noqa: S608
        )
    share = min(100.0, 100 * most / max(relation.rows, first))
    # the same blocks each time
    query = f"SELECT count(*) FROM {table} TABLESAMPLE SYSTEM ({share:.9f}) REPEATABLE (1)"  # noqa: S608
    number = await session.value(query)
    return _Rows(number=number, told=f"{number:,} rows of {table}, a sample of its blocks,", query=query)


def _in_turn(
    relation: Relation, reading: Sequence[AppliedPolicy], askers: Askers
) -> Iterator[tuple[RoleToProbe, Identity]]:
    """Yield who may be asked: those first to whom most of the policies apply, and who say who they are."""

    def applying(role: RoleToProbe) -> int:
        return sum(role.name in policy.applies_to for policy in reading)

    for role in sorted(askers.roles, key=lambda role: (-applying(role), role.name)):
        reach = relation.reach[role.name]
        if applying(role) and reach.restricted and reach.reads is not None:
            fitting = [each for each in askers.identities if each.role in {None, role.name}]
            yield from ((role, each) for each in sorted(fitting, key=lambda each: not each.settings))


async def _plan(session: Session, query: str, asker: tuple[RoleToProbe, Identity]) -> Mapping[str, Any]:
    """Return the plan of a query that is not run."""
    role, identity = asker
    async with undone(session):
        await session.run(taking_on(role.name, {**role.settings, **identity.settings}, LONGEST))
        (explained,) = json.loads(await session.value(f"EXPLAIN (FORMAT JSON) {query}"))
    found: Mapping[str, Any] = explained["Plan"]
    return found


def _finds_by_index(plan: Mapping[str, Any]) -> bool:
    return any("Index Name" in node for node in nodes(plan))
