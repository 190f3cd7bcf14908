"""What MIGRATION_ORDER.md tells people to run is run: its checks, its backup and its restore."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pilotage.catalog.self_references import read_shapes
from pilotage.config.reader import read_configuration
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.demo.hotel import create_hotel
from pilotage.inspect import hold_inspection
from pilotage.model.choices import Layout
from pilotage.plan.build import make_plan
from pilotage.plan.order import order_tables
from pilotage.programs import find_installations
from pilotage.report.migration_order import migration_order
from pilotage.report.order_strategies import walk_of
from tests.servers_at_hand import REPOSITORY, Databases, newest, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

HOTEL = REPOSITORY / "examples" / "hotel" / "pilotage.toml"

# Names that try to end a block, a literal or an identifier; partitions, heirs, loops and every kind of key.
ODD = r"""
CREATE SCHEMA "a ""b";
CREATE TABLE "a ""b"."```
sql" (id int PRIMARY KEY, "it's" int REFERENCES "a ""b"."```
sql", "back\slash" int REFERENCES "a ""b"."```
sql");
INSERT INTO "a ""b"."```
sql" VALUES (1, NULL, 1), (2, 1, NULL), (3, 1, 2), (4, 4, 4);
CREATE TABLE public."; DROP TABLE users; --" (a int, b int, c text DEFAULT E'\\!', PRIMARY KEY (a, b))
    PARTITION BY LIST (a);
CREATE TABLE public."select" PARTITION OF public."; DROP TABLE users; --" FOR VALUES IN (1);
CREATE TABLE public."Ünïcode" PARTITION OF public."; DROP TABLE users; --" DEFAULT;
INSERT INTO public."; DROP TABLE users; --" SELECT g % 2, g FROM generate_series(1, 9) AS g;
CREATE TABLE public.simple (x int, y int, FOREIGN KEY (x, y) REFERENCES public."; DROP TABLE users; --");
INSERT INTO public.simple VALUES (1, 1), (77, NULL), (NULL, NULL);
CREATE TABLE public.complete (x int, y int,
    FOREIGN KEY (x, y) REFERENCES public."; DROP TABLE users; --" MATCH FULL);
INSERT INTO public.complete VALUES (0, 2), (NULL, NULL);
CREATE TABLE public.parent (id int PRIMARY KEY);
CREATE TABLE public.heir () INHERITS (public.parent);
INSERT INTO public.parent VALUES (1), (2);
INSERT INTO public.heir VALUES (1), (3), (4);
CREATE TABLE public.child (id int, parent int);
INSERT INTO public.child VALUES (1, 99);
ALTER TABLE public.child ADD FOREIGN KEY (parent) REFERENCES public.parent NOT VALID;
CREATE TABLE public.nothing ();
"""


async def document_of(
    parameters: ConnectionParameters, configuration: Configuration, *, with_shapes: bool = True
) -> str:
    """MIGRATION_ORDER.md for a database, as `pilotage plan` writes it."""
    installations = find_installations(os.environ.get("PATH"))
    async with hold_inspection(parameters, configuration.scope, installations) as inspection:
        async with reading(parameters) as session:
            shapes = await read_shapes(session, inspection.catalog)
        plan = make_plan(inspection.catalog, inspection.archive, configuration, shapes=shapes)
        order = order_tables(inspection.catalog)
        return migration_order(plan, inspection.catalog, order, shapes=shapes if with_shapes else {})


@contextlib.asynccontextmanager
async def reading(parameters: ConnectionParameters) -> AsyncIterator[Session]:
    async with connect(parameters) as session, session.transaction():
        yield session


def blocks(text: str, language: str) -> list[str]:
    tokens = MarkdownIt().parse(text)
    return [token.content for token in tokens if token.type == "fence" and token.info == language]


def checks(text: str) -> list[str]:
    return [block for block in blocks(text, "sql") if block.startswith("-- check: ")]


def failed_checks(parameters: ConnectionParameters, text: str) -> list[str]:
    """Run every check with psql, as it stands, and return the titles of those that are not ok."""
    failed = []
    found = checks(text)
    assert found
    for sql in found:
        assert run_psql(parameters, sql)
        verdict = f"SELECT bool_and(ok) FROM (\n{sql.strip().removesuffix(';')}\n) AS lines;\n"
        if run_psql(parameters, verdict) != "t\n":
            failed.append(sql.splitlines()[0].removeprefix("-- check: "))
    return failed


@pytest.fixture
async def hotel(new_database: Databases) -> ConnectionParameters:
    parameters = new_database(18)
    async with connect(parameters) as session:
        await create_hotel(session)
    return parameters


@pytest.mark.servers(18)
async def test_every_check_of_the_hotel_database_is_right_where_nothing_differs(
    hotel: ConnectionParameters,
) -> None:
    text = await document_of(hotel, read_configuration(HOTEL))
    assert failed_checks(hotel, text) == []
    assert "| Rows                                   | 6,943" in text
    assert "`accommodation_units.(tenant_id, hotel_id) → hotels`" in text
    # 5 schema files and data files, rows of 5 groups and keys of 4, the four overall, two self-references
    assert len(checks(text)) >= 25


@pytest.mark.servers(18)
async def test_a_lost_row_a_lost_key_and_an_orphan_are_each_found_by_a_check(
    hotel: ConnectionParameters,
) -> None:
    text = await document_of(hotel, read_configuration(HOTEL))
    run_psql(
        hotel,
        "SET session_replication_role = replica;\n"
        "DELETE FROM sync_history WHERE ctid = (SELECT min(ctid) FROM sync_history);\n"
        "UPDATE staff_users SET created_by = NULL;\n"
        "DELETE FROM staff_conversations WHERE ctid = (SELECT min(ctid) FROM staff_conversations);\n"
        "ALTER TABLE job_logs DROP CONSTRAINT job_logs_tenant_id_fkey;\n"
        "DROP TABLE conversation_attachments;\n"
        "CREATE TABLE conversation_attachments (conversation_id uuid);\n",
    )
    failed = "\n".join(failed_checks(hotel, text))
    for expected in (
        "after 11-data-operations.sql, its rows are there",
        "group 2 (Operations",
        "every row is there",
        "every foreign key is there",
        "after 06-schema-integrations.sql, its foreign keys are there",
        "no row of group 2 (Operations",
        "self-references of staff_users",
    ):
        assert expected in failed
    assert "self-references of calendar_events" not in failed
    assert "after 10-data-foundation.sql" not in failed


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("name", ["pagila.sql", "chinook.sql"])
@pytest.mark.servers(18)
async def test_the_checks_of_real_databases_run(
    name: str, layout: Layout, new_database: Databases, real_data: Callable[[str], Path]
) -> None:
    parameters = new_database(18, file=real_data(name))
    text = await document_of(parameters, Configuration(layout=layout))
    assert failed_checks(parameters, text) == []


@pytest.mark.parametrize("with_shapes", [True, False])
@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_the_checks_of_odd_tables_with_hostile_names_run(
    major: int, with_shapes: bool, new_database: Databases
) -> None:
    parameters = new_database(major, sql=ODD)
    text = await document_of(parameters, Configuration(), with_shapes=with_shapes)
    assert failed_checks(parameters, text) == []


@pytest.mark.servers(18)
async def test_the_walk_of_parents_first_brings_every_row_after_those_that_it_references(
    new_database: Databases,
) -> None:
    """The query that the document shows is illustrative, and right all the same."""
    parameters = new_database(18, sql=ODD)
    installations = find_installations(os.environ.get("PATH"))
    async with hold_inspection(parameters, Configuration().scope, installations) as inspection:
        keys = [key for key in inspection.catalog.foreign_keys if key.is_self_reference]
        sql = "\n".join(walk_of(keys[0].table, keys))
    printed = run_psql(parameters, sql).splitlines()
    seen: set[str] = set()
    for line in printed:
        row, *references = line.split("|")
        assert all(other in {"", row} or other in seen for other in references)
        seen.add(row)
    assert seen == {"1", "2", "3", "4"}


@pytest.mark.servers(18)
async def test_the_backup_that_the_document_asks_for_brings_everything_back(
    hotel: ConnectionParameters, tmp_path: Path, schema_dump: Dump, data_dump: Rows
) -> None:
    text = await document_of(hotel, read_configuration(HOTEL))
    restore = text[text.index("### Complete restore") : text.index("## Expectations")]
    backup, bring_back = blocks(restore, "sh")
    before = schema_dump(hotel), data_dump(hotel)
    run_shell(backup, hotel, tmp_path)
    run_psql(hotel, "DROP TABLE tenant_registry CASCADE; CREATE TABLE stray (); DROP SCHEMA hotels CASCADE;")
    assert (schema_dump(hotel), data_dump(hotel)) != before
    run_shell(bring_back, hotel, tmp_path)
    assert (schema_dump(hotel), data_dump(hotel)) == before


def run_shell(script: str, parameters: ConnectionParameters, folder: Path) -> None:
    """Run a script as the document says: with PG* variables and TARGET_DATABASE set, in one folder."""
    environment = dict(parameters.libpq_environment())
    environment["TARGET_DATABASE"] = environment.pop("PGDATABASE")
    environment["PATH"] = f"{newest('pg_dump').path.parent}{os.pathsep}{os.defpath}"
    done = subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
