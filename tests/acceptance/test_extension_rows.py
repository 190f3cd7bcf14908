"""What users keep in extensions' own tables arrives, and nothing that the extension itself put there."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.plan import HazardKind, LoadTable
from pilotage.model.scope import Scope
from pilotage.verify import verify
from tests.acceptance.test_migrate import assert_equal_verdict, run_migration
from tests.generated_files import forward_files, refusal, rollback_files, run_files, write_files
from tests.servers_at_hand import Clusters, Databases, run_psql, versions

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

SOURCE = Path(__file__).with_name("extension_source.sql")
CONTENTS = Path(__file__).with_name("extension_contents.sql").read_text()

CONTROL = "comment = 'units and prices'\ndefault_version = '1.0'\nschema = lookup\nrelocatable = false\n"

VERSIONS = versions(15, 18, thorough=(16, 17), besides=(18,))


def _script() -> str:
    """Return the extension's script: its tables with its own rows, and which of them users write."""
    made = SOURCE.read_text().split("INSERT INTO pg_extension")[0]
    return made.replace("CREATE SCHEMA lookup;", "") + (
        "SELECT pg_extension_config_dump('lookup.unit', 'WHERE NOT unit.built_in');\n"
        "SELECT pg_extension_config_dump('lookup.price', '');\n"
        """SELECT pg_extension_config_dump('lookup."odd name"', $$WHERE note <> 'it''s; built in'$$);\n"""
        "SELECT pg_extension_config_dump('lookup.ticket', '');\n"
    )


@pytest.fixture(scope="module")
def lookup_server(clusters: Clusters) -> Iterator[None]:
    """Let the target's server, and the source's of that version, offer the extension pilot_lookup."""
    # Not below pytest's own folder: each pytest that begins takes it away from the server's user again.
    with tempfile.TemporaryDirectory(prefix="pilotage-test-") as parent:
        folder = Path(parent) / "extension"
        folder.mkdir()
        (folder / "pilot_lookup.control").write_text(CONTROL)
        (folder / "pilot_lookup--1.0.sql").write_text(_script())
        for each in (folder, folder.parent):
            each.chmod(0o755)
        servers = [clusters.get(18, role).parameters() for role in ("source", "target")]
        for server in servers:
            run_psql(server, f"ALTER SYSTEM SET extension_control_path = '$system:{parent}';")
            run_psql(server, "SELECT pg_reload_conf();")
            offered = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pilot_lookup';"
            # The server reads its settings when it gets to it.
            while run_psql(server, offered).strip() != "1":
                time.sleep(0.05)
        yield
        for server in servers:
            run_psql(server, "ALTER SYSTEM RESET extension_control_path;")
            run_psql(server, "SELECT pg_reload_conf();")


def source_of(major: int, new_database: Databases) -> ConnectionParameters:
    """A database with the extension and what users wrote into it."""
    if major == 18:
        return new_database(18, sql="CREATE SCHEMA lookup; CREATE EXTENSION pilot_lookup;" + CONTENTS)
    return new_database(major, file=SOURCE, sql=CONTENTS)


@pytest.mark.parametrize("major", VERSIONS)
@pytest.mark.usefixtures("lookup_server")
async def test_rows_that_users_wrote_arrive(major: int, new_database: Databases, data_dump: Rows) -> None:
    source, target = source_of(major, new_database), new_database(18, "target")

    migration, _ = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert data_dump(target) == data_dump(source)
    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM lookup.unit") == 4
        assert await session.value("SELECT array_agg(euros ORDER BY id) FROM lookup.price WHERE cents > 0")
        assert await session.value("SELECT count(*) FROM lookup.cache") == 0
        assert await session.value("SELECT nextval('lookup.ticket')") == 78
    loads = {step.table.name: step for step in migration.plan.steps if isinstance(step, LoadTable)}
    assert loads["unit"].condition == "WHERE NOT unit.built_in"
    assert loads["unit"].cost.rows == 2
    edges = {(edge.before, edge.after) for edge in migration.plan.edges}
    assert ("rows lookup.unit", "rows lookup.price") in edges
    assert ("rows lookup.unit", "fk constraint public parcel parcel_unit_fkey") in edges


@pytest.mark.usefixtures("lookup_server")
async def test_a_missing_row_of_an_extension_is_a_difference(new_database: Databases) -> None:
    source, target = source_of(18, new_database), new_database(18, "target")
    await run_migration(source, target)
    run_psql(target, "DELETE FROM lookup.price WHERE unit = 'kg'; SELECT setval('lookup.ticket', 5);")

    async with connect(source) as source_session, connect(target) as target_session:
        verdict = await verify(source_session, target_session)

    assert [(each.object, each.fact, each.expected, each.found) for each in verdict.differences] == [
        ("rows of lookup.price", "rows", "3", "2"),
        ("table lookup.price", "rows that differ", "0", "1 missing, 0 extra, 0 changed"),
        ("table lookup.price", "row with ctid (0,1) in the source", "present", "missing"),
        ("sequence lookup.ticket", "last_value", "77", "5"),
    ]


@pytest.mark.usefixtures("lookup_server")
async def test_rows_on_the_target_are_refused(new_database: Databases) -> None:
    source = source_of(18, new_database)
    target = new_database(
        18,
        "target",
        sql="CREATE SCHEMA lookup; CREATE EXTENSION pilot_lookup;"
        "INSERT INTO lookup.unit VALUES ('mile', 1, false);",
    )

    with pytest.raises(RefusedError, match=r"rows of lookup\.unit"):
        await run_migration(source, target)


@pytest.mark.usefixtures("lookup_server")
async def test_what_is_out_of_scope_is_said(new_database: Databases) -> None:
    source, target = source_of(18, new_database), new_database(18, "target")
    run_psql(source, "DROP TABLE parcel;")

    migration, _ = await run_migration(source, target, Scope(include=("public",)))

    left = [each for each in migration.plan.hazards if each.kind is HazardKind.NOT_MIGRATED]
    assert {each.object for each in left} == {
        "rows of lookup.cache",
        'rows of lookup."odd name"',
        "rows of lookup.price",
        "rows of lookup.unit",
    }


@pytest.mark.usefixtures("lookup_server")
async def test_rows_that_the_role_may_not_read_are_said(new_database: Databases) -> None:
    source, target = source_of(18, new_database), new_database(18, "target")
    run_psql(
        source,
        "DO $$ BEGIN CREATE ROLE lookup_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "DROP TABLE parcel; GRANT USAGE ON SCHEMA lookup TO lookup_reader;"
        # pg_dump reads every sequence.
        "GRANT SELECT ON lookup.unit, lookup.ticket, lookup.price_id_seq TO lookup_reader;",
    )
    run_psql(
        target,
        "DO $$ BEGIN CREATE ROLE lookup_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
    )

    migration, _ = await run_migration(dataclasses.replace(source, user="lookup_reader"), target)

    left = {
        each.object: each.message for each in migration.plan.hazards if each.kind is HazardKind.NOT_MIGRATED
    }
    assert left.keys() >= {'rows of lookup."odd name"', "rows of lookup.price"}
    assert "may not read" in left["rows of lookup.price"]


@pytest.mark.parametrize("data_format", list(DataFormat))
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.usefixtures("lookup_server")
async def test_files_bring_them_and_take_them_back(
    layout: Layout,
    data_format: DataFormat,
    new_database: Databases,
    data_dump: Rows,
    schema_dump: Dump,
    tmp_path: Path,
) -> None:
    source, target = source_of(18, new_database), new_database(18, "target")
    before = schema_dump(target), data_dump(target)
    folder = tmp_path / "sql"
    folder.mkdir()
    await write_files(source, folder, Configuration(layout=layout, data_format=data_format, split_bytes=2000))

    run_files(target, forward_files(folder))
    assert data_dump(target) == data_dump(source)
    first = next(file for file in forward_files(folder) if "data" in file.name)
    assert "has run before" in refusal(target, first)
    run_psql(target, "UPDATE lookup.unit SET factor = 0 WHERE code = 'stone';")
    assert "DIFFERENT" in refusal(target, forward_files(folder)[-1])
    run_psql(target, "UPDATE lookup.unit SET factor = 6.35 WHERE code = 'stone';")

    run_files(target, rollback_files(folder))
    assert (schema_dump(target), data_dump(target)) == before
