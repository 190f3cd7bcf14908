"""The rule by which policies make one condition, held against PostgreSQL doing what they decide on."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from pilotage.connection import Session
from pilotage.connection.session import open_session
from pilotage.model.identities import NOBODY, Identity
from pilotage.model.names import QualifiedName, quote_literal
from pilotage.security.asking import ask
from pilotage.security.probing import Probes, Question, choose_probes, probe
from pilotage.security.reading import Surface, read_roles, read_surface
from pilotage.security.rule import EVERYTHING, Action, condition
from pilotage.security.writing import WRITES, keep_candidates, met_by, places
from tests.servers_at_hand import Clusters, Databases, run_psql, versions

REALLY = Path(__file__).with_name("policy_rule.sql")
VERSIONS = versions(18, thorough=(16,))

ROLES = ("rule_user", "rule_child", "rule_heir", "rule_apart", "rule_owner", "rule_bypass")
MAKE_ROLES = """
CREATE ROLE rule_user; CREATE ROLE rule_owner; CREATE ROLE rule_bypass BYPASSRLS;
CREATE ROLE rule_child IN ROLE rule_user; CREATE ROLE rule_heir IN ROLE rule_owner;
CREATE ROLE rule_apart NOINHERIT IN ROLE rule_user;
"""
TABLES = ("one", "two", "three")
IDENTITIES = (NOBODY, Identity(name="tenant b", settings={"app.tenant": "b"}))

ATOMS = (
    "true", "false", "NULL::boolean", "flag", "NOT flag", "flag IS NULL", "tenant IS NULL",
    "tenant = current_setting('app.tenant', true)", "owner = CURRENT_USER", "owner = 'rule_user'",
    "EXISTS (SELECT FROM rule.permitted p WHERE p.tenant = {table}.tenant)",
    "tenant IN (SELECT tenant FROM rule.permitted AS {table} WHERE {table}.owner <> '')",
    "pg_has_role(owner::name, 'USAGE')", "tenant < owner",
)  # fmt: skip
"""``{table}`` is the table's own name, which a subquery may use for something else."""


@dataclasses.dataclass(frozen=True)
class DrawnTable:
    """A table, whose it is, and its policies; ``statements`` make it."""

    statements: str


def _expressions() -> st.SearchStrategy[str]:
    atom = st.sampled_from(ATOMS)
    return st.one_of(
        atom,
        st.builds("({} AND {})".format, atom, atom),
        st.builds("({} OR {})".format, atom, atom),
        st.builds("(NOT {})".format, atom),
    )


@st.composite
def drawn_tables(draw: st.DrawFn) -> Sequence[DrawnTable]:
    """Three tables, each with up to five policies and four rows."""
    return [draw(_drawn_table(name)) for name in TABLES]


@st.composite
def _drawn_table(draw: st.DrawFn, name: str) -> DrawnTable:
    table = f"rule.{name}"
    lines = [
        f"CREATE TABLE {table} (tenant text, owner text, flag boolean)",
        f"GRANT ALL ON {table} TO PUBLIC",
        f"ALTER TABLE {table} OWNER TO {draw(st.sampled_from(('postgres', 'rule_owner', 'rule_user')))}",
    ]
    if draw(st.integers(0, 9)):
        lines.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    if draw(st.booleans()):
        lines.append(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for number in range(draw(st.integers(0, 5))):
        command = draw(st.sampled_from(("ALL", "ALL", "SELECT", "INSERT", "UPDATE", "DELETE")))
        kind = draw(st.sampled_from(("PERMISSIVE", "PERMISSIVE", "RESTRICTIVE")))
        roles = draw(st.lists(st.sampled_from(("PUBLIC", *ROLES)), min_size=1, max_size=3, unique=True))
        using = command != "INSERT" and draw(st.integers(0, 4))
        check = command not in {"SELECT", "DELETE"} and draw(st.booleans())
        lines.append(
            f"CREATE POLICY p{number} ON {table} AS {kind} FOR {command} TO {', '.join(roles)}"
            + (f" USING ({draw(_expressions())})" if using else "")
            + (f" WITH CHECK ({draw(_expressions())})" if check else "")
        )
    row = st.tuples(
        st.sampled_from(("a", "b", None)),
        st.sampled_from((*ROLES[:3], "rule_owner")),
        st.sampled_from((True, False, None)),
    )
    for values in draw(st.lists(row, max_size=4)):
        written = ", ".join("NULL" if v is None else quote_literal(str(v)) for v in values)
        lines.append(f"INSERT INTO {table} VALUES ({written})")
    return DrawnTable("; ".join(lines).replace("{table}", name))


@dataclasses.dataclass(frozen=True)
class Reached:
    """A session, and the loop that it lives in: examples are many, and a session is one."""

    loop: asyncio.AbstractEventLoop
    session: Session


@pytest.fixture(scope="module", params=VERSIONS)
def reached(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[Reached]:
    databases = Databases(clusters)
    parameters = databases(request.param, sql=MAKE_ROLES)
    run_psql(parameters, REALLY)
    with asyncio.Runner() as runner:
        session = runner.run(open_session(parameters))
        yield Reached(runner.get_loop(), session)
        runner.run(session.close())
    run_psql(parameters, f"DROP OWNED BY {', '.join(ROLES)}; DROP ROLE {', '.join(ROLES)};")
    databases.drop()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(tables=drawn_tables())
def test_policies_decide_as_postgresql_decides(reached: Reached, tables: Sequence[DrawnTable]) -> None:
    for table in tables:
        note(table.statements)
    reached.loop.run_until_complete(_compare(reached.session, tables))


async def _compare(session: Session, tables: Sequence[DrawnTable]) -> None:
    await session.run("BEGIN")
    try:
        await session.run("; ".join(table.statements for table in tables))
        roles = [role for role in await read_roles(session, ["rule"], ROLES) if role.name in ROLES]
        assert tuple(sorted(ROLES)) == tuple(role.name for role in roles)
        surface = await read_surface(session, ["rule"], ROLES)
        names = [QualifiedName("rule", name) for name in TABLES]
        probes = await choose_probes(session, surface, IDENTITIES, guarded=names)
        answers = await probe(session, surface, probes, roles)
        for identity in IDENTITIES:
            for role in ROLES:
                visible = await _visible(session, surface, probes, role, identity)
                for table in names:
                    ours = {
                        action: answers[Question(table, role, identity.name, action)] for action in WRITES
                    }
                    assert not any(answer.sqlstate for answer in ours.values()), ours
                    expected = {action.value: answer.text or "" for action, answer in ours.items()}
                    # What also reads needs the SELECT policies, for rows it touches and rows it makes.
                    expected |= {
                        f"{action} seen": _both(met, visible[table])
                        for action, met in tuple(expected.items())
                    }
                    really = await _really(session, table, probes.candidates[table], role, identity)
                    assert {key: _hidden(met, really[key]) for key, met in expected.items()} == really, (
                        table, role, identity.name, probes.candidates[table],
                    )  # fmt: skip
                    seen = answers[Question(table, role, identity.name, Action.SEE)]
                    # The last candidate is made up.
                    assert (seen.text or "").split()[0] == str(visible[table][:-1].count("1"))
    finally:
        await session.run("ROLLBACK")


async def _visible(
    session: Session, surface: Surface, probes: Probes, role: str, identity: Identity
) -> Mapping[QualifiedName, str]:
    """Evaluate the policies for SELECT over the candidates."""
    await keep_candidates(session, probes.candidates)
    questions = [
        met_by(
            table,
            place,
            condition(Action.SEE, role, surface.policies.get(table, ()))
            if surface.relations[table].reach[role].restricted
            else EVERYTHING,
        )
        for table, place in places(probes.candidates).items()
    ]
    found = await ask(session, role, identity.settings, questions)
    return {table: answer.text or "" for table, answer in zip(probes.candidates, found, strict=True)}


async def _really(
    session: Session, table: QualifiedName, rows: Sequence[str], role: str, identity: Identity
) -> Mapping[str, str]:
    """Try everything, and take it back."""
    await session.run(
        "SAVEPOINT really; SET LOCAL row_security = on; "
        + "".join(f"SET LOCAL {name} = {quote_literal(value)};" for name, value in identity.settings.items())
    )
    try:
        answer = await session.value("SELECT rule.really($1, $2, $3)", str(table), role, list(rows))
    finally:
        await session.run("ROLLBACK TO SAVEPOINT really; RELEASE SAVEPOINT really")
    found: Mapping[str, str] = json.loads(answer)
    return found


def _both(one: str, other: str) -> str:
    return "".join("1" if pair == ("1", "1") else "0" for pair in zip(one, other, strict=True))


def _hidden(met: str, really: str) -> str:
    """Return our answer, without what could not be found out by doing."""
    return "".join("?" if there == "?" else ours for ours, there in zip(met, really, strict=True))
