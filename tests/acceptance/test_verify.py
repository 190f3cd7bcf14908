"""Verification on real servers: equal databases are equal, and every single difference is found and named."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import UsageError
from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome, Verdict
from pilotage.programs import run_program_sync
from pilotage.verify import OrphanCount, count_orphans, verify
from pilotage.verify.verification import CONTENTS_LEFT_OUT
from tests.servers_at_hand import Clusters, Databases, newest, run_psql

RICH = Path(__file__).with_name("verify.sql")

_serial = itertools.count(1)


async def _verify(
    source: ConnectionParameters | Catalog, target: ConnectionParameters, scope: Scope | None = None
) -> Verdict:
    async with connect(target) as target_session:
        if isinstance(source, Catalog):
            return await verify(source, target_session, scope)
        async with connect(source) as source_session:
            return await verify(source_session, target_session, scope)


async def _read(parameters: ConnectionParameters) -> Catalog:
    async with connect(parameters) as session, session.transaction(READ_ONLY):
        return await read_catalog(session, Scope())


async def _orphans(parameters: ConnectionParameters) -> tuple[OrphanCount, ...]:
    """Count the orphans of every foreign key of a database."""
    async with connect(parameters) as session, session.transaction(READ_ONLY):
        keys: tuple[ForeignKey, ...] = (await read_catalog(session, Scope())).foreign_keys
        return await count_orphans(session, keys)


def _found(verdict: Verdict) -> list[tuple[str, str, str, str, str]]:
    return [
        (check.name, difference.object, difference.fact, difference.expected, difference.found)
        for check in verdict.checks
        for difference in check.differences
    ]


def _copy_schema_and_rows(source: ConnectionParameters, target: ConnectionParameters) -> None:
    """Bring a whole database over with pg_dump and psql."""
    dump = run_program_sync(newest("pg_dump"), [], environment=source.libpq_environment())
    run_psql(target, dump.decode())


@pytest.fixture(scope="module")
def expected(clusters: Clusters) -> Iterator[tuple[Catalog, ConnectionParameters]]:
    """The source's catalog, and a database equal to it from which targets are made."""
    databases = Databases(clusters)
    catalog = asyncio.run(_read(databases(file=RICH)))
    yield catalog, databases(role="target", file=RICH)
    databases.drop()


@pytest.fixture
def target(
    expected: tuple[Catalog, ConnectionParameters], clusters: Clusters
) -> Iterator[ConnectionParameters]:
    """A target equal to the source, which a test may spoil."""
    server = clusters.get(18, "target")
    name = f"verify_{next(_serial)}"
    run_psql(server.parameters(), f"CREATE DATABASE {name} TEMPLATE {expected[1].database};\n")
    yield server.parameters(name)
    run_psql(server.parameters(), f"DROP DATABASE {name} WITH (FORCE);\n")


async def test_equal_databases_are_equal(
    expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters
) -> None:
    verdict = await _verify(expected[0], target)
    assert _found(verdict) == []
    assert verdict.outcome is Outcome.EQUAL
    compared = {check.name: check.compared for check in verdict.checks}
    assert compared == {
        "schemas": 2,
        "types": 2,
        "tables": 7 + 22,  # and columns
        "rows": 7,
        "foreign-keys": 3,
        "constraints": 8,
        "indexes": 7,
        "sequences": 2,
        "views": 2,
        "routines": 4,
        "triggers": 1,
        "rules": 1,
        "policies": 2,
        "extensions": 1,
        "event-triggers": 1,
        "large-objects": 1,
        "orphans": 3,
        "conditions": 12,
        "sequence-positions": 1,
        "loops": 0,
        "index-contents": 7,
    }
    assert CONTENTS_LEFT_OUT in verdict.not_checked


DIFFERENCES = {
    "a row deleted": (
        "DELETE FROM app.stays WHERE room = 3",
        [("rows", "rows of app.stays", "rows", "58", "57")],
    ),
    "a row added": (
        "INSERT INTO app.log VALUES ('2024-05-01', 'more')",
        [("rows", "rows of app.log_2024", "rows", "14", "15")],
    ),
    "a foreign key not valid": (
        "ALTER TABLE app.stays DROP CONSTRAINT stays_room;"
        "ALTER TABLE app.stays ADD CONSTRAINT stays_room FOREIGN KEY (room) REFERENCES app.rooms NOT VALID",
        [("foreign-keys", "foreign key stays_room on app.stays", "validated", "yes", "no")],
    ),
    "a foreign key not enforced": (
        "ALTER TABLE app.stays ALTER CONSTRAINT stays_room NOT ENFORCED",
        [
            ("foreign-keys", "foreign key stays_room on app.stays", "validated", "yes", "no"),
            ("foreign-keys", "foreign key stays_room on app.stays", "enforced", "yes", "no"),
        ],
    ),
    "a foreign key that cascades": (
        "ALTER TABLE app.stays DROP CONSTRAINT stays_room;"
        "ALTER TABLE app.stays ADD CONSTRAINT stays_room FOREIGN KEY (room) REFERENCES app.rooms"
        " ON DELETE CASCADE",
        [
            (
                "foreign-keys",
                "foreign key stays_room on app.stays",
                "definition",
                "FOREIGN KEY (room) REFERENCES app.rooms(id)",
                "FOREIGN KEY (room) REFERENCES app.rooms(id) ON DELETE CASCADE",
            )
        ],
    ),
    "an orphan under a valid key": (
        "SET session_replication_role = replica; UPDATE app.stays SET room = -1 WHERE room = 3",
        [("orphans", "foreign key stays_room on app.stays", "orphans", "0", "1")],
    ),
    "a sequence one lower": (
        "SELECT setval('app.invoice', 1004)",
        [("sequences", "sequence app.invoice", "last_value", "1005", "1004")],
    ),
    "a sequence not called": (
        "SELECT setval('app.invoice', 1005, false)",
        [("sequences", "sequence app.invoice", "is_called", "yes", "no")],
    ),
    "an index dropped": (
        "DROP INDEX app.rooms_floor",
        [("indexes", "index app.rooms_floor", "exists", "yes", "no")],
    ),
    "an index invalid": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.rooms_floor'::regclass",
        [("indexes", "index app.rooms_floor", "valid", "yes", "no")],
    ),
    "a trigger disabled": (
        "ALTER TABLE app.hotels DISABLE TRIGGER stamp",
        [("triggers", "trigger stamp on app.hotels", "fires", "origin", "disabled")],
    ),
    "a trigger that fires always": (
        "ALTER TABLE app.hotels ENABLE ALWAYS TRIGGER stamp",
        [("triggers", "trigger stamp on app.hotels", "fires", "origin", "always")],
    ),
    "an event trigger disabled": (
        "ALTER EVENT TRIGGER audit DISABLE",
        [("event-triggers", "event trigger audit", "fires", "origin", "disabled")],
    ),
    "a rule disabled": (
        "ALTER TABLE app.stays DISABLE RULE keep",
        [("rules", "rule keep on app.stays", "fires", "origin", "disabled")],
    ),
    "a restrictive policy permissive": (
        "DROP POLICY spas ON app.hotels; CREATE POLICY spas ON app.hotels USING (kind IN ('spa', 'motel'))",
        [("policies", "policy spas on app.hotels", "as", "restrictive", "permissive")],
    ),
    "a policy for everybody": (
        "ALTER POLICY own ON app.hotels TO public",
        [("policies", "policy own on app.hotels", "roles", "verify_clerk", "public")],
    ),
    "a policy that says something else": (
        "ALTER POLICY own ON app.hotels USING (true)",
        [
            (
                "policies",
                "policy own on app.hotels",
                "using",
                "(tenant = (current_setting('app.tenant'::text))::integer)",
                "true",
            )
        ],
    ),
    "a check dropped": (
        "ALTER TABLE app.hotels DROP CONSTRAINT hotels_stars",
        [("constraints", "check constraint hotels_stars on app.hotels", "exists", "yes", "no")],
    ),
    "one label more in a check": (
        "ALTER TABLE app.hotels DROP CONSTRAINT hotels_stars;"
        "ALTER TABLE app.hotels ADD CONSTRAINT hotels_stars CHECK (stars BETWEEN 1 AND 6)",
        [
            (
                "constraints",
                "check constraint hotels_stars on app.hotels",
                "definition",
                "CHECK (((stars >= 1) AND (stars <= 5)))",
                "CHECK (((stars >= 1) AND (stars <= 6)))",
            )
        ],
    ),
    "row level security disabled": (
        "ALTER TABLE app.hotels DISABLE ROW LEVEL SECURITY",
        [("tables", "table app.hotels", "row level security", "enabled", "disabled")],
    ),
    "a column of another type": (
        "ALTER TABLE app.hotels ALTER stars TYPE bigint",
        [("tables", "column app.hotels.stars", "type", "integer", "bigint")],
    ),
    "a column that allows NULL": (
        "ALTER TABLE app.log ALTER at DROP NOT NULL",
        [
            ("tables", "column app.log.at", "not null", "yes", "no"),
            ("tables", "column app.log_2024.at", "not null", "yes", "no"),
            ("tables", "column app.log_rest.at", "not null", "yes", "no"),
        ],
    ),
    "a column without its default": (
        "ALTER TABLE app.hotels ALTER name DROP DEFAULT",
        [("tables", "column app.hotels.name", "default", "yes", "no")],
    ),
    "a column that is generated no more": (
        "ALTER TABLE app.rooms ALTER label DROP EXPRESSION",
        [("tables", "column app.rooms.label", "generated", "stored", "no")],
    ),
    "a column too few": (
        "ALTER TABLE app.rooms DROP beds",
        [
            ("tables", "column app.rooms.beds", "exists", "yes", "no"),
            (
                "tables",
                "table app.rooms",
                "order of columns",
                "id, tenant, hotel, floor, label, beds",
                "id, tenant, hotel, floor, label",
            ),
        ],
    ),
    "an owner changed": (
        "ALTER TABLE app.stays OWNER TO verify_clerk",
        [("tables", "table app.stays", "owner", "postgres", "verify_clerk")],
    ),
    "a table unlogged": (
        "ALTER TABLE app.stays SET UNLOGGED",
        [("tables", "table app.stays", "persistence", "permanent", "unlogged")],
    ),
    "a table too many, with all that is in it": (
        "CREATE TABLE app.extra (id serial PRIMARY KEY, n integer CHECK (n > 0));"
        "INSERT INTO app.extra VALUES (1, 1)",
        [("tables", "table app.extra", "exists", "no", "yes")],
    ),
    "a table too few, with all that is in it": (
        "DROP TABLE app.stays",
        [("tables", "table app.stays", "exists", "yes", "no")],
    ),
    "a partition detached": (
        "ALTER TABLE app.log DETACH PARTITION app.log_rest",
        [("tables", "table app.log_rest", "partition of", "app.log", "no table")],
    ),
    "a view without security_invoker": (
        "ALTER VIEW app.spas RESET (security_invoker)",
        [("views", "view app.spas", "options", "security_invoker=true", "none")],
    ),
    "a view without its condition": (
        "CREATE OR REPLACE VIEW app.spas WITH (security_invoker = true) AS SELECT id, name FROM app.hotels",
        [
            (
                "views",
                "view app.spas",
                "definition",
                " SELECT id,\n    name\n   FROM app.hotels\n  WHERE ((kind)::text = 'spa'::text);",
                " SELECT id,\n    name\n   FROM app.hotels;",
            )
        ],
    ),
    "a materialized view not filled": (
        "REFRESH MATERIALIZED VIEW app.floors WITH NO DATA",
        [("views", "materialized view app.floors", "populated", "yes", "no")],
    ),
    "a materialized view that is stale": (
        "UPDATE app.rooms SET floor = 1; REFRESH MATERIALIZED VIEW app.floors",
        [("rows", "rows of app.floors", "rows", "57", "1")],
    ),
    "an overload dropped": (
        "DROP FUNCTION app.total(text)",
        [("routines", "function app.total(text)", "exists", "yes", "no")],
    ),
    "an enum with a label more": (
        "ALTER TYPE app.mood ADD VALUE 'middling' BEFORE 'high'",
        [("types", "enum type app.mood", "detail", "low, high", "low, middling, high")],
    ),
    "an extension too many": (
        "CREATE EXTENSION citext",
        [("extensions", "extension citext", "exists", "no", "yes")],
    ),
    "a schema too many": (
        "CREATE SCHEMA extra",
        [("schemas", "schema extra", "exists", "no", "yes")],
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
async def test_a_difference_is_found_and_nothing_else(
    case: str, expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters
) -> None:
    spoil, differences = DIFFERENCES[case]
    run_psql(target, f"SET allow_system_table_mods = on;\n{spoil};\n")
    verdict = await _verify(expected[0], target)
    assert _found(verdict) == differences
    assert verdict.outcome is Outcome.DIFFERENT


async def test_a_changed_function_body_is_found(
    expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters
) -> None:
    run_psql(
        target, "CREATE OR REPLACE FUNCTION app.total(integer) RETURNS integer LANGUAGE sql AS 'SELECT 2';"
    )
    (found,) = (await _verify(expected[0], target)).differences
    assert (found.object, found.fact) == ("function app.total(integer)", "definition")
    assert found.expected != found.found


async def test_both_ends_are_read_when_both_are_sessions_and_neither_is_written(
    new_database: Databases, schema_dump: Callable[[ConnectionParameters], str]
) -> None:
    source, copy = new_database(file=RICH), new_database(role="target", file=RICH)
    before = schema_dump(source), schema_dump(copy)
    verdict = await _verify(source, copy)
    assert verdict.outcome is Outcome.EQUAL
    assert (schema_dump(source), schema_dump(copy)) == before
    assert (verdict.source.server.database, verdict.target.server.database) == (
        source.database,
        copy.database,
    )


async def test_a_transaction_of_a_verification_is_over_when_it_ends(
    expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters
) -> None:
    async with connect(target) as session:
        await verify(expected[0], session)
        # It would fail in a read-only transaction, and with one still open.
        await session.run("CREATE TABLE app.later ()")
        assert (await verify(expected[0], session)).outcome is Outcome.DIFFERENT


async def test_a_scope_leaves_out_the_rest(
    expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters, new_database: Databases
) -> None:
    source = new_database(file=RICH)
    run_psql(target, 'DROP TABLE public."Odd ""schema"; ALTER EVENT TRIGGER audit DISABLE;')
    verdict = await _verify(source, target, Scope(include=("app",)))
    assert _found(verdict) == []
    assert verdict.scope == ("app",)
    assert any(line.startswith("extensions and event triggers") for line in verdict.not_checked)
    assert (await _verify(source, target, Scope(exclude=("app",)))).outcome is Outcome.DIFFERENT


async def test_a_schema_that_only_the_target_lacks_is_a_difference(new_database: Databases) -> None:
    source = new_database(sql="CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE b.t ();")
    copy = new_database(role="target", sql="CREATE SCHEMA a;")
    scope = Scope(include=("a", "b"))
    assert _found(await _verify(source, copy, scope)) == [
        ("schemas", "schema b", "exists", "yes", "no"),
        ("tables", "table b.t", "exists", "yes", "no"),
    ]
    with pytest.raises(UsageError, match="no user schema nowhere"):
        await _verify(source, copy, Scope(include=("nowhere",)))
    # Both connections are left usable by that refusal, whichever end it came from.
    assert (await _verify(copy, copy, Scope(include=("a",)))).outcome is Outcome.EQUAL


async def test_rows_that_were_not_counted_make_it_incomplete(
    expected: tuple[Catalog, ConnectionParameters], target: ConnectionParameters
) -> None:
    catalog = expected[0]
    uncounted = msgspec.structs.replace(
        catalog, tables=tuple(msgspec.structs.replace(table, rows=None) for table in catalog.tables)
    )
    verdict = await _verify(uncounted, target)
    assert (verdict.outcome, verdict.differences) == (Outcome.INCOMPLETE, ())
    assert "rows of app.hotels: not counted" in verdict.not_checked


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_a_restored_dump_is_no_difference_whatever_the_source_s_version(
    major: int, new_database: Databases
) -> None:
    source = new_database(major, file=RICH)
    copy = new_database(18, role="target", sql="SELECT;")
    run_psql(copy, "DO $$ BEGIN CREATE ROLE verify_clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$;")
    _copy_schema_and_rows(source, copy)
    assert _found(await _verify(source, copy)) == []
    # What verification evens out for the sake of that is no hole: a condition that changed is seen.
    run_psql(
        copy,
        "CREATE OR REPLACE VIEW app.spas WITH (security_invoker = true) AS"
        " SELECT id, name FROM app.hotels WHERE kind IN ('inn');"
        "ALTER TABLE app.hotels DROP CONSTRAINT hotels_kind, ADD CONSTRAINT hotels_kind"
        " CHECK (kind IN ('spa', 'motel', 'inn'));",
    )
    assert [(check, name, fact) for check, name, fact, _, _ in _found(await _verify(source, copy))] == [
        ("constraints", "check constraint hotels_kind on app.hotels", "definition"),
        ("views", "view app.spas", "definition"),
    ]


@pytest.mark.parametrize("file", ["pagila.sql", "chinook.sql"])
@pytest.mark.parametrize("major", [16, 18])
async def test_real_databases_restored_are_equal(
    file: str, major: int, new_database: Databases, real_data: Callable[[str], Path]
) -> None:
    source = new_database(major, file=real_data(file))
    copy = new_database(18, role="target")
    _copy_schema_and_rows(source, copy)
    verdict = await _verify(source, copy)
    assert _found(verdict) == []
    assert verdict.outcome is Outcome.EQUAL


async def test_orphans_are_counted_as_each_key_means_it(new_database: Databases) -> None:
    keys = await _orphans(
        new_database(
            sql="""
            CREATE EXTENSION citext;
            CREATE EXTENSION btree_gist;
            CREATE SCHEMA ops;
            ALTER EXTENSION citext SET SCHEMA ops;
            CREATE TABLE parent (a integer, b integer, PRIMARY KEY (a, b));
            CREATE TABLE simple (a bigint, b smallint, FOREIGN KEY (a, b) REFERENCES parent);
            CREATE TABLE "full" (a integer, b integer, FOREIGN KEY (a, b) REFERENCES parent MATCH FULL);
            CREATE TABLE heir () INHERITS (simple);
            CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree);
            CREATE TABLE ci (name ops.citext PRIMARY KEY);
            CREATE TABLE ci_user (name ops.citext REFERENCES ci);
            CREATE TABLE padded (code char(3) PRIMARY KEY);
            CREATE TABLE padded_user (code varchar(9) REFERENCES padded);
            CREATE TABLE "Pa;rt""s" ("k'ey" integer PRIMARY KEY) PARTITION BY RANGE ("k'ey");
            CREATE TABLE part_1 PARTITION OF "Pa;rt""s" DEFAULT;
            CREATE TABLE "us\\er" ("r ef" integer REFERENCES "Pa;rt""s") PARTITION BY LIST ("r ef");
            CREATE TABLE user_1 PARTITION OF "us\\er" DEFAULT;
            CREATE TABLE coll (c text COLLATE "C" PRIMARY KEY);
            CREATE TABLE coll_user (c text COLLATE "POSIX" REFERENCES coll);
            CREATE TABLE loose (a integer REFERENCES tree NOT ENFORCED);
            CREATE TABLE price (id integer, valid int4range, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
            CREATE TABLE sale (
                id integer, at int4range, FOREIGN KEY (id, PERIOD at) REFERENCES price (id, PERIOD valid)
            );
            SET session_replication_role = replica;
            INSERT INTO parent VALUES (1, 1), (1, 2);
            INSERT INTO simple VALUES (1, 1), (1, NULL), (NULL, NULL), (9, 9), (1, 3);
            INSERT INTO heir VALUES (8, 8);
            INSERT INTO "full" VALUES (1, 1), (1, NULL), (NULL, NULL), (9, 9);
            INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 99);
            INSERT INTO ci VALUES ('Ann');
            INSERT INTO ci_user VALUES ('aNN'), ('Bob');
            INSERT INTO padded VALUES ('ab');
            INSERT INTO padded_user VALUES ('ab'), ('abc');
            INSERT INTO "Pa;rt""s" VALUES (1);
            INSERT INTO "us\\er" VALUES (1), (2), (NULL);
            INSERT INTO coll VALUES ('x');
            INSERT INTO coll_user VALUES ('x'), ('y');
            INSERT INTO loose VALUES (12345);
            INSERT INTO price VALUES (1, '[1,5)'), (1, '[5,9)');
            INSERT INTO sale VALUES (1, '[2,8)'), (1, '[2,10)'), (2, '[2,3)'), (NULL, '[2,3)');
            """
        )
    )
    assert {str(count.key.table): count.rows for count in keys} == {
        "public.simple": 2,
        'public."full"': 2,
        "public.tree": 1,
        "public.ci_user": 1,
        "public.padded_user": 1,
        'public."us\\er"': 1,
        "public.coll_user": 1,
        "public.sale": 2,
    }


async def test_more_keys_than_one_statement_takes_are_counted(new_database: Databases) -> None:
    statements = ["CREATE TABLE root (a integer PRIMARY KEY)"]
    statements += [f"CREATE TABLE t{number} (a integer REFERENCES root)" for number in range(120)]
    statements += ["SET session_replication_role = replica", "INSERT INTO t77 VALUES (1), (2)"]
    counts = await _orphans(new_database(sql=";\n".join(statements) + ";\n"))
    assert len(counts) == 120
    assert {count.key.table.name: count.rows for count in counts if count.rows} == {"t77": 2}


async def test_orphans_of_a_key_that_was_never_validated_at_either_end_are_said(
    new_database: Databases,
) -> None:
    sql = """
        CREATE TABLE parent (id integer PRIMARY KEY);
        CREATE TABLE child (parent integer);
        INSERT INTO child VALUES (7);
        ALTER TABLE child ADD CONSTRAINT loose FOREIGN KEY (parent) REFERENCES parent NOT VALID;
    """
    verdict = await _verify(new_database(sql=sql), new_database(role="target", sql=sql))
    assert verdict.outcome is Outcome.EQUAL
    assert any("orphans of foreign key loose on public.child (1)" in line for line in verdict.not_checked)


async def test_a_key_whose_other_end_may_not_be_read_makes_it_incomplete(new_database: Databases) -> None:
    sql = """
        DO $$ BEGIN CREATE ROLE verify_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE SCHEMA secret;
        CREATE SCHEMA open;
        CREATE TABLE secret.users (id integer PRIMARY KEY);
        CREATE TABLE open.notes (author integer CONSTRAINT notes_author REFERENCES secret.users);
        CREATE TABLE open.hidden (id integer PRIMARY KEY);
        CREATE TABLE open.plain (of integer CONSTRAINT plain_of REFERENCES open.hidden);
        ALTER TABLE open.hidden ENABLE ROW LEVEL SECURITY;
        GRANT USAGE ON SCHEMA open TO verify_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA open TO verify_reader;
    """
    source, copy = new_database(sql=sql), new_database(role="target", sql=sql)
    reader = ConnectionParameters(
        host=copy.host, port=copy.port, user="verify_reader", database=copy.database
    )
    verdict = await _verify(source, reader, Scope(include=("open",)))
    assert verdict.outcome is Outcome.INCOMPLETE
    assert {line for line in verdict.not_checked if line.startswith("orphans")} == {
        f"orphans of foreign key {key}: this role may not read all rows of both its tables"
        for key in ("notes_author on open.notes", "plain_of on open.plain")
    }
