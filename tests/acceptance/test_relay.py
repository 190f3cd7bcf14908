"""The relay: whatever breaks in the middle of a table is told at once, and nothing of the table stays."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap

import pytest

from pilotage.connection import Session, connect
from pilotage.errors import ConnectionLostError, ServerError
from pilotage.execute.relay import PIECES_IN_FLIGHT, relay_rows
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
    assert len(told) > PIECES_IN_FLIGHT


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
                ended.append(run_psql(parameters, f"SELECT {function}({victim.backend_pid})"))

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(error, match=words):
                await relay_rows(source, target, load(), end_once)
        assert ended == ["t\n"]
        assert await arrived(watcher) == 0


async def test_a_cancelled_relay_ends_and_nothing_stays(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    begun = asyncio.Event()
    async with connect(here) as source, connect(there) as target, connect(there) as blocker:
        async with blocker.transaction():
            await blocker.run("LOCK TABLE public.big IN SHARE MODE")
            relaying = asyncio.create_task(relay_rows(source, target, load(), lambda _: begun.set()))
            async with asyncio.timeout(PATIENCE):
                await begun.wait()
                relaying.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await relaying
        assert await arrived(blocker) == 0


MEASURE = """
import asyncio, resource, sys, tracemalloc
from pilotage.connection import connect
from pilotage.connection.dsn import resolve_dsn
from pilotage.execute.relay import relay_rows
from pathlib import Path
from tests.acceptance.test_relay import load

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def main():
    here, there = (
        resolve_dsn(dsn, environment={}, home=Path("/nowhere"), os_user="nobody") for dsn in sys.argv[1:]
    )
    async with connect(here) as source, connect(there) as target:
        before = peak()
        tracemalloc.start()
        rows, size = await relay_rows(source, target, load(), lambda _: None)
        print(rows, size, tracemalloc.get_traced_memory()[1], peak() - before)

asyncio.run(main())
"""


@pytest.mark.servers(18)
async def test_memory_stays_flat_whatever_a_table_holds(new_database: Databases) -> None:
    """150 MB pass through; what is held meanwhile is a bounded number of pieces, here a tenth at most."""
    rows, megabyte = 160, 1024 * 1024
    here = new_database(
        18,
        sql=f"{EMPTY} ALTER TABLE big ALTER filler SET STORAGE EXTERNAL;"
        f"INSERT INTO big SELECT n, repeat('x', 10240) FROM generate_series(1, {rows * 100}) AS n;",
    )
    there = new_database(18, "target", sql=EMPTY.replace("CREATE", "CREATE UNLOGGED"))
    uris = [
        f"host={each.libpq_environment()['PGHOST']} port={each.libpq_environment()['PGPORT']} "
        f"user={each.libpq_environment()['PGUSER']} dbname={each.libpq_environment()['PGDATABASE']}"
        for each in (here, there)
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(MEASURE),
        *uris,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
    )
    written, _ = await process.communicate()
    assert process.returncode == 0
    copied, size, traced, resident = map(int, written.split())
    assert copied == rows * 100
    assert size > 150 * megabyte
    assert traced < 15 * megabyte
    assert resident < 60 * megabyte
