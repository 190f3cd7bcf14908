"""What trips migrations up: late definitions, crossing locks, narrow scopes, servers that go away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import (
    RefusedError,
    RunFailedError,
    RunInterruptedError,
    StepFailedError,
)
from pilotage.execute import Limits, Origin, run_plan
from pilotage.inspect import hold_inspection
from pilotage.journal import hold_run_lock
from pilotage.migrate import migrate
from pilotage.model.choices import OrphanChoice
from pilotage.model.plan import AddForeignKey
from pilotage.model.run import BytesCopied, Event, Reconnecting, StepStarted
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.plan import decode_plan, encode_plan, make_plan
from pilotage.preflight import NotReadyError
from pilotage.programs import find_installations
from pilotage.servers import EmbeddedServer
from tests.servers_at_hand import Databases, require_server, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

PATIENCE = 120
"""Seconds after which a test says that something hangs."""


async def run_migration(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    include: tuple[str, ...] = (),
    jobs: int = 3,
    on_event: Callable[[Event], None] = lambda _: None,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
) -> Outcome:
    """Migrate, and return what the verification says."""
    async with asyncio.timeout(PATIENCE):
        migration = await migrate(
            source,
            target,
            scope=Scope(include=include),
            installations=find_installations(),
            limits=Limits(jobs=jobs),
            on_event=on_event,
            orphans=orphans,
        )
    assert migration.verdict is not None
    return migration.verdict.outcome


@pytest.mark.servers(18)
@pytest.mark.parametrize("jobs", [1, 8])
async def test_every_edge_of_pg_dump_arrives(
    jobs: int, new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source = new_database(18, file=Path(__file__).with_name("nasty.sql"))
    target = new_database(18, "target")

    assert await run_migration(source, target, jobs=jobs) is Outcome.EQUAL

    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)


@pytest.mark.servers(18)
async def test_a_plan_of_every_edge_is_written_and_read_back(new_database: Databases) -> None:
    source = new_database(18, file=Path(__file__).with_name("nasty.sql"))
    async with hold_inspection(source, Scope(), find_installations()) as inspection:
        plan = make_plan(inspection.catalog, inspection.archive)
    assert decode_plan(encode_plan(plan)) == plan
    assert {step.constraint for step in plan.steps if isinstance(step, AddForeignKey)} > {
        "f12",
        "f21",
        "self",
    }


OWNED_AND_FILTERED = """
DO $$BEGIN CREATE ROLE pilotage_reader; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
CREATE TABLE secret (a int);
INSERT INTO secret VALUES (1), (2);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON secret TO pilotage_reader;
GRANT CREATE ON SCHEMA public TO pilotage_reader;
CREATE POLICY one ON secret TO pilotage_reader USING (a = 1);
CREATE MATERIALIZED VIEW seen AS SELECT * FROM secret;
ALTER MATERIALIZED VIEW seen OWNER TO pilotage_reader;
REFRESH MATERIALIZED VIEW seen;
"""


@pytest.mark.servers(18)
async def test_a_materialized_view_is_filled_as_its_owner_may(new_database: Databases) -> None:
    source, target = new_database(18, sql=OWNED_AND_FILTERED), new_database(18, "target")
    run_psql(
        target,
        "DO $$BEGIN CREATE ROLE pilotage_reader; EXCEPTION WHEN duplicate_object THEN NULL; END$$;",
    )

    assert await run_migration(source, target) is Outcome.EQUAL

    assert run_psql(target, "SELECT * FROM seen;") == "1\n"


FOREIGN_PARTITION = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE here PARTITION OF p FOR VALUES IN (1);
CREATE FOREIGN TABLE there PARTITION OF p FOR VALUES IN (2) SERVER nowhere;
INSERT INTO here VALUES (1);
"""


@pytest.mark.servers(18)
async def test_a_partition_on_a_server_that_is_gone_stops_nothing(
    new_database: Databases, schema_dump: Dump
) -> None:
    source, target = new_database(18, sql=FOREIGN_PARTITION), new_database(18, "target")

    await run_migration(source, target)

    assert schema_dump(target) == schema_dump(source)
    assert run_psql(target, "SELECT count(*) FROM here;") == "1\n"


TWO_SCHEMAS = """
CREATE SCHEMA one;
CREATE SCHEMA two;
CREATE EXTENSION vector;
CREATE TYPE two.mood AS ENUM ('calm');
CREATE TABLE two.port (id int PRIMARY KEY);
INSERT INTO two.port VALUES (1);
CREATE TABLE one.ship (id int, home int CONSTRAINT home REFERENCES two.port,
    v public.vector(3), m two.mood[]);
INSERT INTO one.ship VALUES (7, 1, '[1,2,3]', '{calm}');
CREATE TABLE two.base (a int);
CREATE TABLE one.heir () INHERITS (two.base);
"""


@pytest.mark.servers(18)
async def test_what_a_scope_needs_from_outside_is_named_before_anything_is_changed(
    new_database: Databases, schema_dump: Dump
) -> None:
    source, target = new_database(18, sql=TWO_SCHEMAS), new_database(18, "target")
    before = schema_dump(target)

    with pytest.raises(RefusedError) as refusal:
        await run_migration(source, target, include=("one",))

    message = str(refusal.value)
    assert "table two.base: is outside the scope and not there, and one.heir inherits from it" in message
    assert "table two.port: is outside the scope and not there, and foreign key home of one.ship" in message
    assert "type public.vector: is outside the scope and not there, and column v of one.ship" in message
    assert "CREATE EXTENSION vector SCHEMA public;" in message
    assert "type two.mood: is outside the scope and not there, and column m of one.ship" in message
    assert "take its schema along with --schema" in message
    assert schema_dump(target) == before


@pytest.mark.servers(18)
async def test_what_a_scope_needs_from_outside_may_be_there_already(new_database: Databases) -> None:
    source, target = new_database(18, sql=TWO_SCHEMAS), new_database(18, "target", sql=TWO_SCHEMAS)
    run_psql(target, "DROP SCHEMA one CASCADE;")

    await run_migration(source, target, include=("one",))

    assert run_psql(target, "SELECT id, home, v, m FROM one.ship;") == "7|1|[1,2,3]|{calm}\n"


USER_TABLE_IN_AN_EXTENSIONS_SCHEMA = """
CREATE EXTENSION hstore;
CREATE SCHEMA cron;
ALTER EXTENSION hstore ADD SCHEMA cron;
CREATE TABLE cron.mine (a int);
INSERT INTO cron.mine VALUES (1);
"""


@pytest.mark.servers(18)
async def test_a_table_whose_rows_would_stay_behind_is_refused_by_name(new_database: Databases) -> None:
    source = new_database(18, sql=USER_TABLE_IN_AN_EXTENSIONS_SCHEMA)
    target = new_database(18, "target")

    with pytest.raises(RefusedError, match=r"table cron\.mine is defined by pg_dump, but what it holds"):
        await run_migration(source, target)


@pytest.mark.servers(18)
async def test_names_without_a_schema_are_looked_for_before_rows_are_copied(new_database: Databases) -> None:
    publication = "SET client_min_messages = error; CREATE PUBLICATION news;"
    source, target = new_database(18, sql=publication), new_database(18, "target", sql=publication)

    with pytest.raises(NotReadyError) as refusal:
        await run_migration(source, target)

    assert [problem.object for problem in refusal.value.problems] == ["publication news"]


@pytest.mark.servers(16, 18)
async def test_a_name_that_only_newer_servers_quote_is_found_in_the_way(new_database: Databases) -> None:
    table = "CREATE TABLE json_table (a int)"
    source, target = new_database(16, sql=table), new_database(16, "target", sql=table)

    with pytest.raises(NotReadyError) as refusal:
        await run_migration(source, target)

    assert [problem.object for problem in refusal.value.problems] == ['table public."json_table"']


@pytest.mark.servers(18)
async def test_an_extension_in_another_schema_is_refused(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE EXTENSION hstore; CREATE TABLE t (h hstore)")
    target = new_database(18, "target", sql="CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext")

    with pytest.raises(
        NotReadyError, match="extension hstore: is installed there in schema ext, on the source"
    ):
        await run_migration(source, target)


@pytest.mark.servers(18)
async def test_a_session_that_waits_is_not_thrown_out(new_database: Databases) -> None:
    source = new_database(
        18,
        sql="CREATE FUNCTION public.slow(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
        "'BEGIN PERFORM pg_sleep(0.7); RETURN $1; END';"
        "CREATE TABLE t (a int); CREATE TABLE u (a int); INSERT INTO t VALUES (1);"
        "CREATE INDEX ON t (slow(a)); CREATE INDEX ON u (a);",
    )
    target = new_database(18, "target")
    for end in (source, target):
        run_psql(end, f"ALTER DATABASE {end.database} SET idle_session_timeout = 300;")

    assert await run_migration(source, target, jobs=2) is Outcome.EQUAL


@pytest.mark.servers(18)
async def test_a_small_lock_table_is_enough(new_database: Databases) -> None:
    """The least that a server can have: some 600 locks, where a transaction of 1,000 tables takes 3,000."""
    source = new_database(
        18,
        sql="DO $$BEGIN FOR n IN 1..400 LOOP EXECUTE format('CREATE TABLE t%s (a text)', n); END LOOP; "
        "END$$;",
    )
    server = EmbeddedServer.start(
        require_server(18),
        settings={
            "max_connections": "8",
            "max_locks_per_transaction": "10",
            "max_wal_senders": "0",
            "autovacuum_worker_slots": "1",
            "autovacuum_max_workers": "1",
            "max_worker_processes": "1",
            "superuser_reserved_connections": "0",
        },
    )
    try:
        run_psql(server.parameters(), "CREATE DATABASE small TEMPLATE template0;")
        assert await run_migration(source, server.parameters("small"), jobs=2) is Outcome.EQUAL
    finally:
        server.stop()


BIG = "CREATE TABLE big AS SELECT n AS id, repeat('x', 500) AS filler FROM generate_series(1, 60000) AS n;"


@pytest.mark.servers(18)
async def test_a_snapshot_that_is_gone_ends_the_run_and_says_what_is_there(new_database: Databases) -> None:
    source, target = new_database(18, sql=BIG), new_database(18, "target")
    async with hold_inspection(source, Scope(), find_installations()) as inspection:
        plan = make_plan(inspection.catalog, inspection.archive)
        with pytest.raises(RunFailedError) as failure:
            async with hold_run_lock(target, print) as lock:
                await run_plan(
                    plan,
                    Origin(parameters=source, session=inspection.session, snapshot="00000003-0000001B-1"),
                    target,
                    lock=lock,
                    limits=Limits(jobs=2),
                    on_event=lambda _: None,
                )
    assert failure.value.exit_code == 4
    assert "snapshot" in str(failure.value)
    assert f"1 of {len(plan.steps)} steps are on the target, each recorded there" in str(failure.value)


@pytest.mark.servers(18)
async def test_a_target_that_goes_away_is_connected_to_again(new_database: Databases) -> None:
    source, target = new_database(18, sql=BIG), new_database(18, "target")
    kills: list[asyncio.Task[object]] = []
    told: list[Reconnecting] = []

    async def kill() -> None:
        async with connect(target) as session:
            await session.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )

    def on_event(event: Event) -> None:
        if isinstance(event, BytesCopied) and not kills:
            kills.append(asyncio.ensure_future(kill()))
        if isinstance(event, Reconnecting):
            told.append(event)

    assert await run_migration(source, target, jobs=2, on_event=on_event) is Outcome.EQUAL

    await asyncio.gather(*kills)
    assert "the connection was lost" in told[0].why
    assert run_psql(target, "SELECT count(*) FROM big;") == "60000\n"


@pytest.mark.servers(18)
@pytest.mark.parametrize("moment", ["before", "during"])
async def test_an_interruption_says_what_is_on_the_target(moment: str, new_database: Databases) -> None:
    source, target = new_database(18, sql=BIG), new_database(18, "target")
    running: list[asyncio.Task[Outcome]] = []

    def on_event(event: Event) -> None:
        wanted = BytesCopied if moment == "during" else ()
        if isinstance(event, wanted):
            running[0].cancel()

    running.append(asyncio.ensure_future(run_migration(source, target, jobs=2, on_event=on_event)))
    if moment == "before":
        await asyncio.sleep(0)
        running[0].cancel()
    with pytest.raises(RunInterruptedError) as interruption:
        await running[0]

    expected = (
        "nothing was changed" if moment == "before" else "1 of 3 steps are on the target, each recorded"
    )
    assert expected in str(interruption.value)
    if moment == "during":
        assert run_psql(target, "SELECT count(*) FROM big;") == "0\n"


DOMAIN = """
CREATE DOMAIN d AS int;
CREATE TABLE t (a d);
INSERT INTO t VALUES (1);
ALTER DOMAIN d ADD CONSTRAINT late CHECK (value > 1) NOT VALID;
COMMENT ON CONSTRAINT late ON DOMAIN d IS 'for new rows';
"""


@pytest.mark.servers(18)
async def test_a_domains_late_check_comes_after_all_rows(new_database: Databases, schema_dump: Dump) -> None:
    source, target = new_database(18, sql=DOMAIN), new_database(18, "target")

    assert await run_migration(source, target, jobs=8) is Outcome.EQUAL

    assert schema_dump(target) == schema_dump(source)


ORPHAN = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
COMMENT ON CONSTRAINT child_parent_fkey ON child IS 'needs no check';
SET session_replication_role = replica;
INSERT INTO child VALUES (1, 77);
"""


@pytest.mark.servers(18)
async def test_one_failing_step_ends_all_that_wait_for_it(new_database: Databases) -> None:
    """Seven of eight hands have nothing to do while the key is checked, and statistics wait for that."""
    source, target = new_database(18, sql=ORPHAN), new_database(18, "target")
    started: list[str] = []

    def on_event(event: Event) -> None:
        if isinstance(event, StepStarted):
            started.append(event.step)

    with pytest.raises(StepFailedError) as failure:
        await run_migration(source, target, jobs=8, on_event=on_event, orphans=None)

    assert failure.value.step == "validation of fk constraint public child child_parent_fkey"
    assert {failure.value.step, "comment public CONSTRAINT child_parent_fkey ON child"} <= set(started)
    assert "statistics public.child" not in started
    assert "9 of 11 steps are on the target, each recorded there" in str(failure.value)
