"""Fixes of policies are tried before they are offered: what changes anything is refused, nothing is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import ProgramFailedError
from pilotage.lint import proof
from pilotage.lint.evidence import Trial
from pilotage.lint.proof import prove
from pilotage.model.identities import Identity
from pilotage.model.lint import Fix, Linting, Proof
from pilotage.model.names import QualifiedName
from tests.acceptance.test_lint import command
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]

APPLICATION = """
DO $$ BEGIN CREATE ROLE lint_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE proof_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE note (id int PRIMARY KEY, tenant text, hidden bool);
CREATE TABLE reply (id int PRIMARY KEY, note int, tenant text);
CREATE TABLE own (id int PRIMARY KEY, tenant text);
CREATE TABLE off (id int PRIMARY KEY, tenant text);
INSERT INTO note SELECT i, 'tenant ' || i % 3, i % 5 = 0 FROM generate_series(1, 40) AS i;
INSERT INTO reply SELECT i, i, 'tenant ' || i % 3 FROM generate_series(1, 40) AS i;
INSERT INTO own SELECT i, 'tenant ' || i % 3 FROM generate_series(1, 40) AS i;
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
ALTER TABLE reply ENABLE ROW LEVEL SECURITY;
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON note USING (tenant = current_setting('app.tenant', true));
CREATE POLICY q ON note FOR INSERT WITH CHECK (tenant = current_setting('app.tenant', true) AND NOT hidden);
CREATE POLICY p ON reply USING (note IN (SELECT id FROM note));
CREATE POLICY p ON own USING (tenant = current_setting('app.tenant', true));
CREATE FUNCTION tenants() RETURNS text[] LANGUAGE sql STABLE
    AS $$ SELECT ARRAY[pg_catalog.current_setting('app.tenant', true)] $$;
CREATE POLICY r ON own AS RESTRICTIVE FOR DELETE USING (tenant = ANY (tenants()));
CREATE POLICY p ON off USING (tenant = current_setting('app.tenant', true));
GRANT ALL ON note, reply, own, off TO proof_user;
"""
CALL = "current_setting('app.tenant', true)"
BARE = f"USING (tenant = {CALL})"
WRAPPED = f"USING (tenant = (SELECT {CALL}))"
IDENTITIES = (Identity(name="tenant 1", settings={"app.tenant": "tenant 1"}),)


def trial(
    to: str, *, table: str = "note", policy: str = "p", back: str = BARE, calls: tuple[str, ...] = (CALL,)
) -> Trial:
    alter = f"ALTER POLICY {policy} ON public.{table}"
    return Trial(
        fix=Fix(statements=(f"{alter} {to}",), reverse=(f"{alter} {back}",)),
        table=QualifiedName("public", table),
        calls=calls,
    )


RIGHT = (trial(WRAPPED), trial(WRAPPED, table="own"))

WRONG = {
    "shows more": (trial("USING (true)", calls=()), "sees of public.note is not the same"),
    "shows less": (
        trial(f"USING (tenant = (SELECT {CALL}) AND NOT hidden)"),
        "tenant 1: what it sees of public.note is not the same",
    ),
    "lets write more": (
        trial("WITH CHECK (true)", policy="q", back=f"WITH CHECK (tenant = {CALL} AND NOT hidden)", calls=()),
        "what it may insert into public.note is not the same",
    ),
    "lets write less": (
        trial(f"{BARE} WITH CHECK (false)", calls=()),
        "what it may insert into public.note is not the same",
    ),
    "asks without missing_ok": (
        trial("USING (tenant = (SELECT current_setting('app.tenant')))", calls=()),
        "role proof_user, nothing set: what it sees of public.note is not the same",
    ),
    "still calls for each row": (
        trial(f"USING (tenant = (SELECT {CALL}) AND tenant = {CALL})"),
        "its plan still makes the call",
    ),
    "calls nothing": (
        trial(
            "USING (tenant = nullif((SELECT current_setting('app.tenant', true)), NULL))", calls=("now()",)
        ),
        "its plan does not show that the call now() is made once",
    ),
    "is not taken back": (
        trial(WRAPPED, back="USING (tenant = 'x')"),
        "after its reverse, the table's policies",
    ),
    "cannot be taken back": (
        trial(WRAPPED, back="USING (none = 1)"),
        'the reverse: column "none" does not exist',
    ),
    "cannot be made": (trial("USING (none = 1)"), 'column "none" does not exist'),
    "decides on nothing": (trial(WRAPPED, table="off"), "row level security is not enabled"),
    "is of no table": (trial(WRAPPED, table="gone"), "table public.gone is not there any more"),
}


async def test_only_what_changes_nothing_is_proved(new_database: Databases, schema_dump: Dump) -> None:
    database = new_database(18, sql=APPLICATION)
    before = schema_dump(database)
    for name, (wrong, reason) in WRONG.items():
        # Among right ones, so that it must be found which of them it is.
        others = tuple(each for each in RIGHT if each.table != wrong.table)
        proofs = await prove(database, (*others, wrong), IDENTITIES)
        assert [proof.proved for proof in proofs[:-1]] == [True] * len(others), (name, proofs)
        assert not proofs[-1].proved, name
        assert reason in proofs[-1].reason, name
    assert all(proof.proved for proof in await prove(database, RIGHT, IDENTITIES))
    assert schema_dump(database) == before


async def test_where_nothing_can_be_tried_nothing_is_proved(
    new_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = new_database(18, sql=APPLICATION)
    with monkeypatch.context() as patch:
        patch.setattr(proof, "HELD", 0)
        assert {each.reason for each in await prove(database, RIGHT, IDENTITIES)} == {
            "trying it would keep tables locked for more than 0 s"
        }
    reader = dataclasses.replace(database, user="lint_reader")
    assert {each.reason for each in await prove(reader, RIGHT, IDENTITIES)} == {
        f"table public.{table}: what roles see and write in it: the role that we connect as may not read all "
        "of its rows"
        for table in ("note", "own")
    }
    async with connect(database) as other, other.transaction():
        await other.run("SELECT FROM public.own")
        used, free = await prove(database, RIGHT[::-1], IDENTITIES)
    assert used == Proof(proved=False, reason="its table was in use, and its lock not to be had within 2 s")
    assert free.proved
    run_psql(database, 'ALTER DATABASE :"DBNAME" SET default_transaction_read_only = on')
    assert {each.reason for each in await prove(database, RIGHT, IDENTITIES)} == {
        "nothing can be changed on trial: the database or the role is read-only"
    }


MERGED = """
DO $$ BEGIN CREATE ROLE proof_merged; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE proof_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE proof_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT proof_merged TO proof_owner;
CREATE TABLE split (id int PRIMARY KEY, a bool, b bool);
INSERT INTO split SELECT i, i % 2 = 0, i % 3 = 0 FROM generate_series(1, 12) AS i;
ALTER TABLE split ENABLE ROW LEVEL SECURITY; ALTER TABLE split OWNER TO proof_owner;
CREATE POLICY p ON split TO proof_merged, proof_other USING (a);
CREATE POLICY q ON split FOR UPDATE TO proof_other USING (b);
GRANT ALL ON split TO proof_merged, proof_other;
CREATE TABLE loud (id int PRIMARY KEY);
INSERT INTO loud VALUES (1);
ALTER TABLE loud ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION no() RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'not now'; END $$;
CREATE POLICY p ON loud USING (no());
GRANT SELECT ON loud TO proof_merged;
"""


async def test_where_not_all_whom_it_restrains_have_answered_nothing_is_proved(
    new_database: Databases,
) -> None:
    database = new_database(18, sql=APPLICATION + MERGED)
    split = trial("USING (NOT NOT a)", table="split", back="USING (a)", calls=())
    (by_owner,) = await prove(dataclasses.replace(database, user="proof_owner"), [split], IDENTITIES)
    assert by_owner == Proof(
        proved=False,
        reason="the policies apply to proof_other too, which could not be asked: run it as a role that may "
        "SET ROLE to them",
    )
    (by_all,) = await prove(database, [split], IDENTITIES)
    assert by_all.proved, by_all
    loud = trial("USING (NOT public.no())", table="loud", back="USING (public.no())", calls=())
    (unheard,) = await prove(database, [loud], IDENTITIES)
    assert unheard == Proof(
        proved=False, reason="every question about its table ended in an error, the first in: not now"
    )


async def test_what_is_not_proved_is_a_comment(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    database = new_database(18, sql=APPLICATION)
    dsn, before = database.redacted_uri(), schema_dump(database)
    rule = ("-r", "auth_rls_initplan")
    (tmp_path / "pilotage.toml").write_text(
        '[[identity]]\nname = "tenant 1"\nsettings = { "app.tenant" = "tenant 1" }\n'
    )

    untried = command(dsn, *rule, "--fix", "untried", "--no-proof", folder=tmp_path)
    assert untried.stderr.splitlines()[-1] == "fixes.sql: fixes that are not proved are comments, 4 of them"
    assert untried.stdout.count("fix not proved: it was not tried, as was asked for") == 4
    run_psql(database, tmp_path / "untried" / "fixes.sql")
    run_psql(database, tmp_path / "untried" / "reverse.sql")
    assert schema_dump(database) == before
    assert command(dsn, "--no-proof", folder=tmp_path).returncode == 2

    tried = command(dsn, *rule, "--fix", "tried", "--format", "sarif", folder=tmp_path)
    assert tried.stderr.splitlines()[-1] == "fixes.sql: fixes that are not proved are comments, 1 of them"
    assert schema_dump(database) == before
    (run,) = msgspec.json.decode(tried.stdout)["runs"]
    proofs = [result["properties"]["fix"]["proof"] for result in run["results"] if "properties" in result]
    assert sorted(proof["proved"] for proof in proofs) == [False, True, True, True]
    assert (
        "tried and rolled back: 20 answers about what 1 role under 2 identities see and may write in the "
        "table are the same; tried on 5 made-up rows too; the plan makes the calls once"
    ) in {proof["reason"] for proof in proofs}
    assert (
        "\n-- Not proved: row level security is not enabled on its table, and the policy decides on nothing\n"
        "-- ALTER POLICY p ON public.off USING ((tenant = "
        "(SELECT current_setting('app.tenant'::text, true))));\n"
    ) in (tmp_path / "tried" / "fixes.sql").read_text()

    for _ in range(2):  # the second time, all of it is done already
        run_psql(database, tmp_path / "tried" / "fixes.sql")
    left = msgspec.json.decode(command(dsn, *rule, "--json", folder=tmp_path).stdout, type=Linting)
    assert [finding.object for finding in left.findings] == ["p on public.off", "r on public.own"]
    assert left.findings[1].fix is None
    assert left.findings[1].detail == (
        "Policy r on public.own evaluates for each row public.tenants(); no SQL is written, since not every "
        "call stands where a subquery would mean the same"
    )
    for _ in range(2):
        run_psql(database, tmp_path / "tried" / "reverse.sql")
    assert schema_dump(database) == before

    run_psql(database, "ALTER POLICY q ON note WITH CHECK (false)")
    for script in ("fixes.sql", "reverse.sql"):
        with pytest.raises(ProgramFailedError, match="are not what this was proved for"):
            run_psql(database, tmp_path / "tried" / script)
    async with connect(database) as session:
        check = "SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'q'"
        assert await session.value(check) == "false"
    run_psql(database, f"ALTER POLICY q ON note WITH CHECK (tenant = {CALL} AND NOT hidden)")
    run_psql(database, tmp_path / "tried" / "reverse.sql")
    assert schema_dump(database) == before
