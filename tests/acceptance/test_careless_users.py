"""What happens to those who mistake source for target, press Ctrl-C early, or close what we print to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from tests.generated_files import write_files
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

SHOP = """
CREATE SCHEMA shop;
CREATE TABLE shop.customer (id int PRIMARY KEY);
CREATE TABLE shop.purchase (id int PRIMARY KEY, customer int REFERENCES shop.customer);
INSERT INTO shop.customer SELECT generate_series(1, 10);
INSERT INTO shop.purchase SELECT n, n FROM generate_series(1, 10) AS n;
"""


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "pilotage", *map(str, arguments)]


def pilotage(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as somebody would whom nobody can ask."""
    finished = subprocess.run(
        command(*arguments),
        env=os.environ if environment is None else environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in finished.stderr
    return finished


def uri(parameters: ConnectionParameters) -> str:
    return parameters.redacted_uri()


def tables_of(parameters: ConnectionParameters) -> str:
    return run_psql(parameters, "\\pset format unaligned\n\\dt shop.*\n")


def contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def without_server_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


@pytest.fixture
def planned(new_database: Databases, tmp_path: Path) -> tuple[ConnectionParameters, Path]:
    """A source, and a folder with its files."""
    source = new_database(18, sql=SHOP)
    folder = tmp_path / "m"
    asyncio.run(write_files(source, folder / "sql"))
    (folder / "source.dsn").write_text(uri(source))
    return source, folder


def test_the_source_is_no_target_of_a_migration_and_nobody_is_told_to_drop_anything(
    new_database: Databases,
) -> None:
    source = new_database(18, sql=SHOP)
    by_another_name = f"dbname={source.database} host={source.host} port={source.port} user={source.user}"

    for target in (uri(source), by_another_name):
        finished = pilotage("migrate", uri(source), target)

        assert finished.returncode == 3
        assert "is the source itself" in finished.stderr
        assert "nothing was changed" in finished.stderr
        assert "drop" not in finished.stderr.lower()


def test_files_are_neither_run_on_their_source_nor_taken_back_from_it(
    planned: tuple[ConnectionParameters, Path],
) -> None:
    source, folder = planned
    before = tables_of(source)

    runs: tuple[tuple[str | Path, ...], ...] = (
        ("apply", folder, uri(source)),
        ("rollback", uri(source), "--from", folder, "--yes"),
    )
    for arguments in runs:
        finished = pilotage(*arguments)
        assert finished.returncode == 3
        assert "is the source that" in finished.stderr

    assert tables_of(source) == before


def test_where_files_were_generated_is_their_source_too(
    planned: tuple[ConnectionParameters, Path], new_database: Databases, tmp_path: Path
) -> None:
    planned_on, _ = planned
    moved = new_database(18, "target", sql=SHOP)
    folder = tmp_path / "moved"
    assert pilotage("plan", uri(planned_on), "-o", folder).returncode == 0
    with_password = (
        f"dbname={moved.database} host={moved.host} port={moved.port} user={moved.user} password=s3cret"
    )
    assert pilotage("generate", folder, "--source", with_password, "--quiet").returncode == 0
    assert "s3cret" not in (folder / "sql" / "source.dsn").read_text()

    for name, source in (("planned", planned_on), ("generated", moved)):
        finished = pilotage("apply", folder, uri(source))
        assert finished.returncode == 3, name
        assert "is the source that" in finished.stderr, name

    # Where the folder's DSN does not let us in any more, the address tells.
    (folder / "sql" / "source.dsn").write_text(uri(moved).replace(f"{moved.user}@", "nobody@"))
    assert "is the source that" in pilotage("rollback", uri(moved), "--from", folder, "--yes").stderr


def test_a_source_that_is_gone_does_not_keep_its_files_from_running(
    planned: tuple[ConnectionParameters, Path], new_database: Databases
) -> None:
    source, folder = planned
    (folder / "source.dsn").write_text(uri(source).replace(source.database, "gone"))
    target = new_database(18, "target")

    assert pilotage("apply", folder, uri(target), "--quiet").returncode == 0
    assert "purchase" in tables_of(target)


def test_a_rollback_that_finds_nothing_does_not_claim_rows(
    planned: tuple[ConnectionParameters, Path], new_database: Databases
) -> None:
    _source, folder = planned
    target = uri(new_database(18, "target"))

    shown = pilotage("rollback", target, "--from", folder, "--dry-run").stdout
    took_back = pilotage("rollback", target, "--from", folder, "--yes", "--quiet")

    assert "Up to 3 rollback files, 20 rows" in " ".join(shown.split())
    assert took_back.returncode == 0
    assert took_back.stdout.startswith("Nothing was taken back")
    assert "20 rows" not in took_back.stdout


def test_a_rollback_leaves_tables_that_something_else_created_and_says_so(
    planned: tuple[ConnectionParameters, Path], new_database: Databases
) -> None:
    _source, folder = planned
    target = new_database(18, "target", sql=SHOP)
    before = tables_of(target)

    took_back = pilotage("rollback", uri(target), "--from", folder, "--yes", "--quiet")

    assert took_back.returncode == 0
    assert took_back.stdout.startswith("Nothing was taken back")
    assert tables_of(target) == before


def test_a_scope_that_excludes_what_it_includes_is_no_migration(new_database: Databases) -> None:
    source = new_database(18, sql=SHOP)

    finished = pilotage("inspect", uri(source), "-n", "shop", "-N", "shop")

    assert finished.returncode == 2
    assert "takes no schema" in finished.stderr


def test_an_empty_dsn_is_a_mistake_unless_the_environment_names_a_server(new_database: Databases) -> None:
    source = new_database(18, sql=SHOP)
    environment = without_server_variables()

    finished = pilotage("inspect", "", environment=environment)
    assert finished.returncode == 2
    assert "is a shell variable not set?" in finished.stderr

    named = {"PGHOST": source.host, "PGPORT": str(source.port), "PGUSER": source.user}
    assert (
        pilotage(
            "inspect", "", environment={**environment, **named, "PGDATABASE": source.database}
        ).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("ALTER DATABASE {} SET default_transaction_read_only = on", "transactions are read only there"),
        ("CREATE ROLE {}_poor LOGIN", "may not create schemas there"),
    ],
)
def test_a_target_that_cannot_be_written_is_refused_before_the_first_step(
    setting: str, message: str, new_database: Databases
) -> None:
    source, target = new_database(18, sql=SHOP), new_database(18, "target")
    run_psql(target, setting.format(target.database))
    dsn = uri(target)
    if "ROLE" in setting:
        dsn = f"dbname={target.database} host={target.host} port={target.port} user={target.database}_poor"

    finished = pilotage("migrate", uri(source), dsn, "--quiet")

    assert finished.returncode == 3
    assert message in finished.stderr
    if "ROLE" in setting:
        run_psql(target, f"DROP ROLE {target.database}_poor")


def test_closed_streams_are_no_reason_for_a_traceback(planned: tuple[ConnectionParameters, Path]) -> None:
    source, folder = planned
    (folder / "source.dsn").unlink()
    target = uri(source)
    closing = 'exec "$@" '
    rollback = command("rollback", target, "--from", folder)

    for redirections, arguments, code in (
        (">&-", command("inspect", target), 0),
        ("<&- >&- 2>&-", command("inspect", target), 0),
        ("<&-", rollback, 3),
    ):
        finished = subprocess.run(
            ["sh", "-c", closing + redirections, "sh", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in finished.stderr
        assert finished.returncode == code, redirections


def test_a_migration_goes_on_when_nobody_can_read_its_progress(new_database: Databases) -> None:
    source, target = uri(new_database(18, sql=SHOP)), uri(new_database(18, "target"))
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as unread:
        finished = subprocess.run(
            command("migrate", source, target),
            stdout=subprocess.PIPE,
            stderr=unread,
            text=True,
            timeout=120,
            check=False,
        )

    assert finished.returncode == 0
    assert "Verdict: equal" in finished.stdout


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_output_that_cannot_be_written_is_told_and_a_reader_that_has_gone_is_not(
    options: list[str], new_database: Databases
) -> None:
    arguments = command("inspect", uri(new_database(18, sql=SHOP)), *options)

    with Path("/dev/full").open("w") as full:
        finished = subprocess.run(
            arguments, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert finished.returncode == 2
    assert finished.stderr == (
        "pilotage: the work is done, but standard output cannot be written: No space left on device\n"
    )

    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        arguments, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_whoever_ends_us_leaves_no_dump_behind(
    number: signal.Signals, new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql=SHOP)
    async with connect(source) as holder, connect(source) as watcher, holder.transaction():
        await holder.run("LOCK TABLE shop.customer IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            command("inspect", uri(source)),
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN ({})"
        )
        sessions = others.format(f"{holder.backend_pid}, pg_backend_pid()")
        waiting = sessions + " AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'"
        async with asyncio.timeout(30):
            while not await watcher.value(waiting):
                assert process.poll() is None
                await asyncio.sleep(0.02)
        assert contents(tmp_path)

        process.send_signal(number)
        _, said = await asyncio.to_thread(process.communicate, timeout=60)

        assert (process.returncode, said) == (130, "pilotage: interrupted; nothing was changed\n")
        assert not contents(tmp_path)
        async with asyncio.timeout(30):
            while await watcher.value(sessions):  # a server notices soon that its client has gone
                await asyncio.sleep(0.02)


async def test_what_kill_9_leaves_behind_goes_with_the_next_run(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql=SHOP)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    async with connect(source) as holder, holder.transaction():
        await holder.run("LOCK TABLE shop.customer IN ACCESS EXCLUSIVE MODE")
        process = subprocess.Popen(
            command("inspect", uri(source)), env=environment, stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(30):
            while not list(tmp_path.glob("pilotage-dump-*/schema.dump")):
                await asyncio.sleep(0.02)
        process.kill()
        await asyncio.to_thread(process.wait)
        assert contents(tmp_path)

    assert pilotage("inspect", uri(source), environment=environment).returncode == 0
    assert not contents(tmp_path)


def test_what_writes_no_artifacts_leaves_no_folder(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("demo", "--serve"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("source  postgresql://")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert not contents(tmp_path)

    for arguments in (
        ("plan", "host=/nowhere", "-o", "new/folder"),
        ("migrate", "a", "host=/nowhere", "-o", "x"),
    ):
        finished = subprocess.run(command(*arguments), cwd=tmp_path, capture_output=True, check=False)
        assert finished.returncode == 3
        assert not contents(tmp_path)


def test_ctrl_c_before_there_is_work_is_130_too(planned: tuple[ConnectionParameters, Path]) -> None:
    source, folder = planned
    # Reading a configuration from a pipe that nobody writes to is a place to wait in, before any work.
    slow = folder / "slow.toml"
    os.mkfifo(slow)
    process = subprocess.Popen(
        command("plan", uri(source), "-c", slow),
        stderr=subprocess.PIPE,
        text=True,
    )
    writing = None
    while writing is None:  # it can be opened for writing as soon as the command reads it
        assert process.poll() is None
        with contextlib.suppress(OSError):
            writing = os.open(slow, os.O_WRONLY | os.O_NONBLOCK)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    os.close(writing)

    assert (process.returncode, said) == (130, "pilotage: interrupted\n")
