"""Rows that changed since an older snapshot are found, whatever happened in between; a miss is a defect."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from pilotage.catalog.changed_rows import changed_parts, read_moment
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.session import open_session
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import ServerError
from pilotage.model.copied import CopiedPart
from pilotage.model.names import QualifiedName
from pilotage.servers import EmbeddedServer
from tests.servers_at_hand import require_server, versions

VERSIONS = versions(15, 18, thorough=(16, 17))

# Filled in several transactions, in blocks of about ten rows.
TABLES = """
CREATE SCHEMA app;
CREATE TYPE app.pair AS (left_one int, right_one int);
CREATE TABLE app.wide (id int PRIMARY KEY, n int, filler text NOT NULL, fixed int DEFAULT 7)
    WITH (fillfactor = 60);
ALTER TABLE app.wide ALTER filler SET STORAGE PLAIN;
INSERT INTO app.wide SELECT i, i, repeat('x', 400) FROM generate_series(1, 40) AS i;
INSERT INTO app.wide SELECT i, i, repeat('y', 400) FROM generate_series(41, 60) AS i;
CREATE TABLE app.twin (LIKE app.wide INCLUDING ALL);
INSERT INTO app.twin SELECT id, -n, filler FROM app.wide;
CREATE TABLE app.narrow (id int, n int);
INSERT INTO app.narrow SELECT i, i FROM generate_series(1, 8) AS i;
CREATE TABLE app.empty (id int, n int);
CREATE TABLE app.paired (id int, n int, pair app.pair);
INSERT INTO app.paired SELECT i, i, ROW(i, -i)::app.pair FROM generate_series(1, 5) AS i;
CREATE TABLE app.whole (id int, n int) PARTITION BY RANGE (n);
CREATE TABLE app.low PARTITION OF app.whole FOR VALUES FROM (MINVALUE) TO (5);
CREATE TABLE app.high PARTITION OF app.whole FOR VALUES FROM (5) TO (MAXVALUE);
INSERT INTO app.whole SELECT i, i FROM generate_series(1, 9) AS i;
CREATE TABLE app.parent (id int, n int);
CREATE TABLE app.child (more int) INHERITS (app.parent);
INSERT INTO app.parent SELECT i, i FROM generate_series(1, 3) AS i;
INSERT INTO app.child SELECT i, i FROM generate_series(1, 3) AS i;
"""

STORED = ("wide", "twin", "narrow", "empty", "paired", "low", "high", "parent", "child")
WRITTEN = (*STORED, "whole")
PARTS = [(table, None) for table in STORED] + [
    ("wide", blocks) for blocks in ((0, 2), (2, 4), (4, None))
]  # fmt: skip


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedServer]:
    """A server of each version, which knows prepared transactions."""
    installation = require_server(request.param)
    with EmbeddedServer.start(
        installation, settings={"max_prepared_transactions": "4", "autovacuum": "off"}
    ) as server:
        yield server


@pytest.fixture
def database(server: EmbeddedServer) -> ConnectionParameters:
    return server.parameters()


# --- what may happen --------------------------------------------------------------------------------------

CHANGES = (
    "UPDATE app.{0} SET n = n + {1} WHERE id % 3 = {1} % 3",
    "UPDATE app.{0} SET n = n",
    "UPDATE app.{0} SET id = id WHERE id = (SELECT min(id) FROM app.{0})",
    "DELETE FROM app.{0} WHERE id % 7 = {1} % 7",
    "INSERT INTO app.{0} (id, n) SELECT 1000 + {1}, {1}",
    "INSERT INTO app.{0} SELECT * FROM app.{0} LIMIT 2",
    "DELETE FROM app.{0} WHERE id <= 2; INSERT INTO app.{0} (id, n) VALUES (1, {1}), (2, {1})",
    "CREATE TEMP TABLE aside AS TABLE app.{0}; TRUNCATE app.{0}; INSERT INTO app.{0} SELECT * FROM aside; "
    "DROP TABLE aside",
    "ALTER TABLE app.{0} ADD COLUMN added int DEFAULT {1}",
    "ALTER TABLE app.{0} DROP COLUMN n, ADD COLUMN n int DEFAULT {1}",
    "ALTER TABLE app.{0} ALTER n TYPE bigint",
    "ALTER TABLE app.{0} RENAME n TO m; ALTER TABLE app.{0} RENAME m TO n",
    "ALTER TABLE app.wide RENAME TO aside; ALTER TABLE app.twin RENAME TO wide; "
    "ALTER TABLE app.aside RENAME TO twin",
    "ALTER TYPE app.pair DROP ATTRIBUTE right_one; ALTER TYPE app.pair ADD ATTRIBUTE right_one int",
    "DROP TABLE app.narrow; CREATE TABLE app.narrow (id int, n int); "
    "INSERT INTO app.narrow SELECT i, i FROM generate_series(1, 8) AS i",
)

HARMLESS = (
    "SELECT count(*) FROM app.{0}",
    "SELECT FROM app.{0} FOR UPDATE",
    "SELECT FROM app.{0} FOR KEY SHARE",
    "UPDATE app.{0} SET n = 0 WHERE false",
    "LOCK TABLE app.{0} IN EXCLUSIVE MODE",
    "CREATE TABLE elsewhere_{1} (a int); DROP TABLE elsewhere_{1}",
    "BEGIN; UPDATE app.{0} SET n = -1; ROLLBACK",
    "BEGIN; SAVEPOINT a; DELETE FROM app.{0}; ROLLBACK TO a; COMMIT",
)

# Not inside a transaction.
MAINTENANCE = (
    "VACUUM app.{0}",
    "VACUUM FREEZE app.{0}",
    "ANALYZE app.{0}",
    "VACUUM FULL app.{0}",
    "CLUSTER app.wide USING wide_pkey",
    "CHECKPOINT",
)


@dataclasses.dataclass(frozen=True)
class Does:
    """One session does something, if it can at once: who waits for a lock gives up."""

    who: int
    sql: str

    async def happen(self, sessions: list[Session]) -> None:
        with contextlib.suppress(ServerError):
            await sessions[self.who].run(self.sql)


def of_tables(texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda text, table, number: text.format(table, number),
        st.sampled_from(texts),
        st.sampled_from(WRITTEN),
        st.integers(1, 6),
    )


CHANGE = of_tables(CHANGES)
IN_BETWEEN = st.one_of(
    st.builds(Does, st.just(0), st.one_of(CHANGE, of_tables(HARMLESS), of_tables(MAINTENANCE))),
    st.builds(
        Does, st.just(0), CHANGE.map(lambda change: f"BEGIN; SAVEPOINT a; {change}; RELEASE a; COMMIT")
    ),
    # Two others have transactions that last, with subtransactions, across the older snapshot or not.
    st.builds(
        Does,
        st.integers(1, 2),
        st.one_of(
            st.just("BEGIN; SELECT pg_current_xact_id()"),
            CHANGE.map(lambda change: f"BEGIN; {change}"),
            CHANGE.map(lambda change: f"SAVEPOINT a; {change}"),
            st.just("SAVEPOINT a"),
            st.just("ROLLBACK TO a"),
            st.just("COMMIT"),
            st.just("ROLLBACK"),
            st.sampled_from(("PREPARE TRANSACTION 'p'", "COMMIT PREPARED 'p'", "ROLLBACK PREPARED 'p'")),
        ),
    ),
)


async def rows_of(session: Session, part: CopiedPart) -> list[str] | None:
    """Return what a part holds, as sorted texts."""
    where = ""
    if part.blocks is not None:
        first, end = part.blocks
        where = f"WHERE ctid >= '({first},0)'" + (f" AND ctid < '({end},0)'" if end is not None else "")
    if await session.value("SELECT to_regclass($1) IS NULL", str(part.table)):
        return None
    found: list[str] | None = await session.value(
        f"SELECT array_agg(t::text ORDER BY t::text) FROM ONLY {part.table} AS t {where}"
    )
    return found or []


async def copy(session: Session) -> dict[CopiedPart, list[str]]:
    """Return all parts as they are in a new snapshot, which is gone then."""
    async with session.transaction(READ_ONLY):
        moment = await read_moment(session)
        parts = {}
        for table, blocks in PARTS:
            name = QualifiedName("app", table)
            filenode = await session.value("SELECT pg_relation_filenode($1::text)::int8", str(name))
            part = CopiedPart(table=name, blocks=blocks, rows=0, filenode=filenode or 0, moment=moment)
            await session.run("SAVEPOINT one")
            try:
                rows = await rows_of(session, part)
            except ServerError:  # somebody has it locked
                await session.run("ROLLBACK TO one")
                continue
            if rows is not None:
                parts[msgspec.structs.replace(part, rows=len(rows))] = rows
        return parts


async def unchanged(session: Session, parts: dict[CopiedPart, list[str]]) -> set[CopiedPart]:
    async with session.transaction(READ_ONLY):
        return parts.keys() - await changed_parts(session, tuple(parts))


# --- tests --------------------------------------------------------------------------------------------------


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def sessions(database: ConnectionParameters, runner: asyncio.Runner) -> Iterator[list[Session]]:
    async def opened() -> list[Session]:
        return [await open_session(database) for _ in range(4)]

    sessions = runner.run(opened())
    yield sessions
    for session in sessions:
        runner.run(session.close())


async def begin_anew(sessions: list[Session]) -> None:
    with contextlib.suppress(ServerError):
        await sessions[3].run("ROLLBACK PREPARED 'p'")
    for session in sessions:
        with contextlib.suppress(ServerError):
            await session.run("ROLLBACK")
        await session.run("SET lock_timeout TO 5; SET client_min_messages TO error")
    await sessions[3].run(
        "SET lock_timeout TO 0; DROP SCHEMA IF EXISTS app, public CASCADE; CREATE SCHEMA public"
    )
    await sessions[3].run(TABLES)
    await sessions[3].run("SET lock_timeout TO 5")


def test_no_history_hides_a_change(
    sessions: list[Session], runner: asyncio.Runner, pytestconfig: pytest.Config
) -> None:
    wanted = pytestconfig.getoption("examples")

    @settings(
        max_examples=wanted or 40,
        derandomize=wanted is None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(IN_BETWEEN, max_size=12), st.lists(IN_BETWEEN, max_size=6), st.booleans())
    def holds(before: list[Does], after: list[Does], ended: bool) -> None:
        async def live() -> None:
            await begin_anew(sessions)
            for each in before:
                await each.happen(sessions)
            parts = await copy(sessions[3])
            for each in after:
                await each.happen(sessions)
            if ended:
                for session in sessions[1:3]:
                    await session.run("COMMIT")
            try:
                same = await unchanged(sessions[3], parts)
            except ServerError:  # somebody has a table locked
                for session in sessions[1:3]:
                    await session.run("COMMIT")
                with contextlib.suppress(ServerError):
                    await sessions[1].run("COMMIT PREPARED 'p'")
                same = await unchanged(sessions[3], parts)
            note("\n".join(f"{part.table} {part.blocks} counts as unchanged" for part in same))
            async with sessions[3].transaction(READ_ONLY):
                for part in same:
                    assert await rows_of(sessions[3], part) == parts[part]

        runner.run(live())

    holds()


async def named(session: Session, parts: dict[CopiedPart, list[str]]) -> set[str]:
    """Return the parts that count as changed, as a person would name them."""
    changed = parts.keys() - await unchanged(session, parts)
    return {part.table.name + ("" if part.blocks is None else f" from {part.blocks[0]}") for part in changed}


EVERY_PART = set(STORED) | {"wide from 0", "wide from 2", "wide from 4"}
OF_WIDE = {"wide", "wide from 0", "wide from 2", "wide from 4"}


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("SELECT 1", set()),
        ("BEGIN; SELECT FROM app.wide FOR UPDATE; SELECT FROM app.low FOR KEY SHARE; COMMIT", set()),
        ("BEGIN; UPDATE app.wide SET n = 0; DELETE FROM app.narrow; ROLLBACK", set()),
        ("BEGIN; SAVEPOINT a; DELETE FROM app.wide; ROLLBACK TO a; COMMIT", set()),
        ("CREATE TABLE app.another AS TABLE app.wide; CREATE INDEX ON app.wide (n); ANALYZE app.wide", set()),
        # a HOT update, in the first block
        ("UPDATE app.wide SET n = n WHERE id = 1", {"wide", "wide from 0"}),
        ("UPDATE app.whole SET n = 8 WHERE n = 2", {"low", "high"}),
        ("UPDATE ONLY app.parent SET n = n", {"parent"}),
        ("DELETE FROM app.narrow WHERE id = 1; INSERT INTO app.narrow VALUES (1, 1)", {"narrow"}),
        ("BEGIN; SAVEPOINT a; UPDATE app.narrow SET n = n; RELEASE a; COMMIT", {"narrow"}),
        ("INSERT INTO app.empty VALUES (1, 1)", {"empty"}),
        ("TRUNCATE app.narrow; INSERT INTO app.narrow SELECT i, i FROM generate_series(1, 8) i", {"narrow"}),
        ("ALTER TABLE app.low DROP COLUMN n", set()),  # refused: the partition key
        ("ALTER TABLE app.child DROP more, ADD more int DEFAULT 5", {"child"}),
        ("ALTER TABLE app.twin RENAME TO aside; ALTER TABLE app.wide RENAME TO twin", {"twin", *OF_WIDE}),
        (
            "ALTER TABLE app.narrow RENAME n TO aside; ALTER TABLE app.narrow RENAME id TO n; "
            "ALTER TABLE app.narrow RENAME aside TO id",
            {"narrow"},
        ),
        ("ALTER TYPE app.pair DROP ATTRIBUTE right_one", EVERY_PART),
        ("ALTER SCHEMA app RENAME TO aside; ALTER SCHEMA aside RENAME TO app", EVERY_PART),
        ("DROP TABLE app.narrow", {"narrow"}),
        ("DROP TABLE app.narrow; CREATE VIEW app.narrow AS SELECT 1 AS id", {"narrow"}),
    ],
)
def test_what_changed_is_named_and_not_much_else(
    sessions: list[Session], runner: asyncio.Runner, sql: str, changed: set[str]
) -> None:
    async def live() -> None:
        await begin_anew(sessions)
        parts = await copy(sessions[3])
        assert len(parts) == len(PARTS)
        with contextlib.suppress(ServerError):
            await sessions[0].run(sql)
        assert await named(sessions[3], parts) == changed

    runner.run(live())


@pytest.mark.parametrize("maintenance", ["VACUUM FREEZE app.wide", "VACUUM FULL app.wide"])
def test_maintenance_neither_hides_a_change_nor_looks_like_one(
    sessions: list[Session], runner: asyncio.Runner, maintenance: str
) -> None:
    async def live() -> None:
        await begin_anew(sessions)
        await sessions[0].run("UPDATE app.wide SET n = n WHERE id % 2 = 0")
        parts = await copy(sessions[3])
        await sessions[0].run(maintenance)
        # Rows that were moved to other blocks are the same; the blocks are not.
        assert await named(sessions[3], parts) == (OF_WIDE if "FULL" in maintenance else set())
        await begin_anew(sessions)
        parts = await copy(sessions[3])
        await sessions[0].run("UPDATE app.wide SET n = n WHERE id = 1")
        await sessions[0].run(maintenance)
        assert {"wide", "wide from 0"} <= await named(sessions[3], parts)

    runner.run(live())


def test_rows_that_are_moved_while_they_are_compared_are_found(
    sessions: list[Session], runner: asyncio.Runner
) -> None:
    async def live() -> None:
        await begin_anew(sessions)
        await sessions[0].run("CREATE INDEX backward ON app.wide (id DESC)")
        parts = await copy(sessions[3])
        async with sessions[3].transaction(READ_ONLY):
            await sessions[3].value("SELECT count(*) FROM app.narrow")
            # Each range of blocks holds as many as before, all of them old.
            await sessions[0].run("CLUSTER app.wide USING backward")
            changed = await changed_parts(sessions[3], tuple(parts))
            assert {part.blocks for part in changed} == {(0, 2), (2, 4), (4, None)}
            # And now they stay where they are.
            with pytest.raises(ServerError, match="lock timeout"):
                await sessions[0].run("VACUUM FULL app.wide")

    runner.run(live())


def test_transactions_in_progress_at_the_snapshot_count(
    sessions: list[Session], runner: asyncio.Runner
) -> None:
    async def live() -> None:
        await begin_anew(sessions)
        await sessions[1].run("BEGIN; SAVEPOINT a; UPDATE app.narrow SET n = n; RELEASE a")
        await sessions[2].run("BEGIN; INSERT INTO app.empty VALUES (1, 1); PREPARE TRANSACTION 'p'")
        await sessions[0].run("UPDATE app.high SET n = n")
        parts = await copy(sessions[3])
        await sessions[1].run("COMMIT")
        await sessions[2].run("COMMIT PREPARED 'p'")
        # What committed before the snapshot, but after the oldest that was still at work, may be the same.
        assert await named(sessions[3], parts) == {"narrow", "empty", "high"}

    runner.run(live())


def test_what_cannot_be_told_counts_as_changed(sessions: list[Session], runner: asyncio.Runner) -> None:
    async def live() -> None:
        await begin_anew(sessions)
        parts = await copy(sessions[3])

        async def named_with(**other: object) -> set[str]:
            altered = {
                msgspec.structs.replace(part, moment=msgspec.structs.replace(part.moment, **other)): rows
                for part, rows in parts.items()
            }
            return await named(sessions[3], altered)

        moment = next(iter(parts)).moment
        assert await named_with(xmin=moment.xmin - 2**31) == EVERY_PART
        assert await named_with(xmin=moment.xmin - 2**32) == EVERY_PART
        assert await named_with(xmin=moment.xmin + 1000) == EVERY_PART
        assert await named_with(lineage="another cluster") == EVERY_PART
        assert await named_with(lineage="") == EVERY_PART
        # Statistics that began anew tell of a crash.
        assert await named_with(running_since="another start", flushed=False) == EVERY_PART
        assert await named_with(running_since="", flushed=False) == EVERY_PART
        assert await named_with(running_since="another start", flushed=True) == set()
        left_out = {msgspec.structs.replace(part, all_rows=False): rows for part, rows in parts.items()}
        assert await named(sessions[3], left_out) == EVERY_PART

    runner.run(live())


def test_a_crash_is_told_from_a_restart(server: EmbeddedServer, runner: asyncio.Runner) -> None:
    async def moment() -> tuple[str, str]:
        async with connect(server.parameters()) as session, session.transaction(READ_ONLY):
            found = await read_moment(session)
            return found.lineage, found.running_since

    first = runner.run(moment())
    server.restart()
    assert runner.run(moment()) == first
    server.kill()
    server.restart()
    crashed = runner.run(moment())
    assert crashed[0] == first[0]
    assert crashed[1] != first[1]


def test_what_a_crash_of_the_server_takes_away_is_found(
    server: EmbeddedServer, runner: asyncio.Runner
) -> None:
    """A transaction that nobody waited for is lost, and another one gets its number."""

    async def lose() -> dict[CopiedPart, list[str]]:
        async with connect(server.parameters()) as session:
            await begin_anew([session] * 4)
            writer = await session.value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
            os.kill(writer, signal.SIGSTOP)
            await session.run("SET synchronous_commit TO off; UPDATE app.narrow SET n = 100")
            parts = await copy(session)
            server.kill()
            return parts

    async def replace(parts: dict[CopiedPart, list[str]]) -> None:
        x = str(next(iter(parts)).moment.xmin)
        async with connect(server.parameters()) as session:
            assert await session.value("SELECT count(*) FROM app.narrow WHERE n < 100") == 8
            await session.run("UPDATE app.narrow SET n = 200")
            assert await session.value("SELECT bool_and(age(xmin) > age($1::text::xid)) FROM app.narrow", x)
            assert await named(session, parts) == EVERY_PART

    parts = runner.run(lose())
    server.restart()
    runner.run(replace(parts))
