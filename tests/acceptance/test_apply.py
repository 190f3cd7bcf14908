"""Applying a folder of SQL files and taking it back: what is on the target whatever happens on the way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from pilotage.apply import apply_files, read_folder
from pilotage.apply.failure import FileFailedError
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.files.manifest import MANIFEST, Manifest, ManifestFile, ManifestTable, encode_manifest
from pilotage.journal.lock import hold_run_lock
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.review import FileKind
from pilotage.plan import encode_plan
from tests import commands
from tests.generated_files import plan_of, write_files
from tests.servers_at_hand import Clusters, Databases, newest, require_server, run_psql

pytestmark = pytest.mark.servers(18)

HEAD = "\\set ON_ERROR_STOP on\n\\if true\nBEGIN;\nSET LOCAL search_path = '';\n"
Arguments: TypeAlias = list[str | Path]

TAIL = "COMMIT;\n\\endif\n"

SCHEMA = """-- tables
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE shop.purchase (id int PRIMARY KEY, customer int NOT NULL REFERENCES shop.customer);
"""
CUSTOMERS = """COPY shop.customer (id, name) FROM stdin;
1	Ada
2	COMMIT;
3	Grace
\\.
"""
PURCHASES_A = "COPY shop.purchase (id, customer) FROM stdin;\n1\t1\n2\t2\n\\.\n"
PURCHASES_B = "COPY shop.purchase (id, customer) FROM stdin;\n3\t3\n\\.\n"
VALIDATE = """DO $$BEGIN
    IF (SELECT count(*) FROM shop.purchase) <> 3 THEN
        RAISE EXCEPTION 'table shop.purchase: expected 3 rows';
    END IF;
END$$;
"""

SHOP: Mapping[str, tuple[FileKind, str, Mapping[str, int]]] = {
    "01-schema-shop.sql": (FileKind.SCHEMA, SCHEMA, {}),
    "10-data-customers.sql": (FileKind.DATA, CUSTOMERS, {"shop.customer": 3}),
    "11a-data-purchases.sql": (FileKind.DATA, PURCHASES_A, {"shop.purchase": 2}),
    "11b-data-purchases.sql": (FileKind.DATA, PURCHASES_B, {"shop.purchase": 1}),
    "90-validate.sql": (FileKind.VALIDATE, VALIDATE, {}),
}
UNDO = {
    "rollback/01-undo-11-data-purchases.sql": ("11-data-purchases.sql", "TRUNCATE shop.purchase;\n"),
    "rollback/02-undo-10-data-customers.sql": (
        "10-data-customers.sql",
        "TRUNCATE shop.customer, shop.purchase;\n",
    ),
    "rollback/03-undo-01-schema-shop.sql": (
        "01-schema-shop.sql",
        "DROP TABLE IF EXISTS shop.purchase;\nDROP TABLE IF EXISTS shop.customer;\n"
        "DROP SCHEMA IF EXISTS shop;\n",
    ),
}
ALL = sorted(SHOP)

SLOW = "SELECT pg_catalog.pg_sleep(120);\n"


def write_folder(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the shop's files as they would be generated, those named in ``changes`` with another text."""
    sql = folder / "sql"
    (sql / "rollback").mkdir(parents=True)
    listed = []
    for name, (kind, body, rows) in SHOP.items():
        text = HEAD + (changes or {}).get(name, body) + TAIL
        listed.append(_write(sql, name, text, re.sub(r"^(\d+)[a-z]", r"\1", name), kind, rows))
    for name, (planned, body) in UNDO.items():
        kind = next(kind for file, (kind, _, _) in SHOP.items() if file[:2] == planned[:2])
        text = HEAD + (changes or {}).get(name, body) + TAIL
        listed.append(_write(sql, name, text, planned, kind, {}))
    manifest = Manifest(pilotage="0", fingerprint="f00d", files=tuple(listed))
    (sql / MANIFEST).write_bytes(encode_manifest(manifest))
    return folder


def _write(
    sql: Path, name: str, text: str, planned: str, kind: FileKind, rows: Mapping[str, int]
) -> ManifestFile:
    (sql / name).write_text(text)
    return ManifestFile(
        name=name,
        planned=planned,
        kind=kind,
        group="shop",
        undoes=name.startswith("rollback/"),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        bytes=len(text.encode()),
        tables=tuple(ManifestTable(name=table, rows=number, checksum="0") for table, number in rows.items()),
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of files that all run."""
    return write_folder(tmp_path / "migration")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "pilotage", *map(str, arguments)]


def pilotage(
    *arguments: str | Path, status: int = 0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command and check its exit code."""
    finished = commands.pilotage(*arguments, cwd=cwd)
    assert finished.returncode == status, finished.stdout + finished.stderr
    return finished


def recorded(target: ConnectionParameters) -> list[str]:
    return run_psql(target, "SELECT file FROM pilotage.journal ORDER BY file").split()


def counts(target: ConnectionParameters) -> tuple[int, int]:
    text = run_psql(
        target, "SELECT (SELECT count(*) FROM shop.customer), (SELECT count(*) FROM shop.purchase)"
    )
    customers, purchases = text.strip().split("|")
    return int(customers), int(purchases)


def objects(target: ConnectionParameters) -> str:
    return run_psql(
        target,
        "SELECT nspname FROM pg_namespace WHERE nspname IN ('shop', 'pilotage') "
        "UNION ALL SELECT relname FROM pg_class WHERE relnamespace >= 16384 ORDER BY 1",
    )


# --- all goes well --------------------------------------------------------------------------------------


def test_all_files_run_and_nothing_of_ours_remains(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    applied = pilotage("apply", shop, target.redacted_uri())

    assert "Applied 5 files" in applied.stdout
    assert "6 rows" in applied.stdout
    assert "The journal is removed." in applied.stdout
    for number, name in enumerate(ALL, 1):
        assert f"{number}/5 {name}: " in applied.stderr
    assert counts(target) == (3, 3)
    assert "pilotage" not in objects(target)


def test_the_result_is_that_of_psql_alone(
    shop: Path,
    new_database: Databases,
    schema_dump: Callable[[ConnectionParameters], str],
    data_dump: Callable[[ConnectionParameters], list[str]],
) -> None:
    ours, psqls = new_database(18, "target"), new_database(18, "target")
    pilotage("apply", shop, ours.redacted_uri())
    for name in ALL:
        run_psql(psqls, shop / "sql" / name)
    assert schema_dump(ours) == schema_dump(psqls)
    assert data_dump(ours) == data_dump(psqls)


def test_insert_format_is_applied_too(tmp_path: Path, new_database: Databases) -> None:
    cut = "/* an error here means: the file is CUT SHORT\n"
    folder = write_folder(tmp_path / "m")
    name = "10-data-customers.sql"
    insert = "INSERT INTO shop.customer VALUES\n(1, 'x'),\n(2, 'y'),\n(3, 'z')"
    text = f"{cut}*/ BEGIN;{cut}*/ {insert};{cut}*/ COMMIT;\n"
    (folder / "sql" / name).write_text(text)
    target = new_database(18, "target")
    pilotage("apply", folder, target.redacted_uri(), "--allow-edited", name)
    assert counts(target) == (3, 3)


def test_a_dry_run_changes_nothing_and_says_what_would_run(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    listed = pilotage("apply", shop, target.redacted_uri(), "--dry-run")
    assert "Nothing was changed. 5 files with 6 rows would run" in listed.stdout
    for name in ALL:
        assert re.search(rf"^{name} +shop .*to run", listed.stdout, re.MULTILINE), listed.stdout
    assert objects(target) == ""


def test_the_journal_is_kept_on_request_and_says_who_when_and_what(
    shop: Path, new_database: Databases
) -> None:
    target = new_database(18, "target")
    report = json.loads(
        pilotage("apply", shop, target.redacted_uri(), "--keep-journal", "--json", "-q").stdout
    )
    assert report["complete"]
    assert [file["state"] for file in report["files"]] == ["done"] * 5
    assert recorded(target) == ALL
    name = "10-data-customers.sql"
    row = run_psql(
        target,
        "SELECT sha256, rows, edited, fingerprint, applied_by, started < finished FROM pilotage.journal "
        f"WHERE file = '{name}'",
    )
    digest = hashlib.sha256((shop / "sql" / name).read_bytes()).hexdigest()
    assert row.strip() == f"{digest}|3|f|f00d|postgres|t"

    again = json.loads(pilotage("apply", shop, target.redacted_uri(), "--json").stdout)
    assert [file["state"] for file in again["files"]] == ["done before"] * 5
    assert "pilotage" not in objects(target)


# --- failures -------------------------------------------------------------------------------------------


def test_a_failing_row_is_named_by_its_line_and_the_same_command_continues(
    tmp_path: Path, new_database: Databases
) -> None:
    folder = write_folder(tmp_path / "m")
    target = new_database(18, "target")
    # What stops the third file is on the target, and is mended there.
    name = "01-schema-shop.sql"
    text = HEAD + SCHEMA + "ALTER TABLE shop.purchase ADD CHECK (customer <> 2);\n" + TAIL
    (folder / "sql" / name).write_text(text)

    failed = pilotage("apply", folder, target.redacted_uri(), "--allow-edited", name, status=4)

    # Head of 4 lines, COPY on the 5th, its second row on the 7th.
    assert f"{folder}/sql/11a-data-purchases.sql, line 7: " in failed.stderr
    assert 'violates check constraint "purchase_customer_check" (SQLSTATE 23514)' in failed.stderr
    assert "Detail: Failing row contains (2, 2)." in failed.stderr
    assert "Statement:\n  COPY shop.purchase (id, customer) FROM stdin;\n" in failed.stderr
    assert "11a-data-purchases.sql was rolled back as a whole." in failed.stderr
    assert (
        "2 of 5 files are on the target and recorded there (01-schema-shop.sql to 10-data-customers.sql). "
        "To continue with the 3 left, run the same command again." in failed.stderr
    )
    assert recorded(target) == ALL[:2]
    assert counts(target) == (3, 0)

    run_psql(target, "ALTER TABLE shop.purchase DROP CONSTRAINT purchase_customer_check")
    continued = pilotage("apply", folder, target.redacted_uri())
    assert "Applied 3 files" in continued.stdout
    assert "2 files were done before." in continued.stdout
    assert "01-schema-shop.sql" in continued.stderr
    assert "1/3 11a-data-purchases.sql" in continued.stderr
    assert counts(target) == (3, 3)


def test_a_failing_statement_is_named_by_its_first_line(tmp_path: Path, new_database: Databases) -> None:
    body = SCHEMA + "\n-- and\nCREATE TABLE shop.other (\n    id int,\n    what nosuchtype\n);\nSELECT 1;\n"
    folder = write_folder(tmp_path / "m", {"01-schema-shop.sql": body})
    target = new_database(18, "target")
    failed = pilotage("apply", folder, target.redacted_uri(), status=4)
    text = (folder / "sql/01-schema-shop.sql").read_text()
    line = text.splitlines().index("    what nosuchtype") + 1
    assert (
        f'01-schema-shop.sql, line {line}: type "nosuchtype" does not exist (SQLSTATE 42704)' in failed.stderr
    )
    assert "This run has left nothing on the target. The same command starts again." in failed.stderr
    assert objects(target) == "", "a run that brought nothing leaves no journal"


def test_a_failing_check_gives_the_servers_message_and_hint(tmp_path: Path, new_database: Databases) -> None:
    raised = "RAISE EXCEPTION USING MESSAGE = 'table shop.x is\nnot there', HINT = 'Run 01 first.';"
    check = f"DO $$BEGIN\n  {raised}\nEND$$;\n"
    folder = write_folder(tmp_path / "m", {"90-validate.sql": check})
    target = new_database(18, "target")
    failed = pilotage("apply", folder, target.redacted_uri(), status=4)
    assert "90-validate.sql, line 5: table shop.x is\nnot there (SQLSTATE P0001)" in failed.stderr
    assert "Hint: Run 01 first." in failed.stderr
    assert recorded(target) == ALL[:4]


def test_warnings_are_passed_on(tmp_path: Path, new_database: Databases) -> None:
    warn = "DO $$BEGIN RAISE WARNING 'mind the gap'; END$$;\n"
    folder = write_folder(tmp_path / "m", {"90-validate.sql": warn})
    applied = pilotage("apply", folder, new_database(18, "target").redacted_uri())
    assert "note: 90-validate.sql, line 5: mind the gap" in applied.stderr


def test_a_commit_that_is_never_reached_is_noticed(tmp_path: Path, new_database: Databases) -> None:
    folder = write_folder(tmp_path / "m", {"10-data-customers.sql": "\\endif\nROLLBACK;\n\\if false\n"})
    target = new_database(18, "target")
    failed = pilotage("apply", folder, target.redacted_uri(), status=4)
    assert "COMMIT was not reached" in failed.stderr
    assert recorded(target) == ALL[:1]


# --- what is refused before anything runs ---------------------------------------------------------------


def test_edited_missing_and_added_files_are_all_named_at_once(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    sql = shop / "sql"
    edited = sql / "10-data-customers.sql"
    edited.write_text(edited.read_text().replace("Ada", "Eve"))
    (sql / "11a-data-purchases.sql").unlink()
    (sql / "15-mine.sql").write_text(HEAD + TAIL)
    refused = pilotage("apply", shop, target.redacted_uri(), status=3)
    assert f"{edited} is not the file that was generated" in refused.stderr
    assert "--allow-edited 10-data-customers.sql" in refused.stderr
    assert f"{sql}/11a-data-purchases.sql is missing" in refused.stderr
    assert f"{sql}/15-mine.sql is not listed in the manifest" in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert objects(target) == ""


def test_an_edited_file_runs_when_allowed_by_name_and_the_journal_says_so(
    shop: Path, new_database: Databases
) -> None:
    target = new_database(18, "target")
    edited = shop / "sql" / "10-data-customers.sql"
    edited.write_text(edited.read_text().replace("Ada", "Eve"))
    pilotage("apply", shop, target.redacted_uri(), "--allow-edited", edited.name, "--keep-journal")
    assert run_psql(target, "SELECT name FROM shop.customer WHERE id = 1").strip() == "Eve"
    assert run_psql(target, "SELECT file FROM pilotage.journal WHERE edited").split() == [edited.name]
    # What is done is done: it need not be allowed again.
    assert "5 files were done before" in pilotage("apply", shop, target.redacted_uri()).stdout


def test_a_name_that_is_no_files_is_a_usage_error(shop: Path, new_database: Databases) -> None:
    uri = new_database(18, "target").redacted_uri()
    assert "no file of that name" in pilotage("apply", shop, uri, "--allow-edited", "10.sql", status=2).stderr


def test_a_file_that_is_cut_short_is_refused_even_when_allowed(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    cut = shop / "sql" / "10-data-customers.sql"
    cut.write_text(cut.read_text().partition("\\.")[0])
    refused = pilotage("apply", shop, target.redacted_uri(), "--allow-edited", cut.name, status=3)
    assert f"{cut} does not end with a line COMMIT;" in refused.stderr
    assert objects(target) == ""


def test_a_folder_that_was_not_generated_is_a_usage_error(tmp_path: Path, new_database: Databases) -> None:
    refused = pilotage("apply", tmp_path, new_database(18, "target").redacted_uri(), status=2)
    assert "pilotage generate" in refused.stderr


def test_a_target_with_another_migrations_journal_is_refused(
    shop: Path, tmp_path: Path, new_database: Databases
) -> None:
    target = new_database(18, "target")
    pilotage("apply", shop, target.redacted_uri(), "--keep-journal")
    other = write_folder(tmp_path / "other", {"10-data-customers.sql": CUSTOMERS.replace("Ada", "Bob")})
    both: list[Arguments] = [
        ["apply", other, target.redacted_uri()],
        ["rollback", target.redacted_uri(), "--from", other, "--yes"],
    ]
    for arguments in both:
        refused = pilotage(*arguments, status=3)
        assert "is in the middle of another migration, that was generated again since" in refused.stderr
        assert "5 files are recorded there, the last one 90-validate.sql, by postgres" in refused.stderr
    assert counts(target) == (3, 3)


def test_a_schema_of_our_name_that_is_not_ours_is_refused(shop: Path, new_database: Databases) -> None:
    target = new_database(
        18, "target", sql="CREATE SCHEMA pilotage; CREATE TABLE pilotage.journal (mine int)"
    )
    refused = pilotage("apply", shop, target.redacted_uri(), status=3)
    assert "schema pilotage that holds no journal" in refused.stderr
    assert run_psql(target, "SELECT count(*) FROM pilotage.journal").strip() == "0"


def test_a_target_that_already_holds_a_table_stops_the_first_file(
    shop: Path, new_database: Databases
) -> None:
    target = new_database(18, "target", sql="CREATE SCHEMA shop; CREATE TABLE shop.customer (mine int)")
    before = objects(target)
    failed = pilotage("apply", shop, target.redacted_uri(), status=4)
    assert '01-schema-shop.sql, line 6: schema "shop" already exists' in failed.stderr
    assert objects(target) == before


def test_a_role_that_may_not_make_the_journal_is_told_what_to_do(shop: Path, new_database: Databases) -> None:
    target = new_database(
        18, "target", sql="DROP ROLE IF EXISTS apply_nobody; CREATE ROLE apply_nobody LOGIN"
    )
    uri = target.redacted_uri().replace("postgres@", "apply_nobody@", 1)
    refused = pilotage("apply", shop, uri, status=3)
    assert "GRANT CREATE ON DATABASE" in refused.stderr


# --- interrupted, killed, two at once -------------------------------------------------------------------


async def start_slow(
    folder: Path, target: ConnectionParameters, watcher: ConnectionParameters
) -> subprocess.Popen[str]:
    """Start a run and return when its file that takes long is at work."""
    process = subprocess.Popen(
        command("apply", folder, target.redacted_uri()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    async with connect(watcher) as session:
        while not await session.value(SLEEPING, target.database):
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(0.05)
    return process


SLEEPING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = $1 AND query LIKE '%pg_sleep(120)%' AND state = 'active'
"""


def psql_that_begins_with(
    entry: str, script: str, target: ConnectionParameters
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [newest("psql").path, "-X", "-v", "ON_ERROR_STOP=1", "-c", entry, "-f", "-"],
        input=script,
        env={**os.environ, **target.libpq_environment()},
        capture_output=True,
        text=True,
        check=False,
    )


def only_child(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """The shop, with a data file that takes two minutes after its rows."""
    return write_folder(tmp_path / "slow", {"10-data-customers.sql": CUSTOMERS + SLOW})


def quick_again(folder: Path) -> Arguments:
    """Make the slow file a quick one, and return the options with which it may run."""
    name = "10-data-customers.sql"
    (folder / "sql" / name).write_text(HEAD + CUSTOMERS + TAIL)
    return ["--allow-edited", name]


async def test_killed_in_the_middle_of_a_file_the_same_command_continues(
    slow: Path, new_database: Databases, clusters: Clusters
) -> None:
    target, watcher = new_database(18, "target"), clusters.get(18, "target").parameters()
    process = await start_slow(slow, target, watcher)
    process.kill()
    process.communicate()
    # Its psql lives on: the rest of the file, with its COMMIT, is in the pipe already.
    async with connect(watcher) as session:
        assert await session.value(SLEEPING, target.database)

    options = quick_again(slow)
    continued = await asyncio.to_thread(pilotage, "apply", slow, target.redacted_uri(), *options)

    assert "note: an interrupted run was still at work on the target; it was ended" in continued.stderr
    assert "1 file was done before." in continued.stdout
    assert counts(target) == (3, 3)
    async with connect(watcher) as session:
        assert not await session.value(SLEEPING, target.database)


async def test_a_psql_that_comes_too_late_does_nothing(new_database: Databases) -> None:
    target = new_database(18, "target")
    async with hold_run_lock(target, lambda _notice: None) as lock:
        late = lock.entry()
    finished = await asyncio.to_thread(psql_that_begins_with, late, "CREATE TABLE public.late ();\n", target)
    assert finished.returncode != 0
    assert "the run that this session works for is gone" in finished.stderr
    assert objects(target) == ""


async def test_psql_killed_is_a_failure_like_any_other(
    slow: Path, new_database: Databases, clusters: Clusters
) -> None:
    target, watcher = new_database(18, "target"), clusters.get(18, "target").parameters()
    process = await start_slow(slow, target, watcher)
    os.kill(only_child(process.pid), signal.SIGKILL)
    output, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 4, errors
    assert output == ""
    assert "10-data-customers.sql was rolled back as a whole. 1 of 5 files is on the target" in errors
    async with connect(watcher) as session:
        assert not await session.value(SLEEPING, target.database), "the server's process is ended too"
    assert counts(target) == (0, 0)


async def test_a_server_that_dies_is_survived(
    slow: Path, new_database: Databases, clusters: Clusters
) -> None:
    server = clusters.get(18, "apply-crash")
    target = new_database(18, "apply-crash")
    process = await start_slow(slow, target, server.parameters())
    server.kill()
    _, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 4, errors
    assert "Whether 10-data-customers.sql was committed cannot be told now" in errors
    assert "Traceback" not in errors

    server.restart()
    restarted = server.parameters(target.database)
    continued = await asyncio.to_thread(pilotage, "apply", slow, restarted.redacted_uri(), *quick_again(slow))
    assert "1 file was done before." in continued.stdout
    assert counts(restarted) == (3, 3)


async def test_ctrl_c_rolls_the_file_back_and_says_so(
    slow: Path, new_database: Databases, clusters: Clusters
) -> None:
    target, watcher = new_database(18, "target"), clusters.get(18, "target").parameters()
    process = await start_slow(slow, target, watcher)
    process.send_signal(signal.SIGINT)
    output, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 130, errors
    assert output == ""
    assert "Traceback" not in errors
    assert (
        "interrupted; 10-data-customers.sql was rolled back as a whole. 1 of 5 files is on the target"
        in errors
    )
    async with connect(watcher) as session:
        assert not await session.value(SLEEPING, target.database)
    pilotage("apply", slow, target.redacted_uri(), *quick_again(slow))
    assert counts(target) == (3, 3)


async def test_a_second_run_is_told_who_is_at_work_and_since_when(
    slow: Path, new_database: Databases, clusters: Clusters
) -> None:
    target, watcher = new_database(18, "target"), clusters.get(18, "target").parameters()
    process = await start_slow(slow, target, watcher)
    both: list[Arguments] = [
        ["apply", slow, target.redacted_uri()],
        ["rollback", target.redacted_uri(), "--from", slow, "--yes"],
    ]
    for arguments in both:
        refused = await asyncio.to_thread(pilotage, *arguments, status=3)
        assert f"another pilotage is at work on {target.describe()}" in refused.stderr
        assert re.search(
            r"pilotage of postgres from \S.*, since [-0-9]{10} [:0-9]{8} UTC \(server process \d+\)",
            refused.stderr,
        ), refused.stderr
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.to_thread(process.communicate, timeout=60)
    assert "10-data-customers.sql was rolled back as a whole" in errors, "the first was not disturbed"


def test_a_file_that_changes_while_it_runs_is_not_committed(tmp_path: Path, new_database: Databases) -> None:
    # The file's own psql command changes it, after it was checked and before its end is read.
    folder = tmp_path / "m"
    path = folder / "sql/10-data-customers.sql"
    filler = "".join(f"-- {number:>60}\n" for number in range(40_000))
    write_folder(folder, {path.name: f"\\! echo >> {path}\n" + CUSTOMERS + filler})
    target = new_database(18, "target")
    failed = pilotage("apply", folder, target.redacted_uri(), status=4)
    assert f"{path} was changed while it ran; nothing of it was committed" in failed.stderr
    assert counts(target) == (0, 0)


# --- rollback -------------------------------------------------------------------------------------------


def test_without_yes_nothing_goes_and_it_is_shown_what_would(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    pilotage("apply", shop, target.redacted_uri())
    refused = pilotage("rollback", target.redacted_uri(), "--from", shop, status=3)
    assert "3 rollback files, 6 rows" in refused.stderr
    assert "rollback/03-undo-01-schema-shop.sql" in refused.stderr
    assert "add --yes" in refused.stderr
    assert counts(target) == (3, 3)


def test_on_a_terminal_yes_is_asked_for(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    pilotage("apply", shop, target.redacted_uri())
    for answer, status in (("no", 3), ("yes", 0)):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            command("rollback", target.redacted_uri(), "--from", shop),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        shown = b""
        while b"Type yes to take all of this back: " not in shown:
            assert select.select([master], [], [], 60)[0], shown
            shown += os.read(master, 4096)
        os.write(master, answer.encode() + b"\n")
        while True:
            try:
                if not os.read(master, 4096):
                    break
            except OSError:  # how a terminal says that the other end is gone
                break
        assert process.wait(60) == status
        os.close(master)
        assert ("customer" in objects(target)) is (status == 3)


def test_rollback_after_everything_leaves_what_was_there_before(
    shop: Path,
    new_database: Databases,
    schema_dump: Callable[[ConnectionParameters], str],
    data_dump: Callable[[ConnectionParameters], list[str]],
) -> None:
    target = new_database(18, "target", sql="CREATE TABLE mine (id int); INSERT INTO mine VALUES (1)")
    before = schema_dump(target), data_dump(target)
    pilotage("apply", shop, target.redacted_uri())
    assert (schema_dump(target), data_dump(target)) != before
    # "migration" is the folder by default.
    took_back = pilotage("rollback", target.redacted_uri(), "--yes", cwd=shop.parent)
    assert "Took back 3 rollback files, 6 rows" in took_back.stdout
    assert (schema_dump(target), data_dump(target)) == before


@pytest.mark.parametrize("stopped_at", ["10-data-customers.sql", "11b-data-purchases.sql"])
def test_rollback_takes_back_what_is_recorded_and_no_more(
    stopped_at: str, tmp_path: Path, new_database: Databases
) -> None:
    folder = write_folder(tmp_path / "m", {stopped_at: "SELECT 1/0;\n"})
    target = new_database(18, "target")
    pilotage("apply", folder, target.redacted_uri(), status=4)
    report = json.loads(
        pilotage("rollback", target.redacted_uri(), "--from", folder, "--yes", "--json").stdout
    )
    done = [name for name in ALL if name < stopped_at]
    assert report["journal"]
    assert [file["name"] for file in report["files"]] == [
        name for name, (planned, _) in UNDO.items() if any(file[:2] == planned[:2] for file in done)
    ]
    assert sum(file["rows"] for file in report["files"]) == sum(sum(SHOP[name][2].values()) for name in done)
    assert objects(target) == ""


def test_a_rollback_that_fails_is_continued_by_the_same_command(
    tmp_path: Path, new_database: Databases
) -> None:
    folder = write_folder(tmp_path / "m")
    target = new_database(18, "target")
    pilotage("apply", folder, target.redacted_uri(), "--keep-journal")
    run_psql(target, "CREATE VIEW public.theirs AS SELECT * FROM shop.customer")
    arguments: Arguments = ["rollback", target.redacted_uri(), "--from", folder, "--yes"]
    failed = pilotage(*arguments, status=4)
    assert "rollback/03-undo-01-schema-shop.sql, line 6: cannot drop table shop.customer" in failed.stderr
    assert (
        "2 of 3 rollback files are done. To take back the rest, run the same command again." in failed.stderr
    )
    assert recorded(target) == ["01-schema-shop.sql"]
    run_psql(target, "DROP VIEW public.theirs")
    assert "Took back 1 rollback file, 0 rows" in pilotage(*arguments).stdout
    assert objects(target) == ""


def test_data_only_leaves_the_tables_and_apply_loads_them_again(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    pilotage("apply", shop, target.redacted_uri(), "--keep-journal")
    pilotage("rollback", target.redacted_uri(), "--from", shop, "--yes", "--data-only")
    assert recorded(target) == ["01-schema-shop.sql"]
    assert counts(target) == (0, 0)
    assert "Applied 4 files" in pilotage("apply", shop, target.redacted_uri()).stdout
    assert counts(target) == (3, 3)


def test_an_edited_rollback_file_is_refused_unless_allowed(shop: Path, new_database: Databases) -> None:
    target = new_database(18, "target")
    pilotage("apply", shop, target.redacted_uri())
    name = "rollback/01-undo-11-data-purchases.sql"
    (shop / "sql" / name).write_text(HEAD + "DELETE FROM shop.purchase;\n" + TAIL)
    arguments: Arguments = ["rollback", target.redacted_uri(), "--from", shop, "--yes"]
    assert f"{name} is not the file that was generated" in pilotage(*arguments, status=3).stderr
    assert counts(target) == (3, 3)
    pilotage(*arguments, "--allow-edited", name)
    assert objects(target) == ""


def test_nothing_to_take_back_is_said(shop: Path, tmp_path: Path, new_database: Databases) -> None:
    folder = write_folder(tmp_path / "m", {"01-schema-shop.sql": SLOW.replace("120", "0")})
    target = new_database(18, "target")
    # A journal that records nothing: its run was killed before its first file.
    pilotage("apply", folder, target.redacted_uri(), status=4)
    pilotage("rollback", target.redacted_uri(), "--from", folder, "--yes")
    assert objects(target) == ""
    assert (
        "Nothing to take back" in pilotage("rollback", target.redacted_uri(), "--from", _empty(shop)).stdout
    )


def _empty(folder: Path) -> Path:
    """Leave a folder's manifest without rollback files."""
    manifest = Manifest(pilotage="0", fingerprint="f00d", files=())
    (folder / "sql" / MANIFEST).write_bytes(encode_manifest(manifest))
    return folder


# --- generated files ------------------------------------------------------------------------------------

SOURCE = """
CREATE SCHEMA "Ünï""code";
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE person (id int PRIMARY KEY, boss int REFERENCES person, feels mood);
CREATE TABLE "Ünï""code"."\\! touch pwned" (id int PRIMARY KEY, person int REFERENCES person, note text);
CREATE VIEW "it's ""them"" here" AS SELECT id FROM person;
INSERT INTO person VALUES (1, NULL, 'glad'), (2, 1, 'sad'), (3, 2, NULL);
INSERT INTO "Ünï""code"."\\! touch pwned" SELECT n, 1 + n % 3, 'COMMIT;' FROM generate_series(1, 500) AS n;
"""


@pytest.mark.parametrize(
    ("layout", "data_format"), [(Layout.SCHEMA_FIRST, DataFormat.COPY), (Layout.BULK, DataFormat.INSERT)]
)
async def test_generated_files_are_applied_taken_back_and_applied_again(
    layout: Layout,
    data_format: DataFormat,
    tmp_path: Path,
    new_database: Databases,
    schema_dump: Callable[[ConnectionParameters], str],
    data_dump: Callable[[ConnectionParameters], list[str]],
) -> None:
    source, target = new_database(18, sql=SOURCE), new_database(18, "target")
    uri = target.redacted_uri()
    empty = schema_dump(target)
    configuration = Configuration(layout=layout, data_format=data_format, split_bytes=4096)
    plan, _ = await plan_of(source, configuration)
    (tmp_path / "plan.json").write_bytes(encode_plan(plan))
    manifest = await write_files(source, tmp_path / "sql", configuration, plan=plan)
    assert any("b-data-" in file.name for file in manifest.migration), "the rows are split"

    async def run(*arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(pilotage, *arguments, status=status, cwd=tmp_path)

    await run("apply", tmp_path, uri, "--keep-journal")
    back = await run("rollback", uri, "--from", tmp_path, "--yes", "--data-only")
    assert "503 rows" in back.stdout
    assert run_psql(target, "SELECT count(*) FROM person").strip() == "0"
    await run("apply", tmp_path, uri)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)

    shown = await run("rollback", uri, "--from", tmp_path, status=3)
    assert "  table public.person" in shown.stderr
    assert '  view public."it\'s ""them"" here"' in shown.stderr
    await run("rollback", uri, "--from", tmp_path, "--yes")
    assert schema_dump(target) == empty
    assert not (tmp_path / "pwned").exists()


@pytest.mark.servers(18, 16)
async def test_a_target_older_than_the_source_is_refused(tmp_path: Path, new_database: Databases) -> None:
    source, target = new_database(18, sql="CREATE TABLE t (a int)"), new_database(16)
    plan, _ = await plan_of(source, Configuration())
    (tmp_path / "plan.json").write_bytes(encode_plan(plan))
    await write_files(source, tmp_path / "sql", plan=plan)
    refused = await asyncio.to_thread(pilotage, "apply", tmp_path, target.redacted_uri(), status=3)
    assert "the target runs PostgreSQL 16 and the files were made from 18" in refused.stderr
    assert objects(target) == ""


# --- every psql at hand ---------------------------------------------------------------------------------


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_every_psql_names_the_row_that_failed(
    major: int, tmp_path: Path, new_database: Databases
) -> None:
    # So many rows that psql hears of the error while it still sends them.
    rows = "".join(f"{number}\tname {number}\n" for number in range(300_000))
    bad = CUSTOMERS.partition("\n")[0] + "\n" + rows.replace("\n77\t", "\nx\t") + "\\.\n"
    folder = write_folder(tmp_path / "m", {"10-data-customers.sql": bad})
    target = new_database(18, "target")
    with pytest.raises(FileFailedError, match='invalid input syntax for type integer: "x"') as caught:
        await apply_files(
            read_folder(folder),
            target,
            installations=[require_server(major)],
            on_event=lambda _event: None,
        )
    text = (folder / "sql/10-data-customers.sql").read_text().splitlines()
    assert caught.value.line is not None
    assert text[caught.value.line - 1] == "x\tname 77"
    assert (caught.value.file, caught.value.sqlstate) == ("10-data-customers.sql", "22P02")
    assert recorded(target) == ALL[:1]
