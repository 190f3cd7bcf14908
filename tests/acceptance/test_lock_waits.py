"""Who waits for somebody else's lock is told who that is, and may give up in time."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, Session, connect
from tests.acceptance.test_careless_users import SHOP, command, uri
from tests.commands import pilotage
from tests.servers_at_hand import Databases

pytestmark = pytest.mark.servers(18)

LOCK = "LOCK TABLE shop.customer IN ACCESS EXCLUSIVE MODE; SELECT 's3cret of others'"


@pytest.fixture
def source(new_database: Databases) -> ConnectionParameters:
    return new_database(18, sql=SHOP + "CREATE VIEW shop.named AS SELECT * FROM shop.customer;")


@pytest.fixture
async def holder(source: ConnectionParameters) -> AsyncIterator[Session]:
    """A session with an ACCESS EXCLUSIVE lock on a table of the source's."""
    async with connect(source) as session, session.transaction():
        await session.run(LOCK)
        yield session


def holds(said: str, holder: Session) -> None:
    """It is said who has the lock, and nothing of the statement but its first words."""
    assert f"in the way is pid {holder.backend_pid} (user postgres, application pilotage" in said
    assert "waiting for a lock on relation shop.customer" in said
    assert "LOCK TABLE …" in said
    assert "s3cret" not in said


async def test_a_wait_is_told_while_it_lasts_and_the_work_goes_on_afterwards(
    source: ConnectionParameters,
) -> None:
    async with connect(source) as session:
        async with session.transaction():
            await session.run(LOCK)
            process = subprocess.Popen(command("inspect", uri(source)), stderr=subprocess.PIPE, text=True)
            assert process.stderr is not None
            holds(await asyncio.to_thread(process.stderr.readline), session)
        _, said = await asyncio.to_thread(process.communicate)
    assert (process.returncode, said) == (0, "")


@pytest.mark.parametrize("work", ["inspect", "plan", "migrate", "verify", "lint", "diff"])
async def test_giving_up_says_who_was_in_the_way(
    work: str, source: ConnectionParameters, holder: Session, new_database: Databases
) -> None:
    databases = [uri(source)]
    if work in {"migrate", "verify", "diff"}:
        databases.append(uri(new_database(18, "target")))

    finished = await asyncio.to_thread(pilotage, work, *databases, "--lock-wait-timeout", "0.5")

    assert finished.returncode == 3
    assert "gave up" in finished.stderr
    assert "--lock-wait-timeout" in finished.stderr
    holds(finished.stderr, holder)


@pytest.mark.parametrize(
    "major", [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 16, 17)]
)
async def test_every_version_says_who_is_in_the_way(major: int, new_database: Databases) -> None:
    source = new_database(major, sql=SHOP)
    async with connect(source) as session, session.transaction():
        await session.run(LOCK)
        finished = await asyncio.to_thread(pilotage, "inspect", uri(source), "--lock-wait-timeout", "0.5")
        assert finished.returncode == 3
        holds(finished.stderr, session)


async def test_generate_gives_up_too_and_leaves_the_folder_as_it_was(
    source: ConnectionParameters, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    assert (await asyncio.to_thread(pilotage, "plan", uri(source), "-o", folder)).returncode == 0
    before = sorted(folder.rglob("*"))
    async with connect(source) as session, session.transaction():
        await session.run(LOCK)

        finished = await asyncio.to_thread(pilotage, "generate", folder, "--lock-wait-timeout", "0.5", "-q")

        assert finished.returncode == 3
        holds(finished.stderr, session)
    assert sorted(folder.rglob("*")) == before


async def test_a_lock_that_is_not_waited_for_is_not_told(source: ConnectionParameters) -> None:
    async with connect(source) as session, session.transaction():
        await session.run("LOCK TABLE shop.customer IN SHARE MODE")
        finished = await asyncio.to_thread(pilotage, "inspect", uri(source), "--lock-wait-timeout", "0.5")
    assert (finished.returncode, finished.stderr) == (0, "")


async def test_of_a_stranger_only_what_everybody_may_see_is_told(
    source: ConnectionParameters,
) -> None:
    reader = dataclasses.replace(source, user="lock_reader")
    async with connect(source) as session:
        await session.run(
            "CREATE ROLE lock_reader LOGIN; GRANT USAGE ON SCHEMA shop TO lock_reader;"
            "GRANT SELECT ON ALL TABLES IN SCHEMA shop TO lock_reader"
        )
        try:
            async with session.transaction():
                await session.run(LOCK)
                finished = await asyncio.to_thread(
                    pilotage, "inspect", uri(reader), "--lock-wait-timeout", "0.5"
                )
        finally:
            await session.run("DROP OWNED BY lock_reader; DROP ROLE lock_reader")

    assert finished.returncode == 3
    who = f"pid {session.backend_pid} (user postgres, application pilotage"
    assert who in finished.stderr
    assert "LOCK" not in finished.stderr
