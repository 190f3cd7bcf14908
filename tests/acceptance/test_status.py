"""``pilotage status`` says where a migration stands, whatever has become of it; the source is not asked."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

import pytest

from pilotage.connection import ConnectionParameters
from tests.acceptance.test_careless_users import uri
from tests.acceptance.test_interrupts import SOURCE, Running, gate_closed, stopped_at_the_gate, stopping
from tests.commands import pilotage
from tests.servers_at_hand import Databases, run_psql

pytestmark = pytest.mark.servers(18)


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=SOURCE)


@pytest.fixture
def target(new_database: Databases) -> ConnectionParameters:
    return new_database(18, "target")


def status(target: ConnectionParameters) -> tuple[dict[str, Any], str]:
    """The status for machines, and for people."""
    for_machines = pilotage("status", uri(target), "--json")
    for_people = pilotage("status", uri(target))
    for said in (for_machines, for_people):
        assert (said.returncode, said.stderr) == (0, "")
    return json.loads(for_machines.stdout), for_people.stdout


def test_where_nothing_was_begun_it_says_so(target: ConnectionParameters) -> None:
    found, said = status(target)
    assert (found["state"], found["attempts"], found["holder"]) == ("nothing", [], "")
    assert "no migration is on record here" in said


async def test_of_a_run_at_work_and_of_one_that_was_killed(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    async with gate_closed(target), stopping(Running(source, target)) as running:
        await stopped_at_the_gate(running)
        found, said = await asyncio.to_thread(status, target)
        (at_work,) = found["at_work"]
        assert found["state"] == "running"
        assert "pilotage of postgres" in found["holder"]
        assert at_work["step"] in found["left"]
        assert at_work["phase"].startswith("building index")
        assert at_work["waits_for"].startswith("advisory, held by pid")
        assert "a migration is running" in said
        assert f"{at_work['step']}: building index" in said
        assert {each["table"]: each["rows"] for each in found["tables"]} == {
            "public.quick": 7,
            "public.reading": 40,
        }
        assert {each["stage"]: each["done"] == each["steps"] for each in found["stages"]} == {
            "structure": True,
            "data": False,
            "refresh": False,
        }

        running.process.send_signal(signal.SIGKILL)
        await running.end()
        # The server notices within client_connection_check_interval that nobody holds the lock any more.
        async with asyncio.timeout(60):
            while (await asyncio.to_thread(status, target))[0]["state"] == "running":
                await asyncio.sleep(0.1)
        found, said = await asyncio.to_thread(status, target)
    assert (found["state"], found["attempts"][0]["outcome"]) == ("killed", "")
    assert "ended without a word" in said
    assert "Run the same command again" in said


def test_of_one_that_failed_and_of_one_that_is_complete(
    source: ConnectionParameters, target: ConnectionParameters
) -> None:
    # A function that only fails on the target, until that is mended.
    run_psql(
        source,
        f"""
        CREATE FUNCTION loud(number int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            IF current_database() = '{target.database}' AND to_regclass('public.mended') IS NULL THEN
                RAISE EXCEPTION 'too loud';
            END IF;
            RETURN number;
        END $$;
        CREATE INDEX loud ON quick (loud(id))
        """,
    )
    failed = pilotage("migrate", uri(source), uri(target), "-q")
    assert failed.returncode == 4, failed.stderr
    found, said = status(target)
    (failure,) = found["failures"]
    assert (found["state"], failure["attempt"]) == ("failed", 1)
    assert "too loud" in failure["message"]
    assert failure["step"] in found["left"]
    assert "too loud" in said
    assert "Mend the cause and run the same command again" in said

    run_psql(target, "CREATE TABLE mended ()")
    complete = pilotage("migrate", uri(source), uri(target), "-q", "--keep-journal", "--verify", "none")
    assert complete.returncode == 0, complete.stderr
    found, said = status(target)
    assert (found["state"], found["left"], found["failures"], found["share"]) == ("finished", [], [], 1.0)
    assert [each["outcome"] for each in found["attempts"]] == ["failed", "finished"]
    assert {each["table"]: each["by_attempt"] for each in found["tables"]} == {
        "public.quick": [{"attempt": 1, "rows": 7}],
        "public.reading": [{"attempt": 1, "rows": 40}],
    }
    assert "all steps of a migration are done" in said


def test_of_files_that_were_applied(
    source: ConnectionParameters, target: ConnectionParameters, tmp_path: Any
) -> None:
    folder = str(tmp_path / "files")
    assert pilotage("plan", uri(source), "-o", folder).returncode == 0
    assert pilotage("generate", folder, "-q").returncode == 0
    applied = pilotage("apply", folder, uri(target), "--keep-journal", "-q")
    assert applied.returncode == 0, applied.stderr
    found, said = status(target)
    assert found["state"] == "files"
    assert len(found["files"]) > 1
    assert found["files"][0]["file"] in said
    assert "pilotage rollback TARGET --from DIR" in said


def test_a_server_that_is_not_there_is_refused() -> None:
    refused = pilotage("status", "postgresql://nobody@127.0.0.1:1/nothing")
    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr
