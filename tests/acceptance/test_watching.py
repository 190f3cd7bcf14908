"""What is told of steps that take long, on every server at hand; and that watching disturbs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import msgspec
import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.execute.watching import watching
from pilotage.model.names import QualifiedName
from pilotage.model.run import Event, StepProgress, Unit, Wait, Waiting, WaitReason
from tests.servers_at_hand import Databases

EVERY_SERVER = pytest.mark.parametrize(
    "major", [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 16, 17, 18)]
)

GATE = 4711

# One row a block. The index's function stops at the thirtieth until the test lets it go on.
TABLE = f"""
CREATE TABLE reading (id int, filler text DEFAULT repeat('x', 1000)) WITH (fillfactor = 10);
INSERT INTO reading (id) SELECT generate_series(1, 40);
CREATE FUNCTION gate(number int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF number = 30 THEN PERFORM pg_advisory_xact_lock({GATE}); END IF;
    RETURN number;
END $$;
"""


class Told:
    """The events so far."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, what: Callable[[Event], bool]) -> Event:
        """Return the first event of this kind, once there is one."""
        async with asyncio.timeout(60):
            while True:
                for event in self.events:
                    if what(event):
                        return event
                self._more.clear()
                await self._more.wait()


@contextlib.asynccontextmanager
async def gate_closed(database: ConnectionParameters) -> AsyncIterator[Session]:
    async with connect(database) as session:
        await session.run(f"SELECT pg_advisory_lock({GATE})")
        yield session


@EVERY_SERVER
async def test_how_far_an_index_is_and_whom_it_waits_for(major: int, new_database: Databases) -> None:
    database = new_database(major, sql=TABLE)
    told = Told()
    async with connect(database) as worker, gate_closed(database) as keeper:
        at_work = {worker.backend_pid: "index reading_gate"}
        async with watching(database, at_work, told, every=0.05):
            building = asyncio.create_task(
                worker.run("CREATE INDEX reading_gate ON public.reading (public.gate(id))")
            )
            waiting = await told.until(lambda event: isinstance(event, Waiting))
            progress = await told.until(lambda event: isinstance(event, StepProgress))
            await keeper.run(f"SELECT pg_advisory_unlock({GATE})")
            await building
            assert await told.until(lambda event: event == Waiting(at_work=True, waits=()))
            at_work.clear()

    assert isinstance(progress, StepProgress)
    assert (progress.step, progress.unit, progress.total) == ("index reading_gate", Unit.BLOCKS, 40)
    assert progress.phase == "building index: scanning table"
    assert 0 < progress.done < 40
    assert isinstance(waiting, Waiting)
    (wait,) = waiting.waits
    assert (wait.reason, wait.first, wait.object) == (WaitReason.LOCK, "index reading_gate", "advisory")
    assert wait.by == ()
    assert wait.sessions[0].startswith(f"pid {keeper.backend_pid} (user postgres, application pilotage")


@pytest.mark.servers(18)
async def test_a_step_of_ours_in_the_way_is_named_as_one(new_database: Databases) -> None:
    database = new_database(18, sql=TABLE)
    told = Told()
    async with connect(database) as first, connect(database) as second, first.transaction():
        await first.run("LOCK TABLE public.reading")
        at_work = {first.backend_pid: "first", second.backend_pid: "second"}
        async with watching(database, at_work, told, every=0.05):
            second_step = asyncio.create_task(second.run("ANALYZE public.reading"))
            event = await told.until(lambda event: isinstance(event, Waiting))
            await first.run("ROLLBACK")
            await second_step
    assert isinstance(event, Waiting)
    assert [msgspec.structs.replace(wait, seconds=None) for wait in event.waits] == [
        Wait(
            reason=WaitReason.LOCK,
            steps=1,
            first="second",
            object="relation public.reading",
            by=("first",),
        )
    ]


@EVERY_SERVER
async def test_how_many_rows_are_in(major: int, new_database: Databases) -> None:
    database = new_database(major, sql="CREATE TABLE t (id int)")
    told = Told()
    seen = asyncio.Event()

    async def rows() -> AsyncIterator[bytes]:
        yield b"1\n" * 5000
        await seen.wait()
        yield b"2\n"

    async with (
        connect(database) as worker,
        watching(database, {worker.backend_pid: "table t"}, told, every=0.05),
    ):
        copying = asyncio.create_task(
            worker.copy_in(QualifiedName("public", "t"), ("id",), source=rows(), binary=False)
        )
        event = await told.until(lambda event: isinstance(event, StepProgress) and event.done > 0)
        seen.set()
        assert await copying == 5001
    assert isinstance(event, StepProgress)
    assert (event.step, event.phase, event.total, event.unit) == ("table t", "COPY FROM", None, Unit.ROWS)
    assert event.done <= 5000


@pytest.mark.servers(18)
async def test_watching_that_fails_is_silent_and_tries_again(new_database: Databases) -> None:
    database = new_database(18, sql=TABLE)
    told = Told()
    watchers = dataclasses.replace(database, application_name="the one who looks on")
    async with (
        connect(database) as worker,
        gate_closed(database) as keeper,
        watching(watchers, {worker.backend_pid: "index"}, told, every=0.05),
    ):
        building = asyncio.create_task(worker.run("CREATE INDEX ON public.reading (public.gate(id))"))
        await told.until(lambda event: isinstance(event, Waiting))
        ended = await keeper.value(
            "SELECT count(pg_terminate_backend(pid, 9000)) FROM pg_stat_activity WHERE application_name = $1",
            watchers.application_name,
        )
        told.events.clear()
        await told.until(lambda event: isinstance(event, Waiting))
        await keeper.run(f"SELECT pg_advisory_unlock({GATE})")
        assert await building == "CREATE INDEX"
    assert ended == 1


class AlwaysAtAnother(Mapping[int, str]):
    """A process that is at another step at every look."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.looks = 0

    def __getitem__(self, pid: int) -> str:
        return f"step {self.looks}"

    def __iter__(self) -> Iterator[int]:
        self.looks += 1
        return iter((self._pid,))

    def __len__(self) -> int:
        return 1


@pytest.mark.servers(18)
async def test_what_is_quick_is_not_looked_at(new_database: Databases) -> None:
    database = new_database(18)
    watchers = dataclasses.replace(database, application_name="the one who looks on")
    async with connect(database) as worker:
        quick = AlwaysAtAnother(worker.backend_pid)
        async with watching(watchers, quick, Told(), every=0.001):
            while quick.looks < 20:
                looked = await worker.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1",
                    watchers.application_name,
                )
                assert looked == 0


async def test_a_server_that_is_not_there_is_no_trouble() -> None:
    nowhere = ConnectionParameters(host="127.0.0.1", port=1, user="nobody", database="nothing", password=None)
    told = Told()
    async with watching(nowhere, {1: "step"}, told, every=0.01):
        await asyncio.sleep(0.1)
    assert told.events == []
