"""The relay: whatever breaks in the middle of a table is told at once, and nothing of the table stays."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import export_snapshot, join_snapshot
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.execute.relay import relay_rows, rows_to_send
from pilotage.model.names import QualifiedName
from pilotage.model.plan import CopyFormat, LoadTable
from pilotage.model.review import LoadStrategy
from tests.servers_at_hand import Databases, run_psql

ROWS = 60_000
BIG = f"""
CREATE TABLE big (id int, filler text);
INSERT INTO big SELECT n, repeat('x', 500) FROM generate_series(1, {ROWS}) AS n;
"""
EMPTY = "CREATE TABLE big (id int, filler text);"
PATIENCE = 60
"""Seconds after which a test says that something hangs."""


def load(format_: CopyFormat = CopyFormat.BINARY) -> LoadTable:
    return LoadTable(
        id="rows public.big",
        group="",
        reason="",
        table=QualifiedName("public", "big"),
        columns=("id", "filler"),
        strategy=LoadStrategy.PLAIN,
        format=format_,
        format_reason="",
    )


async def arrived(target: Session) -> int:
    return int(await target.value("SELECT count(*) FROM public.big"))


@pytest.mark.parametrize("format_", CopyFormat)
async def test_all_rows_arrive_and_every_byte_is_told(format_: CopyFormat, new_database: Databases) -> None:
    told: list[int] = []
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with connect(here) as source, connect(there) as target:
        rows, size = await relay_rows(source, target, load(format_), told.append)
        assert rows == await arrived(target) == ROWS
        digest = "SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM public.big AS b"
        assert await target.value(digest) == await source.value(digest)
    assert size == sum(told) > ROWS * 500
    assert len(told) > 16  # in pieces, while it goes on


async def test_a_row_that_the_target_refuses_ends_it_with_the_targets_words(new_database: Databases) -> None:
    told: list[int] = []
    here = new_database(18, sql=BIG)
    there = new_database(18, "target", sql=f"{EMPTY} ALTER TABLE big ADD CHECK (id <> 20000);")
    async with connect(here) as source, connect(there) as target:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ServerError, match="violates check constraint") as refusal:
                await relay_rows(source, target, load(), told.append)
        assert refusal.value.sqlstate == "23514"
        assert "COPY big, line 20000" in refusal.value.context
        assert await arrived(target) == 0
    assert told


async def test_a_missing_table_on_the_target_is_told(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target")
    async with connect(here) as source, connect(there) as target, asyncio.timeout(PATIENCE):
        with pytest.raises(ServerError, match=r'relation "public\.big" does not exist'):
            await relay_rows(source, target, load(), lambda _: None)


ENDS = [
    pytest.param(
        "source", "pg_terminate_backend", ConnectionLostError, "the connection was lost", id="lost source"
    ),
    pytest.param(
        "target", "pg_terminate_backend", ConnectionLostError, "the connection was lost", id="lost target"
    ),
    pytest.param("source", "pg_cancel_backend", ServerError, "canceling statement", id="refusing source"),
    pytest.param("target", "pg_cancel_backend", ServerError, "canceling statement", id="refusing target"),
]


@pytest.mark.parametrize(("end", "function", "error", "words"), ENDS)
async def test_an_end_in_the_middle_is_told_and_nothing_stays(
    end: str, function: str, error: type[Exception], words: str, new_database: Databases
) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with (
        connect(here) as source,
        connect(there) as target,
        connect(there) as watcher,
    ):
        parameters, victim = (here, source) if end == "source" else (there, target)
        ended: list[str] = []

        def end_once(_: int) -> None:
            # psql is waited for, so that no further row moves before the other end has been told.
            if not ended:
                copying = f"SELECT FROM pg_stat_progress_copy WHERE pid = {victim.backend_pid}"
                wait = f"DO $$BEGIN WHILE NOT EXISTS ({copying}) LOOP PERFORM pg_sleep(0.01); END LOOP; END$$"
                ended.append(run_psql(parameters, f"{wait}; SELECT {function}({victim.backend_pid})"))

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(error, match=words):
                await relay_rows(source, target, load(), end_once)
        assert ended == ["t\n"]
        assert await arrived(watcher) == 0


@pytest.mark.parametrize("is_full", [False, True])
async def test_a_cancelled_relay_ends_and_nothing_stays(is_full: bool, new_database: Databases) -> None:
    """Also where the target takes nothing, all is full in between, and the source waits to be read."""
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    begun = asyncio.Event()
    async with connect(here) as source, connect(there) as target, connect(there) as blocker:
        async with blocker.transaction(), connect(here) as watcher:
            await blocker.run("LOCK TABLE public.big IN SHARE MODE")
            relaying = asyncio.create_task(relay_rows(source, target, load(), lambda _: begun.set()))
            async with asyncio.timeout(PATIENCE):
                await begun.wait()
                event = f"SELECT wait_event FROM pg_stat_activity WHERE pid = {source.backend_pid}"
                while is_full and await watcher.value(event) != "ClientWrite":
                    await asyncio.sleep(0.02)
            relaying.cancel()
            await asyncio.wait([relaying], timeout=PATIENCE)
            assert relaying.cancelled()
        assert await arrived(blocker) == 0


@pytest.mark.parametrize("format_", CopyFormat)
async def test_both_sessions_can_go_on_after_a_refusal(format_: CopyFormat, new_database: Databases) -> None:
    """The refusal comes while a row of 30 MB, more than sockets hold, has been sent in part."""
    large = "SELECT n, repeat('x', 30000000 * n) FROM generate_series(0, 2) AS n"
    here = new_database(18, sql=f"{EMPTY} INSERT INTO big {large};")
    there = new_database(18, "target", sql=f"{EMPTY} ALTER TABLE big ADD CONSTRAINT one CHECK (id <> 0);")
    async with connect(here) as source, connect(there) as target, asyncio.timeout(PATIENCE):
        with pytest.raises(ServerError, match="violates check constraint"):
            await relay_rows(source, target, load(format_), lambda _: None)
        assert not target.in_transaction
        await target.run("ALTER TABLE public.big DROP CONSTRAINT one")
        assert (
            (await relay_rows(source, target, load(format_), lambda _: None))[0] == await arrived(target) == 3
        )


@pytest.mark.parametrize("length", [40_000, 30_000_000])
async def test_a_row_that_came_in_part_does_not_stay(length: int, new_database: Databases) -> None:
    """A message that never ends must not leave the target waiting for its rest, nor the row be taken."""
    many = f"SELECT n, repeat('x', {length}) FROM generate_series(1, {60_000_000 // length}) AS n"
    here = new_database(18, sql=f"{EMPTY} INSERT INTO big {many};")
    there = new_database(18, "target", sql=EMPTY)
    async with connect(here) as source, connect(there) as target, connect(there) as watcher:
        told, serving = 0, target.backend_pid

        def end_once(count: int) -> None:
            nonlocal told
            if told == 0:
                run_psql(here, f"SELECT pg_terminate_backend({source.backend_pid})")
            told += count

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ConnectionLostError, match="the connection was lost"):
                async with target.transaction():
                    await relay_rows(source, target, load(CopyFormat.TEXT), end_once)
            assert 0 < told < 60_000_000
            busy = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {serving} AND state <> 'idle'"
            while await watcher.value(busy):
                await asyncio.sleep(0.01)
        assert await arrived(watcher) == 0


async def test_rows_of_a_snapshot_arrive_frozen_in_an_open_transaction(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with connect(here) as source, connect(there) as target, connect(here) as keeper:
        with pytest.raises(ServerError, match="cannot perform COPY FREEZE"):
            await relay_rows(source, target, load(), lambda _: None, freeze=True)
        async with export_snapshot(keeper) as snapshot:
            await source.run("DELETE FROM public.big WHERE id = 1")
            async with join_snapshot(source, snapshot), target.transaction():
                await target.run("TRUNCATE ONLY public.big")
                rows, _ = await relay_rows(source, target, load(), lambda _: None, freeze=True)
        assert rows == await arrived(target) == ROWS
        await target.run("ANALYZE public.big")
        # A plain COPY leaves it to VACUUM to say that everybody may see the rows of a page. Not all: the last
        # pages by which the file was extended are empty.
        visible = "SELECT relallvisible > relpages * 0.9 FROM pg_class WHERE oid = 'public.big'::regclass"
        assert await target.value(visible)


@pytest.mark.servers(16, 18)
async def test_a_table_arrives_in_parts_that_the_server_finds_by_block(new_database: Databases) -> None:
    here, there = new_database(16, sql=BIG), new_database(18, "target", sql=EMPTY)
    whole = load(CopyFormat.TEXT)
    async with connect(here) as source, connect(there) as target:
        blocks = int(await source.value("SELECT pg_relation_size('public.big') / 8192"))
        left_out = [
            str(await source.value("SELECT ctid::text FROM public.big WHERE id = $1", n)) for n in (1, ROWS)
        ]
        rows = 0
        for part in [(0, blocks // 3), (blocks // 3, blocks // 2), (blocks // 2, None)]:
            query = rows_to_send(whole, left_out, part)
            explained = "\n".join(await lines(source, f"EXPLAIN {query}"))
            assert "Tid Range Scan" in explained
            sent, _ = await relay_rows(source, target, whole, lambda _: None, blocks=part, without=left_out)
            assert sent > ROWS // 10
            rows += sent
        await source.run(f"DELETE FROM public.big WHERE id IN (1, {ROWS})")
        digest = "SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM public.big AS b"
        assert await target.value(digest) == await source.value(digest)
    assert rows == ROWS - len(left_out)


async def lines(session: Session, statement: str) -> list[str]:
    """Return EXPLAIN's lines, which no query can select from."""
    await session.run(
        f"CREATE FUNCTION pg_temp.lines() RETURNS SETOF text LANGUAGE plpgsql AS "
        f"$_$ BEGIN RETURN QUERY {statement}; END $_$"
    )
    try:
        return str(await session.value("SELECT string_agg(line, '\n') FROM pg_temp.lines() AS line")).split(
            "\n"
        )
    finally:
        await session.run("DROP FUNCTION pg_temp.lines()")


MEASURE = """
import asyncio, resource, sys, tracemalloc
from pilotage.connection import connect
from pilotage.connection.dsn import resolve_dsn
from pilotage.execute.relay import relay_rows
from pathlib import Path
from pilotage.model.plan import CopyFormat
from tests.acceptance.test_relay import load

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def main():
    here, there = (
        resolve_dsn(dsn, environment={}, home=Path("/nowhere"), os_user="nobody") for dsn in sys.argv[2:]
    )
    async with connect(here) as source, connect(there) as target:
        before = peak()
        tracemalloc.start()
        rows, size = await relay_rows(source, target, load(CopyFormat(sys.argv[1])), lambda _: None)
        print(rows, size, tracemalloc.get_traced_memory()[1], peak() - before)

asyncio.run(main())
"""


@pytest.mark.servers(18)
async def test_memory_stays_flat_whatever_a_table_holds(new_database: Databases) -> None:
    """150 MB pass through; what is held meanwhile is one buffer."""
    rows, megabyte = 160, 1024 * 1024
    here = new_database(
        18,
        sql=f"{EMPTY} ALTER TABLE big ALTER filler SET STORAGE EXTERNAL;"
        f"INSERT INTO big SELECT n, repeat('x', 10240) FROM generate_series(1, {rows * 100}) AS n;",
    )
    there = new_database(18, "target", sql=EMPTY.replace("CREATE", "CREATE UNLOGGED"))
    copied, size, traced, resident = await measured(CopyFormat.BINARY, here, there)
    assert copied == rows * 100
    assert size > 150 * megabyte
    assert traced < 2 * megabyte
    assert resident < 10 * megabyte


@pytest.mark.servers(18)
async def test_memory_stays_flat_whatever_a_value_holds(new_database: Databases) -> None:
    """A value of 100 MB is a message of 100 MB in binary, and one of 200 MB in text."""
    megabyte = 1024 * 1024
    one = (
        "CREATE UNLOGGED TABLE big (id int, filler bytea); ALTER TABLE big ALTER filler SET STORAGE EXTERNAL;"
    )
    value = f"decode(repeat('a7', {100 * megabyte}), 'hex')"
    here = new_database(18, sql=f"{one} INSERT INTO big VALUES (1, {value});")
    there = new_database(18, "target", sql=one)
    for format_, least in ((CopyFormat.BINARY, 100 * megabyte), (CopyFormat.TEXT, 200 * megabyte)):
        copied, size, traced, resident = await measured(format_, here, there)
        assert copied == 1
        assert size > least
        assert traced < 2 * megabyte
        assert resident < 10 * megabyte
    same = f"SELECT count(*) FROM big WHERE md5(filler) = md5({value})"
    assert run_psql(there, same) == "2\n"


async def measured(
    format_: CopyFormat, here: ConnectionParameters, there: ConnectionParameters
) -> tuple[int, int, int, int]:
    """Relay in a process of its own; return rows, and bytes: relayed, held by Python, and by the process."""
    uris = [
        f"host={each.libpq_environment()['PGHOST']} port={each.libpq_environment()['PGPORT']} "
        f"user={each.libpq_environment()['PGUSER']} dbname={each.libpq_environment()['PGDATABASE']}"
        for each in (here, there)
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(MEASURE),
        format_.value,
        *uris,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
    )
    written, _ = await process.communicate()
    assert process.returncode == 0
    copied, size, traced, resident = map(int, written.split())
    return copied, size, traced, resident
