"""Merged policies, held against PostgreSQL doing what they decide on: they let through the same as before."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.session import open_session
from pilotage.lint import consolidation
from pilotage.lint.combining import are_both_found, combined_fixes
from pilotage.lint.consolidation import Policy
from pilotage.lint.proving import table_of
from pilotage.lint.reading import Api, Reading
from pilotage.lint.rule import Found
from pilotage.lint.rules.auth_rls_initplan import RULE as WRAPPING
from pilotage.lint.rules.multiple_permissive_policies import RULE
from pilotage.model.lint import Finding, Fix, Linting
from pilotage.model.names import QualifiedName, quote_literal
from tests.servers_at_hand import Clusters, Databases, run_psql

PERMITS = "consolidation.sql"

ROLES = ("merge_user", "merge_child", "merge_apart", "merge_other", "merge_unnamed", "merge_heir")
MAKE_ROLES = """
CREATE ROLE merge_user; CREATE ROLE merge_other; CREATE ROLE merge_unnamed;
CREATE ROLE merge_bypass BYPASSRLS;
CREATE ROLE merge_child IN ROLE merge_user; CREATE ROLE merge_apart NOINHERIT IN ROLE merge_user;
CREATE ROLE merge_heir IN ROLE merge_unnamed;
"""
NAMED = ("PUBLIC", "merge_user", "merge_other", "merge_apart", "merge_bypass")
TABLES = tuple(f"t{number}" for number in range(8))

ATOMS = (
    "true", "false", "NULL::boolean", "flag", "NOT flag", "flag IS NULL", "tenant IS NULL", "tenant = 'a'",
    "owner = CURRENT_USER", "owner = 'merge_user'", "pg_has_role(owner::name, 'USAGE')",
    "EXISTS (SELECT FROM merged.permitted p WHERE p.tenant = {table}.tenant)", "tenant < owner",
    "tenant = current_setting('merged.tenant', true)", "owner = merged.who()",
)  # fmt: skip
ROWS = (
    ("a", "merge_user", True),
    ("b", "merge_child", False),
    ("a", "merge_other", None),
    (None, "merge_unnamed", True),
)


@st.composite
def drawn_tables(draw: st.DrawFn) -> Sequence[str]:
    """Statements that make tables with policies."""
    return [draw(_drawn_table(name)) for name in TABLES]


@st.composite
def _drawn_table(draw: st.DrawFn, name: str) -> str:
    table = f"merged.{name}"
    lines = [
        f"CREATE TABLE {table} (id int, tenant text, owner text, flag boolean, touched boolean)",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"GRANT ALL ON {table} TO {draw(st.sampled_from((*[', '.join(ROLES)] * 9, 'PUBLIC')))}",
    ]
    for number in range(draw(st.integers(2, 5))):
        command = draw(st.sampled_from(("ALL", "ALL", "SELECT", "INSERT", "UPDATE", "DELETE")))
        kind = draw(st.sampled_from(("PERMISSIVE", "PERMISSIVE", "PERMISSIVE", "RESTRICTIVE")))
        named = st.sampled_from((*NAMED, "merge_child") if draw(st.integers(0, 3)) == 0 else NAMED)
        roles = draw(st.lists(named, min_size=1, max_size=2, unique=True))
        using = command != "INSERT" and draw(st.integers(0, 6))
        check = command not in {"SELECT", "DELETE"} and (command == "INSERT" or draw(st.booleans()))
        lines.append(
            f"CREATE POLICY p{number} ON {table} AS {kind} FOR {command} TO {', '.join(roles)}"
            + (f" USING ({draw(_expressions())})" if using else "")
            + (f" WITH CHECK ({draw(_expressions())})" if check else "")
        )
        if draw(st.integers(0, 3)) == 0:
            lines.append(f"COMMENT ON POLICY p{number} ON {table} IS 'it''s {number}'")
    for number, values in enumerate(ROWS):
        written = ", ".join("NULL" if value is None else quote_literal(str(value)) for value in values)
        lines.append(f"INSERT INTO {table} VALUES ({number}, {written})")
    return "; ".join(lines).replace("{table}", name)


def _expressions() -> st.SearchStrategy[str]:
    atom = st.sampled_from(ATOMS)
    return st.one_of(
        atom, st.builds("({} AND {})".format, atom, atom), st.builds("({} OR {})".format, atom, atom)
    )


@dataclasses.dataclass(frozen=True)
class Reached:
    """A session, the loop that it lives in, and how many tables had which outcome."""

    loop: asyncio.AbstractEventLoop
    session: Session
    outcomes: Counter[str] = dataclasses.field(default_factory=Counter)


@pytest.fixture(scope="module", params=[pytest.param(18, marks=pytest.mark.servers(18))])
def reached(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[Reached]:
    databases = Databases(clusters)
    parameters = databases(request.param, sql=MAKE_ROLES)
    run_psql(parameters, request.path.with_name(PERMITS))
    with asyncio.Runner() as runner:
        session = runner.run(open_session(parameters))
        yield Reached(runner.get_loop(), session)
        runner.run(session.close())
    every = f"{', '.join(ROLES)}, merge_bypass"
    run_psql(parameters, f"DROP OWNED BY {every}; DROP ROLE {every};")
    databases.drop()


def test_merged_policies_let_through_the_same(reached: Reached) -> None:
    _hold_against_postgresql(reached)
    # A test that has hardly anything to merge would prove nothing.
    assert reached.outcomes["merged"] >= 200, reached.outcomes
    assert reached.outcomes["not merged"] >= 10, reached.outcomes


def test_one_change_for_what_two_rules_found_lets_through_the_same(reached: Reached) -> None:
    _hold_against_postgresql(reached, _compare_combined)
    assert reached.outcomes["combined"] >= 50, reached.outcomes


def _hold_against_postgresql(
    reached: Reached, compare: Callable[[Reached, Sequence[str]], Coroutine[Any, Any, None]] | None = None
) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        # not: making a failure smaller, which takes minutes
        phases=[Phase.generate],
    )
    @given(tables=drawn_tables())
    def hold(tables: Sequence[str]) -> None:
        for table in tables:
            note(table)
        reached.loop.run_until_complete((compare or _compare)(reached, tables))

    hold()


PERMITTED = """
SELECT json_agg(format('%s %s: %s', t, r, merged.permits('merged.' || t, r)) ORDER BY t, r)::text
FROM json_array_elements_text($1::json) AS t, json_array_elements_text($2::json) AS r
"""
POLICIES = """
SELECT coalesce(json_agg(p ORDER BY p."table", p.polname), '[]')::text FROM (
    SELECT polrelid::regclass::text AS "table", polname, polcmd, polpermissive,
        ARRAY(SELECT r::regrole::text FROM unnest(polroles) AS u (r) ORDER BY 1) AS roles,
        pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS with_check,
        obj_description(oid, 'pg_policy') AS comment
    FROM pg_policy WHERE polrelid::regclass::text LIKE 'merged.t%'
) AS p
"""


async def _compare(reached: Reached, tables: Sequence[str]) -> None:
    session = reached.session
    await session.run("BEGIN; SET LOCAL row_security = on")
    try:
        await session.run("; ".join(tables))
        before = await session.value(POLICIES)
        found = await _found(session)
        fixes = {name: each.fix for each in found for name in (each.metadata["name"],)}
        merged = sorted(name for name, fix in fixes.items() if fix is not None)
        reached.outcomes["merged"] += len(merged)
        reached.outcomes["not merged"] += len(fixes) - len(merged)
        permitted = await _permitted(session, merged)
        for name in merged:
            await _run(session, fixes[name], lambda fix: fix.statements)
        assert await _permitted(session, merged) == permitted
        left = {each.metadata["name"] for each in await _found(session)}
        assert left == {name for name, fix in fixes.items() if fix is None}
        for name in reversed(merged):
            await _run(session, fixes[name], lambda fix: fix.reverse)
        assert await session.value(POLICIES) == before
    finally:
        await session.run("ROLLBACK")


async def _compare_combined(reached: Reached, tables: Sequence[str]) -> None:
    """Make one change of what two rules have found of a table, and take it back."""
    session = reached.session
    await session.run("BEGIN; SET LOCAL row_security = on; SET LOCAL merged.tenant = 'a'")
    try:
        await session.run("; ".join(tables))
        before = await session.value(POLICIES)
        reading = Reading(session, ["merged"], Api(schemas=(), roles=()))
        found: dict[QualifiedName, list[Finding]] = {}
        for rule in (WRAPPING, RULE):
            for each in map(rule.finding, await rule.find(reading)):
                if each.fix is not None:
                    found.setdefault(table_of(each), []).append(each)
        both = {table: findings for table, findings in found.items() if are_both_found(findings)}
        fixes = await combined_fixes(reading, both)
        assert fixes.keys() == both.keys()
        names = sorted(table.name for table in fixes)
        reached.outcomes["combined"] += len(names)
        permitted = await _permitted(session, names)
        for fix in fixes.values():
            await _run(session, fix, lambda fix: fix.statements)
        assert await _permitted(session, names) == permitted
        reading = Reading(session, ["merged"], Api(schemas=(), roles=()))
        left = [each.metadata["name"] for rule in (WRAPPING, RULE) for each in await rule.find(reading)]
        assert set(names).isdisjoint(left)
        for fix in fixes.values():
            await _run(session, fix, lambda fix: fix.reverse)
        assert await session.value(POLICIES) == before
    finally:
        await session.run("ROLLBACK")


async def _found(session: Session) -> Sequence[Found]:
    return list(await RULE.find(Reading(session, ["merged"], Api(schemas=(), roles=()))))


async def _run(session: Session, fix: Fix | None, which: Callable[[Fix], Sequence[str]]) -> None:
    assert fix is not None
    await session.run("; ".join(which(fix)))


async def _permitted(session: Session, names: Sequence[str]) -> Sequence[str]:
    encoded = [msgspec.json.encode(each).decode() for each in (names, ROLES)]
    return msgspec.json.decode(await session.value(PERMITTED, *encoded) or "[]", type=list[str])


# -- planted faults -----------------------------------------------------------------------------------------


def _using_for_check(policy: Policy) -> str | None:
    return policy.using


def _absent_check_is_true(policy: Policy) -> str | None:
    return "true" if policy.with_check is None else policy.with_check


def _all_permissive(policies: Sequence[Policy]) -> list[Policy]:
    return list(policies)


_real_groups = consolidation._groups


def _without_a_role(*arguments: Any) -> Any:
    return [
        dataclasses.replace(group, roles=group.roles[:-1] or group.roles)
        for group in _real_groups(*arguments)
    ]


def _public_everywhere(*arguments: Any) -> Any:
    return [dataclasses.replace(group, roles=("public",)) for group in _real_groups(*arguments)]


FAULTS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "USING for WITH CHECK": ("_check_of", _using_for_check),
    "a missing WITH CHECK is true": ("_check_of", _absent_check_is_true),
    "restrictive policies are merged": ("_permissive", _all_permissive),
    "a role is dropped": ("_groups", _without_a_role),
    "named roles become PUBLIC": ("_groups", _public_everywhere),
    "OR becomes AND": (
        "_either",
        lambda texts: " AND ".join(f"({each})" for each in texts if each is not None) or None,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_merger_is_caught(
    reached: Reached, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    name, wrong = FAULTS[fault]
    monkeypatch.setattr(consolidation, name, wrong)
    with pytest.raises(AssertionError):
        _hold_against_postgresql(reached)


# -- the files ---------------------------------------------------------------------------------------------


TO_MERGE = """
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t SELECT i, i % 2, i % 3 FROM generate_series(1, 9) i;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
DO $$ BEGIN CREATE ROLE merge_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT ALL ON t TO merge_reader;
CREATE POLICY "Of\nall" ON t USING (a = 1);
CREATE POLICY few ON t FOR SELECT TO merge_reader USING (b = 1); COMMENT ON POLICY few ON t IS 'why; not';
CREATE TABLE u (a int); ALTER TABLE u ENABLE ROW LEVEL SECURITY; GRANT SELECT ON u TO PUBLIC;
CREATE POLICY p ON u FOR SELECT USING (a = 1); CREATE POLICY q ON u FOR SELECT TO merge_reader USING (a = 2);
"""


def test_what_is_proved_is_written_and_runs_and_is_taken_back(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str], tmp_path: Path
) -> None:
    database = new_database(18, sql=TO_MERGE)
    before = schema_dump(database)

    def lint(*more: str) -> Linting:
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "pilotage",
                "lint",
                database.redacted_uri(),
                "-r",
                RULE.name,
                "--json",
                *more,
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert run.returncode == 1, run.stderr
        return msgspec.json.decode(run.stdout, type=Linting)

    findings = {finding.object: finding for finding in lint("--fix", "fixes").findings}
    fix = findings["public.t"].fix
    assert fix is not None
    assert fix.proof is not None
    assert fix.proof.proved, fix.proof.reason
    assert findings["public.u"].fix is None
    assert "that is PUBLIC's" in findings["public.u"].detail
    run_psql(database, tmp_path / "fixes" / "fixes.sql")
    assert [finding.object for finding in lint().findings] == ["public.u"]
    assert "CREATE POLICY t_select_merge_reader ON public.t FOR SELECT TO merge_reader" in schema_dump(
        database
    )
    run_psql(database, tmp_path / "fixes" / "reverse.sql")
    assert schema_dump(database) == before
