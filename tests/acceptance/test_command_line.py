"""What a user types and reads: exit codes, messages, and never a traceback or a password."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.servers import EmbeddedServer
from tests.servers_at_hand import Clusters, Databases, require_server, run_psql

pytestmark = pytest.mark.servers(18)

PASSWORD = "s3cr3t:word/@"


def pilotage(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would and check what holds for every run."""
    finished = subprocess.run(
        [sys.executable, "-m", "pilotage", *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in finished.stderr
    assert PASSWORD not in finished.stdout + finished.stderr
    return finished


def uri(parameters: ConnectionParameters) -> str:
    """Return a DSN that leads there."""
    return parameters.redacted_uri()


SHOP = """
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer int NOT NULL REFERENCES customer);
INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 20) AS n;
INSERT INTO purchase SELECT n, 1 + n % 20 FROM generate_series(1, 100) AS n;
"""


def test_help_and_version() -> None:
    for arguments in (["--help"], ["migrate", "--help"], ["demo", "-h"]):
        finished = pilotage(*arguments)
        assert finished.returncode == 0
        assert "Usage: pilotage" in finished.stdout
    assert "Exit codes: 0 done and equal, 1 done with differences" in pilotage("--help").stdout
    assert re.fullmatch(r"pilotage \d+\.\d+\.\d+\n", pilotage("--version").stdout)


def test_a_database_is_not_verified_against_itself(new_database: Databases) -> None:
    source = new_database(18, sql=SHOP)

    refused = pilotage("verify", uri(source), uri(source))

    assert refused.returncode == 2
    assert "comparing it with itself proves nothing; name the other database" in refused.stderr


def test_migrate_then_verify_then_a_difference(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(18, sql=SHOP), new_database(18, "target")

    migrated = pilotage("migrate", uri(source), uri(target), "-o", tmp_path / "out")

    assert migrated.returncode == 0, migrated.stderr
    assert "120 rows" in migrated.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {
        "plan.json",
        "baseline.json",
        "baseline.md",
        "foreign_keys.json",
        "dependency_tree.txt",
        "verdict.json",
        "verdict.md",
    }
    assert pilotage("verify", uri(source), uri(target)).returncode == 0

    run_psql(target, "DELETE FROM purchase WHERE id = 7;")
    differing = pilotage("verify", uri(source), uri(target))
    assert differing.returncode == 1
    assert re.search(r"public\.purchase\s+rows\s+100\s+99", differing.stdout), differing.stdout
    as_json = pilotage("verify", uri(source), uri(target), "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["outcome"] == "different"


def test_json_of_every_command_is_json(new_database: Databases) -> None:
    source, target = new_database(18, sql=SHOP), new_database(18, "target")

    assert len(json.loads(pilotage("inspect", uri(source), "--json").stdout)["catalog"]["tables"]) == 2
    plan = json.loads(pilotage("plan", uri(source), "--json").stdout)
    assert {step["step"] for step in plan["steps"]} >= {"load-table", "add-foreign-key", "run-ddl"}
    options = ("--index-jobs", "3", "--set-target", "work_mem=11MB", "--json", "--quiet")
    report = json.loads(pilotage("migrate", uri(source), uri(target), *options).stdout)
    assert report["rows"] == 120
    assert report["index_jobs"] == 3
    given = {"end": "target", "name": "work_mem", "value": "11MB", "reason": "", "given": True}
    assert given in report["settings"]
    assert all(setting["reason"] for setting in report["settings"] if setting != given)
    assert report["verdict"]["outcome"] == "equal"
    assert report["fingerprint"] == plan["fingerprint"]


def test_the_same_source_gives_the_same_plan_byte_for_byte(new_database: Databases) -> None:
    source = new_database(18, sql=SHOP)
    assert pilotage("plan", uri(source), "--json").stdout == pilotage("plan", uri(source), "--json").stdout


def test_a_setting_that_the_server_does_not_know_is_refused(new_database: Databases) -> None:
    source, target = new_database(18, sql=SHOP), new_database(18, "target")

    refused = pilotage("migrate", uri(source), uri(target), "--set-target", "wrok_mem=11MB")

    assert refused.returncode == 2
    assert "knows no setting named wrok_mem, and nothing was changed" in refused.stderr
    assert run_psql(target, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pilotage'") == "0\n"


def test_a_target_that_holds_a_table_is_refused(new_database: Databases) -> None:
    source = new_database(18, sql=SHOP)
    target = new_database(18, "target", sql="CREATE TABLE customer (mine text)")

    refused = pilotage("migrate", uri(source), uri(target))

    assert refused.returncode == 3
    assert "table public.customer" in refused.stderr
    assert "nothing was changed" in refused.stderr


def test_a_missing_role_is_refused(new_database: Databases) -> None:
    source = new_database(
        18,
        sql="DROP ROLE IF EXISTS only_here; CREATE ROLE only_here; CREATE TABLE t (a int);"
        "ALTER TABLE t OWNER TO only_here",
    )
    refused = pilotage("migrate", uri(source), uri(new_database(18, "target")))
    run_psql(source, "DROP OWNED BY only_here; DROP ROLE only_here")

    assert refused.returncode == 3
    assert "CREATE ROLE only_here;" in refused.stderr


@pytest.fixture(scope="module")
def guarded() -> Iterator[EmbeddedServer]:
    """A server that asks for a password."""
    with EmbeddedServer.start(require_server(18), port=0, password=PASSWORD) as server:
        yield server


def test_a_wrong_password_is_said_and_no_password_is_shown(guarded: EmbeddedServer) -> None:
    wrong = PASSWORD + "x"
    encoded = wrong.replace("/", "%2F").replace("@", "%40").replace(":", "%3A")
    refused = pilotage("inspect", f"postgresql://postgres:{encoded}@127.0.0.1:{guarded.port}/postgres")

    assert refused.returncode == 3
    assert "refused this user or password" in refused.stderr
    assert 'password authentication failed for user "postgres"' in refused.stderr
    assert encoded not in refused.stderr


@pytest.mark.parametrize("way", ["environment", "passfile", "key=value", "env:NAME", "service"])
def test_every_way_to_give_a_password(way: str, guarded: EmbeddedServer, tmp_path: Path) -> None:
    place = f"host=127.0.0.1 port={guarded.port} user=postgres dbname=postgres"
    environment: dict[str, str] = {"PGPASSFILE": str(tmp_path / "none")}
    match way:
        case "environment":
            environment["PGPASSWORD"] = PASSWORD
        case "passfile":
            escaped = PASSWORD.replace("\\", r"\\").replace(":", r"\:")
            (tmp_path / "pass").write_text(f"127.0.0.1:*:*:postgres:{escaped}\n")
            (tmp_path / "pass").chmod(0o600)
            environment["PGPASSFILE"] = str(tmp_path / "pass")
        case "key=value":
            place += f" password='{PASSWORD}'"
        case "env:NAME":
            environment["THE_SOURCE"] = place + f" password='{PASSWORD}'"
            place = "env:THE_SOURCE"
        case "service":
            lines = [f"host=127.0.0.1\nport={guarded.port}\nuser=postgres\npassword={PASSWORD}"]
            (tmp_path / "service.conf").write_text("[hotel]\n" + "\n".join(lines) + "\ndbname=postgres\n")
            environment["PGSERVICEFILE"] = str(tmp_path / "service.conf")
            place = "service=hotel"

    inspected = pilotage("inspect", place, environment=environment)

    assert inspected.returncode == 0, inspected.stderr


def test_an_unreachable_host_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    refused = pilotage("inspect", f"postgresql://someone@127.0.0.1:{port}/shop")

    assert refused.returncode == 3
    assert f"someone@127.0.0.1:{port}/shop: cannot connect" in refused.stderr
    assert "that a PostgreSQL server listens there" in refused.stderr


def test_a_source_that_is_not_postgresql_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(100)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        refused = pilotage("inspect", f"postgresql://someone@127.0.0.1:{port}/shop")
        listener.shutdown(socket.SHUT_RDWR)

    assert refused.returncode == 3
    assert f"someone@127.0.0.1:{port}/shop" in refused.stderr
    assert "PostgreSQL server" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["inspect"], "Missing argument 'SOURCE'"),
        (["inspect", "env:PILOTAGE_TEST_UNSET"], "PILOTAGE_TEST_UNSET"),
        (["inspect", "postgresql://h/d?sslmod=require"], "sslmod"),
        (["migrate", "a", "b", "--jobs", "0"], "--jobs"),
        (["migrate", "a", "b", "--set-target", "work_mem"], "--set-target takes NAME=VALUE"),
        (["preflight", "a", "b", "--set-source", "search_path=x"], "search_path is pilotage's own to set"),
        (["nonsense"], "No such command 'nonsense'"),
        *(
            (arguments, "the path is empty: is a shell variable not set?")
            for arguments in (
                ["inspect", "a", "-o", ""],
                ["plan", "a", "--output", ""],
                ["plan", "a", "-c", ""],
                ["generate", ""],
                ["apply", "", "a"],
                ["rollback", "a", "--from", "", "--yes"],
                ["demo", "-o", ""],
            )
        ),
    ],
)
def test_usage_errors_have_exit_code_2(arguments: list[str], said: str) -> None:
    refused = pilotage(*arguments)
    assert refused.returncode == 2
    assert said in refused.stderr


def test_an_unknown_schema_is_refused_with_those_there_are(new_database: Databases) -> None:
    refused = pilotage("inspect", uri(new_database(18, sql="CREATE SCHEMA shop")), "--schema", "shopp")
    assert refused.returncode == 2
    assert "shopp" in refused.stderr
    assert "public, shop" in refused.stderr


def test_a_failed_step_has_exit_code_4(new_database: Databases) -> None:
    source = new_database(
        18,
        sql=SHOP + "SET session_replication_role = replica; INSERT INTO purchase VALUES (0, 99);",
    )
    failed = pilotage("migrate", uri(source), uri(new_database(18, "target")), "--skip-orphans")

    assert failed.returncode == 4
    assert 'step "validation of fk constraint public purchase purchase_customer_fkey" failed' in failed.stderr
    assert "Key (customer)=(99) is not present" in failed.stderr
    assert "run the same command again" in failed.stderr


async def test_ctrl_c_stops_at_once_and_says_what_is_left(
    new_database: Databases, clusters: Clusters
) -> None:
    # An index over a function that takes its time holds the migration still, where we can see it.
    source = new_database(
        18,
        sql="CREATE TABLE t (a int); CREATE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE sql AS "
        "'SELECT a'; INSERT INTO t VALUES (1); CREATE INDEX slow_index ON t (slow(a));"
        "CREATE OR REPLACE FUNCTION slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_catalog.pg_sleep(60); RETURN a; END'",
    )
    target = new_database(18, "target")
    process = subprocess.Popen(
        [sys.executable, "-m", "pilotage", "migrate", uri(source), uri(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    async with connect(clusters.get(18, "target").parameters()) as watcher:
        building = (
            "SELECT count(*) FROM pg_catalog.pg_stat_activity "
            "WHERE datname = $1 AND state = 'active' AND query LIKE 'CREATE INDEX%'"
        )
        while not await watcher.value(building, target.database):
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, errors = await asyncio.to_thread(process.communicate, timeout=30)

        assert process.returncode == 130, errors
        assert "interrupted." in errors
        assert "steps are on the target" in errors
        assert "Traceback" not in errors
        assert output == ""
        # The server was told to stop the build, not left alone with it.
        while await watcher.value(building, target.database):
            await asyncio.sleep(0.05)


def test_results_go_to_stdout_and_progress_to_stderr(
    new_database: Databases, tmp_path: Path, real_data: Callable[[str], Path]
) -> None:
    source, target = new_database(18, file=real_data("chinook.sql")), new_database(18, "target")
    migrated = pilotage("migrate", uri(source), uri(target), cwd=tmp_path)
    assert migrated.returncode == 0
    assert "15,607 rows" in migrated.stdout
    assert migrated.stderr != ""
    assert list(tmp_path.iterdir()) == []

    quiet = pilotage("migrate", uri(source), uri(new_database(18, "target")), "--quiet")
    assert quiet.returncode == 0
    assert quiet.stderr == ""
