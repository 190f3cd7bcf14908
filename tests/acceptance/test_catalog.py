"""What a catalog says of real databases, on every server version at hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pilotage.catalog import facts, read_catalog, read_server
from pilotage.catalog.changed_rows import StandingTable
from pilotage.catalog.key_comparisons import KeyComparison
from pilotage.catalog.large_objects import Digest
from pilotage.catalog.planner_statistics import CollationOrder, PlannerStatistics
from pilotage.catalog.positions import Position
from pilotage.catalog.queries import query, query_names
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import RefusedError, ServerError, UsageError
from pilotage.model import catalog as model
from pilotage.model.catalog import Catalog, ConstraintKind, FiringState, Generated, Identity, MatchType
from pilotage.model.copied import Moment
from pilotage.model.large_objects import LargeObject, LargeObjects
from pilotage.model.names import QualifiedName
from pilotage.model.roles import Role
from pilotage.model.scope import Scope
from tests.servers_at_hand import Clusters, Databases, run_psql

NewDatabase = Callable[..., ConnectionParameters]
RealData = Callable[[str], Path]

RICH = Path(__file__).with_name("catalog.sql")
ODD_SCHEMA = 'odd "schema'
ODD_TABLE = QualifiedName(ODD_SCHEMA, "t'able\nwith\\lines")
MAJORS = [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 16, 17, 18)]


@contextlib.asynccontextmanager
async def reading(parameters: ConnectionParameters) -> AsyncIterator[Session]:
    """A session in the kind of transaction that a catalog is read in."""
    async with connect(parameters) as session, session.transaction(READ_ONLY):
        yield session


async def catalog_of(
    parameters: ConnectionParameters, scope: Scope | None = None, *, count_rows: bool = True
) -> Catalog:
    async with reading(parameters) as session:
        return await read_catalog(session, scope or Scope(), count_rows=count_rows)


@pytest.fixture(scope="module", params=MAJORS)
def rich_database(request: pytest.FixtureRequest, clusters: Clusters) -> Iterator[ConnectionParameters]:
    databases = Databases(clusters)
    database = databases(request.param, file=RICH)
    with parameter_granted(database):
        yield database
    databases.drop()


@contextlib.contextmanager
def parameter_granted(database: ConnectionParameters) -> Iterator[None]:
    """Grant what is the whole server's; left there, it would be in the comparison of other databases."""
    run_psql(database, "GRANT SET ON PARAMETER log_statement TO catalog_reader;")
    yield
    run_psql(database, "REVOKE ALL ON PARAMETER log_statement FROM catalog_reader;")


@pytest.fixture(scope="module")
def rich(rich_database: ConnectionParameters) -> Catalog:
    return asyncio.run(catalog_of(rich_database))


def app(name: str) -> QualifiedName:
    return QualifiedName("app", name)


def other(name: str) -> QualifiedName:
    return QualifiedName("other", name)


# --- the queries -----------------------------------------------------------------------------------------

RECORDS: dict[str, type[msgspec.Struct]] = {
    "collation_orders": CollationOrder,
    "column_types": facts.TypeFacts,
    "columns": facts.ColumnFacts,
    "constraints": model.Constraint,
    "event_triggers": model.EventTrigger,
    "extension_sequences": facts.ExtensionSequenceFacts,
    "extension_tables": facts.ExtensionTableFacts,
    "extensions": model.Extension,
    "foreign_keys": facts.ForeignKeyFacts,
    "indexes": facts.IndexFacts,
    "key_comparisons": KeyComparison,
    "large_object_digests": Digest,
    "large_object_facts": LargeObject,
    "large_objects": LargeObjects,
    "left_out": model.LeftOut,
    "memberships": facts.MembershipFacts,
    "moment": Moment,
    "parameter_privileges": facts.ParameterPrivilege,
    "planner_statistics": PlannerStatistics,
    "policies": model.Policy,
    "role_facts": Role,
    "roles": facts.RoleName,
    "routines": model.Routine,
    "rules": model.Rule,
    "schemas": model.Schema,
    "sequence_positions": Position,
    "sequences": facts.SequenceFacts,
    "server": model.Server,
    "standing_tables": StandingTable,
    "tables": facts.TableFacts,
    "triggers": model.Trigger,
    "types": model.UserType,
    "view_columns": facts.ViewColumnFacts,
    "view_reads": facts.ViewRead,
    "views": facts.ViewFacts,
}


_ARGUMENTS: dict[str, list[object]] = {
    "collation_orders": [["pg_catalog"], ["default"]],
    "large_object_digests": [[4999], [5], 2],
    "large_object_facts": [1, 2**32 - 1, 10],
    "large_objects": [10, 1000],
    "planner_statistics": [["app"], ["columns"]],
}


def arguments_of(name: str, sql: str, schemas: list[str], oids: list[int], following: str) -> list[object]:
    if name in _ARGUMENTS:
        return _ARGUMENTS[name]
    if name == "standing_tables":
        return [["app"], ["columns"], following]
    if "$3::text[]" in sql:
        return [["other"], ["rooms"], ["rooms_billed"]]
    if "$1::text[]" in sql:
        return [schemas]
    return [oids] if "$1::int8[]" in sql else []


async def test_every_query_gives_the_fields_of_its_record_and_nothing_else(
    rich_database: ConnectionParameters,
) -> None:
    async with reading(rich_database) as session:
        major = session.version_num // 10000
        oids = await session.value("SELECT array_agg(oid::int8) FROM pg_class WHERE relkind = 'S'")
        following = await session.value("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        names = query_names(major)
        assert set(names) == RECORDS.keys() - ({"sequence_positions"} if major < 18 else set())
        for name in names:
            sql = query(name, major)
            first = await session.value(
                f"SELECT to_json(r)::text FROM (\n{sql}\n) AS r LIMIT 1",
                *arguments_of(name, sql, ["app", "other", ODD_SCHEMA], oids, following),
            )
            fields = msgspec.structs.fields(RECORDS[name])
            given = json.loads(first).keys()
            assert given <= {field.name for field in fields}, name
            assert given >= {field.name for field in fields if field.required}, name


@pytest.mark.servers(18)
async def test_the_variant_for_newer_servers_says_what_the_older_query_says(
    new_database: NewDatabase,
) -> None:
    async with reading(new_database(18, file=RICH)) as session:
        answers = [
            await session.records(query("foreign_keys", major), facts.ForeignKeyFacts, ["app", "other"])
            for major in (17, 18)
        ]
    assert query("foreign_keys", 17) != query("foreign_keys", 18)
    assert len(answers[0]) == 8
    assert set(answers[0]) == set(answers[1])


def test_a_query_that_no_file_provides_is_an_error() -> None:
    with pytest.raises(LookupError, match="no query 'sequence_positions' for PostgreSQL 17"):
        query("sequence_positions", 17)


# --- the rich database -----------------------------------------------------------------------------------


def test_schemas_and_their_owners(rich: Catalog) -> None:
    assert rich.scope == ("app", ODD_SCHEMA, "other", "public")
    assert {schema.name: schema.owner for schema in rich.schemas}["app"] == "catalog_owner"


def test_rows_are_exact_and_each_is_counted_once(rich: Catalog) -> None:
    rows = {table.name: table.rows for table in rich.tables}
    assert rows[app("events")] == rows[app("events_2026")] == 0
    assert rows[app("events_2026_1")] == 2
    assert rows[app("events_2026_2")] == 1
    assert rows[app("parent")] == 1
    assert rows[app("child")] == 2
    assert rows[app("nothing")] == 0
    assert rows[ODD_TABLE] == 2
    assert rich.total_rows == 13


def test_partitions_and_children_know_their_parents(rich: Catalog) -> None:
    tables = {table.name: table for table in rich.tables}
    assert tables[app("events_2026_1")].partition_of == app("events_2026")
    assert tables[app("events_2026")].partition_of == app("events")
    assert tables[app("events_2026")].kind == "partitioned table"
    assert tables[app("events")].partition_of is None
    assert tables[app("events_2026_1")].inherits == ()
    assert tables[app("child")].inherits == (app("parent"), app("mixin"))
    assert tables[app("child")].partition_of is None
    assert tables[app("unlogged")].persistence == "unlogged"
    assert (tables[app("hotels")].row_security, tables[app("hotels")].force_row_security) == (True, True)


def test_sizes_are_those_of_what_is_stored(rich: Catalog) -> None:
    tables = {table.name: table for table in rich.tables}
    indexes = {index.name: index for index in rich.indexes}
    assert tables[app("events")].bytes == tables[app("nothing")].bytes == indexes[app("events_at")].bytes == 0
    leaf = tables[app("events_2026_1")]
    assert leaf.bytes >= 8192
    assert leaf.index_bytes == sum(index.bytes for index in rich.indexes if index.table == leaf.name) > 0


def test_columns_come_in_order_and_without_the_dropped(rich: Catalog) -> None:
    table = next(table for table in rich.tables if table.name == app("columns"))
    columns = {column.name: column for column in table.columns}
    assert list(columns)[:5] == ["id", "other_id", "serial_id", "price", "twice"]
    assert "gone" not in columns
    assert columns["id"].identity is Identity.ALWAYS
    assert columns["other_id"].identity is Identity.BY_DEFAULT
    assert (columns["serial_id"].identity, columns["serial_id"].has_default) == (Identity.NONE, True)
    assert (columns["price"].type, columns["price"].not_null, columns["price"].has_default) == (
        "numeric(10,2)",
        True,
        True,
    )
    assert (columns["twice"].generated, columns["twice"].has_default) == (Generated.STORED, False)
    assert columns["homes"].type == "app.address[]"


def test_hostile_names_come_through_as_they_are(rich: Catalog) -> None:
    table = next(table for table in rich.tables if table.name == ODD_TABLE)
    assert [column.name for column in table.columns] == ['id"', "new\nline", "back\\slash"]
    key = next(key for key in rich.foreign_keys if key.table == ODD_TABLE)
    assert (key.name, key.columns, key.referenced_columns) == ("k'ey", ("new\nline",), ('id"',))
    assert key.is_self_reference
    assert key.indexed  # by a partial index whose predicate names the hostile column
    assert QualifiedName(ODD_SCHEMA, 'i"ndex') in {index.name for index in rich.indexes}
    assert 'catalog "odd\n\\role' in rich.roles


def test_foreign_keys_as_they_were_declared(rich: Catalog) -> None:
    keys = {key.name: key for key in rich.foreign_keys}
    assert sorted(keys) == [
        "events_tenant_fkey",
        "hotels_tenant_fkey",
        "k'ey",
        "notes_tenant_at_fkey",
        "rooms_billed",
        "rooms_hotel",
        "rooms_plan_tenant",
        "rooms_shown",
        "tenants_parent_fkey",
    ]
    hotel = keys["rooms_hotel"]
    assert (hotel.table, hotel.columns) == (other("rooms"), ("tenant", "code"))
    assert (hotel.referenced, hotel.referenced_columns) == (app("hotels"), ("tenant", "code"))
    assert hotel.nullable_columns == ("code",)
    assert (hotel.match, hotel.on_update, hotel.on_delete) == (MatchType.FULL, "cascade", "no action")
    assert (hotel.deferrable, hotel.initially_deferred) == (True, True)
    assert (keys["rooms_shown"].deferrable, keys["rooms_shown"].initially_deferred) == (True, False)
    assert keys["rooms_shown"].on_delete == "set default"
    assert keys["rooms_billed"].on_delete == "set null"
    assert keys["rooms_plan_tenant"].on_update == "restrict"
    assert [key.name for key in rich.foreign_keys if not key.validated] == ["rooms_plan_tenant"]
    assert all(key.enforced for key in rich.foreign_keys)
    # declared on the partitioned table, at either end; the copies of partitions are not listed
    assert keys["events_tenant_fkey"].table == app("events")
    assert keys["notes_tenant_at_fkey"].referenced == app("events")


def test_which_foreign_keys_have_an_index(rich: Catalog) -> None:
    assert {key.name for key in rich.foreign_keys if not key.indexed} == {
        "notes_tenant_at_fkey",
        "rooms_billed",  # the index has the column, but not first
        "tenants_parent_fkey",
    }


def test_constraints_hold_on_partitions_too_and_plain_not_null_is_the_columns(rich: Catalog) -> None:
    constraints = {(constraint.on, constraint.name): constraint for constraint in rich.constraints}
    for partition in ("events", "events_2026", "events_2026_1", "events_2026_2"):
        assert constraints[app(partition), "events_kind"].kind is ConstraintKind.CHECK
    assert constraints[app("events_2026_1"), "events_2026_1_pkey"].kind is ConstraintKind.PRIMARY_KEY
    assert constraints[app("email"), "has_at"].definition == "CHECK ((VALUE ~~ '%@%'::text))"
    assert constraints[other("rooms"), "rooms_once"].kind is ConstraintKind.EXCLUSION
    assert constraints[other("rooms"), "rooms_plan"].deferrable
    assert constraints[app("tenants"), "late"].kind is ConstraintKind.TRIGGER
    assert [constraint.name for constraint in rich.constraints if not constraint.validated] == [
        "rooms_capacity"
    ]
    assert [constraint for constraint in rich.constraints if constraint.kind is ConstraintKind.NOT_NULL] == []


def test_types_and_what_they_consist_of(rich: Catalog) -> None:
    assert {type_.name.name: (type_.kind, type_.detail) for type_ in rich.types} == {
        "tenant_status": ("enum", ("trial", 'it\'s "paid"', "paused", "gone")),
        "email": ("domain", ("text", 'COLLATE pg_catalog."C"', "NOT NULL", "DEFAULT 'a@b'::text")),
        "address": (
            "composite",
            ("street text", '"post code" character varying(10)', "status app.tenant_status"),
        ),
        "span": ("range", ("double precision",)),
        "spans": ("multirange", ("app.span",)),
        "named": ("composite", ("id integer", "relation regclass")),
    }


def test_sequences_stand_where_they_stand(rich: Catalog) -> None:
    sequences = {sequence.name: sequence for sequence in rich.sequences}
    positions = {name.name: (sequence.last_value, sequence.is_called) for name, sequence in sequences.items()}
    assert positions["fresh"] == (7, False)
    assert positions["placed"] == (42, False)
    assert positions["called"] == (-3, True)
    assert positions["columns_id_seq"] == (10, True)
    assert sequences[app("columns_id_seq")].owned_by == (app("columns"), "id")
    assert sequences[app("columns_serial_id_seq")].owned_by == (app("columns"), "serial_id")
    assert sequences[app("fresh")].owned_by is None
    called = sequences[app("called")]
    assert (called.data_type, called.start, called.increment, called.minimum, called.maximum) == (
        "smallint",
        3,
        -1,
        -10,
        10,
    )
    assert (called.cache, called.cycles) == (5, True)


def test_views_say_what_they_read(rich: Catalog) -> None:
    views = {view.name: view for view in rich.views}
    assert views[app("inner_view")].options == ("security_barrier=true",)
    assert views[app("inner_view")].rows is None
    assert views[app("inner_view")].reads == (app("tenants"),)
    assert views[other("summary")].reads == (app("events"), app("inner_view"))
    assert (views[other("summary")].populated, views[other("summary")].rows) == (True, 2)
    # the sequence that it calls is nothing that it reads
    assert views[other("empty")].reads == (other("summary"),)
    assert (views[other("empty")].populated, views[other("empty")].rows) == (False, None)


def test_routines_with_their_overloads(rich: Catalog) -> None:
    routines = {(routine.name, routine.arguments): routine for routine in rich.routines}
    assert [(name.name, arguments) for name, arguments in routines] == [
        ("act", ""),
        ("add", "a text"),
        ("add", "integer, integer"),
        ("total", "integer"),
        ("touch", ""),
        ("on_ddl", ""),
    ]
    assert routines[app("total"), "integer"].kind == "aggregate"
    assert routines[app("act"), ""].kind == "procedure"
    assert len({routine.definition_digest for routine in rich.routines}) == len(rich.routines)


def test_triggers_are_listed_once_and_a_clone_only_where_it_fires_otherwise(rich: Catalog) -> None:
    assert [(trigger.table.name, trigger.name, trigger.firing) for trigger in rich.triggers] == [
        ("events", "cloned", FiringState.ORIGIN),
        ("events_2026_2", "cloned", FiringState.DISABLED),
        ("tenants", "always", FiringState.ALWAYS),
        ("tenants", "late", FiringState.REPLICA),
        ("tenants", "touch", FiringState.DISABLED),
    ]


def test_rules_policies_and_event_triggers(rich: Catalog) -> None:
    assert [(rule.name, rule.table, rule.firing) for rule in rich.rules] == [
        ("no_update", app("parent"), FiringState.DISABLED)
    ]
    everyone, own = rich.policies
    assert (everyone.name, everyone.command, everyone.permissive, everyone.roles) == (
        "everyone",
        "all",
        True,
        ("public",),
    )
    assert (everyone.using, everyone.with_check) == ("true", None)
    assert (own.command, own.permissive, own.roles) == ("update", False, ("catalog_owner", "catalog_reader"))
    assert (own.using, own.with_check) == ("(tenant = 1)", "(code <> ''::text)")
    assert [(trigger.name, trigger.firing, trigger.function) for trigger in rich.event_triggers] == [
        ("watch", FiringState.DISABLED, other("on_ddl"))
    ]


def test_roles_are_all_that_something_names_and_no_other(rich: Catalog) -> None:
    assert set(rich.roles) >= {"catalog_owner", "catalog_reader", "catalog_defaults", 'catalog "odd\n\\role'}
    assert "catalog_unrelated" not in rich.roles


def test_everything_is_sorted_by_code_point(rich: Catalog) -> None:
    assert [table.name for table in rich.tables] == sorted(table.name for table in rich.tables)
    assert [index.name for index in rich.indexes] == sorted(index.name for index in rich.indexes)
    assert list(rich.roles) == sorted(rich.roles)


async def test_reading_twice_gives_equal_catalogs(rich_database: ConnectionParameters, rich: Catalog) -> None:
    again = await catalog_of(rich_database)
    # autovacuum may have changed sizes in between
    assert without_circumstances(again) == without_circumstances(rich)


def without_circumstances(catalog: Catalog) -> Catalog:
    """A catalog without what is different in an equal database on another server, or an hour later."""
    replace = msgspec.structs.replace
    return replace(
        catalog,
        server=replace(catalog.server, version="", version_num=0, database="", database_bytes=0),
        tables=tuple(replace(table, bytes=0, index_bytes=0) for table in catalog.tables),
        indexes=tuple(replace(index, bytes=0) for index in catalog.indexes),
        # PostgreSQL 16 and later leave out the table's name where a query has only one
        views=tuple(replace(view, bytes=0, definition="") for view in catalog.views),
    )


def test_the_same_database_reads_the_same_on_every_version(clusters: Clusters, rich: Catalog) -> None:
    databases = Databases(clusters)
    try:
        database = databases(18, file=RICH)
        with parameter_granted(database):
            newest = asyncio.run(catalog_of(database))
    finally:
        databases.drop()
    mine, theirs = without_circumstances(rich), without_circumstances(newest)
    for field in Catalog.__struct_fields__:
        assert getattr(mine, field) == getattr(theirs, field), field


# --- how it is read --------------------------------------------------------------------------------------


async def test_rows_are_counted_in_the_callers_snapshot(new_database: NewDatabase) -> None:
    parameters = new_database(sql="CREATE TABLE t AS SELECT 1 AS a")
    async with reading(parameters) as session, connect(parameters) as writer:
        await session.value("SELECT 1")
        await writer.run("INSERT INTO public.t VALUES (2)")
        assert (await read_catalog(session, Scope())).total_rows == 1
    assert (await catalog_of(parameters)).total_rows == 2


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DROP VIEW public.v", "could not open relation with OID"),
        ("DROP INDEX public.i", "Expected `str`, got `null`"),
        ("DROP TABLE public.t", 'relation "public.t" does not exist'),
    ],
)
async def test_a_structure_that_changes_under_the_snapshot_is_refused(
    new_database: NewDatabase, change: str, found: str
) -> None:
    parameters = new_database(
        sql="CREATE VIEW v AS SELECT 1 AS one; CREATE TABLE t (); "
        "CREATE TABLE u (a int); CREATE INDEX i ON u (a);"
    )
    with pytest.raises(RefusedError) as refused:
        async with reading(parameters) as session:
            await session.value("SELECT 1")
            async with connect(parameters) as changer:
                await changer.run(change)
            await read_catalog(session, Scope())
    assert found in str(refused.value)
    assert "cannot be read as of the snapshot" in str(refused.value)
    assert "try again when nobody changes the structure" in str(refused.value)


async def test_more_relations_than_fit_one_statement_are_all_counted(new_database: NewDatabase) -> None:
    parameters = new_database(
        sql="SELECT format('CREATE TABLE t%s AS SELECT generate_series(1, %s) AS a', n, n), "
        "format('CREATE SEQUENCE s%s START %s', n, n) FROM generate_series(1, 205) AS n \\gexec"
    )
    catalog = await catalog_of(parameters)
    assert [table.rows for table in catalog.tables] == [int(table.name.name[1:]) for table in catalog.tables]
    assert catalog.total_rows == 205 * 206 // 2
    assert [s.last_value for s in catalog.sequences] == [int(s.name.name[1:]) for s in catalog.sequences]
    assert len(catalog.sequences) == 205


async def test_rows_are_unknown_where_they_were_not_counted(new_database: NewDatabase) -> None:
    catalog = await catalog_of(new_database(file=RICH), count_rows=False)
    assert {table.rows for table in catalog.tables} == {None}
    assert {view.rows for view in catalog.views} == {None}


async def test_locks_on_what_was_counted_are_given_back(rich_database: ConnectionParameters) -> None:
    async with reading(rich_database) as session:
        await read_catalog(session, Scope())
        held = await session.value(
            "SELECT count(*) FROM pg_locks l JOIN pg_index i ON i.indexrelid = l.relation "
            "JOIN pg_class c ON c.oid = i.indrelid "
            "WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'app'::regnamespace"
        )
    assert held == 0


async def test_outside_of_a_transaction_the_server_refuses(new_database: NewDatabase) -> None:
    async with connect(new_database(sql="CREATE TABLE t ()")) as session:
        with pytest.raises(ServerError, match="can only be used in transaction blocks"):
            await read_catalog(session, Scope())


async def test_the_server_says_what_it_is(rich_database: ConnectionParameters) -> None:
    async with connect(rich_database) as session:
        server = await read_server(session)
        assert server.version_num == session.version_num
        assert server.version.startswith(f"{server.major}.")
        assert server.database == rich_database.database
        assert server.encoding == "UTF8"
        assert server.collation == await session.value(
            "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        )
        assert server.database_bytes > 1_000_000


# --- scope -----------------------------------------------------------------------------------------------


async def test_only_what_is_in_scope_is_listed_but_keys_may_lead_out(
    rich_database: ConnectionParameters,
) -> None:
    catalog = await catalog_of(rich_database, Scope(include=("other",)))
    assert catalog.scope == ("other",)
    assert {table.name for table in catalog.tables} == {other("notes"), other("rooms")}
    assert {key.referenced.schema for key in catalog.foreign_keys} == {"app"}
    listed = (catalog.indexes, catalog.sequences, catalog.views, catalog.routines, catalog.types)
    assert {each.name.schema for kind in listed for each in kind} == {"other"}
    assert {constraint.on.schema for constraint in catalog.constraints} == {"other"}
    assert (catalog.triggers, catalog.rules, catalog.policies) == ((), (), ())
    assert "catalog_owner" not in catalog.roles
    assert catalog.views[1].reads == (app("events"), app("inner_view"))


async def test_a_schema_that_does_not_exist_is_refused(rich_database: ConnectionParameters) -> None:
    with pytest.raises(
        UsageError, match=r'no user schema pg_catalog; its user schemas: app, "odd ""schema", '
    ):
        await catalog_of(rich_database, Scope(include=("pg_catalog",)))


# --- what the role may not read --------------------------------------------------------------------------


async def test_rows_hidden_by_row_security_are_refused_by_name(
    rich_database: ConnectionParameters, rich: Catalog
) -> None:
    async with connect(rich_database) as session:
        await session.run("BEGIN")
        for schema in ("app", "other", '"odd ""schema"'):
            await session.run(f"GRANT USAGE ON SCHEMA {schema} TO catalog_reader")
            await session.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO catalog_reader")
            await session.run(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO catalog_reader")
        await session.run("SET LOCAL ROLE catalog_reader")
        with pytest.raises(RefusedError) as refused:
            await read_catalog(session, Scope())
        uncounted = await read_catalog(session, Scope(), count_rows=False)
        await session.run("ROLLBACK")
    assert "catalog_reader is kept by row level security from seeing all rows of table app.hotels;" in str(
        refused.value
    )
    assert "BYPASSRLS" in str(refused.value)
    assert len(uncounted.tables) == len(rich.tables)


async def test_everything_that_may_not_be_read_is_named_at_once(rich_database: ConnectionParameters) -> None:
    async with reading(rich_database) as session:
        await session.run("SET LOCAL ROLE catalog_unrelated")
        with pytest.raises(RefusedError) as refused:
            await read_catalog(session, Scope(include=("app", "other")))
    message = str(refused.value)
    for unreadable in ("table app.child", "materialized view other.summary", "sequence app.called"):
        assert unreadable in message
    assert "pg_read_all_data" in message


# --- what PostgreSQL 18 brought --------------------------------------------------------------------------


@pytest.mark.servers(18)
async def test_virtual_columns_and_keys_that_are_not_enforced(new_database: NewDatabase) -> None:
    catalog = await catalog_of(
        new_database(
            18,
            sql="""
            CREATE TABLE a (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL);
            CREATE TABLE b (
                id int CONSTRAINT lax REFERENCES a NOT ENFORCED,
                CONSTRAINT wish CHECK (id > 0) NOT ENFORCED,
                CONSTRAINT strict FOREIGN KEY (id) REFERENCES a
            );
            """,
        )
    )
    assert catalog.tables[0].columns[1].generated is Generated.VIRTUAL
    assert [(key.name, key.enforced, key.validated) for key in catalog.foreign_keys] == [
        ("lax", False, False),
        ("strict", True, True),
    ]
    wish = next(constraint for constraint in catalog.constraints if constraint.name == "wish")
    assert wish.definition == "CHECK ((id > 0)) NOT ENFORCED"


@pytest.mark.servers(18)
async def test_a_not_null_constraint_is_listed_where_the_column_cannot_say_it(
    new_database: NewDatabase,
) -> None:
    catalog = await catalog_of(
        new_database(
            18,
            sql="""
            CREATE TABLE "a_rather_long_name_for_a_table_that_is_cut" (
                "a_rather_long_name_for_a_column_that_is_cut" int NOT NULL
            );
            CREATE TABLE a_b (c int NOT NULL);
            CREATE TABLE a (b_c int NOT NULL, named int CONSTRAINT given NOT NULL, later int);
            ALTER TABLE a ADD CONSTRAINT a_later_not_null NOT NULL later NOT VALID;
            CREATE TABLE parent (x int CONSTRAINT parent_x_not_null NOT NULL NO INHERIT);
            """,
        )
    )
    assert [(constraint.name, constraint.validated) for constraint in catalog.constraints] == [
        ("a_later_not_null", False),
        ("given", True),
        ("parent_x_not_null", True),
    ]
    assert all(column.not_null for table in catalog.tables for column in table.columns)


# --- extensions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "major", [pytest.param(major, marks=pytest.mark.servers(major)) for major in (16, 18)]
)
async def test_members_of_an_extension_are_its_own(new_database: NewDatabase, major: int) -> None:
    parameters = new_database(
        major,
        sql="""
        CREATE EXTENSION vector;
        CREATE TABLE items (id int, v vector(3), vs vector[]);
        CREATE INDEX ON items USING hnsw (v vector_l2_ops);
        -- whatever belongs to an extension, with all that hangs on it
        CREATE TABLE theirs (id serial PRIMARY KEY, up int REFERENCES theirs, CHECK (id > 0));
        CREATE FUNCTION theirs_fn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION helped() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t BEFORE INSERT ON theirs FOR EACH ROW EXECUTE FUNCTION theirs_fn();
        CREATE RULE r AS ON DELETE TO theirs DO INSTEAD NOTHING;
        CREATE POLICY p ON theirs;
        CREATE TYPE their_enum AS ENUM ('a');
        CREATE TYPE their_composite AS (a int);
        CREATE TYPE their_range AS RANGE (subtype = int);
        CREATE DOMAIN their_domain AS int CHECK (VALUE > 0);
        CREATE VIEW their_view AS SELECT 1 AS one;
        CREATE SEQUENCE their_sequence;
        CREATE SCHEMA their_schema;
        ALTER EXTENSION vector ADD TABLE theirs;
        ALTER EXTENSION vector ADD FUNCTION theirs_fn();
        ALTER EXTENSION vector ADD TYPE their_enum;
        ALTER EXTENSION vector ADD TYPE their_composite;
        ALTER EXTENSION vector ADD TYPE their_range;
        ALTER EXTENSION vector ADD DOMAIN their_domain;
        ALTER EXTENSION vector ADD VIEW their_view;
        ALTER EXTENSION vector ADD SEQUENCE their_sequence;
        ALTER EXTENSION vector ADD SCHEMA their_schema;
        -- what only depends on one is the user's
        CREATE TRIGGER mine BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION helped();
        ALTER FUNCTION helped() DEPENDS ON EXTENSION vector;
        ALTER TRIGGER mine ON items DEPENDS ON EXTENSION vector;
        """,
    )
    catalog = await catalog_of(parameters)
    assert catalog.scope == ("public",)
    assert [extension.name for extension in catalog.extensions] == ["plpgsql", "vector"]
    types = {name.name for name in catalog.extensions[1].types}
    assert types >= {"vector", "their_enum", "their_composite", "their_range", "their_domain"}
    assert not any(name.startswith("_") for name in types)
    assert [table.name.name for table in catalog.tables] == ["items"]
    assert [index.method for index in catalog.indexes] == ["hnsw"]
    assert [routine.name.name for routine in catalog.routines] == ["helped"]
    assert [trigger.name for trigger in catalog.triggers] == ["mine"]
    left_out = (
        catalog.types,
        catalog.foreign_keys,
        catalog.constraints,
        catalog.sequences,
        catalog.views,
        catalog.rules,
        catalog.policies,
    )
    assert left_out == ((),) * len(left_out)
    assert [column.text_only_because for column in catalog.tables[0].columns] == ["", "", ""]


# --- binary COPY -----------------------------------------------------------------------------------------

COPIED = app("columns")


async def copy(source: Session, target: Session, columns: tuple[str, ...], *, binary: bool) -> None:
    pieces: list[bytes] = []

    async def keep(piece: bytes) -> None:
        pieces.append(piece)

    async def replay() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    await source.copy_out(COPIED, columns, sink=keep, binary=binary)
    assert await target.copy_in(COPIED, columns, source=replay(), binary=binary) == 1


@pytest.mark.parametrize(
    ("from_major", "to_major"),
    [
        pytest.param(16, 18, marks=pytest.mark.servers(16, 18)),
        pytest.param(15, 17, marks=pytest.mark.servers(15, 17)),
        pytest.param(18, 15, marks=pytest.mark.servers(18, 15)),
    ],
)
async def test_what_may_travel_in_binary_arrives_though_every_oid_is_another(
    new_database: NewDatabase, from_major: int, to_major: int
) -> None:
    from_parameters = new_database(from_major, file=RICH)
    to_parameters = new_database(
        to_major, "target", sql="CREATE SCHEMA shift; CREATE TYPE shift.x AS ENUM ()"
    )
    run_psql(to_parameters, RICH)
    async with connect(to_parameters) as target:
        await target.run("DELETE FROM app.columns")
        catalog = await catalog_of(from_parameters)
        table = next(table for table in catalog.tables if table.name == COPIED)
        binary = tuple(c.name for c in table.columns if not c.generated and not c.text_only_because)
        text = tuple(c.name for c in table.columns if c.text_only_because)
        assert {"tags", "home", "homes", "during", "all_during", "mail"} < set(binary)
        assert text == ("relation", "relations", "named")
        for column in ("app.tenant_status[]", "app.address", "app.address[]"):
            oid = f"SELECT '{column}'::regtype::oid::int8"
            assert await target.value(oid) > 16384

        async with connect(from_parameters) as source:
            different = "SELECT 'app.tenant_status'::regtype::oid::int8"
            assert await source.value(different) != await target.value(different)
            await copy(source, target, binary, binary=True)
            row = "SELECT to_json(r)::text FROM (SELECT {} FROM app.columns) AS r"
            listed = row.format(", ".join(binary))
            assert await target.value(listed) == await source.value(listed)

            # and what may not would have arrived as something else
            await target.run("DELETE FROM app.columns")
            await copy(source, target, (*binary, "relation"), binary=True)
            relation = "SELECT relation::text FROM app.columns"
            assert await source.value(relation) == "app.columns"
            assert await target.value(relation) != "app.columns"

            await target.run("DELETE FROM app.columns")
            await copy(source, target, (*binary, *text), binary=False)
            assert await target.value(relation) == "app.columns"


@pytest.mark.parametrize("major", MAJORS)
async def test_a_column_without_a_binary_form_bars_the_whole_table_even_where_it_is_generated(
    new_database: NewDatabase, major: int
) -> None:
    parameters = new_database(major, file=RICH)
    table = next(table for table in (await catalog_of(parameters)).tables if table.name == app("granted"))
    assert [column.text_only_because for column in table.columns] == [
        "",
        "column grants: aclitem has no binary form that a server accepts",
    ]

    async def nothing() -> AsyncIterator[bytes]:
        yield b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"

    async with connect(parameters) as session:
        with pytest.raises(ServerError, match="no binary input function available for type aclitem"):
            await session.copy_in(table.name, ("id",), source=nothing(), binary=True)


# --- real databases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("major", MAJORS)
async def test_pagila(new_database: NewDatabase, real_data: RealData, major: int) -> None:
    catalog = await catalog_of(new_database(major, file=real_data("pagila.sql")))
    assert catalog.total_rows == 46_273
    assert "b\u0131g\u0131nt" in {type_.name.name for type_ in catalog.types}
    payments = [table for table in catalog.tables if table.partition_of == QualifiedName("public", "payment")]
    assert len(payments) > 1
    assert sum(table.rows or 0 for table in payments) == 16_049
    assert [view.name.name for view in catalog.views if view.kind == "materialized view"] == [
        "rental_by_category"
    ]


@pytest.mark.parametrize("major", MAJORS)
async def test_chinook(new_database: NewDatabase, real_data: RealData, major: int) -> None:
    catalog = await catalog_of(new_database(major, file=real_data("chinook.sql")))
    assert len(catalog.tables) == 11
    assert catalog.total_rows == 15_607
    assert len(catalog.foreign_keys) == 11
    assert [key.table.name for key in catalog.foreign_keys if key.is_self_reference] == ["employee"]


@pytest.mark.parametrize("major", MAJORS)
async def test_what_an_index_and_a_constraint_say_of_columns(new_database: NewDatabase, major: int) -> None:
    """The same column as a key, in an expression, in the predicate, and merely carried."""
    parameters = new_database(
        major,
        sql="""
            CREATE TABLE t (
                a int PRIMARY KEY, b int, "C d" int, e int,
                CONSTRAINT t_late UNIQUE (b) INCLUDE ("C d") DEFERRABLE,
                CONSTRAINT t_nulls UNIQUE NULLS NOT DISTINCT (e, b),
                CONSTRAINT t_apart EXCLUDE USING btree (("C d" + 1) WITH =, e WITH =) WHERE (b > 1),
                CONSTRAINT t_range CHECK (e > "C d" OR e > b),
                CONSTRAINT t_row CHECK (t.* IS NOT NULL)
            );
            CREATE UNIQUE INDEX t_some ON t (a, b) INCLUDE (e) WHERE "C d" IS NULL;
            CREATE UNIQUE INDEX t_roots ON t (b, a) WHERE b IS NULL;
            CREATE INDEX t_sum ON t ((b + "C d"), a) WHERE e > 1;
            CREATE INDEX t_plain ON t (e);
            CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        """,
    )
    catalog = await catalog_of(parameters)
    assert {
        each.name.name: (
            each.columns,
            each.expression_columns,
            each.partial,
            each.exclusion,
            each.immediate,
            each.nulls_distinct,
        )
        for each in catalog.indexes
    } == {
        "t_pkey": (("a",), (), False, False, True, True),
        "t_late": (("b",), (), False, False, False, True),
        "t_nulls": (("e", "b"), (), False, False, True, False),
        "t_apart": ((None, "e"), ("b", "C d"), True, True, True, True),
        "t_some": (("a", "b"), ("C d",), True, False, True, True),
        "t_roots": (("b", "a"), ("b",), True, False, True, True),
        "t_sum": ((None, "a"), ("b", "C d", "e"), True, False, True, True),
        "t_plain": (("e",), (), False, False, True, True),
    }
    columns = {each.name: each.columns for each in catalog.constraints}
    assert {name: set(each) for name, each in columns.items() if name.startswith("t_r")} == {
        "t_range": {"b", "C d", "e"},
        "t_row": {"a", "b", "C d", "e"},
    }
    assert {name: each for name, each in columns.items() if not name.startswith("t_r")} == {
        "t_pkey": ("a",),
        "t_late": ("b",),
        "t_nulls": ("e", "b"),
        "t_apart": ("e",),
        "positive_check": (),
    }
