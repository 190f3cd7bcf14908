"""Behind a pooler: one that lends sessions to transactions is told by what it does, and refused."""

from __future__ import annotations

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.dial import dial
from pilotage.connection.pooling import dial_twice, evidence_of_pooling
from pilotage.connection.session import Session
from pilotage.execute import Limits
from pilotage.migrate import migrate
from pilotage.model.scope import Scope
from pilotage.preflight import NotReadyError
from tests import servers_at_hand
from tests.pooler import Lends, pooler
from tests.servers_at_hand import Databases

FOR_A_TRANSACTION = [Lends.FOR_A_TRANSACTION_LAST_USED_FIRST, Lends.FOR_A_TRANSACTION_IN_TURN]


@pytest.mark.servers(18)
@pytest.mark.parametrize("lends", FOR_A_TRANSACTION)
@pytest.mark.parametrize("size", [2, 4])
async def test_a_pooler_of_transactions_is_told_by_what_it_does(
    new_database: Databases, lends: Lends, size: int
) -> None:
    async with pooler(new_database(18), lends, size=size) as through:
        assert "server process" in await evidence_of(through)


@pytest.mark.servers(18)
async def test_a_pooler_of_one_session_is_told_without_waiting_for_it(new_database: Databases) -> None:
    async with pooler(new_database(18), Lends.FOR_A_TRANSACTION_LAST_USED_FIRST, size=1) as through:
        assert "by one server process" in await evidence_of(through)


@pytest.mark.servers(18)
async def test_a_pooler_of_sessions_and_a_server_are_fine(new_database: Databases) -> None:
    server = new_database(18)
    assert await evidence_of(server) == ""
    async with pooler(server, Lends.FOR_A_SESSION) as through:
        assert await evidence_of(through) == ""


@pytest.mark.servers(18)
@pytest.mark.parametrize("lends", FOR_A_TRANSACTION)
async def test_a_migration_through_a_pooler_of_transactions_is_refused(
    new_database: Databases, lends: Lends
) -> None:
    source, target = new_database(18, sql="CREATE TABLE t (a int)"), new_database(18, "target")

    async with pooler(target, lends) as through:
        with pytest.raises(NotReadyError) as refusal:
            await migrated(source, through)

        (problem,) = refusal.value.problems
        assert problem.check == "session"
        assert "pool_mode = session" in problem.remedy
        # Whoever is given one of these sessions next finds it as it was.
        assert await settings_of_a_stranger(through) == '"$user", public|on\n'
    async with connect(target) as session:
        assert await session.value("SELECT to_regclass('public.t') IS NULL")


@pytest.mark.servers(18)
async def test_a_migration_through_a_pooler_of_sessions_works(new_database: Databases) -> None:
    source, target = new_database(18, sql="CREATE TABLE t AS SELECT 42 AS a"), new_database(18, "target")

    async with pooler(source, Lends.FOR_A_SESSION, size=20) as through:
        await migrated(through, target)

    async with connect(target) as session:
        assert await session.value("SELECT a FROM public.t") == 42


async def migrated(source: ConnectionParameters, target: ConnectionParameters) -> None:
    await migrate(
        source,
        target,
        scope=Scope(),
        installations=servers_at_hand.installations(),
        limits=Limits(jobs=2),
        on_event=lambda _event: None,
    )


async def evidence_of(parameters: ConnectionParameters) -> str:
    one, other = await dial_twice(parameters)
    try:
        return await evidence_of_pooling(one, other)
    finally:
        await one.close()
        await other.close()


async def settings_of_a_stranger(through: ConnectionParameters) -> str:
    session = Session(await dial(through), through)
    pieces: list[bytes] = []

    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    try:
        await session.copy_out_query(
            "SELECT current_setting('search_path') || '|' || current_setting('row_security')", sink=keep
        )
    finally:
        await session.close()
    return b"".join(pieces).decode()
