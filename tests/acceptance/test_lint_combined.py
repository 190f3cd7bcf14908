"""A table that two rules have found gets one fix; and what tables without rows let through is tried too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters
from pilotage.lint.evidence import Trial
from pilotage.lint.proof import prove
from pilotage.model.identities import Identity
from pilotage.model.lint import Finding, Fix, Linting
from pilotage.model.names import QualifiedName
from tests.acceptance.test_lint import command
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]

BOTH = ("-r", "auth_rls_initplan", "-r", "multiple_permissive_policies")
TENANT = "current_setting('app.tenant', true)"
ROLE = "DO $$ BEGIN CREATE ROLE combined_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n"

TABLES = f"""
{ROLE}
CREATE FUNCTION broken(text) RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'not now'; END $$;
CREATE TABLE ship (id int PRIMARY KEY, tenant text, owner text, public bool);
INSERT INTO ship SELECT i, 'tenant ' || i % 3, 'owner ' || i % 2, i % 5 = 0 FROM generate_series(1, 30) AS i;
CREATE TABLE bare (LIKE ship); CREATE TABLE loud (LIKE ship);
ALTER TABLE ship ENABLE ROW LEVEL SECURITY; ALTER TABLE bare ENABLE ROW LEVEL SECURITY;
ALTER TABLE loud ENABLE ROW LEVEL SECURITY;
GRANT ALL ON ship, bare, loud TO combined_user;
"""

POLICIES = """
CREATE POLICY one ON {table} TO combined_user USING (tenant = {tenant});
CREATE POLICY two ON {table} FOR UPDATE TO combined_user USING (public) WITH CHECK (owner = {tenant});
COMMENT ON POLICY two ON {table} IS 'it''s; for updates';
CREATE POLICY kept ON {table} AS RESTRICTIVE FOR DELETE TO combined_user USING (owner <> {tenant});
"""

OF_LOUD = """
CREATE POLICY one ON loud TO combined_user USING (tenant = {tenant});
CREATE POLICY two ON loud FOR SELECT TO combined_user USING (public AND broken({tenant}));
"""


def linted(dsn: str, folder: Path, *more: str) -> tuple[Finding, ...]:
    return msgspec.json.decode(command(dsn, *more, "--json", folder=folder).stdout, type=Linting).findings


def test_what_two_rules_found_of_a_table_is_one_change(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    policies = "".join(POLICIES.format(table=table, tenant=TENANT) for table in ("ship", "bare"))
    database = new_database(18, sql=TABLES + policies + OF_LOUD.format(tenant=TENANT))
    dsn, before = database.redacted_uri(), schema_dump(database)
    findings = linted(dsn, tmp_path, *BOTH, "--fix", "fixes")
    of_table = {
        table: [each for each in findings if each.metadata["name"] == table]
        for table in ("ship", "bare", "loud")
    }
    for table in ("ship", "bare"):
        assert {each.name for each in of_table[table]} == set(BOTH[1::2])
        (fix,) = {each.fix for each in of_table[table]}
        assert fix is not None
        assert fix.proof is not None
        assert fix.proof.proved, fix.proof
        assert ("the table has no rows: tried on" in fix.proof.reason) == (table == "bare")
        assert [statement.split(" ON ")[0] for statement in fix.statements if "COMMENT" not in statement] == [
            "ALTER POLICY kept",
            f"CREATE POLICY {table}_select_combined_user",
            f"CREATE POLICY {table}_insert_combined_user",
            f"CREATE POLICY {table}_update_combined_user",
            f"CREATE POLICY {table}_delete_combined_user",
            "DROP POLICY one",
            "DROP POLICY two",
        ]
        assert all(
            statement.count(TENANT.split("(", maxsplit=1)[0]) == statement.count("(SELECT ")
            for statement in fix.statements
        )
    # one change cannot be proved: what mends the first rule is, and the other is left
    wrapping, merging = (
        [each.fix for each in of_table["loud"] if each.name == rule and each.fix is not None]
        for rule in BOTH[1::2]
    )
    assert [fix.applies for fix in wrapping] == [True, True]
    assert {fix.proof.reason.partition(":")[0] for fix in merging if fix.proof is not None} == {
        "what mends auth_rls_initplan changes policies of the same table"
    }
    assert all("one change for both is not proved: " in fix.proof.reason for fix in merging if fix.proof)
    assert schema_dump(database) == before

    run_psql(database, tmp_path / "fixes" / "fixes.sql")
    left = linted(dsn, tmp_path, *BOTH)
    assert {(each.name, each.metadata["name"]) for each in left} == {("multiple_permissive_policies", "loud")}
    run_psql(database, tmp_path / "fixes" / "reverse.sql")
    assert schema_dump(database) == before


def test_waived_policies_are_merged_as_they_are(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=TABLES + POLICIES.format(table="ship", tenant=TENANT))
    (tmp_path / "pilotage.toml").write_text(
        '[[waive]]\nrule = "auth_rls_initplan"\nobject = "policy one on public.ship"\nreason = "seen"\n'
    )
    findings = [
        each for each in linted(database.redacted_uri(), tmp_path, *BOTH, "--fix", "fixes") if not each.waived
    ]
    (update,) = {
        statement
        for each in findings
        if each.fix is not None and each.name == "multiple_permissive_policies"
        for statement in each.fix.statements
        if "CREATE POLICY ship_update" in statement
    }
    bare = "current_setting('app.tenant'::text, true)"
    assert f"(tenant = {bare})" in update


EMPTY = f"""
{ROLE}
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN short AS varchar(9) NOT NULL;
CREATE TABLE port (id uuid PRIMARY KEY);
INSERT INTO port VALUES ('8a5a4b9e-57a5-4a0a-9c7b-0c2d3e4f5a6b'), ('9a5a4b9e-57a5-4a0a-9c7b-0c2d3e4f5a6b');
CREATE TABLE log (
    id int PRIMARY KEY, tenant text, flag bool, feels mood, port uuid REFERENCES port, at timestamptz,
    size int, tags text[], code short, payload jsonb, big bigint GENERATED ALWAYS AS (size * 2) STORED
);
ALTER TABLE log ENABLE ROW LEVEL SECURITY;
GRANT ALL ON log TO combined_user;
CREATE POLICY p ON log USING (false);
"""

IDENTITY = (
    Identity(name="tenant 1", settings={"app.tenant": "tenant 1", "app.claims": '{"tags": ["red"]}'}),
)

DIFFERENT = {
    "tenant = current_setting('app.tenant', true)": "tenant IS NOT NULL",
    "flag": "flag OR flag IS NULL",
    "feels = 'good'": "feels = 'bad'",
    "feels < 'bad'": "true",
    "port = '8a5a4b9e-57a5-4a0a-9c7b-0c2d3e4f5a6b'": "port > '8a5a4b9e-57a5-4a0a-9c7b-0c2d3e4f5a6b'",
    "at < now()": "at > now()",
    "size > 7": "size >= 7",
    "'red' = ANY (tags)": "cardinality(tags) >= 0",
    "flag AND tenant = 'x'": "flag OR tenant = 'x'",
    "code = 'abc'": "code IS NOT NULL",
    "tenant = CURRENT_USER": "tenant <> CURRENT_USER",
    "payload IS NULL": "true",
    "big = 14": "big > 14",
}


@pytest.mark.parametrize("major", [18, 15])
async def test_a_table_without_rows_tells_two_policies_apart_all_the_same(
    new_database: Databases, major: int
) -> None:
    database = new_database(major, sql=EMPTY)

    def trial(before: str, after: str) -> Trial:
        return Trial(
            fix=Fix(
                statements=(f"ALTER POLICY p ON public.log USING ({after})",),
                reverse=(f"ALTER POLICY p ON public.log USING ({before})",),
            ),
            table=QualifiedName("public", "log"),
        )

    for before, after in DIFFERENT.items():
        run_psql(database, f"ALTER POLICY p ON log USING ({before})")
        (same,) = await prove(database, [trial(before, f"({before}) OR false")], IDENTITY)
        assert same.proved, (before, same)
        assert "the table has no rows: tried on" in same.reason
        (other,) = await prove(database, [trial(before, after)], IDENTITY)
        assert not other.proved, (before, other)
        assert other.reason.endswith("is not the same afterwards, tried on made-up rows")
    run_psql(database, "ALTER POLICY p ON log USING (false)")
    (untold,) = await prove(database, [trial("false", "false AND flag")], IDENTITY)
    assert not untold.proved
    assert "its policies let none through for anybody" in untold.reason
