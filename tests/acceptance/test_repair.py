"""Targets repaired row by row on real servers: equal to the source afterwards, and nothing else has moved."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters
from pilotage.errors import ProgramFailedError
from pilotage.model.scope import Scope
from pilotage.repair import Repair, write_repair
from pilotage.verify.checks.contents import compare_contents
from pilotage.verify.drilldown import describe_rows, find_differing_rows
from pilotage.verify.ends import hold_end
from tests.commands import pilotage
from tests.servers_at_hand import Clusters, Databases, newest, run_psql

TABLES = Path(__file__).with_name("repair.sql")
SPOIL = Path(__file__).with_name("repair_spoil.sql")


async def _compared(
    source: ConnectionParameters,
    target: ConnectionParameters,
    script: Path | None = None,
    *,
    keep: int = 1000,
) -> tuple[list[str], Repair | None]:
    """Return the rows that differ, and write a script where one is asked for."""
    async with hold_end(source) as ours, hold_end(target) as theirs:
        async with ours.session() as expected, theirs.session() as found:
            catalogs = await read_catalog(expected, Scope()), await read_catalog(found, Scope())
        contents = await compare_contents(ours, theirs, *catalogs)
        rows = await find_differing_rows(ours, theirs, contents.differing, keep=keep)
        repair = None
        if script is not None:
            repair = await write_repair(
                script, ours, theirs, rows, source_catalog=catalogs[0], target_catalog=catalogs[1]
            )
    differences = [line for each in rows for line in describe_rows(each.difference)]
    return [f"{line.object}: {line.fact}: {line.found}" for line in differences], repair


def _differing(source: ConnectionParameters, target: ConnectionParameters) -> list[str]:
    return asyncio.run(_compared(source, target))[0]


def _repair(
    source: ConnectionParameters, target: ConnectionParameters, script: Path, *, keep: int = 1000
) -> Repair:
    repair = asyncio.run(_compared(source, target, script, keep=keep))[1]
    assert repair is not None
    return repair


@pytest.mark.parametrize("versions", [(16, 18), (18, 16)])
def test_a_spoiled_target_becomes_equal_and_stays_what_it_is(
    versions: tuple[int, int],
    new_database: Databases,
    data_dump: Callable[[ConnectionParameters], list[str]],
    schema_dump: Callable[[ConnectionParameters], str],
    tmp_path: Path,
) -> None:
    """Rows go, come and change under foreign keys, triggers, rules and policies, which end as they were.

    Event triggers are switched off in one way before PostgreSQL 17, and in another since.
    """
    source = new_database(versions[0], file=TABLES)
    target = new_database(versions[1], "target", file=TABLES)
    schema = schema_dump(target)
    run_psql(target, SPOIL)
    assert _differing(source, target)
    repair = _repair(source, target, tmp_path / "repair.sql")
    assert repair.left_out == ()
    run_psql(target, tmp_path / "repair.sql")
    assert _differing(source, target) == []
    assert data_dump(target) == data_dump(source)
    assert schema_dump(target) == schema
    with pytest.raises(ProgramFailedError, match=r"no longer|there already"):
        run_psql(target, tmp_path / "repair.sql")


FAMILY = """
CREATE TABLE parents (id int PRIMARY KEY, name text);
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE);
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
INSERT INTO children VALUES (1, 1), (2, 2);
"""


def test_what_is_left_out_is_named_and_never_touched(new_database: Databases, tmp_path: Path) -> None:
    """A key that would delete rows of a table that is left out stops the whole script."""
    source = new_database(sql=FAMILY)
    target = new_database(
        role="target",
        sql=FAMILY + "ALTER TABLE children ADD note text; INSERT INTO parents VALUES (3, 'x');"
        "INSERT INTO children VALUES (3, 3)",
    )
    script = tmp_path / "repair.sql"
    repair = _repair(source, target, script)
    assert [str(each.table) for each in repair.tables] == ["public.parents"]
    assert [each.object for each in repair.left_out] == ["table public.children"]
    assert "do not have the same columns: note" in repair.left_out[0].because
    assert "NOT repaired by this file" in script.read_text()
    with pytest.raises(ProgramFailedError, match="foreign key children_parent_fkey would delete or change"):
        run_psql(target, script)
    assert run_psql(target, "SELECT count(*) FROM children").strip() == "3"


def test_what_was_not_compared_is_told_in_the_head(new_database: Databases, tmp_path: Path) -> None:
    sql = """CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
    CREATE MATERIALIZED VIEW kept AS SELECT * FROM t;"""
    source, target = new_database(sql=sql), new_database(role="target", sql=sql)
    run_psql(target, "DELETE FROM t")
    script = tmp_path / "repair.sql"
    done = pilotage("verify", source.redacted_uri(), target.redacted_uri(), "--repair", script)
    assert done.returncode == 1, done.stderr
    text = script.read_text()
    assert "NOT compared, so that nobody knows what of it differs:" in text
    head = text.partition("NOT compared")[2].splitlines()
    assert "materialized view" in head[1], head[:6]
    assert all(line.startswith("--") for line in head[1:4]), head[:6]
    run_psql(target, script)
    assert run_psql(target, "SELECT count(*) FROM t").strip() == "1"


CODES = """
CREATE TABLE codes (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE uses (
    id int PRIMARY KEY, code text REFERENCES codes (code) ON UPDATE CASCADE ON DELETE RESTRICT
);
"""


def test_a_table_whose_change_would_change_rows_of_others_is_left_out(
    new_database: Databases, tmp_path: Path
) -> None:
    """The uses are the same at both ends; to set a code in place would change them too."""
    uses = "INSERT INTO uses VALUES (1, 'X'), (2, 'X')"
    source = new_database(sql=f"{CODES}INSERT INTO codes VALUES (1, 'A'), (2, 'X');{uses}")
    target = new_database(role="target", sql=f"{CODES}INSERT INTO codes VALUES (1, 'X');{uses}")
    script = tmp_path / "repair.sql"
    script.write_text("of an earlier comparison")
    repair = _repair(source, target, script)
    assert (repair.tables, repair.path) == ((), None)
    assert [each.object for each in repair.left_out] == ["table public.codes"]
    assert "does ON UPDATE CASCADE when column code is set" in repair.left_out[0].because
    assert not script.exists()


def test_a_table_with_too_many_differing_rows_is_left_out(new_database: Databases, tmp_path: Path) -> None:
    """A script is never partial for a table; where nothing is left to repair, there is none."""
    source, target = new_database(sql=FAMILY), new_database(role="target", sql=FAMILY)
    run_psql(target, "UPDATE parents SET name = 'other'")
    repair = _repair(source, target, tmp_path / "repair.sql", keep=1)
    assert repair.path is None
    assert not list(tmp_path.iterdir())
    assert [each.because for each in repair.left_out] == [
        "2 rows differ, too many for a script; migrate it again"
    ]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE parents SET name = 'again' WHERE id = 1",
        "DELETE FROM parents WHERE id = 1",
        "INSERT INTO parents VALUES (2, 'again')",
    ],
)
def test_rows_that_have_changed_since_stop_the_script(
    meanwhile: str, new_database: Databases, tmp_path: Path
) -> None:
    """Nobody's later writing is lost."""
    source, target = new_database(sql=FAMILY), new_database(role="target", sql=FAMILY)
    run_psql(target, "UPDATE parents SET name = 'other' WHERE id = 1; DELETE FROM parents WHERE id = 2")
    _repair(source, target, tmp_path / "repair.sql")
    run_psql(target, meanwhile)
    before = run_psql(target, "SELECT * FROM parents ORDER BY id")
    with pytest.raises(ProgramFailedError, match="Verify again"):
        run_psql(target, tmp_path / "repair.sql")
    assert run_psql(target, "SELECT * FROM parents ORDER BY id") == before


def test_a_script_that_was_cut_short_or_edited_changes_nothing(
    new_database: Databases, tmp_path: Path
) -> None:
    """All of it, as it was written, or nothing."""
    source, target = new_database(sql=FAMILY), new_database(role="target", sql=FAMILY)
    run_psql(target, "UPDATE parents SET name = 'other' WHERE id = 1")
    script = tmp_path / "repair.sql"
    _repair(source, target, script)
    whole = script.read_text()
    for damaged in (whole.removesuffix("COMMIT;\n\\endif\n"), whole.replace("\tone\n", "\tlone\n")):
        assert damaged != whole
        script.write_text(damaged)
        with pytest.raises(ProgramFailedError):
            run_psql(target, script)
        assert run_psql(target, "SELECT name FROM parents WHERE id = 1").strip() == "other"
    script.write_text(whole)
    run_psql(target, script)
    assert _differing(source, target) == []


def _verify(
    source: ConnectionParameters, target: ConnectionParameters, *options: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return pilotage("verify", source.redacted_uri(), target.redacted_uri(), *options, "--quiet")


PRIVATE = """
CREATE TABLE guests (id int PRIMARY KEY, passport text);
INSERT INTO guests VALUES (1, 'XQ-1111'), (2, 'XQ-2222'), (3, 'XQ-3333');
CREATE TABLE notes (text text);
INSERT INTO notes VALUES ('XQ-4444');
"""


@pytest.mark.servers(18)
def test_the_command_repairs_and_keeps_values_to_itself(new_database: Databases, tmp_path: Path) -> None:
    """Found different, repaired with psql, found equal; values are told to who asks for them."""
    source, target = new_database(sql=PRIVATE), new_database(role="target", sql=PRIVATE)
    run_psql(
        target,
        "UPDATE guests SET passport = 'XQ-9999' WHERE id = 1; DELETE FROM guests WHERE id = 2;"
        "INSERT INTO guests VALUES (4, 'XQ-5555'); UPDATE notes SET text = 'XQ-6666'",
    )
    script = tmp_path / "new folder" / "repair.sql"
    told = _verify(source, target, "--repair", script, "-o", tmp_path)
    asked = _verify(source, target, "--json", "--show-values")

    assert (told.returncode, asked.returncode) == (1, 1)
    assert "changed: passport" in told.stdout
    assert str(script) in told.stdout.replace("\n", "")
    for written in (told.stdout, told.stderr, *(path.read_text() for path in tmp_path.glob("verdict.*"))):
        assert "XQ-" not in written
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    guests = next(each for each in verdict["differing_rows"] if each["table"]["name"] == "guests")
    assert [(row["kind"], row["key"]) for row in guests["rows"]] == [
        ("changed", {"id": "1"}),
        ("missing", {"id": "2"}),
        ("extra", {"id": "4"}),
    ]
    for value in ("XQ-1111", "XQ-9999", "XQ-2222", "XQ-5555", "XQ-4444", "XQ-6666"):
        assert value in asked.stdout
    assert "XQ-3333" not in asked.stdout
    assert stat.S_IMODE(script.stat().st_mode) == 0o600

    (tmp_path / "in the way").mkdir()
    refused = _verify(source, target, "--repair", tmp_path / "in the way", "-o", tmp_path / "again")
    assert refused.returncode == 3
    assert "the verdict stands, but no repair was written" in refused.stderr
    assert (tmp_path / "again" / "verdict.json").exists()

    run_psql(target, script)
    assert _verify(source, target).returncode == 0


@pytest.mark.parametrize("option", ["--no-drill-down", "--skip=contents", "--sample=5%"])
def test_a_repair_that_would_be_partial_is_refused(option: str, tmp_path: Path) -> None:
    """Before any server is asked."""
    nowhere = ConnectionParameters(host="localhost", port=1, user="nobody", database="nothing")
    finished = _verify(nowhere, nowhere, "--repair", tmp_path / "repair.sql", option)
    assert finished.returncode == 2
    assert "--repair needs" in finished.stderr


@pytest.mark.parametrize(
    ("encodings", "value"),
    [
        (("SQL_ASCII", "SQL_ASCII"), "E'caf\\xe9'"),
        (("UTF8", "LATIN1"), "U&'caf\\00e9'"),
        (("LATIN1", "UTF8"), "U&'caf\\00e9'"),
    ],
)
def test_text_in_any_encoding_is_found_and_repaired(
    encodings: tuple[str, str], value: str, clusters: Clusters, tmp_path: Path
) -> None:
    """Also bytes of which nobody knows what characters they are."""
    server = clusters.get(18)
    names = [f"encoding_{os.getpid()}_{side}" for side in ("source", "target")]
    source, target = (server.parameters(name) for name in names)
    try:
        for name, encoding in zip(names, encodings, strict=True):
            run_psql(
                server.parameters(),
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'",
            )
            run_psql(
                server.parameters(name),
                "CREATE TABLE t (k text PRIMARY KEY, v text);"
                f"INSERT INTO t VALUES ({value}, 'a'), ('b', {value})",
            )
        run_psql(target, "UPDATE t SET v = 'x' WHERE k = 'b'; DELETE FROM t WHERE k <> 'b'")
        script = tmp_path / "repair.sql"
        assert len(_repair(source, target, script).tables) == 1
        run_psql(target, script)
        assert _differing(source, target) == []
    finally:
        for name in names:
            run_psql(server.parameters(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


OWNED = """
CREATE TABLE parents (id int PRIMARY KEY, name text);
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents);
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
INSERT INTO children VALUES (1, 1), (2, 2);
ALTER TABLE parents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY none ON parents USING (false);
"""


@pytest.mark.servers(18)
def test_the_owner_of_the_tables_can_repair_them(new_database: Databases, tmp_path: Path) -> None:
    """No superuser is needed; event triggers that the owner may not switch off are told."""
    role = f"owner_{os.getpid()}"
    source, target = new_database(sql=OWNED), new_database(role="target", sql=OWNED)
    run_psql(
        target,
        f"""
        CREATE ROLE {role}; GRANT USAGE ON SCHEMA public TO {role};
        ALTER TABLE parents OWNER TO {role}; ALTER TABLE children OWNER TO {role};
        CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER "not mine" ON ddl_command_end EXECUTE FUNCTION nothing();
        DELETE FROM children WHERE id = 1; UPDATE parents SET name = 'other' WHERE id = 2;
        """,
    )
    try:
        script = tmp_path / "repair.sql"
        _repair(source, target, script)
        finished = subprocess.run(
            [newest("psql").path, "-X", "-v", "ON_ERROR_STOP=1", "-f", script],
            env={**os.environ, **target.libpq_environment(), "PGOPTIONS": f"-c role={role}"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        assert 'event triggers fire on ALTER TABLE and CREATE TEMPORARY TABLE in this file: "not mine"' in (
            finished.stderr
        )
        assert _differing(source, target) == []
    finally:
        run_psql(target, f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
