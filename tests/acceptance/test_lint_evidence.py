"""Equal answers prove a merge only where somebody was asked of whom its policies decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilotage.connection import ConnectionParameters
from tests.acceptance.test_command_line import pilotage, uri
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

ROLE = "DO $$ BEGIN CREATE ROLE asked_of; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
LARGE = f"""
{ROLE}
CREATE TABLE t (id int PRIMARY KEY, owner text, note text);
INSERT INTO t SELECT i, 'o' || i % 7, 'n' || i % 9 FROM generate_series(1, 110000) AS i;
ANALYZE t;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t FOR SELECT TO asked_of USING (owner = current_setting('app.who', true));
CREATE POLICY noted ON t FOR SELECT TO asked_of USING (note = 'n1');
GRANT SELECT ON t TO asked_of;
"""


RULE = "multiple_permissive_policies"


def merging(database: ConnectionParameters, folder: Path) -> Any:
    done = pilotage("lint", uri(database), "--rule", RULE, "--fix", "f", "--json", cwd=folder)
    (finding,) = json.loads(done.stdout)["findings"]
    return finding["fix"]["proof"]


def test_a_large_table_gives_an_identity(new_database: Databases, tmp_path: Path) -> None:
    proof = merging(new_database(18, sql=LARGE), tmp_path)
    assert proof["proved"]
    assert "under 2 identities" in proof["reason"]


def test_without_an_identity_nothing_is_proved(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=LARGE)
    run_psql(database, "UPDATE t SET owner = NULL;")
    proof = merging(database, tmp_path)
    assert not proof["proved"]
    assert "(app.who), and no identity under which they were tried says so" in proof["reason"]


OTHER = """
CREATE TABLE other (id int PRIMARY KEY, hash text, public bool);
INSERT INTO other SELECT i, md5('u' || i % 3), i % 2 = 0 FROM generate_series(1, 150) AS i;
ALTER TABLE other ENABLE ROW LEVEL SECURITY; GRANT SELECT ON other TO asked_of;
CREATE POLICY own ON other TO asked_of USING (hash = md5(current_setting('app.token', true)));
CREATE POLICY open ON other FOR SELECT TO asked_of USING (public);
"""


def test_what_another_tables_policies_ask_for_says_nothing_of_these(
    new_database: Databases, tmp_path: Path
) -> None:
    database = new_database(18, sql=LARGE.replace("110000", "100") + OTHER)
    told = pilotage("lint", uri(database), "-r", RULE, "--fix", "f", "--json", cwd=tmp_path)
    proofs = {each["metadata"]["name"]: each["fix"]["proof"] for each in json.loads(told.stdout)["findings"]}
    assert proofs["t"]["proved"]
    assert not proofs["other"]["proved"]
    assert "(app.token), and no identity under which they were tried says so" in proofs["other"]["reason"]
    (tmp_path / "pilotage.toml").write_text(
        '[[identity]]\nname = "two"\nrole = "asked_of"\nsettings = { "app.token" = "u1" }\n'
    )
    told = pilotage("lint", uri(database), "-r", RULE, "--fix", "g", "--json", cwd=tmp_path)
    proofs = {each["metadata"]["name"]: each["fix"]["proof"] for each in json.loads(told.stdout)["findings"]}
    assert proofs["other"]["proved"]
    assert not proofs["t"]["proved"]
    assert "(app.who)" in proofs["t"]["reason"]


def test_rows_that_nobody_sees_prove_nothing(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=LARGE)
    run_psql(
        database,
        """
        DROP POLICY own ON t; DROP POLICY noted ON t;
        CREATE POLICY a ON t FOR SELECT TO asked_of USING (note = 'none has it');
        CREATE POLICY b ON t FOR SELECT TO asked_of USING (owner = 'nor it');
        """,
    )
    proof = merging(database, tmp_path)
    assert not proof["proved"]
    assert proof["reason"].startswith("its policies let no row through")


def test_a_call_that_is_merged_away_need_not_be_made(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=LARGE)
    run_psql(database, "ALTER POLICY noted ON t USING (true);")
    proof = merging(database, tmp_path)
    assert proof["proved"]
    assert "makes the calls once" not in proof["reason"]


def test_an_identity_of_no_role_is_refused(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=LARGE)
    (tmp_path / "pilotage.toml").write_text(
        '[[identity]]\nname = "clerk"\nrole = "askde_of"\nsettings = { "app.who" = "o1" }\n'
    )
    done = pilotage("lint", uri(database), "--fix", "f", cwd=tmp_path)
    assert done.returncode == 2
    assert "is of role askde_of, which the server does not have" in " ".join(done.stderr.split())
    assert not (tmp_path / "f").exists()
