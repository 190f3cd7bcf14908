"""``fixes.sql`` and ``reverse.sql``, run by psql wherever and however somebody runs them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.errors import ProgramFailedError
from pilotage.programs import run_program_sync
from pilotage.report.lint_fixes import FIXES, REVERSE
from tests.commands import pilotage
from tests.servers_at_hand import Databases, newest, run_psql

PILOTAGE = (sys.executable, "-m", "pilotage")

Dump = Callable[[ConnectionParameters], str]

USER = "DO $$ BEGIN CREATE ROLE {0} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n"


def fixes_in(folder: Path, database: ConnectionParameters, *rules: str) -> tuple[Path, Path]:
    """Have lint write what mends the findings of some rules, and return the two files."""
    options = [option for rule in rules for option in ("--rule", rule)]
    found = pilotage("lint", database.redacted_uri(), *options, "--fix", folder)
    assert found.returncode == 1, found.stderr
    return folder / FIXES, folder / REVERSE


def run(database: ConnectionParameters, *files: Path, **environment: str) -> None:
    """Run files by one psql, as the documentation says but for -X."""
    options = [option for file in files for option in ("-f", file)]
    run_program_sync(
        newest("psql"),
        ["-v", "ON_ERROR_STOP=1", *options],
        environment={**database.libpq_environment(), **environment},
    )


CONSTANTS = (
    USER.format("files_user")
    + """
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, f float8, b bytea, said text);
INSERT INTO t SELECT i, '2020-01-01Z'::timestamptz + i * interval '1 day', i, '\\x0a', 'user ' || i % 2
FROM generate_series(1, 9) AS i;
ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO files_user;
CREATE POLICY p ON t FOR SELECT TO files_user USING (
    (at > '2020-01-03 12:00Z' OR f > 0.1::float8 + 0.2::float8 OR b = '\\xff00' OR said ~ 'a\\\\b')
    AND said = current_setting('app.user', true)
);
"""
)


OTHERS = (
    "quote_all_identifiers = on",
    "bytea_output = escape",
    "extra_float_digits = 0",
    "standard_conforming_strings = off",
)


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        pytest.param("", {"PGTZ": "America/New_York"}, id="PGTZ"),
        pytest.param("timezone = 'Asia/Tokyo'", {}, id="timezone"),
        *(pytest.param(each, {}, id=each.split()[0], marks=pytest.mark.thorough) for each in OTHERS),
    ],
)
def test_no_setting_keeps_a_change_from_being_known(
    new_database: Databases, schema_dump: Dump, tmp_path: Path, settings: str, environment: dict[str, str]
) -> None:
    database = new_database(18, sql=CONSTANTS)
    if settings:
        run_psql(database, f'ALTER DATABASE "{database.database}" SET {settings}')
    before = schema_dump(database)
    fixes, reverse = fixes_in(tmp_path / "fix", database, "auth_rls_initplan")
    assert "Proved: " in fixes.read_text()
    run(database, fixes, **environment)
    assert schema_dump(database) != before
    run(database, fixes, reverse, reverse, **environment)
    assert schema_dump(database) == before


def test_an_index_is_made_again_as_it_was_whatever_strings_are(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    database = new_database(
        18,
        sql=r"CREATE TABLE t (a text); CREATE INDEX one ON t (a) WHERE a <> 'a\nb'; "
        r"CREATE INDEX two ON t (a) WHERE a <> 'a\nb';",
    )
    run_psql(database, f'ALTER DATABASE "{database.database}" SET standard_conforming_strings = off')
    before = schema_dump(database)
    for file in fixes_in(tmp_path / "fix", database, "duplicate_index"):
        run(database, file)
    assert schema_dump(database) == before


def test_files_are_written_though_nothing_can_be_printed(new_database: Databases, tmp_path: Path) -> None:
    database = new_database(18, sql=CHILD)
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            [*PILOTAGE, "lint", database.redacted_uri(), "--json", "--fix", tmp_path / "fix"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert finished.returncode == 2
    assert "the work is done, but standard output cannot be written" in finished.stderr
    assert "CREATE INDEX CONCURRENTLY idx_child_parent_fk" in (tmp_path / "fix" / FIXES).read_text()


CHILD = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent);
"""


def test_a_psqlrc_that_commits_nothing_is_no_obstacle(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    database = new_database(
        18,
        sql=CHILD + "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;",
    )
    psqlrc = tmp_path / "psqlrc"
    psqlrc.write_text("\\set AUTOCOMMIT off\n")
    before = schema_dump(database)
    fixes, reverse = fixes_in(
        tmp_path / "fix", database, "function_search_path_mutable", "unindexed_foreign_keys"
    )
    run(database, fixes, PSQLRC=str(psqlrc))
    after = schema_dump(database)
    assert "SET search_path TO ''" in after
    assert "CREATE INDEX idx_child_parent_fk" in after
    run(database, reverse, PSQLRC=str(psqlrc))
    assert schema_dump(database) == before


def test_who_may_make_no_temporary_objects_can_run_what_was_proved(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    database = new_database(18, sql=CONSTANTS + USER.format("files_owner"))
    run_psql(
        database,
        f'REVOKE ALL ON DATABASE "{database.database}" FROM PUBLIC;'
        f'GRANT CONNECT ON DATABASE "{database.database}" TO files_owner;'
        "GRANT CREATE ON SCHEMA public TO files_owner; ALTER TABLE t OWNER TO files_owner",
    )
    before = schema_dump(database)
    fixes, reverse = fixes_in(tmp_path / "fix", database, "auth_rls_initplan")
    run(database, fixes, PGUSER="files_owner")
    assert "( SELECT current_setting(" in schema_dump(database)
    run(database, reverse, PGUSER="files_owner")
    assert schema_dump(database) == before


SLOW = """
CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 100);
CREATE FUNCTION slowly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_catalog.pg_sleep(0.01); RETURN $1; END $$;
CREATE INDEX t_slowly ON t (slowly(a));
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_slowly'::regclass;
"""


@pytest.mark.parametrize("setting", ["statement_timeout", "transaction_timeout"])
def test_an_index_gets_the_time_that_it_needs(new_database: Databases, tmp_path: Path, setting: str) -> None:
    database = new_database(18, sql=SLOW)
    fixes, _ = fixes_in(tmp_path / "fix", database, "invalid_index")
    run_psql(database, f"ALTER DATABASE \"{database.database}\" SET {setting} = '400ms'")
    with pytest.raises(ProgramFailedError, match="timeout"):
        run_psql(database, "REINDEX INDEX CONCURRENTLY t_slowly")
    run(database, fixes)
    assert (
        run_psql(database, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_slowly'::regclass") == "t\n"
    )


FOR_ALL = (
    USER.format("files_named")
    + USER.format("files_other")
    + USER.format("files_late")
    + """
CREATE TABLE t (id int PRIMARY KEY, owner text, open bool);
INSERT INTO t SELECT i, 'user ' || i % 3, i % 2 = 0 FROM generate_series(1, 9) AS i;
ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO files_named, files_other;
CREATE POLICY a ON t FOR SELECT USING (open); CREATE POLICY b ON t FOR SELECT TO files_named USING (id > 5);
COMMENT ON POLICY a ON t IS 'old';
"""
)


@pytest.mark.parametrize(
    "meanwhile",
    [
        "GRANT SELECT ON t TO files_late",
        pytest.param("GRANT SELECT (id) ON t TO files_late", marks=pytest.mark.thorough),
        pytest.param("REVOKE SELECT ON t FROM files_other", marks=pytest.mark.thorough),
        "COMMENT ON POLICY a ON t IS 'new'",
    ],
)
def test_what_was_proved_for_other_rights_or_words_is_not_made(
    new_database: Databases, schema_dump: Dump, tmp_path: Path, meanwhile: str
) -> None:
    database = new_database(18, sql=FOR_ALL)
    fixes, _ = fixes_in(tmp_path / "fix", database, "multiple_permissive_policies")
    run_psql(database, meanwhile)
    before = schema_dump(database)
    with pytest.raises(ProgramFailedError, match="are not what this was proved for"):
        run(database, fixes)
    assert schema_dump(database) == before
    # what others get later does not keep it from being taken back
    again, back = fixes_in(tmp_path / "again", database, "multiple_permissive_policies")
    run(database, again)
    assert schema_dump(database) != before
    run_psql(database, "GRANT INSERT ON t TO files_late")
    run(database, back)
    run_psql(database, "REVOKE INSERT ON t FROM files_late")
    assert schema_dump(database) == before
