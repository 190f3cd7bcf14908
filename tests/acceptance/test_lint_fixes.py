"""What mends findings, on real servers: each rule's cases are mended, and taken back without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.lint import RULES, chosen_rules, lint_database
from pilotage.model.lint import Finding, Fix
from pilotage.model.scope import Scope
from tests.lint_cases import all_cases, script
from tests.servers_at_hand import Databases, run_psql


async def found(session: Session, rule: str) -> tuple[Finding, ...]:
    return (await lint_database(session, Scope(), chosen_rules((rule,), ()))).findings


async def make(session: Session, fix: Fix, statements: Sequence[str]) -> None:
    """Run statements as the files do: together in one transaction, or each in its own."""
    if fix.together or fix.proof is not None:
        async with session.transaction():
            for statement in statements:
                await session.run(statement)
    else:
        for statement in statements:
            await session.run(statement)


def fixes_of(findings: Iterable[Finding]) -> list[Fix]:
    return list(dict.fromkeys(finding.fix for finding in findings if finding.fix is not None))


@pytest.mark.parametrize("major", [18, 15])
async def test_every_case_is_mended_and_taken_back_or_a_person_decides(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], major: int
) -> None:
    cases = tuple(
        placed
        for placed in all_cases()
        if placed.kind == "found"
        and major >= placed.case.since
        and not placed.case.alone
        and placed.case.extension is None
    )
    database = new_database(major)
    run_psql(database, script(cases, str(database.database)))
    before = schema_dump(database)
    mended = set()
    async with connect(database) as session:
        for rule in RULES:
            findings = await found(session, rule.name)
            placed = {each.schema for each in cases if each.rule == rule.name}
            expected = set().union(*(each.fixed for each in cases if each.rule == rule.name))
            of_cases = [each for each in findings if each.metadata.get("schema") in placed]
            if rule.name not in OF_POLICIES:
                fixed = {f"{each.kind} {each.object}" for each in of_cases if each.fix is not None}
                assert fixed == expected, rule.name
            assert all(each.fix is not None or each.decide for each in findings), rule.name
            fixes = fixes_of(findings)
            if not fixes:
                continue
            mended.add(rule.name)
            for fix in fixes:
                await make(session, fix, fix.statements)
            left = {finding.identity for finding in await found(session, rule.name)}
            assert left == {finding.identity for finding in findings if finding.fix is None}, rule.name
            for fix in reversed(fixes):
                await make(session, fix, fix.reverse)
            assert schema_dump(database) == before, rule.name
            again = {finding.identity for finding in await found(session, rule.name)}
            gone = {finding.identity for finding in findings} - again
            assert not gone or rule.name == "invalid_index", rule.name
    assert mended == MENDED


OF_POLICIES = {"auth_rls_initplan", "multiple_permissive_policies"}
"""What of these can be written depends on roles, which tests share; they have tests of their own."""

MENDED = {
    *OF_POLICIES,
    "unindexed_foreign_keys",
    "duplicate_index",
    "policy_exists_rls_disabled",
    "rls_disabled_in_public",
    "security_definer_view",
    "function_search_path_mutable",
    "invalid_index",
    "constraint_not_valid",
    "no_replica_identity",
    "sequence_near_end",
}
