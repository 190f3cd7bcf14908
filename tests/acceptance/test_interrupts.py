"""Being stopped: once in an orderly way, twice at once; and the events by which a machine follows a run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.model.run import StepFinished, StepStarted
from tests.acceptance.test_careless_users import command, uri
from tests.commands import pilotage
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)

GATE = 4712

# Building the index waits, on the target, until the test lets it go on; the source has nobody at the gate.
SOURCE = f"""
CREATE TABLE reading (id int PRIMARY KEY, filler text);
INSERT INTO reading SELECT i, 'x' FROM generate_series(1, 40) AS i;
CREATE TABLE quick (id int PRIMARY KEY);
INSERT INTO quick SELECT generate_series(1, 7);
CREATE FUNCTION gate(number int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF number = 30 THEN PERFORM pg_advisory_xact_lock({GATE}); END IF;
    RETURN number;
END $$;
CREATE INDEX reading_gate ON reading (gate(id));
"""


class Running:
    """``migrate --json`` as a process, and what it tells."""

    def __init__(self, source: ConnectionParameters, target: ConnectionParameters) -> None:
        self.process = subprocess.Popen(
            command("migrate", uri(source), uri(target), "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self.events: list[dict[str, Any]] = []
        self.messages: list[str] = []

    async def until(self, event: str) -> dict[str, Any]:
        """Return the next event of this name."""
        async with asyncio.timeout(60):
            while True:
                line = await asyncio.to_thread(self._line)
                assert line, f"no {event}: {self.events} {self.messages}"
                if self._take(line) and self.events[-1]["event"] == event:
                    return self.events[-1]

    def _line(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def _take(self, line: str) -> bool:
        if line.startswith("{"):
            self.events.append(json.loads(line))
            return True
        self.messages.append(line)
        return False

    async def end(self) -> str:
        """Wait for the end and return what was said to people."""
        _, rest = await asyncio.wait_for(asyncio.to_thread(self.process.communicate), 60)
        for line in rest.splitlines(keepends=True):
            self._take(line)
        return "".join(self.messages)


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=SOURCE)


@pytest.fixture
def target(new_database: Databases) -> ConnectionParameters:
    return new_database(18, "target")


@contextlib.asynccontextmanager
async def stopping(running: Running) -> AsyncIterator[Running]:
    """Leave no process behind, whatever becomes of the test."""
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            await asyncio.to_thread(running.process.communicate)


@contextlib.asynccontextmanager
async def gate_closed(target: ConnectionParameters) -> AsyncIterator[Session]:
    async with connect(target) as session:
        await session.run(f"SELECT pg_advisory_lock({GATE})")
        yield session


async def stopped_at_the_gate(running: Running) -> None:
    """Wait until the watcher tells that the index waits; all else is done by then."""
    while not (await running.until("waiting"))["at_work"]:
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)])
async def test_stopped_once_a_run_ends_in_order_and_the_same_command_goes_on(
    number: signal.Signals, source: ConnectionParameters, target: ConnectionParameters
) -> None:
    async with gate_closed(target), stopping(Running(source, target)) as running:
        await stopped_at_the_gate(running)
        running.process.send_signal(number)
        told = await running.until("stopping")
        said = await running.end()
    assert running.process.returncode == 130
    assert len(told["steps"]) == 1
    assert re.search(r"interrupted\. \d+ of \d+ steps are on the target", said), said
    assert "the same command again" in said
    assert "Traceback" not in said
    first = running.events[0]
    assert (first["event"], first["format"]) == ("events", 1)

    running = Running(source, target)
    resumed = await running.until("resumed")
    assert len(resumed["done"]) > 0
    await running.end()
    assert running.process.returncode == 0
    assert running.events[-1]["event"] == "comparing"
    started = {each["step"] for each in running.events if each["event"] == "step-started"}
    assert started.isdisjoint(resumed["done"])
    assert run_psql(target, "SELECT count(*) FROM quick; SELECT count(*) FROM reading") == "7\n40\n"


async def test_stopped_twice_it_does_not_wait_for_what_is_at_work(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    async with gate_closed(target), stopping(Running(source, target)) as running:
        await stopped_at_the_gate(running)
        running.process.send_signal(signal.SIGINT)
        await running.until("stopping")
        running.process.send_signal(signal.SIGINT)
        said = await running.end()
    assert running.process.returncode == 130
    assert said.count("interrupted") == 1
    assert "the same command" in said
    assert "Traceback" not in said
    assert "never retrieved" not in said


async def test_stopped_twice_it_ends_though_the_target_does_not_answer(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    async with gate_closed(target) as keeper, stopping(Running(source, target)) as running:
        await stopped_at_the_gate(running)
        pids = await keeper.value(
            "SELECT array_agg(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name LIKE 'pilotage%' "
            "AND pid <> pg_backend_pid()"
        )
        with frozen(pids):
            running.process.send_signal(signal.SIGINT)
            await running.until("stopping")
            running.process.send_signal(signal.SIGINT)
            said = await running.end()
    assert running.process.returncode == 130
    assert "pilotage: interrupted; stopped at once" in said
    assert "the same command goes on" in said
    assert "Traceback" not in said


@contextlib.contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Server processes that do nothing, as if the network had swallowed them."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_events_tell_of_every_step_and_the_report_stays_on_standard_output(
    source: ConnectionParameters, target: ConnectionParameters, tmp_path: Path
) -> None:
    finished = pilotage("migrate", uri(source), uri(target), "--json", "-o", str(tmp_path / "out"))
    assert finished.returncode == 0
    events = [json.loads(line) for line in finished.stderr.splitlines() if line.startswith("{")]
    done = {each["step"] for each in events if each["event"] == StepFinished.__struct_config__.tag}
    begun = {each["step"] for each in events if each["event"] == StepStarted.__struct_config__.tag}
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert done == begun == {step["id"] for step in plan["steps"]}
    report = json.loads(finished.stdout)
    assert {step["step"] for step in report["steps"]} == done
    assert [each["at"] for each in events] == sorted(each["at"] for each in events)


def test_quiet_tells_machines_nothing_too(source: ConnectionParameters, target: ConnectionParameters) -> None:
    finished = pilotage("migrate", uri(source), uri(target), "--json", "--quiet")
    assert (finished.returncode, finished.stderr) == (0, "")
