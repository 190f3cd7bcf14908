"""What may go wrong in the middle, and what a user reads then; the same command goes on.

A gate on the target holds a migration at one place: rows of one table are checked by a function that waits
for an advisory lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.servers import EmbeddedServer
from tests.database_digests import contents_of, difference
from tests.proxy import network
from tests.runs import Run, dsn, start
from tests.servers_at_hand import Clusters, Databases, require_server, run_psql

Arrived = Callable[[], Awaitable[None]]
Dump = Callable[[ConnectionParameters], str]

pytestmark = pytest.mark.servers(18)

SOURCE = """
CREATE SCHEMA app;
CREATE FUNCTION app.gate(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(42, 42); RETURN i; END';
CREATE TABLE app.parent (id int PRIMARY KEY, n int, filler text);
INSERT INTO app.parent SELECT i, i, repeat('x', 100) FROM generate_series(1, 30000) AS i;
CREATE TABLE app.child (id int PRIMARY KEY, parent int REFERENCES app.parent, n int, filler text);
INSERT INTO app.child SELECT i, i, i, repeat('x', 100) FROM generate_series(1, 10000) AS i;
CREATE TABLE app.gated (id int CHECK (app.gate(id) > 0));
INSERT INTO app.gated VALUES (1);
CREATE MATERIALIZED VIEW app.total AS SELECT sum(n) AS n FROM app.parent;
"""

GOES_ON = "run the same command again: it goes on with the rest"


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=SOURCE)


@pytest.fixture
def target(new_database: Databases) -> ConnectionParameters:
    return new_database(18, "target")


@pytest.fixture
def arrived(source: ConnectionParameters, target: ConnectionParameters, schema_dump: Dump) -> Arrived:
    """Ensures that the target holds what the source does, and nothing else."""

    async def ensure() -> None:
        unlike = difference(await contents(target), await contents(source))
        assert not unlike, unlike
        assert schema_dump(target) == schema_dump(source)

    return ensure


def migrate(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *options: str,
    module: str = "tests.small_parts",
) -> Run:
    return start(["migrate", dsn(source), dsn(target), "--jobs", "2", *options], module=module)


async def ended(run: Run) -> int:
    return await asyncio.to_thread(run.wait)


async def killed(run: Run) -> None:
    run.process.kill()
    assert await ended(run) < 0


async def contents(parameters: ConnectionParameters) -> list[str]:
    async with connect(parameters) as session:
        return await contents_of(session)


@contextlib.asynccontextmanager
async def gate(target: ConnectionParameters) -> AsyncIterator[Session]:
    """Hold migrations at the gate until the block ends or its session unlocks it."""
    async with connect(target) as session:
        await session.value("SELECT pg_advisory_lock(42, 42)")
        yield session


async def open_gate(session: Session) -> None:
    await session.value("SELECT pg_advisory_unlock(42, 42)")


AT_GATE = """
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND (classid, objid) = (42, 42) AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"


async def at_gate(session: Session, run: Run) -> int:
    """Wait until a migration is at the gate with nothing else to do; return its server process there."""
    async with asyncio.timeout(60):
        while True:
            pid: int | None = await session.value(AT_GATE)
            if pid is not None and await session.value(AT_WORK) == 2:
                return pid
            assert run.process.poll() is None, run.words
            await asyncio.sleep(0.05)


async def killed_at_gate(source: ConnectionParameters, target: ConnectionParameters) -> None:
    async with gate(target) as session:
        run = migrate(source, target)
        await at_gate(session, run)
        await killed(run)


# --- connections ---


async def test_a_worker_that_loses_its_connection_connects_again(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with gate(target) as session:
        run = migrate(source, target)
        await session.value("SELECT pg_terminate_backend($1)", await at_gate(session, run))
        await at_gate(session, run)
        await open_gate(session)
        assert await ended(run) == 0, run.words
    assert "lost a connection to the target: " in run.words
    assert "terminating connection due to administrator command; try 1 in" in run.words
    await arrived()


async def test_when_the_snapshot_is_lost_only_what_has_changed_is_copied_again(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with gate(target) as session, connect(source) as other:
        run = migrate(source, target)
        await at_gate(session, run)
        await other.run("UPDATE app.child SET n = 0 WHERE id = 7")
        await other.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await session.value("SELECT pg_terminate_backend($1)", await session.value(AT_GATE))
        await at_gate(session, run)
        await open_gate(session)
        assert await ended(run) == 0, run.words
    assert "lost a connection to the source: " in run.words
    assert re.findall("table (.*) is copied again: it may have changed on the source", run.words) == [
        "app.child"
    ]
    await arrived()


async def test_a_network_that_is_cut_once_is_no_more_than_a_line(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with network(source) as between:
        between.cut_after(3_000_000)
        run = migrate(between.parameters, target)
        assert await ended(run) == 0, run.words
        assert between.cuts
    assert "lost a connection to the source: " in run.words
    await arrived()


async def test_a_network_that_is_cut_before_anything_was_brought_ends_the_run(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    before = await contents(target)
    async with network(source) as between:
        between.cut_after(20_000)  # in the middle of the catalog
        run = migrate(between.parameters, target)
        assert await ended(run) in {3, 4}
        assert between.cuts
    assert "the connection was lost" in run.words
    assert "nothing" in run.words.splitlines()[-1]
    assert "run the same command again" in run.words
    assert await contents(target) == before


async def test_a_network_that_freezes_and_is_cut_is_no_more_than_a_line(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with network(target) as between, gate(target) as session:
        run = migrate(source, between.parameters)
        await at_gate(session, run)
        between.freeze()
        await open_gate(session)
        await asyncio.sleep(0.5)
        between.cut()
        between.thaw()
        assert await ended(run) == 0, run.words
    assert "lost a connection to the target: " in run.words
    await arrived()


async def test_what_a_server_goes_on_with_for_a_lost_connection_is_ended(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    run_psql(
        source,
        "CREATE TABLE app.indexed AS SELECT i, repeat('x', 100) FROM generate_series(1, 20000) AS i;"
        "CREATE INDEX gated_index ON app.indexed (app.gate(i))",
    )
    async with network(target) as between:
        between.half_cut_at(b"CREATE INDEX gated_index")
        async with gate(target) as session:
            run = migrate(source, between.parameters)
            await between.half_cut.wait()
            # The one that does not know of the loss is gone, and another one is at the gate.
            while "lost a connection to the target" not in run.words or not await session.value(
                f"SELECT count(*) = 1 FROM ({AT_GATE}) AS at JOIN pg_stat_activity USING (pid) "
                "WHERE query LIKE '%CREATE INDEX gated_index%'"
            ):
                assert run.process.poll() is None, run.words
                await asyncio.sleep(0.1)
            await open_gate(session)
        assert await ended(run) == 0, run.words
    assert " failed: " not in run.words
    await arrived()


async def test_a_target_that_stays_away_ends_the_run_and_the_same_command_goes_on(
    source: ConnectionParameters, target: ConnectionParameters, clusters: Clusters, arrived: Arrived
) -> None:
    server = clusters.get(18, "target")
    async with gate(target) as session:
        run = migrate(source, target, module="tests.impatient")
        await at_gate(session, run)
        server.kill()
        assert await ended(run) == 4
    server.restart()
    assert "lost a connection to the target: " in run.words
    assert "no server listens on the socket" in run.words
    assert GOES_ON in run.words
    run = migrate(source, target)
    assert await ended(run) == 0, run.words
    assert "going on: " in run.words
    assert "is copied again" not in run.words
    await arrived()


async def test_few_connections_are_told_and_do(
    source: ConnectionParameters,
) -> None:
    settings = {"max_connections": "12", "superuser_reserved_connections": "0", "reserved_connections": "0"}
    with EmbeddedServer.start(require_server(18), settings=settings) as server:
        run_psql(server.parameters(), "CREATE DATABASE cramped")
        target = server.parameters("cramped")
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(8):
                await stack.enter_async_context(connect(server.parameters()))
            run = migrate(source, target)
            assert await ended(run) == 0, run.words
            assert "has 4 of its 12 connections free at this moment" in run.words


# --- what a server refuses ---


async def test_a_statement_that_somebody_cancels_fails_its_step(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with gate(target) as session:
        run = migrate(source, target)
        await at_gate(session, run)
        while run.process.poll() is None:
            # A batch of steps is tried again one by one.
            await session.value(f"SELECT count(pg_cancel_backend(pid)) FROM ({AT_GATE}) AS waiting")
            await asyncio.sleep(0.05)
        assert await ended(run) == 4
    assert 'step "rows app.gated" failed: canceling statement due to user request' in run.words
    assert GOES_ON in run.words
    run = migrate(source, target)
    assert await ended(run) == 0, run.words
    await arrived()


DUPLICATE = """
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'app.child_pkey'::regclass;
INSERT INTO app.child VALUES (9999, 1, 0, 'twice');
UPDATE pg_index SET indisready = true, indisvalid = true WHERE indexrelid = 'app.child_pkey'::regclass;
"""


async def test_a_duplicate_far_into_a_table_is_named_and_can_be_mended(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    run_psql(source, DUPLICATE)
    run = migrate(source, target)
    assert await ended(run) == 4
    assert 'could not create unique index "child_pkey"' in run.words
    assert "Key (id)=(9999) is duplicated." in run.words
    assert GOES_ON in run.words
    run_psql(source, "DELETE FROM app.child WHERE filler = 'twice'")
    run = migrate(source, target)
    assert await ended(run) == 0, run.words
    assert "table app.child is copied again: it may have changed on the source" in run.words
    await arrived()


@pytest.fixture
def small_disk(clusters: Clusters, tmp_path: Path) -> Iterator[Path]:
    """A disk of 10 MB that the target's server can write to."""
    folder = Path("/tmp") / f"pilotage-disk-{tmp_path.name}"  # noqa: S108 - the server's user must get there
    folder.mkdir()
    owner = clusters.get(18, "target").data.stat().st_uid
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=10m,mode=0700,uid={owner}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)


async def test_a_full_disk_ends_the_run_and_with_more_room_the_same_command_goes_on(
    source: ConnectionParameters, small_disk: Path, clusters: Clusters, schema_dump: Dump
) -> None:
    server = clusters.get(18, "target")
    run_psql(server.parameters(), f"CREATE TABLESPACE small_disk LOCATION '{small_disk}';")
    # As files, for the other way leaves holes in them, which take no room yet.
    run_psql(server.parameters(), "CREATE DATABASE cramped TABLESPACE small_disk STRATEGY file_copy;")
    target = server.parameters("cramped")
    try:
        run = migrate(source, target)
        assert await ended(run) == 4, run.words
        assert 'step "rows app.parent" failed: could not extend file' in run.words
        assert "No space left on device" in run.words
        assert GOES_ON in run.words
        enlarge(small_disk)
        run = migrate(source, target)
        assert await ended(run) == 0, run.words
        assert not difference(await contents(target), await contents(source))
        assert schema_dump(target) == schema_dump(source)
    finally:
        run_psql(server.parameters(), "DROP DATABASE cramped WITH (FORCE);")
        run_psql(server.parameters(), "DROP TABLESPACE small_disk;")


# --- others at work ---


async def test_a_second_migration_is_told_who_is_at_work_since_when(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    async with gate(target) as session:
        run = migrate(source, target)
        await at_gate(session, run)
        second = migrate(source, target)
        assert await ended(second) == 3
        await open_gate(session)
        assert await ended(run) == 0, run.words
    assert "another pilotage is at work on" in second.words
    assert "nothing was changed by this one" in second.words
    assert re.search(r"pilotage of postgres from .*, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", second.words)
    await arrived()


async def test_a_source_whose_structure_changed_is_refused(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    await killed_at_gate(source, target)
    before = await contents(target)
    run_psql(source, "ALTER TABLE app.child ADD more int")
    run = migrate(source, target)
    assert await ended(run) == 3
    assert "since then the structure of the source has changed" in run.words
    assert await contents(target) == before


async def test_other_choices_are_refused(source: ConnectionParameters, target: ConnectionParameters) -> None:
    await killed_at_gate(source, target)
    run = migrate(source, target, "--no-owner")
    assert await ended(run) == 3
    assert "with other choices: roles.owners was true, and is false. Continue with" in run.words


async def test_another_source_of_the_same_structure_is_refused(
    source: ConnectionParameters, target: ConnectionParameters, new_database: Databases
) -> None:
    await killed_at_gate(source, target)
    run = migrate(new_database(18, sql=SOURCE), target)
    assert await ended(run) == 3
    assert "another database" in run.words


async def test_what_changed_on_the_source_after_a_kill_is_copied_again(
    source: ConnectionParameters, target: ConnectionParameters, arrived: Arrived
) -> None:
    await killed_at_gate(source, target)
    run_psql(source, "UPDATE app.child SET n = 0 WHERE id = 7")
    run = migrate(source, target)
    assert await ended(run) == 0, run.words
    assert re.findall("table (.*) is copied again: it may have changed on the source", run.words) == [
        "app.child"
    ]
    assert "1 table copied again, since the source may have changed there since an earlier run" in run.words
    await arrived()


async def test_large_objects_are_brought_again_and_those_that_were_there_stay(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    run_psql(
        source,
        "SELECT lo_from_bytea(n, convert_to('scan ' || n, 'UTF8')) FROM generate_series(501, 600) AS n",
    )
    run_psql(target, "SELECT lo_from_bytea(7, 'mine'), lo_from_bytea(700, 'mine')")
    await killed_at_gate(source, target)
    run_psql(source, "SELECT lo_from_bytea(601, 'new'), lo_put(510, 0, 'other'), lo_unlink(520)")
    run = migrate(source, target, "--verify", "none")
    assert await ended(run) == 0, run.words
    run_psql(target, "SELECT lo_unlink(7), lo_unlink(700)")
    assert not difference(await contents(target), await contents(source))


async def test_a_table_that_somebody_dropped_from_the_target_is_named(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    await killed_at_gate(source, target)
    run_psql(target, "DROP TABLE app.child")
    run = migrate(source, target)
    assert await ended(run) == 4
    assert 'relation "app.child" does not exist' in run.words


async def test_rows_that_somebody_added_to_the_target_are_found(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    await killed_at_gate(source, target)
    run_psql(target, "INSERT INTO app.child VALUES (-1, 1, 1)")
    run = migrate(source, target)
    assert await ended(run) == 1
    assert re.search(r"rows of app.child +rows +10000 +10001", run.words)


async def test_rows_of_unlogged_tables_that_went_with_a_crash_are_copied_again(
    source: ConnectionParameters, target: ConnectionParameters, clusters: Clusters, arrived: Arrived
) -> None:
    run_psql(
        source,
        "CREATE UNLOGGED TABLE app.cache (id int PRIMARY KEY, filler text);"
        "INSERT INTO app.cache SELECT i, repeat('x', 100) FROM generate_series(1, 40000) AS i",
    )
    server = clusters.get(18, "target")
    async with gate(target) as session:
        run = migrate(source, target)
        await at_gate(session, run)
        await session.run("SET lock_timeout TO 5000")  # not to wait for what waits for us
        assert await session.value("SELECT count(*) FROM app.cache") == 40000
        server.kill()
        server.restart()
    assert await ended(run) == 0, run.words
    await arrived()
