"""Traps that take more than one script: roles, extensions, the lock table, what acts after the last file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.apply import apply_files, read_folder
from pilotage.apply.rollback import roll_back
from pilotage.config.reader import parse_configuration
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.errors import RefusedError, StepFailedError
from pilotage.inspect import hold_inspection
from pilotage.model.plan import HazardKind
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.plan import make_plan
from pilotage.programs import find_installations
from tests.acceptance.test_traps import ROUTES, TRAPS, bring
from tests.generated_files import forward_files, refusal, run_files, write_files
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

ROLES = """
DO $$BEGIN
    CREATE ROLE "o';
DROP SCHEMA x; -- ""\\e";
    CREATE ROLE "g$$;
*/";
EXCEPTION WHEN duplicate_object THEN NULL; END$$;
""".replace("$$BEGIN", "$roles$BEGIN").replace("END$$;", "END$roles$;")

OWNED = """
CREATE SCHEMA "s;';
--" AUTHORIZATION "o';
DROP SCHEMA x; -- ""\\e";
CREATE TABLE "s;';
--".t (id int PRIMARY KEY);
INSERT INTO "s;';
--".t VALUES (1);
ALTER TABLE "s;';
--".t OWNER TO "o';
DROP SCHEMA x; -- ""\\e";
GRANT SELECT (id) ON "s;';
--".t TO "g$$;
*/" WITH GRANT OPTION;
ALTER TABLE "s;';
--".t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON "s;';
--".t TO "g$$;
*/" USING (true);
ALTER DEFAULT PRIVILEGES FOR ROLE "o';
DROP SCHEMA x; -- ""\\e" IN SCHEMA "s;';
--" GRANT INSERT ON TABLES TO "g$$;
*/";
CREATE MATERIALIZED VIEW "s;';
--".m AS SELECT 1 AS a;
ALTER MATERIALIZED VIEW "s;';
--".m OWNER TO "o';
DROP SCHEMA x; -- ""\\e";
"""


@pytest.mark.servers(18)
@pytest.mark.parametrize("route", ROUTES)
async def test_roles_of_hostile_names_keep_what_is_theirs(
    route: str, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=ROLES + OWNED), new_database(18, "target", sql=ROLES)

    verdict = await bring(route, source, target, tmp_path)

    assert verdict.differences == ()
    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)


EVENT_TRIGGERS = next(trap for trap in TRAPS if trap.stem == "event_triggers")


@pytest.mark.servers(18)
@pytest.mark.parametrize("keep_journal", [True, False])
async def test_event_triggers_do_not_stop_applying_and_taking_back(
    keep_journal: bool, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source, target = new_database(18, file=EVENT_TRIGGERS), new_database(18, "target")
    before = schema_dump(target)
    folder = tmp_path / "migration"
    await write_files(source, folder / "sql")

    applied = await apply_files(
        read_folder(folder),
        target,
        installations=find_installations(),
        on_event=lambda _: None,
        keep_journal=keep_journal,
    )

    assert applied.complete
    if not keep_journal:
        assert schema_dump(target) == schema_dump(source)
    await roll_back(read_folder(folder), target, installations=find_installations(), on_event=lambda _: None)
    assert schema_dump(target) == before


MANY_SCHEMAS = """
SELECT format('CREATE SCHEMA s%1$s;'
    ' CREATE TABLE s%1$s.t (id serial PRIMARY KEY, a text, u int REFERENCES s%1$s.t);'
    ' INSERT INTO s%1$s.t (a) VALUES (''x''); CREATE INDEX ON s%1$s.t (a);', n)
FROM generate_series(1, 939) AS n
\\gexec
"""


# ``test_a_small_lock_table_is_enough`` shows the same of 400 tables and the smallest server.
@pytest.mark.thorough
@pytest.mark.servers(18)
async def test_939_schemas_arrive_by_a_server_of_default_settings(
    new_database: Databases, schema_dump: Dump
) -> None:
    source, target = new_database(18, sql=MANY_SCHEMAS), new_database(18, "target")

    verdict = await bring("migrate", source, target, Path())

    assert verdict.outcome is Outcome.EQUAL
    assert schema_dump(target) == schema_dump(source)


MANY_TABLES = """
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, a text UNIQUE);', n) FROM generate_series(1, 1700) AS n
\\gexec
INSERT INTO t1 VALUES (1, 'x');
"""

ONE_GROUP = parse_configuration('[[group]]\nname = "all"\ntables = ["public.*"]\n', "pilotage.toml")


@pytest.mark.thorough
@pytest.mark.servers(18)
async def test_a_file_of_1700_tables_says_that_a_server_of_default_settings_has_too_few_locks(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=MANY_TABLES), new_database(18, "target")

    await write_files(source, tmp_path, ONE_GROUP)

    said = refusal(target, forward_files(tmp_path)[0])
    assert "this file locks about 8500 relations in one transaction" in said
    assert "ALTER SYSTEM SET max_locks_per_transaction = 192; and restart the server, or divide" in said


# Other tests bring fewer tables by files of several groups.
@pytest.mark.thorough
@pytest.mark.servers(18)
async def test_files_of_1700_tables_arrive_by_a_server_of_default_settings(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    """In several groups, as the test before says."""
    source, target = new_database(18, sql=MANY_TABLES), new_database(18, "target")

    await write_files(source, tmp_path, Configuration())
    run_files(target, forward_files(tmp_path), apart=False)

    assert schema_dump(target) == schema_dump(source)


ADDED = """
CREATE EXTENSION hstore;
CREATE TABLE added (id int PRIMARY KEY, a text);
INSERT INTO added VALUES (1, 'x');
ALTER EXTENSION hstore ADD TABLE added;
CREATE FUNCTION added() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER EXTENSION hstore ADD FUNCTION added();
"""


@pytest.mark.servers(18)
async def test_what_was_added_to_an_extension_is_told_and_found_missing(new_database: Databases) -> None:
    source, target = new_database(18, sql=ADDED), new_database(18, "target")

    async with hold_inspection(source, Scope(), find_installations()) as inspection:
        plan = make_plan(inspection.catalog, inspection.archive)
    (hazard,) = [hazard for hazard in plan.hazards if hazard.object == "rows of public.added"]
    assert hazard.kind is HazardKind.NOT_MIGRATED
    assert "ALTER EXTENSION hstore DROP TABLE public.added on the source" in hazard.message

    verdict = await bring("migrate", source, target, Path())
    assert [(each.object, each.fact, each.expected, each.found) for each in verdict.differences] == [
        ("extension hstore", "members", "function public.added(), table public.added", "all the others")
    ]


@pytest.mark.servers(18)
async def test_a_key_to_what_was_added_to_an_extension_is_told_before(new_database: Databases) -> None:
    refers = "CREATE TABLE refers (id int REFERENCES added);"
    source, target = new_database(18, sql=ADDED + refers), new_database(18, "target")

    with pytest.raises(RefusedError, match=r"foreign key refers_id_fkey of public\.refers references it"):
        await bring("migrate", source, target, Path())


BY_PATH = """
CREATE TABLE port (id int PRIMARY KEY);
INSERT INTO port VALUES (1), (2);
CREATE FUNCTION ports() RETURNS bigint LANGUAGE plpgsql STABLE AS
    'BEGIN RETURN (SELECT count(*) FROM port); END';
CREATE MATERIALIZED VIEW counted AS SELECT ports() AS n;
"""


@pytest.mark.servers(16, 18)
async def test_a_view_that_only_a_search_path_could_fill_fails_with_what_helps(
    new_database: Databases,
) -> None:
    source, target = new_database(16, sql=BY_PATH), new_database(18, "target")

    with pytest.raises(StepFailedError) as failure:
        await bring("migrate", source, target, Path())

    assert failure.value.step == "materialized view data public counted"
    assert 'relation "port" does not exist' in str(failure.value)
    assert "ALTER FUNCTION … SET search_path" in str(failure.value)

    run_psql(source, "ALTER FUNCTION ports() SET search_path = public;")
    again = new_database(18, "target")
    assert (await bring("migrate", source, again, Path())).outcome is Outcome.EQUAL
    assert run_psql(again, "SELECT n FROM counted;") == "2\n"
