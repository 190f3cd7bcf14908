"""Copies in this process and in others: the same transaction, and nothing stays of what dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import export_snapshot, join_snapshot
from pilotage.errors import ConnectionLostError, ServerError, SnapshotLostError
from pilotage.execute.child_copier import ChildCopier, hold_child
from pilotage.execute.copier import Copier, LocalCopier
from tests.acceptance.test_relay import BIG, EMPTY, PATIENCE, ROWS, load
from tests.servers_at_hand import Databases

pytestmark = pytest.mark.servers(18)

JOURNAL = "CREATE TABLE journal (step text PRIMARY KEY, rows int);"
CLAIM = "INSERT INTO public.journal VALUES ('big', NULL) ON CONFLICT DO NOTHING"
STATE = "SELECT (SELECT count(*) FROM public.big) || ' ' || (SELECT j::text FROM public.journal AS j)"


@contextlib.asynccontextmanager
async def local(here: ConnectionParameters, there: ConnectionParameters) -> AsyncIterator[Copier]:
    async with (
        connect(here) as keeper,
        export_snapshot(keeper) as snapshot,
        connect(here) as source,
        connect(there) as target,
        join_snapshot(source, snapshot),
    ):
        yield LocalCopier(source, target)


@contextlib.asynccontextmanager
async def child(here: ConnectionParameters, there: ConnectionParameters) -> AsyncIterator[ChildCopier]:
    async with (
        connect(here) as keeper,
        export_snapshot(keeper) as snapshot,
        hold_child(here, there) as copier,
    ):
        await copier.open(
            target_sql="SET synchronous_commit TO off", source_sql="SELECT 1", snapshot=snapshot
        )
        yield copier


async def until_gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists():
        await asyncio.sleep(0.01)


Opening = Callable[
    [ConnectionParameters, ConnectionParameters], contextlib.AbstractAsyncContextManager[Copier]
]


@pytest.mark.parametrize("opening", [local, child])
async def test_rows_arrive_in_the_transaction_that_records_them(
    opening: Opening, new_database: Databases
) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY + JOURNAL)
    told: list[int] = []
    async with connect(there) as watcher, asyncio.timeout(PATIENCE):
        async with opening(here, there) as copier:
            assert await copier.run(f"BEGIN; {CLAIM}") == "INSERT 0 1"
            await copier.run("TRUNCATE ONLY public.big")
            rows, size = await copier.copy(
                load(), told.append, freeze=True, blocks=(0, None), without=["(0,1)"]
            )
            assert rows == ROWS - 1
            assert size == sum(told)
            assert await watcher.value("SELECT count(*) FROM public.journal") == 0
            await copier.run(f"UPDATE public.journal SET rows = {rows}; COMMIT")
            assert await watcher.value(STATE) == f"{ROWS - 1} (big,{ROWS - 1})"
            # As a run does that comes again, and finds that it has nothing to do.
            assert await copier.run(f"BEGIN; {CLAIM}") == "INSERT 0 0"
            await copier.run("ROLLBACK")
            pid = copier.backend_pid
        assert not await watcher.value("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid)


@pytest.mark.parametrize("opening", [local, child])
async def test_a_refusal_is_told_in_full_and_the_copier_goes_on(
    opening: Opening, new_database: Databases
) -> None:
    here = new_database(18, sql=BIG)
    there = new_database(18, "target", sql=f"{EMPTY} ALTER TABLE big ADD CHECK (id <> 20000);")
    async with opening(here, there) as copier, asyncio.timeout(PATIENCE):
        with pytest.raises(ServerError, match="violates check constraint") as refusal:
            await copier.copy(load(), lambda _: None)
        assert refusal.value.sqlstate == "23514"
        assert "COPY big, line 20000" in refusal.value.context
        assert refusal.value.detail.startswith("Failing row contains")
        assert not copier.is_closed()
        assert await copier.run("SELECT 1") == "SELECT 1"


async def test_a_killed_process_is_a_lost_connection(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with child(here, there) as copier, connect(there) as watcher, asyncio.timeout(PATIENCE):
        await copier.run("BEGIN")
        with pytest.raises(ConnectionLostError, match=rf"\({copier.pid}\) was killed by SIGKILL"):
            await copier.copy(load(), lambda _: os.kill(copier.pid, signal.SIGKILL))
        assert copier.is_closed()
        assert not Path(f"/proc/{copier.pid}").exists()  # it is no zombie either
        with pytest.raises(ConnectionLostError):
            await copier.run("COMMIT")
        await backend_gone(watcher.value, copier.backend_pid)
        assert await watcher.value("SELECT count(*) FROM public.big") == 0


async def backend_gone(ask: Callable[..., object], pid: int) -> None:
    while await ask("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):  # type: ignore[misc]
        await asyncio.sleep(0.01)


async def test_a_cancelled_copy_ends_its_process(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with child(here, there) as copier, connect(there) as blocker, asyncio.timeout(PATIENCE):
        async with blocker.transaction():
            await blocker.run("LOCK TABLE public.big IN SHARE MODE")
            begun = asyncio.Event()
            copying = asyncio.create_task(copier.copy(load(), lambda _: begun.set()))
            await begun.wait()
            copying.cancel()
            with pytest.raises(asyncio.CancelledError):
                await copying
            await until_gone(copier.pid)
        assert copier.is_closed()
        await backend_gone(blocker.value, copier.backend_pid)
        assert await blocker.value("SELECT count(*) FROM public.big") == 0


async def test_an_interrupt_is_for_the_run_to_obey(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with child(here, there) as copier, asyncio.timeout(PATIENCE):
        rows, _ = await copier.copy(load(), lambda _: os.kill(copier.pid, signal.SIGINT))
        assert rows == ROWS


async def test_a_snapshot_that_is_gone_is_told(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with hold_child(here, there) as copier, asyncio.timeout(PATIENCE):
        with pytest.raises(SnapshotLostError, match="the source's snapshot is gone"):
            await copier.open(target_sql="SELECT 1", source_sql="SELECT 1", snapshot="00000003-0000001B-1")


async def test_no_password_shows_in_the_list_of_processes(new_database: Databases) -> None:
    here, there = (replace(new_database(18, role), password="s3cret-of-all") for role in ("source", "target"))
    async with child(here, there) as copier:
        for file in ("cmdline", "environ"):
            shown = Path(f"/proc/{copier.pid}/{file}").read_bytes()
            assert shown
            assert b"s3cret" not in shown


RUN = """
import asyncio, sys
from pathlib import Path
from pilotage.connection.dsn import resolve_dsn
from tests.acceptance.test_copiers import child
from tests.acceptance.test_relay import load

async def main():
    here, there = (
        resolve_dsn(dsn, environment={}, home=Path("/nowhere"), os_user="nobody") for dsn in sys.argv[1:]
    )
    async with child(here, there) as copier:
        await copier.run("BEGIN")
        print(copier.pid, copier.backend_pid, flush=True)
        await copier.copy(load(), lambda _: None)

asyncio.run(main())
"""


async def test_no_process_outlives_a_killed_run(new_database: Databases) -> None:
    here, there = new_database(18, sql=BIG), new_database(18, "target", sql=EMPTY)
    async with connect(there) as blocker, asyncio.timeout(PATIENCE):
        async with blocker.transaction():
            await blocker.run("LOCK TABLE public.big IN SHARE MODE")
            run = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                RUN,
                here.redacted_uri(),
                there.redacted_uri(),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdout=asyncio.subprocess.PIPE,
            )
            assert run.stdout is not None
            pid, backend = map(int, (await run.stdout.readline()).split())
            assert Path(f"/proc/{pid}").exists()
            run.kill()
            await run.wait()
            await until_gone(pid)
        await backend_gone(blocker.value, backend)
        assert await blocker.value("SELECT count(*) FROM public.big") == 0
