"""Roles, owners and privileges: found, mapped, created or left out, and nobody ends with more than he had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError, UsageError
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.names import quote_identifier
from pilotage.model.roles import RoleChoices, RoleMapping, RoleUse
from pilotage.model.scope import Scope
from pilotage.programs import find_installations
from tests.generated_files import forward_files, rollback_files, run_files, write_files
from tests.servers_at_hand import Clusters, Databases, run_psql, versions

Dump = Callable[[ConnectionParameters], str]

HERE = Path(__file__).parent
VERSIONS = versions(18, thorough=(16,), besides=(18,))

ODD = 'odd "role'
SPACED = "two words\nTO public"
CAPITALS = "PUBLIC"
SOURCE_ROLES = ("r_owner", "r_reader", "r_group", "r_between", "r_grantor", ODD, SPACED, CAPITALS, "r_login")
TARGET_ROLES = (
    "r_merged",
    'n"ew',
    "select",
    "TO PUBLIC;",
    "r_plain",
    "r_grouped",
    "anon",
    "authenticated",
    "r_operator",
)


def drop_roles(roles: tuple[str, ...]) -> str:
    """Drop roles with all that they still have in this database and in the cluster."""
    return "".join(
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN "
        f"EXECUTE 'DROP OWNED BY ' || quote_ident({literal}); "
        f"EXECUTE 'DROP ROLE ' || quote_ident({literal}); END IF; END $$;\n"
        for literal in ("$r$" + role + "$r$" for role in roles)
    )


@pytest.fixture
def no_roles_left(clusters: Clusters, new_database: Databases) -> Iterator[Callable[[int], None]]:
    """Drop the roles of these tests on both clusters of a version, now and after the databases are gone."""
    majors: set[int] = set()

    def clean() -> None:
        for major in majors:
            for role in ("source", "target"):
                server = clusters.get(major, role)
                run_psql(
                    server.parameters(),
                    drop_roles((*SOURCE_ROLES, *TARGET_ROLES)),
                    installation=server.installation,
                )

    def begin(major: int) -> None:
        majors.add(major)
        clean()

    yield begin
    new_database.drop()
    clean()


SOURCE = """
CREATE ROLE "PUBLIC" CONNECTION LIMIT 3 VALID UNTIL '2031-01-01 00:00:00+00';
CREATE ROLE "odd ""role" CREATEDB BYPASSRLS;
CREATE ROLE r_between;
CREATE ROLE r_grantor;
CREATE ROLE r_group;
CREATE ROLE r_login LOGIN PASSWORD 'secret';
CREATE ROLE r_owner NOLOGIN;
CREATE ROLE r_reader NOINHERIT;
CREATE ROLE "two words
TO public";
ALTER ROLE r_login SET search_path = "a b", public;
ALTER ROLE r_login SET work_mem = '7MB';
COMMENT ON ROLE r_login IS 'it''s her';
GRANT r_group TO r_between; GRANT r_between TO r_login; GRANT pg_monitor TO r_login WITH ADMIN OPTION;

CREATE SCHEMA app AUTHORIZATION r_owner;
SET ROLE r_owner;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.items (id int PRIMARY KEY, secret text, shown text);
INSERT INTO app.items VALUES (1, 's', 'x');
CREATE SEQUENCE app.numbers;
CREATE FUNCTION app.open() RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION app.closed() RETURNS int LANGUAGE sql SET work_mem TO '3MB' AS 'select 2';
CREATE VIEW app.shown AS SELECT id, shown FROM app.items;
REVOKE EXECUTE ON FUNCTION app.closed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.closed() TO "PUBLIC";
GRANT USAGE ON SCHEMA app TO r_group, r_login, r_grantor;
GRANT SELECT ON app.items TO r_group;
GRANT SELECT ON app.items TO r_grantor WITH GRANT OPTION;
GRANT SELECT (shown), UPDATE (shown) ON app.items TO "odd ""role";
GRANT USAGE ON TYPE app.mood TO r_reader;
REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
RESET ROLE;
SET ROLE r_grantor; GRANT SELECT ON app.items TO "two words
TO public"; RESET ROLE;
ALTER TABLE app.items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "TO x" ON app.items AS RESTRICTIVE FOR SELECT TO "odd ""role" USING (true);
CREATE POLICY others ON app.items FOR SELECT TO r_reader USING (true);
CREATE FUNCTION app.as_reader() RETURNS int LANGUAGE sql SET role TO 'r_reader' AS 'select 3';
ALTER DEFAULT PRIVILEGES FOR ROLE r_owner IN SCHEMA app GRANT SELECT ON TABLES TO r_reader;
"""


async def run(
    source: ConnectionParameters, target: ConnectionParameters, roles: RoleChoices, scope: Scope | None = None
) -> Migration:
    return await migrate(
        source,
        target,
        scope=scope or Scope(),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _event: None,
        roles=roles,
    )


async def effective(database: ConnectionParameters, roles: tuple[str, ...]) -> set[str]:
    """What each of these roles may do there."""
    async with connect(database) as session:
        query = (HERE / "effective_privileges.sql").read_text("utf-8")
        return set(await session.value(query, list(roles)))


def assert_equal(migration: Migration) -> None:
    assert migration.verdict is not None
    assert migration.verdict.differences == ()


@pytest.mark.parametrize("major", VERSIONS)
async def test_missing_roles_are_created_as_they_are_on_the_source(
    major: int, new_database: Databases, no_roles_left: Callable[[int], None], schema_dump: Dump
) -> None:
    no_roles_left(major)
    no_roles_left(18)
    source, target = new_database(major, sql=SOURCE), new_database(18, "target")
    with pytest.raises(RefusedError) as refused:
        await run(source, target, RoleChoices())
    for role in ("r_owner", ODD, CAPITALS):
        assert f"CREATE ROLE {quote_identifier(role)};" in str(refused.value)
    assert "--create-roles" in str(refused.value)

    migration = await run(source, target, RoleChoices(create=True))

    assert_equal(migration)
    assert schema_dump(target) == schema_dump(source)
    facts = """SELECT array_agg(r ORDER BY r) FROM (SELECT concat_ws(' ', rolname, rolsuper, rolinherit,
        rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
        rolvaliduntil AT TIME ZONE 'UTC', shobj_description(oid, 'pg_authid'),
        (SELECT setconfig FROM pg_db_role_setting s WHERE setrole = pg_roles.oid AND setdatabase = 0)) AS r
        FROM pg_roles WHERE rolname = ANY ($1)) AS _"""
    memberships = """SELECT array_agg(concat_ws(' ', roleid::regrole, member::regrole, admin_option) ORDER BY
        roleid::regrole::text) FROM pg_auth_members WHERE member::regrole::text = ANY ($1)"""
    passwords = "SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL AND rolname = ANY ($1)"
    found = []
    # r_between is named by nothing, and without it r_login would lose r_group's privileges.
    for database in (source, target):
        async with connect(database) as session:
            found.append(
                [await session.value(sql, list(SOURCE_ROLES)) for sql in (facts, memberships, passwords)]
            )
    assert found[0][:2] == found[1][:2]
    assert (found[0][2], found[1][2]) == (1, 0)
    assert await effective(target, SOURCE_ROLES) == await effective(source, SOURCE_ROLES)
    uses = {need.role: need.uses for need in migration.plan.roles_needed}
    assert uses["r_between"] == (RoleUse.MEMBERSHIP,)
    assert uses["r_reader"] == (RoleUse.GRANTEE, RoleUse.POLICY, RoleUse.FUNCTION)
    assert RoleUse.GRANTOR in uses["r_grantor"]


GRANTING_TARGET = """
CREATE ROLE anon; CREATE ROLE authenticated;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO anon;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO anon;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT UPDATE ON TABLES TO PUBLIC;
"""
"""As a managed service sets up a database: whatever its user creates is open to the API's roles."""

PLAIN_SOURCE = """
CREATE EXTENSION citext;
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad');
CREATE TYPE app.pair AS (a int, b int);
CREATE DOMAIN app.short AS text CHECK (length(VALUE) < 9);
CREATE TABLE app.t (id serial PRIMARY KEY, m app.mood);
CREATE TABLE public.u (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE public.grouped (id int PRIMARY KEY, v text);
-- Defined behind the primary key, so created while rows are loaded.
CREATE VIEW public.late AS SELECT id, v FROM public.grouped GROUP BY id;
CREATE SEQUENCE public.free;
CREATE VIEW app.v AS SELECT * FROM app.t;
CREATE MATERIALIZED VIEW public.m AS SELECT 1 AS one;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'select 1';
CREATE PROCEDURE public.p() LANGUAGE sql AS 'select 1';
INSERT INTO app.t (m) VALUES ('sad');
GRANT SELECT ON public.u TO r_reader;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO r_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO r_reader;
"""

DEFAULTS = """SELECT coalesce(array_agg(concat_ws(' ', defaclrole::regrole, defaclnamespace::regnamespace,
    defaclobjtype, defaclacl) ORDER BY defaclnamespace, defaclobjtype), '{}') FROM pg_default_acl"""


@pytest.mark.servers(18)
@pytest.mark.parametrize("how", ["migrate", "schema-first", "bulk", "insert"])
async def test_the_targets_default_privileges_open_nothing_and_stay(
    how: str,
    new_database: Databases,
    no_roles_left: Callable[[int], None],
    schema_dump: Dump,
    tmp_path: Path,
) -> None:
    no_roles_left(18)
    source = new_database(18, sql="CREATE ROLE r_reader;" + PLAIN_SOURCE)
    target = new_database(18, "target", sql="CREATE ROLE r_reader;" + GRANTING_TARGET)
    async with connect(target) as session:
        before = await session.value(DEFAULTS)
        # What it is about: without care, this would be open now.
        await session.run("CREATE TABLE public.probe ()")
        assert await session.value("SELECT has_table_privilege('anon', 'public.probe', 'DELETE')")
        await session.run("DROP TABLE public.probe")

    if how == "migrate":
        assert_equal(await run(source, target, RoleChoices()))
    else:
        layout = Layout.BULK if how == "bulk" else Layout.SCHEMA_FIRST
        data_format = DataFormat.INSERT if how == "insert" else DataFormat.COPY
        await write_files(source, tmp_path, Configuration(layout=layout, data_format=data_format))
        run_files(target, forward_files(tmp_path))

    roles = ("anon", "authenticated", "r_reader")
    held = await effective(target, roles)
    assert {line for line in held if not line.startswith("a")} == await effective(source, ("r_reader",))
    # On the source neither of the API's roles is there; here they may do what everybody may.
    everybody = {line.partition(" | ")[2] for line in await effective(source, ("r_reader",))}
    gained = {line for line in held if line.startswith("a") and line.partition(" | ")[2] not in everybody}
    assert gained == set()
    async with connect(target) as session:
        after = await session.value(DEFAULTS)
    changed = "postgres public r "
    assert [line for line in after if not line.startswith(changed)] == [
        line for line in before if not line.startswith(changed)
    ]
    # Where the source has default privileges for the same role and place, they are the source's.
    assert [line for line in after if line.startswith(changed)] == [f"{changed}{{r_reader=r/postgres}}"]

    if how != "migrate":
        run_files(target, rollback_files(tmp_path))
        async with connect(target) as session:
            rolled_back = await session.value(DEFAULTS)
        assert [line for line in rolled_back if not line.startswith(changed)] == [
            line for line in before if not line.startswith(changed)
        ]


DATABASE = """
CREATE ROLE r_reader; CREATE ROLE "odd ""role";
DO $do$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = "a b", public', current_database());
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''90s''', current_database());
    EXECUTE format('ALTER DATABASE %I SET my.percent = ''100%% $$ "''', current_database());
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
    EXECUTE format('ALTER ROLE "odd ""role" IN DATABASE %I SET work_mem = ''9MB''', current_database());
    EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 30', current_database());
    EXECUTE format('COMMENT ON DATABASE %I IS ''it''''s 100%%''', current_database());
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO "odd ""role" WITH GRANT OPTION', current_database());
END $do$;
"""

OF_DATABASE = """SELECT array_agg(line ORDER BY line) FROM (
    SELECT concat_ws(' ', 'setting', nullif(setrole, 0)::regrole, unnest(setconfig)) AS line
      FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
    UNION ALL SELECT concat_ws(' ', 'limit', datconnlimit, datistemplate,
        shobj_description(oid, 'pg_database')) FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT concat_ws(' ', 'privilege', coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC'),
        privilege_type, is_grantable)
      FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
      WHERE datname = current_database()
) AS _"""


async def of_database(database: ConnectionParameters) -> list[str]:
    """What is set on the database, and who may do what with it."""
    async with connect(database) as session:
        return list(await session.value(OF_DATABASE))


@pytest.mark.parametrize("major", VERSIONS)
@pytest.mark.parametrize("how", ["migrate", "copy", "insert"])
async def test_settings_limits_privileges_and_comment_of_the_database_come_along(
    how: str, major: int, new_database: Databases, no_roles_left: Callable[[int], None], tmp_path: Path
) -> None:
    no_roles_left(major)
    no_roles_left(18)
    table = "CREATE TABLE public.t (id int PRIMARY KEY, a int, b int); INSERT INTO public.t VALUES (1);"
    source = new_database(major, name=f'from % " {how}', sql=table + DATABASE)
    roles = 'CREATE ROLE r_reader; CREATE ROLE "odd ""role";'
    target = new_database(18, "target", name=f"to ' % {how}", sql=roles)
    before = await of_database(target)

    if how == "migrate":
        assert_equal(await run(source, target, RoleChoices()))
    else:
        await write_files(source, tmp_path, Configuration(data_format=DataFormat(how)))
        run_files(target, forward_files(tmp_path))

    assert await of_database(target) == await of_database(source)
    assert len(await of_database(source)) > 8
    if how != "migrate":
        said = run_files(target, rollback_files(tmp_path))
        assert await of_database(target) == before, said


@pytest.mark.servers(18)
async def test_what_the_database_had_before_stays_where_files_are_undone(
    new_database: Databases, no_roles_left: Callable[[int], None], tmp_path: Path
) -> None:
    no_roles_left(18)
    source = new_database(18, sql="CREATE TABLE public.t (id int PRIMARY KEY, a int, b int);" + DATABASE)
    target = new_database(
        18,
        "target",
        sql="""CREATE ROLE r_reader; CREATE ROLE "odd ""role";
        DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
        EXECUTE format('COMMENT ON DATABASE %I IS ''mine''', current_database()); END $$""",
    )
    await write_files(source, tmp_path)
    run_files(target, forward_files(tmp_path))
    said = run_files(target, rollback_files(tmp_path))

    left = await of_database(target)
    assert "setting jit=off" in left
    assert "limit -1 f it's 100%" in left
    assert not any("odd" in line for line in left)
    assert "settings of the database: left as found" in said
    assert "the comment on the database: left as found" in said


@pytest.mark.servers(18)
async def test_the_database_stays_as_it_is_where_that_is_asked_for(
    new_database: Databases, no_roles_left: Callable[[int], None]
) -> None:
    no_roles_left(18)
    source, target = new_database(18, sql=DATABASE), new_database(18, "target")
    before = await of_database(target)
    migration = await run(source, target, RoleChoices(database_settings=False))
    assert await of_database(target) == before
    assert {hazard.object.partition(" of ")[0] for hazard in migration.plan.hazards} == {
        "database properties",
        "comment",
        "acl",
    }


MAPPED_SOURCE = (
    SOURCE
    + """
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR r_reader SERVER away OPTIONS (user 'r_reader');
CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user 'r_owner');
CREATE PUBLICATION news FOR TABLE app.items; ALTER PUBLICATION news OWNER TO r_owner;
CREATE FUNCTION app.asks() RETURNS bool LANGUAGE sql AS $$ SELECT current_user = 'r_reader' $$;
DO $$ BEGIN
    EXECUTE format('ALTER ROLE r_reader IN DATABASE %I SET work_mem = ''9MB''', current_database());
END $$;
"""
)

MAPPING = (
    RoleMapping(source="PUBLIC", target="r_plain"),
    RoleMapping(source=ODD, target="r_merged"),
    RoleMapping(source="r_group", target="r_grouped"),
    RoleMapping(source="r_owner", target='n"ew'),
    RoleMapping(source="r_reader", target="select"),
    RoleMapping(source=SPACED, target="TO PUBLIC;"),
)
TARGETS_OF = {each.source: each.target for each in MAPPING}


@pytest.mark.servers(18)
@pytest.mark.parametrize("how", ["migrate", "copy"])
async def test_a_mapping_reaches_every_place(
    how: str,
    new_database: Databases,
    no_roles_left: Callable[[int], None],
    schema_dump: Dump,
    tmp_path: Path,
) -> None:
    no_roles_left(18)
    source = new_database(18, sql=MAPPED_SOURCE)
    target = new_database(18, "target")
    choices = RoleChoices(mapping=MAPPING, create=True)

    if how == "migrate":
        migration = await run(source, target, choices)
        assert migration.verdict is not None
        # The function that runs as a role is another now, and truly so.
        assert [each.object for each in migration.verdict.differences] == ["function app.as_reader()"]
        assert {use for need in migration.plan.roles_needed for use in need.uses} == set(RoleUse)
        told = [hazard.object for hazard in migration.plan.hazards if "is mapped to" in hazard.message]
        assert told == ["function app asks()"]
    else:
        await write_files(source, tmp_path, Configuration(roles=choices))
        assert forward_files(tmp_path)[0].name == "00-roles.sql"
        run_files(target, forward_files(tmp_path))

    async with connect(target) as session:
        there = set(await session.value("SELECT array_agg(rolname) FROM pg_roles"))
    assert set(TARGETS_OF.values()) <= there
    assert not set(TARGETS_OF) & there
    # PostgreSQL's own renaming is what to compare with; only a function's setting is text to it.
    renaming = "".join(
        f"ALTER ROLE {quote_identifier(old)} RENAME TO {quote_identifier(new)};\n"
        for old, new in TARGETS_OF.items()
    )
    run_psql(source, f"{renaming}ALTER FUNCTION app.as_reader() SET role TO 'select';")
    assert schema_dump(target) == schema_dump(source)
    roles = (*SOURCE_ROLES, *TARGET_ROLES)
    assert await effective(target, roles) == await effective(source, roles)
    assert await of_database(target) == await of_database(source)


@pytest.mark.servers(18)
async def test_without_owners_and_privileges_all_belongs_to_the_role_taken_on(
    new_database: Databases, no_roles_left: Callable[[int], None], tmp_path: Path
) -> None:
    no_roles_left(18)
    source = new_database(18, sql=SOURCE + "REVOKE DELETE ON app.items FROM r_owner;")
    preparing = """CREATE ROLE r_operator; GRANT CREATE ON SCHEMA public TO r_operator; CREATE ROLE r_reader;
        CREATE ROLE "odd ""role";
        DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO r_operator', current_database()); END $$"""
    target = new_database(18, "target", sql=preparing)
    choices = RoleChoices(owners=False, privileges=False, role="r_operator")

    migration = await run(source, target, choices)

    assert_equal(migration)
    # What policies and functions name must be there in any case.
    assert [need.role for need in migration.plan.roles_needed] == [ODD, "r_reader"]
    owners = """SELECT array_agg(DISTINCT owner::regrole::text) FROM (
        SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'app'::regnamespace
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'app'::regnamespace
        UNION ALL SELECT nspowner FROM pg_namespace WHERE nspname = 'app'
        UNION ALL SELECT typowner FROM pg_type WHERE typnamespace = 'app'::regnamespace) AS _"""
    async with connect(target) as session:
        assert await session.value(owners) == ["r_operator"]
        granted = "SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE grantee <> 'r_operator'::regrole"
        assert await session.value(f"{granted} AND relnamespace = 'app'::regnamespace") == 0
    told = {hazard.object: hazard.message for hazard in migration.plan.hazards}
    assert "--no-privileges" in told["privileges"]
    # Everybody may run it now, and that is said.
    assert "PUBLIC" in told["app FUNCTION closed()"]
    assert "PUBLIC" in told["app TYPE mood"]

    files = new_database(18, "target", sql="GRANT CREATE ON SCHEMA public TO r_operator;")
    async with connect(files) as session:
        await session.run(f"GRANT CREATE ON DATABASE {quote_identifier(files.database)} TO r_operator")
    await write_files(source, tmp_path, Configuration(roles=choices))
    run_files(files, forward_files(tmp_path))
    async with connect(files) as session:
        assert await session.value(owners) == ["r_operator"]
    run_files(files, rollback_files(tmp_path))
    async with connect(files) as session:
        assert await session.value("SELECT to_regnamespace('app') IS NULL")


@pytest.mark.servers(18)
async def test_without_owners_the_owners_own_privileges_are_left_out(
    new_database: Databases, no_roles_left: Callable[[int], None]
) -> None:
    no_roles_left(18)
    source = new_database(18, sql=SOURCE + "REVOKE DELETE ON app.items FROM r_owner;")
    target = new_database(18, "target")
    migration = await run(source, target, RoleChoices(owners=False, create=True))
    assert_equal(migration)
    # It has default privileges, so it is needed, but owns and is granted nothing.
    uses = {need.role: need.uses for need in migration.plan.roles_needed}
    assert uses["r_owner"] == (RoleUse.DEFAULT_PRIVILEGES,)
    everybody = ("r_group", "r_grantor", ODD, SPACED, CAPITALS, "r_login")
    assert await effective(target, everybody) == await effective(source, everybody)
    assert not {line for line in await effective(target, ("r_owner",)) if "relation" in line}


@pytest.mark.servers(18)
async def test_roles_that_cannot_be_mapped_are_refused_by_name(
    new_database: Databases, no_roles_left: Callable[[int], None]
) -> None:
    no_roles_left(18)
    mappings = "CREATE USER MAPPING FOR r_reader SERVER s; CREATE USER MAPPING FOR r_group SERVER s;"
    source = new_database(
        18, sql=f"{SOURCE}CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; {mappings}"
    )
    target = new_database(18, "target")

    def mapped(*pairs: tuple[str, str]) -> RoleChoices:
        mapping = tuple(RoleMapping(source=old, target=new) for old, new in pairs)
        return RoleChoices(mapping=mapping, create=True)

    with pytest.raises(UsageError, match="nothing that is taken along names the role typo"):
        await run(source, target, mapped(("typo", "r_merged")))
    with pytest.raises(UsageError, match='"public" is the name of no role'):
        await run(source, target, mapped(("r_reader", "public")))
    with pytest.raises(RefusedError, match="two user mappings for one server"):
        await run(source, target, mapped(("r_group", "r_merged"), ("r_reader", "r_merged")))
