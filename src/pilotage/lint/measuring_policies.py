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
from pilotage.lint.holding import HELD
from pilotage.lint.timing import LONGEST, changed, measured, nodes, run, runs
from pilotage.model.identities import Identity
from pilotage.model.lint import Finding, Fix, Measurement
from pilotage.model.names import QualifiedName
from pilotage.security.asking import CANCELED, taking_on, undone
from pilotage.security.reading import QUERIES, Surface
from pilotage.security.records import AppliedPolicy, Relation, RoleToProbe

ROWS = 500_000
"""A table of at most so many rows is read whole. In part, it costs the server more for each row."""

FEWER = (20_000, 2_000)
"""Of others, and where that takes too long: about so many rows, by whole blocks."""

_TRIED = 4
"""Roles and identities that are tried, where the policies raise errors for those before."""

_MODE = "ACCESS EXCLUSIVE"
"""The lock that ALTER, CREATE and DROP POLICY take."""

_READING = frozenset(("all", "select"))
"""Commands of policies that decide what a role reads."""


WRITING = Measurement(what="its policies decide about writing, and nothing is written here")


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
        told: the same in words; where there are none, a sentence.
        query: that reads them.
    """

    number: int
    told: str
    query: str


async def measure_policies(
    session: Session, table: QualifiedName, findings: Sequence[Finding], askers: Askers
) -> dict[Fix, Measurement]:
    """Measure what the proved fixes of one table's policies gain, all of them made together.

    Args:
        session: within :func:`~pilotage.lint.timing.measuring`; it has made no setting of an application yet.
        table: whose policies they change.
        findings: whose fixes they are.
        askers: who may be asked.

    Raises:
        ServerError: the server refused.
        TimeoutError: the table would be locked for too long.
    """
    fixes: dict[Fix, list[Finding]] = {}
    for finding in findings:
        if finding.fix is not None:
            fixes.setdefault(finding.fix, []).append(finding)
    relation = askers.surface.relations.get(table)
    if relation is None:
        return dict.fromkeys(fixes, Measurement(what=f"table {table} is not there any more"))
    statements = [statement for fix in fixes for statement in fix.statements]
    before = askers.surface.policies.get(table, ())
    names = [role.name for role in askers.roles]
    async with changed(session, table, _MODE, statements):
        query = QUERIES.text("policies", session.version_num // 10000)
        policies = await session.records(query, AppliedPolicy, [table.schema], names)
        after = [policy for policy in policies if policy.table == table]
    reading = [policy for policy in {*before} ^ {*after} if policy.command in _READING]
    found: dict[Fix, Measurement] = {}
    about: list[Fix] = []
    for fix, of_fix in fixes.items():
        # What mends findings about single policies is about what these decide.
        named = {finding.metadata.get("policy_name") for finding in of_fix}
        if any(None in named or policy.name in named for policy in reading):
            about.append(fix)
        else:
            found[fix] = WRITING
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
            rows, in_time = await _in_time(session, relation, asker)
        except ServerError as error:
            why = f"{whom}: {error}"
            continue
        if not rows.number:
            return Measurement(what=rows.told)
        if not in_time:
            return Measurement(what=f"reading {rows.told} as {whom}, takes more than {LONGEST:g} s")

        async def access(query: str = rows.query, asker: tuple[RoleToProbe, Identity] = asker) -> float:
            return (await run(session, query, asker)).seconds

        statements = [statement for fix in fixes for statement in fix.statements]
        seconds = await runs(session, relation.name, _MODE, statements, access, access, rounds=3, each=1)
        together = f"; {len(fixes)} fixes together" if len(fixes) > 1 else ""
        return measured(
            f"reading {rows.told} as {whom}{together}", rows.number, seconds, table_rows=rows.number
        )
    return Measurement(what=why)


async def _in_time(
    session: Session, relation: Relation, asker: tuple[RoleToProbe, Identity]
) -> tuple[_Rows, bool]:
    """Read the table once, or fewer rows of it where that takes too long.

    Returns:
        What was read last, and whether that was in time.
    """
    async with undone(session):
        rows = await _rows(session, relation, ROWS)
    for fewer in (*FEWER, 0):
        try:
            await run(session, rows.query, asker, LONGEST)
        except ServerError as error:
            if error.sqlstate != CANCELED:
                raise
        else:
            return rows, True
        if 0 < fewer < rows.number:
            async with undone(session):
                rows = await _rows(session, relation, fewer)
    return rows, False


async def _rows(session: Session, relation: Relation, most: int) -> _Rows:
    """Return what to read, which the session may read wholly: the policies do not restrain it."""
    table = relation.name
    counted = await session.value(
        f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {ROWS + 1}) AS counted"  # noqa: S608
    )
    if counted <= most:
        told = f"all {counted:,} rows of {table}" if counted > 1 else f"the only row of {table}"
        return _Rows(
            number=counted,
            told=told if counted else f"table {table} has no rows",
            query=f"SELECT count(*) FROM {table}",  # noqa: S608
        )
    total = counted if counted <= ROWS else max(relation.rows, counted)
    share = min(100.0, 100 * most / total)
    # the same blocks each time
    query = f"SELECT count(*) FROM {table} TABLESAMPLE SYSTEM ({share:.9f}) REPEATABLE (1)"  # noqa: S608
    number = await session.value(query)
    told = (
        f"{number:,} rows of {table}, those of some of its blocks,"
        if number
        else f"no rows of {table} stand in the blocks that were chosen"
    )
    return _Rows(number=number, told=told, query=query)


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
        await session.run(taking_on(role.name, {**role.settings, **identity.settings}, HELD))
        (explained,) = json.loads(await session.value(f"EXPLAIN (FORMAT JSON) {query}"))
    found: Mapping[str, Any] = explained["Plan"]
    return found


def _finds_by_index(plan: Mapping[str, Any]) -> bool:
    return any("Index Name" in node for node in nodes(plan))
