"""What arrives unlike the source is named before anything runs, and nothing else is unlike it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.plan import HazardKind, Plan
from pilotage.model.roles import RoleChoices
from pilotage.model.scope import Scope
from pilotage.preflight import NotReadyError
from pilotage.programs import find_installations
from tests.servers_at_hand import Databases, run_psql
from tests.zoo import create_zoo, prepare_target

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

pytestmark = pytest.mark.servers(18)


async def migrated(
    source: ConnectionParameters, target: ConnectionParameters, roles: RoleChoices | None = None
) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _: None,
        roles=roles,
    )


def named(plan: Plan, kind: HazardKind) -> dict[str, str]:
    """The hazards of a kind, the plan's and its steps': what each is about, and what it says."""
    hazards = [*plan.hazards, *(hazard for step in plan.steps for hazard in step.hazards)]
    return {hazard.object: hazard.message for hazard in hazards if hazard.kind is kind}


async def test_all_of_the_zoo_that_arrives_otherwise_is_named(new_database: Databases) -> None:
    source = create_zoo(new_database, 18, optional=("joined-later",))
    target = prepare_target(new_database, 18)

    migration = await migrated(source, target)

    left = named(migration.plan, HazardKind.NOT_MIGRATED)
    assert left.keys() == {
        "column order of zoo.joined_later",
        "index zoo.no_key_invalid",
        "rows of foreign table zoo.far",
        "rows of foreign table zoo.from_file",
        "rows of foreign table zoo.remote",
        "rows of foreign table zoo.visit_far",
    }
    assert "(wings, name, extra)" in left["column order of zoo.joined_later"]
    assert named(migration.plan, HazardKind.UNVALIDATED).keys() == {
        "zoo.lives_in lives_in_house",
        "zoo.unenforced unenforced_house",
    }
    assert named(migration.plan, HazardKind.LEFT_DISABLED).keys() == {
        "subscription zoo_newer",
        "subscription zoo_subscription",
        "subscription zoo_with_slot",
    }
    assert migration.verdict is not None
    assert [line for line in migration.verdict.not_checked if "zoo.no_key_invalid" in line]
    columns = (
        "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '{}'::regclass"
    )
    query = columns.format("zoo.joined_later") + " AND attnum > 0"
    assert run_psql(source, query) == "wings,extra,name\n"
    assert run_psql(target, query) == "wings,name,extra\n"
    assert run_psql(target, "SELECT wings, extra, name FROM zoo.joined_later;") == "4|x|later\n"


LEFT_OUT = """
CREATE FUNCTION pg_catalog.hidden(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE pg_catalog.hidden_mood AS ENUM ('sad');
CREATE VIEW information_schema.hidden_view AS SELECT 1 AS one;
CREATE TABLE house (id int PRIMARY KEY, code text UNIQUE DEFERRABLE);
CREATE TABLE animal (house int REFERENCES house, "other;" int CONSTRAINT "odd;" REFERENCES house);
CREATE TRIGGER of_a_user BEFORE UPDATE ON house
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE house DISABLE TRIGGER of_a_user;
ALTER TABLE animal DISABLE TRIGGER ALL;
CREATE SCHEMA other;
CREATE TABLE other.house (id int PRIMARY KEY);
CREATE TABLE other.animal (house int REFERENCES other.house);
ALTER TABLE other.house DISABLE TRIGGER ALL;
"""


@pytest.mark.parametrize(
    "major", [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 18)]
)
async def test_what_pg_dump_leaves_out_without_a_word_is_named(major: int, new_database: Databases) -> None:
    source, target = prepare_target(new_database, major, "source"), prepare_target(new_database, 18)
    run_psql(source, LEFT_OUT)

    migration = await migrated(source, target)

    left = named(migration.plan, HazardKind.NOT_MIGRATED)
    assert left.keys() == {
        "function pg_catalog.hidden(integer)",
        "type pg_catalog.hidden_mood",
        "view information_schema.hidden_view",
        "state of constraint animal_house_fkey on public.animal",
        'state of constraint "odd;" on public.animal',
        "state of constraint animal_house_fkey on other.animal",
    }
    assert "on other.house (" in left["state of constraint animal_house_fkey on other.animal"]
    firing = (
        "SELECT count(*) FILTER (WHERE tgenabled <> 'O') FROM pg_trigger"
        " WHERE tgrelid IN ('animal'::regclass, 'other.house'::regclass);"
    )
    assert (run_psql(source, firing), run_psql(target, firing)) == ("6\n", "0\n")


SUBSCRIBED = """
CREATE SUBSCRIPTION asleep CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION "a;wake" CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p
    WITH (connect = false, slot_name = 'kept');
ALTER SUBSCRIPTION "a;wake" ENABLE;
"""


async def test_a_subscription_never_begins_to_work_by_itself(new_database: Databases) -> None:
    source, target = new_database(18, sql=SUBSCRIBED), new_database(18, "target")

    migration = await migrated(source, target)

    told = named(migration.plan, HazardKind.LEFT_DISABLED)
    assert 'ALTER SUBSCRIPTION "a;wake" ENABLE' in told['subscription "a;wake"']
    state = "SELECT subname, subenabled, subslotname FROM pg_subscription ORDER BY subname;"
    assert run_psql(source, state) == "a;wake|t|kept\nasleep|f|\n"
    assert run_psql(target, state) == "a;wake|f|kept\nasleep|f|\n"


WATCHED = """
CREATE TABLE t (a int);
INSERT INTO t VALUES (1);
CREATE TABLE log (tag text);
CREATE FUNCTION log() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.log VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER ending ON ddl_command_end EXECUTE FUNCTION log();
CREATE EVENT TRIGGER always ON ddl_command_start EXECUTE FUNCTION log();
ALTER EVENT TRIGGER always ENABLE ALWAYS;
CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
TRUNCATE log;
"""


async def test_event_triggers_see_nothing_of_the_migration(new_database: Databases) -> None:
    source, target = new_database(18, sql=WATCHED), prepare_target(new_database, 18)
    # Which the migration sets aside while it creates, and puts back.
    run_psql(target, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO zoo_visitor;")

    await migrated(source, target)

    assert run_psql(target, "SELECT * FROM log;") == ""
    run_psql(target, "CREATE TABLE later ();")
    assert run_psql(target, "SELECT * FROM log;") == "CREATE TABLE\nCREATE TABLE\n"


ELSEWHERE = """
CREATE TABLE kept (a int PRIMARY KEY USING INDEX TABLESPACE zoo_space) TABLESPACE zoo_space;
INSERT INTO kept VALUES (1);
CREATE INDEX ON kept (a) TABLESPACE zoo_space;
CREATE MATERIALIZED VIEW seen TABLESPACE zoo_space AS SELECT * FROM kept;
CREATE TABLE whole (a int) PARTITION BY LIST (a) TABLESPACE zoo_space;
"""


async def test_tablespaces_are_left_out_where_that_is_asked_for(
    new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = prepare_target(new_database, 18, "source"), prepare_target(new_database, 18)
    run_psql(source, ELSEWHERE)
    run_psql(target, "DROP TABLESPACE zoo_space;")
    with pytest.raises(NotReadyError, match="--no-tablespaces"):
        await migrated(source, target)

    migration = await migrated(source, target, RoleChoices(tablespaces=False))

    assert list(named(migration.plan, HazardKind.NOT_MIGRATED)) == ["tablespaces"]
    assert migration.verdict is not None
    assert migration.verdict.differences == ()

    def lines(parameters: ConnectionParameters) -> list[str]:
        dump = schema_dump(parameters).replace("; Tablespace: zoo_space\n", "\n")
        return [line for line in dump.split("\n") if line and not line.startswith(space)]

    space = "SET default_tablespace = "
    assert f"{space}zoo_space;" in schema_dump(source)
    assert f"{space}zoo_space;" not in schema_dump(target)
    assert lines(target) == lines(source)
    assert data_dump(target) == data_dump(source)
