"""A migrated database is the source's twin: the same dump of definitions, the same dump of rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import HOTEL_ROWS, create_hotel, create_hotel_roles
from pilotage.errors import RefusedError, StepFailedError
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import OrphanChoice
from pilotage.model.plan import CopyFormat, LoadTable
from pilotage.model.run import Event, StepFinished
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.preflight import NotReadyError
from pilotage.programs import find_installations
from tests.servers_at_hand import Databases, versions

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

VERSIONS = versions(15, 16, 17, 18, besides=(18,))
# Between two of 18, the demo of the README and the files of the hotel go.
HOTEL_VERSIONS = versions(16, thorough=(18,), besides=(18,))


async def run_migration(
    source: ConnectionParameters,
    target: ConnectionParameters,
    scope: Scope | None = None,
    jobs: int = 3,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
) -> tuple[Migration, list[Event]]:
    """Migrate and return what came of it with every event on the way."""
    events: list[Event] = []
    migration = await migrate(
        source,
        target,
        scope=scope or Scope(),
        installations=find_installations(),
        limits=Limits(jobs=jobs),
        on_event=events.append,
        orphans=orphans,
    )
    return migration, events


def assert_equal_verdict(migration: Migration) -> None:
    """Show the differences where there are some, not only that there are."""
    assert migration.verdict is not None
    assert migration.verdict.differences == ()
    assert migration.verdict.outcome is Outcome.EQUAL


@pytest.mark.parametrize("major", HOTEL_VERSIONS)
async def test_hotel_arrives_whole(
    major: int, new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = new_database(major), new_database(18, "target")
    async with connect(source) as session:
        await create_hotel(session)
    async with connect(target) as session:
        await create_hotel_roles(session)

    migration, events = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)
    loaded = {
        step.table.name: result.rows
        for step in migration.plan.steps
        for result in migration.result.steps
        if result.step == step.id and isinstance(step, LoadTable) and step.table.schema == "public"
    }
    assert loaded == HOTEL_ROWS
    finished = [event.step for event in events if isinstance(event, StepFinished)]
    assert sorted(finished) == sorted(step.id for step in migration.plan.steps)


@pytest.mark.parametrize(
    ("name", "major"),
    [
        pytest.param(name, *version.values, id=f"{name}-{version.values[0]}", marks=version.marks)
        for name, majors in (
            ("pagila.sql", VERSIONS),
            ("chinook.sql", versions(18, thorough=(15, 16, 17), besides=(18,))),
        )
        for version in majors
    ],
)
async def test_real_databases_arrive_whole(
    name: str,
    major: int,
    real_data: Callable[[str], Path],
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
) -> None:
    source, target = new_database(major, file=real_data(name)), new_database(18, "target")

    migration, _ = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)


HOSTILE = r"""
CREATE SCHEMA "we""ird";
CREATE TYPE "we""ird"."mo\od" AS ENUM ('sad', 'it''s "fine"', E'new\nline');
CREATE TABLE "we""ird".";DROP TABLE x;--" (
    "select" int PRIMARY KEY, "a""b" text, "Ünï" "we""ird"."mo\od"[], "x
y" numeric);
INSERT INTO "we""ird".";DROP TABLE x;--" VALUES
    (1, E'\\.\n\\N', '{sad,"it''s \"fine\"","new
line"}', 1.50), (2, NULL, NULL, 'NaN'), (3, '', '{}', -0.000);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE only_generated (twice int GENERATED ALWAYS AS (2 * 21) STORED);
INSERT INTO only_generated DEFAULT VALUES;
CREATE TABLE place (id regclass, moment timestamptz);
INSERT INTO place VALUES ('"we""ird".";DROP TABLE x;--"', '-infinity'), ('place', '2024-02-29 23:59:59.5+02');
"""


@pytest.mark.servers(18)
async def test_hostile_names_and_awkward_tables_arrive_whole(
    new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = new_database(18, sql=HOSTILE), new_database(18, "target")

    migration, _ = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)
    formats = {step.table.name: step for step in migration.plan.steps if isinstance(step, LoadTable)}
    assert formats["nothing"].format is CopyFormat.BINARY
    assert formats["place"].format is CopyFormat.TEXT
    assert "OID" in formats["place"].format_reason


PARTITIONED = """
CREATE TABLE customer (id int PRIMARY KEY);
INSERT INTO customer SELECT generate_series(1, 50);
CREATE TABLE event (id int, day date, customer int REFERENCES customer, PRIMARY KEY (id, day))
    PARTITION BY RANGE (day);
CREATE TABLE event_24 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    PARTITION BY LIST (id);
CREATE TABLE event_24_low PARTITION OF event_24 FOR VALUES IN (1, 2, 3);
CREATE TABLE event_24_rest PARTITION OF event_24 DEFAULT;
CREATE TABLE event_25 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO event SELECT n, '2024-06-01'::date + n, 1 + n % 50 FROM generate_series(1, 400) AS n;
CREATE INDEX event_customer ON event (customer);
CREATE TABLE note (id int PRIMARY KEY, event int, day date, FOREIGN KEY (event, day) REFERENCES event);
INSERT INTO note SELECT id, id, day FROM event;
CREATE TABLE base (a int); CREATE TABLE child (b int) INHERITS (base);
INSERT INTO base VALUES (1); INSERT INTO child VALUES (2, 3);
"""


@pytest.mark.servers(18)
async def test_partitions_and_inheritance_keep_every_row_where_it_was(
    new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = new_database(18, sql=PARTITIONED), new_database(18, "target")

    migration, _ = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)
    assert migration.result.rows == 50 + 400 + 400 + 2
    loaded = {str(step.table) for step in migration.plan.steps if isinstance(step, LoadTable)}
    assert "public.event" not in loaded
    assert "public.event_24_low" in loaded


@pytest.mark.servers(18)
async def test_what_postgresql_prints_otherwise_after_a_reload_is_no_difference(
    new_database: Databases,
) -> None:
    # The casts move into the array at the first reload; pg_dump | pg_restore differs in the same place.
    source = new_database(
        18,
        sql="CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'y')));"
        "CREATE FUNCTION f(a varchar) RETURNS bool LANGUAGE sql BEGIN ATOMIC SELECT a IN ('x', 'y'); END",
    )

    migration, _ = await run_migration(source, new_database(18, "target"))

    assert_equal_verdict(migration)


@pytest.mark.servers(18)
async def test_scope_takes_only_the_named_schemas(new_database: Databases) -> None:
    source = new_database(
        18, sql="CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (a int); CREATE TABLE two.t (a int)"
    )
    target = new_database(18, "target")

    migration, _ = await run_migration(source, target, Scope(include=("one",)))

    assert [str(table.name) for table in migration.catalog.tables] == ["one.t"]
    async with connect(target) as session:
        assert await session.value("SELECT to_regclass('one.t') IS NOT NULL AND to_regclass('two.t') IS NULL")


@pytest.mark.servers(18)
async def test_an_occupied_target_is_refused_with_the_list_and_left_alone(
    new_database: Databases, schema_dump: Dump
) -> None:
    schema = "CREATE TABLE t (id serial PRIMARY KEY); CREATE FUNCTION f(a int) RETURNS int RETURN a;"
    source, target = new_database(18, sql=schema), new_database(18, "target", sql=schema)
    before = schema_dump(target)

    with pytest.raises(NotReadyError) as refusal:
        await run_migration(source, target)

    assert tuple(problem.object for problem in refusal.value.problems) == (
        "function public.f(a integer)",
        # Its index and its sequence go with it, and could not be dropped by themselves.
        "table public.t",
    )
    assert refusal.value.exit_code == 3
    assert schema_dump(target) == before


@pytest.mark.servers(18)
async def test_unrelated_objects_on_the_target_are_left_alone(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (a int)")
    target = new_database(18, "target", sql="CREATE TABLE mine AS SELECT 42 AS answer")

    await run_migration(source, target)

    async with connect(target) as session:
        assert await session.value("SELECT answer FROM public.mine") == 42


@pytest.mark.servers(18)
async def test_a_missing_role_is_named_with_the_statement_that_makes_it(new_database: Databases) -> None:
    name = "pilotage test 'role'"
    source = new_database(
        18,
        sql=f'DROP ROLE IF EXISTS "{name}"; CREATE ROLE "{name}"; CREATE TABLE t (a int); '
        f'GRANT SELECT ON t TO "{name}"',
    )
    target = new_database(18, "target")

    with pytest.raises(RefusedError) as refusal:
        await run_migration(source, target)

    assert f'CREATE ROLE "{name}";' in str(refusal.value)
    async with connect(target) as session:
        assert await session.value("SELECT to_regclass('public.t') IS NULL")


ORPHAN = """
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent);
SET session_replication_role = replica;
INSERT INTO child VALUES (1, 77);
"""


@pytest.mark.servers(18)
async def test_a_failing_step_is_named_with_the_servers_words(new_database: Databases) -> None:
    source, target = new_database(18, sql=ORPHAN), new_database(18, "target")

    with pytest.raises(StepFailedError) as failure:
        await run_migration(source, target, orphans=None)

    assert failure.value.step == "validation of fk constraint public child child_parent_fkey"
    assert failure.value.exit_code == 4
    message = str(failure.value)
    assert 'violates foreign key constraint "child_parent_fkey"' in message
    assert "Key (parent)=(77) is not present" in message
    assert "steps are on the target" in message


@pytest.mark.servers(18)
async def test_a_failing_definition_leaves_the_target_untouched(
    new_database: Databases, schema_dump: Dump
) -> None:
    source = new_database(18, sql="CREATE SCHEMA first; CREATE TABLE t (a int)")
    target = new_database(18, "target", sql="CREATE SCHEMA other; CREATE TABLE other.keep (a int)")
    before = schema_dump(target)
    async with connect(target) as session:
        await session.run(
            "CREATE FUNCTION other.refuse() RETURNS event_trigger LANGUAGE plpgsql AS "
            "'BEGIN RAISE EXCEPTION ''no tables today'' USING ERRCODE = ''P0001''; END'"
        )
        await session.run(
            "CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
            "EXECUTE FUNCTION other.refuse()"
        )

    with pytest.raises(StepFailedError) as failure:
        await run_migration(source, target)

    assert failure.value.step == "table public t"
    assert "no tables today" in str(failure.value)
    assert "Nothing on the target was changed" in str(failure.value)
    async with connect(target) as session:
        await session.run("DROP EVENT TRIGGER refuse; DROP FUNCTION other.refuse()")
    assert schema_dump(target) == before


@pytest.mark.servers(18)
async def test_the_schema_that_every_database_has_can_be_named_in_the_scope(
    new_database: Databases, schema_dump: Dump
) -> None:
    source = new_database(18, sql="CREATE TABLE t (a int); COMMENT ON SCHEMA public IS 'ours'")
    target = new_database(18, "target")

    migration, _ = await run_migration(source, target, Scope(include=("public",)))

    assert_equal_verdict(migration)
    assert schema_dump(target) == schema_dump(source)
