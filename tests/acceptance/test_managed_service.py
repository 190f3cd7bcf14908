"""Between two databases of a managed service: no superuser on either end, and the service's own things stay.

Exit codes, what is said, and effective privileges role by role.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from tests.acceptance.test_command_line import uri
from tests.commands import pilotage
from tests.generated_files import forward_files, rollback_files, run_files
from tests.servers_at_hand import Clusters, Databases, run_psql, versions

HERE = Path(__file__).parent
ROLES = ("m_anon", "m_authenticated", "m_other", "m_team", "m_bypass", "m_maker", "m_user", "m_service")
API = ("m_anon", "m_authenticated")
OWN = ("--exclude-schema=auth", "--exclude-schema=storage", "--exclude-schema=extensions")

VERSIONS = versions(17, thorough=(18,), besides=(18,))


@pytest.fixture
def managed(
    clusters: Clusters, new_database: Databases
) -> Iterator[Callable[[int], tuple[ConnectionParameters, ConnectionParameters]]]:
    """Both ends, as the user who is no superuser; and what their roles are is gone afterwards."""
    majors: set[int] = set()

    def drop(major: int) -> None:
        for role in ("source", "target"):
            server = clusters.get(major, role)
            statements = "".join(
                f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN "
                f"DROP OWNED BY {name}; DROP ROLE {name}; END IF; END $$;\n"
                for name in ROLES
            )
            run_psql(server.parameters(), statements, installation=server.installation)

    def make(major: int) -> tuple[ConnectionParameters, ConnectionParameters]:
        for each in {major, 18}:
            majors.add(each)
            drop(each)
        source = new_database(major, file=HERE / "managed_source.sql")
        target = new_database(18, "target", file=HERE / "managed_target.sql")
        return dataclasses.replace(source, user="m_user"), dataclasses.replace(target, user="m_user")

    yield make
    new_database.drop()
    for major in majors:
        drop(major)


async def held(database: ConnectionParameters) -> set[str]:
    """What each role may do there, on what is migrated."""
    async with connect(database) as session:
        query = (HERE / "effective_privileges.sql").read_text("utf-8")
        lines = await session.value(query, ["m_anon", "m_authenticated", "m_user"])
    service = (" auth", " storage", " extensions")
    return {line for line in lines if not any(name in line.partition(" | ")[2] for name in service)}


DEFAULTS = """SELECT array_agg(concat_ws(' ', defaclnamespace, defaclobjtype, defaclacl) ORDER BY 1)
    FROM pg_default_acl"""


@pytest.mark.parametrize("major", VERSIONS)
async def test_what_cannot_be_done_is_said_before_it_starts(
    major: int, managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]]
) -> None:
    source, target = managed(major)

    # The service's tables may not be read, and row security would hide rows of one that may.
    everything = pilotage("migrate", uri(source), uri(target))
    assert everything.returncode == 3
    assert "auth.users" in everything.stderr
    assert "storage.objects" in everything.stderr
    assert "row level security" in everything.stderr or "row security" in everything.stderr

    # The event trigger is the whole database's, and only a superuser may create one.
    refused = pilotage("migrate", uri(source), uri(target), *OWN)
    assert refused.returncode == 3
    assert "service_trigger" in refused.stderr
    assert "--without-superuser" in refused.stderr
    assert "nothing was changed" in refused.stderr
    async with connect(target) as session:
        assert await session.value("SELECT to_regclass('public.profiles') IS NULL")


@pytest.mark.parametrize("major", VERSIONS)
@pytest.mark.parametrize("how", ["migrate", "apply", "psql"])
async def test_what_is_the_users_own_arrives_and_nobody_gains(
    how: str,
    major: int,
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]],
    clusters: Clusters,
    tmp_path: Path,
) -> None:
    source, target = managed(major)
    options = (*OWN, "--without-superuser")
    async with connect(target) as session:
        before = await session.value(DEFAULTS)

    if how == "migrate":
        done = pilotage("migrate", uri(source), uri(target), *options)
        assert "service_trigger" in done.stdout
        # Where nobody may take on the roles of policies, what these do was not tried.
        assert done.returncode == 1, done.stdout + done.stderr
        assert "no differences" in done.stdout
        assert "no role could be asked" in done.stdout
        for end, name in ((source, "source"), (target, "target")):
            server = clusters.get(major if name == "source" else 18, name)
            run_psql(
                dataclasses.replace(end, user="postgres"),
                "GRANT m_anon, m_authenticated TO m_user",
                installation=server.installation,
            )
        verified = pilotage("verify", uri(source), uri(target), *options)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    else:
        planned = pilotage("plan", uri(source), *options, "-o", tmp_path)
        assert planned.returncode == 0, planned.stderr
        document = (tmp_path / "MIGRATION_ORDER.md").read_text("utf-8")
        assert "service_trigger" in document
        assert "3 roles must be on the target." in document
        assert "| `m_anon`          | `m_anon`          | is granted privileges" in document
        assert pilotage("generate", tmp_path).returncode == 0
        if how == "apply":
            applied = pilotage("apply", tmp_path, uri(target))
            assert applied.returncode == 0, applied.stderr
        else:
            run_files(target, forward_files(tmp_path / "sql"))

    assert await held(target) == await held(source)
    async with connect(target) as session:
        assert await session.value(DEFAULTS) == before
        assert await session.value("SELECT count(*) FROM app.orders") == 3
        assert await session.value("SELECT nextval('app.orders_id_seq')") == 4
        assert await session.value("SELECT relrowsecurity FROM pg_class WHERE relname = 'profiles'")
        assert await session.value("SELECT current_setting('statement_timeout')") == "0"
        settings = "SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()"  # noqa: E501
        assert await session.value(settings) == "statement_timeout=77s"
    if how == "psql":
        run_files(target, rollback_files(tmp_path / "sql"))
        async with connect(target) as session:
            assert await session.value("SELECT to_regclass('public.profiles') IS NULL")
            assert await session.value("SELECT count(*) FROM pg_extension WHERE extname = 'citext'") == 1
            assert await session.value(DEFAULTS) == before


OTHERS = """
CREATE ROLE m_other LOGIN; CREATE ROLE m_team; GRANT m_team TO m_other;
CREATE ROLE m_bypass BYPASSRLS;
CREATE SCHEMA theirs AUTHORIZATION m_other;
SET ROLE m_other;
CREATE TABLE theirs.things (id int PRIMARY KEY, name text);
INSERT INTO theirs.things VALUES (1, 'x');
CREATE VIEW theirs.names AS SELECT name FROM theirs.things;
GRANT USAGE ON SCHEMA theirs TO m_team, m_bypass, m_user;
GRANT SELECT ON theirs.things TO m_team WITH GRANT OPTION;
GRANT SELECT ON ALL TABLES IN SCHEMA theirs TO m_bypass, m_user;
ALTER DEFAULT PRIVILEGES IN SCHEMA theirs GRANT SELECT ON TABLES TO m_team;
SET ROLE m_team; GRANT SELECT ON theirs.things TO m_anon;
RESET ROLE;
"""


@pytest.mark.servers(18)
async def test_one_who_may_create_roles_gives_them_their_objects(
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]], clusters: Clusters
) -> None:
    source, target = managed(18)
    server = clusters.get(18, "source")
    run_psql(dataclasses.replace(source, user="postgres"), OTHERS, installation=server.installation)
    options = ("--schema=theirs", "--create-roles")

    lacking = pilotage("migrate", uri(source), uri(target), "--schema=theirs")
    assert lacking.returncode == 3
    for name in ("m_other", "m_team", "m_bypass"):
        assert f"role {name}: does not exist there" in lacking.stderr
    done = pilotage("migrate", uri(source), uri(target), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    # Said before it starts: what the roles will not have.
    assert "role m_other: is created without a password" in done.stderr
    assert "role m_bypass: is BYPASSRLS on the source" in done.stderr

    roles = ["m_other", "m_team", "m_bypass", "m_anon", "m_authenticated"]
    query = (HERE / "effective_privileges.sql").read_text("utf-8")
    found = []
    for database in (source, target):
        async with connect(database) as session:
            lines = await session.value(query, roles)
            found.append({line for line in lines if "theirs" in line})
            owners = "SELECT array_agg(DISTINCT tableowner) FROM pg_tables WHERE schemaname = 'theirs'"
            assert await session.value(owners) == ["m_other"]
    assert found[0] == found[1]
    assert len(found[0]) > 10


@pytest.mark.servers(18)
async def test_one_who_is_no_member_is_told_what_to_grant_or_leave_out(
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]], clusters: Clusters
) -> None:
    source, target = managed(18)
    server = clusters.get(18, "source")
    run_psql(dataclasses.replace(source, user="postgres"), OTHERS, installation=server.installation)
    run_psql(
        dataclasses.replace(target, user="postgres"),
        "CREATE ROLE m_other; CREATE ROLE m_team; CREATE ROLE m_bypass;",
        installation=server.installation,
    )
    refused = pilotage("migrate", uri(source), uri(target), "--schema=theirs")
    assert refused.returncode == 3
    assert "GRANT m_other TO m_user;" in refused.stderr
    assert "may not give it objects or set its default privileges" in refused.stderr
    assert "GRANT m_team TO m_user;" in refused.stderr
    assert "--no-owner" in refused.stderr
    done = pilotage("migrate", uri(source), uri(target), "--schema=theirs", "--no-owner", "--no-privileges")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.servers(18)
async def test_a_whole_database_goes_without_a_superuser_but_for_what_is_left_out(
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]],
    new_database: Databases,
    clusters: Clusters,
) -> None:
    managed(18)
    server = clusters.get(18, "source")
    own = """CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1), (2);
        ALTER TABLE public.t OWNER TO m_user;
        CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        ALTER FUNCTION public.on_ddl() OWNER TO m_user;
        CREATE EVENT TRIGGER on_ddl ON ddl_command_end EXECUTE FUNCTION public.on_ddl();
        COMMENT ON EVENT TRIGGER on_ddl IS 'the service''s';
        CREATE PUBLICATION everything FOR ALL TABLES; CREATE PUBLICATION a_few FOR TABLE public.t;
        ALTER PUBLICATION a_few OWNER TO m_user;
        DO $do$ BEGIN
            EXECUTE format('ALTER DATABASE %I OWNER TO m_user', current_database());
            EXECUTE format('ALTER DATABASE %I SET log_statement = ''ddl''', current_database());
        END $do$"""
    source = dataclasses.replace(new_database(18, sql=own), user="m_user")
    target = dataclasses.replace(
        new_database(
            18,
            "target",
            sql="DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO m_user', current_database()); "
            "END $do$",
        ),
        user="m_user",
    )
    refused = pilotage("migrate", uri(source), uri(target))
    assert refused.returncode == 3
    for problem in ("event trigger on_ddl", "publication everything", "setting log_statement"):
        assert problem in refused.stderr, refused.stderr
    assert "publication a_few" not in refused.stderr
    done = pilotage("migrate", uri(source), uri(target), "--without-superuser", "--no-database-settings")
    assert done.returncode == 0, done.stdout + done.stderr
    for left in ("on_ddl", "everything", "database properties"):
        assert left in done.stdout
    options = ("--without-superuser", "--no-database-settings")
    assert pilotage("verify", uri(source), uri(target), *options).returncode == 0
    assert pilotage("verify", uri(source), uri(target)).returncode == 1
    assert server.is_running


@pytest.mark.servers(18)
async def test_another_role_is_taken_on_by_one_who_may(
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]], clusters: Clusters
) -> None:
    source, target = managed(18)
    server = clusters.get(18, "target")
    as_superuser = dataclasses.replace(target, user="postgres")
    options = ("--schema=app", "--schema=public", "--no-owner", "--role=m_team")
    absent = pilotage("migrate", uri(source), uri(target), *options)
    assert absent.returncode == 3
    assert "role m_team: does not exist there, and --role asks to take it on" in absent.stderr
    run_psql(as_superuser, "CREATE ROLE m_team;", installation=server.installation)
    refused = pilotage("migrate", uri(source), uri(target), *options)
    assert refused.returncode == 3
    assert "role m_user may not SET ROLE to it, as --role asks" in refused.stderr
    granted = """GRANT m_team TO m_user; GRANT CREATE ON SCHEMA public TO m_team;
        GRANT USAGE ON SCHEMA auth, extensions TO m_team; GRANT SELECT, REFERENCES ON auth.users TO m_team;
        DO $do$ BEGIN
            EXECUTE format('GRANT CREATE ON DATABASE %I TO m_team', current_database());
        END $do$;
        ALTER DEFAULT PRIVILEGES FOR ROLE m_team GRANT ALL ON TABLES TO m_anon;"""
    run_psql(as_superuser, granted, installation=server.installation)
    done = pilotage("migrate", uri(source), uri(target), *options)
    # What was granted on the target alone, to make this possible, is a difference and the only one.
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 difference, " in done.stdout
    assert "schema public  privileges of m_team  none      CREATE" in done.stdout
    async with connect(as_superuser) as session:
        owners = "SELECT array_agg(DISTINCT tableowner) FROM pg_tables WHERE schemaname IN ('app', 'public')"
        assert await session.value(owners) == ["m_team"]
        assert not await session.value("SELECT has_table_privilege('m_anon', 'app.orders', 'SELECT')")
        assert await session.value("SELECT has_table_privilege('m_anon', 'public.open_profiles', 'SELECT')")


@pytest.mark.servers(18)
async def test_a_role_that_is_taken_on_creates_roles_itself(
    managed: Callable[[int], tuple[ConnectionParameters, ConnectionParameters]], clusters: Clusters
) -> None:
    source, target = managed(18)
    server = clusters.get(18, "target")
    as_superuser = dataclasses.replace(target, user="postgres")
    run_psql(dataclasses.replace(source, user="postgres"), OTHERS, installation=server.installation)
    run_psql(as_superuser, "CREATE ROLE m_maker;", installation=server.installation)
    options = ("--schema=theirs", "--create-roles", "--role=m_maker")
    # The superuser may do all of it, and the role that it takes on may not.
    refused = pilotage("migrate", uri(source), uri(as_superuser), *options)
    assert refused.returncode == 3
    assert "role m_maker may not create roles" in refused.stderr
    prepared = """ALTER ROLE m_maker CREATEROLE; DO $do$ BEGIN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO m_maker', current_database()); END $do$;"""
    run_psql(as_superuser, prepared, installation=server.installation)
    done = pilotage("migrate", uri(source), uri(as_superuser), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    async with connect(as_superuser) as session:
        assert await session.value("SELECT tableowner FROM pg_tables WHERE tablename = 'things'") == "m_other"
