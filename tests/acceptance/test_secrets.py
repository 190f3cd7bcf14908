"""Passwords in the source's definitions are in no file, and a direct migration brings them along."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.model.secrets import MARK
from tests.acceptance.test_careless_users import uri
from tests.commands import pilotage
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

PASSWORDS = ("hunter''2", "swordfish", "open-sesame")

SOURCE = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'far.example.com');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'u', password 'hunter''2');
CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (password 'open-sesame');
CREATE SUBSCRIPTION sub CONNECTION 'host=far.example.com user=u password=swordfish' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
CREATE TABLE t (id int PRIMARY KEY);
"""


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=SOURCE)


def held(parameters: ConnectionParameters) -> str:
    """What a server holds where passwords belong."""
    return run_psql(
        parameters,
        "SELECT o.* FROM pg_user_mapping, pg_options_to_table(umoptions) AS o ORDER BY umuser, 1;"
        "SELECT subconninfo FROM pg_subscription WHERE subdbid = "
        "(SELECT oid FROM pg_database WHERE datname = current_database());",
    )


def disclosed(text: str) -> list[str]:
    return [password for password in PASSWORDS if password in text or password.replace("''", "'") in text]


def test_no_file_and_no_output_holds_a_password(
    source: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    folder, target = tmp_path / "m", new_database(18, "target")

    said = [
        pilotage("plan", uri(source), "--json"),
        pilotage("plan", uri(source), "-o", folder),
        pilotage("generate", folder, "-q"),
        pilotage("apply", folder, uri(target), "-q"),
    ]

    assert [each.returncode for each in said] == [0, 0, 0, 0]
    assert not disclosed("".join(each.stdout + each.stderr for each in said))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if disclosed(path.read_text(errors="replace"))]
    # What is missing is told, before and when it happens, with what to do.
    for text in (said[1].stdout, (folder / "MIGRATION_ORDER.md").read_text(), said[3].stderr):
        assert "password of USER MAPPING public SERVER far" in text
        assert "password of subscription sub" in text
    for text in ((folder / "MIGRATION_ORDER.md").read_text(), said[3].stderr):
        assert "ALTER USER MAPPING FOR public SERVER far OPTIONS (SET password '…');" in text
        assert "ALTER SUBSCRIPTION sub CONNECTION '…';" in text
    assert held(target).count(MARK) == 3
    assert pilotage("rollback", uri(target), "--from", folder, "--yes", "-q").returncode == 0
    assert held(target) == ""


def test_a_direct_migration_brings_them_and_writes_none_down(
    source: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = new_database(18, "target")

    migrated = pilotage("migrate", uri(source), uri(target), "-o", tmp_path, "-q")

    assert migrated.returncode == 0
    assert held(target) == held(source)
    assert not disclosed(migrated.stdout + migrated.stderr)
    assert not [path for path in tmp_path.rglob("*") if disclosed(path.read_text(errors="replace"))]


def test_the_fingerprint_says_nothing_of_a_password(source: ConnectionParameters, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    assert pilotage("plan", uri(source), "-o", folder).returncode == 0
    run_psql(source, "ALTER USER MAPPING FOR PUBLIC SERVER far OPTIONS (SET password 'another')")

    assert pilotage("generate", folder, "-q").returncode == 0


def test_settings_of_the_database_and_of_roles_are_in_no_file_either(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql="CREATE TABLE t (id int PRIMARY KEY);")
    run_psql(source, f"ALTER DATABASE {source.database} SET app.jwt_secret TO 'swordfish'")
    run_psql(source, "CREATE ROLE secretive; ALTER TABLE t OWNER TO secretive;")
    run_psql(source, "ALTER ROLE secretive SET app.api_key TO 'open-sesame'")
    try:
        planned = pilotage("plan", uri(source), "--create-roles", "-o", tmp_path)
        generated = pilotage("generate", tmp_path, "-q")
        inspected = pilotage("inspect", uri(source), "--json")
    finally:
        run_psql(source, "DROP OWNED BY secretive; DROP ROLE secretive;")

    assert [each.returncode for each in (planned, generated, inspected)] == [0, 0, 0], generated.stderr
    assert not disclosed(planned.stdout + generated.stdout + inspected.stdout)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if disclosed(path.read_text(errors="replace"))]
    marked = {path.name for path in files if MARK in path.read_text(errors="replace")}
    assert {"plan.json", "baseline.json", "MIGRATION_ORDER.md"} < marked
    assert f"app.api_key TO ''{MARK}''" in (tmp_path / "plan.json").read_text()
