"""What roles see and may do is compared by trying it: the probes find each leak, and nothing is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.model.identities import Identity
from pilotage.model.names import QualifiedName
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.model.verdict import Check, Outcome
from pilotage.security.asking import CANCELED
from pilotage.security.probing import Question, choose_probes, probe
from pilotage.security.reading import read_roles, read_surface
from pilotage.security.rule import Action
from pilotage.verify.checks import access as access_check
from pilotage.verify.checks.access import check_access
from pilotage.verify.ends import hold_end
from tests.servers_at_hand import Clusters, Databases, run_psql

APPLICATION = Path(__file__).with_name("access.sql")

MAKE_ROLES = """
CREATE ROLE access_anon NOLOGIN; CREATE ROLE access_user NOLOGIN; CREATE ROLE access_owner NOLOGIN;
CREATE ROLE access_login LOGIN NOINHERIT IN ROLE access_anon; CREATE ROLE access_service NOLOGIN;
"""
ROLES = "access_anon, access_user, access_owner, access_login, access_service"


@pytest.fixture
def databases(clusters: Clusters, new_database: Databases) -> Iterator[Databases]:
    """Databases on one cluster, which has the application's roles as long as the test takes."""
    server = clusters.get(18)
    run_psql(server.parameters(), MAKE_ROLES)
    made = Databases(clusters)
    yield made
    made.drop()
    run_psql(server.parameters(), f"DROP ROLE {ROLES};")


async def _checked(
    source: ConnectionParameters,
    target: ConnectionParameters,
    schema: str = "app",
    choices: RoleChoices | None = None,
    identities: tuple[Identity, ...] = (),
) -> tuple[Check, ...]:
    async with hold_end(source) as expected, hold_end(target) as found:
        return await check_access(
            expected, found, schemas=([schema], [schema]), choices=choices, identities=identities
        )


def _told(checks: tuple[Check, ...]) -> set[tuple[str, str, str, str]]:
    return {
        (each.object, each.fact, each.expected, each.found) for check in checks for each in check.differences
    }


LEAKS = {
    "a restrictive policy gone permissive": (
        """DROP POLICY "not hidden" ON app.note;
        CREATE POLICY "not hidden" ON app.note FOR SELECT TO access_anon, access_user USING (NOT hidden)""",
        ("table app.note", "role access_anon, nothing set: rows seen", "0", "31"),
    ),
    "a view that lost security_invoker": (
        "ALTER VIEW app.notes RESET (security_invoker)",
        ("view app.notes", "role access_anon, nothing set: rows seen", "0", "41"),
    ),
    "a view that lost security_invoker, over a table without policies": (
        "ALTER VIEW app.closed RESET (security_invoker)",
        (
            "view app.closed",
            "role access_anon, nothing set: may be read",
            "permission denied for table plain",
            "yes",
        ),
    ),
    "a default privilege on new objects": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE access_owner IN SCHEMA app GRANT SELECT ON TABLES TO access_anon",
        ("new table of access_owner in schema app", "privileges of access_anon", "none", "SELECT"),
    ),
    "a grant that a default privilege made": (
        "GRANT SELECT ON app.plain TO access_anon",
        ("table app.plain", "privileges of access_anon", "none", "SELECT"),
    ),
    "row level security not enabled on a partition": (
        "ALTER TABLE app.event_old DISABLE ROW LEVEL SECURITY",
        ("table app.event_old", "role access_anon, nothing set: rows seen", "0", "30"),
    ),
    "an owner to whom policies do not apply": (
        "ALTER TABLE app.note OWNER TO access_user",
        ("table app.note", "role access_user, nothing set: rows seen", "0", "41"),
    ),
    "a view whose owner is not under policies any more": (
        "ALTER TABLE app.note OWNER TO access_owner; ALTER VIEW app.titles OWNER TO access_user",
        ("view app.titles", "role access_anon, nothing set: rows seen", "31", "0"),
    ),
    "row level security no longer forced": (
        "ALTER TABLE app.secret NO FORCE ROW LEVEL SECURITY",
        ("table app.secret", "role access_owner, nothing set: rows seen", "1", "2"),
    ),
    "WITH CHECK gone": (
        """ALTER POLICY own ON app.note WITH CHECK (owner_id = app.uid())""",
        (
            "table app.note",
            "role access_user, only request.jwt.claims set: rows that may be inserted",
            "3 of 42",
            "4 of 42",
        ),
    ),
    "a policy for DELETE gone": (
        'DROP POLICY "delete own" ON app.note',
        ("table app.note", "role access_anon, nothing set: rows that may be deleted", "4 of 42", "0 of 42"),
    ),
    "a policy for one more command": (
        "CREATE POLICY more ON app.note FOR UPDATE TO access_anon USING (false) WITH CHECK (true)",
        (
            "table app.note",
            "role access_anon, nothing set: rows that may come out of an update",
            "0 of 42",
            "42 of 42",
        ),
    ),
    "a policy for nobody to insert": (
        "CREATE POLICY adding ON app.secret FOR INSERT TO access_user WITH CHECK (id > 1)",
        ("table app.secret", "role access_user, nothing set: rows that may be inserted", "0 of 3", "1 of 3"),
    ),
    "a column more": (
        "GRANT SELECT (tenant) ON app.member TO access_user",
        ("table column app.member.tenant", "privileges of access_user", "none", "SELECT"),
    ),
    "a function for all": (
        "REVOKE EXECUTE ON FUNCTION app.uid() FROM PUBLIC",
        (
            "function app.uid()",
            "privileges of access_anon, access_login, access_owner, access_user, PUBLIC",
            "EXECUTE",
            "none",
        ),
    ),
}


@pytest.mark.servers(18)
async def test_each_leak_is_found_by_the_probes_alone(
    databases: Databases,
    schema_dump: Callable[[ConnectionParameters], str],
    data_dump: Callable[[ConnectionParameters], list[str]],
) -> None:
    source, target = databases(file=APPLICATION), databases(file=APPLICATION)
    before = [(schema_dump(each), data_dump(each)) for each in (source, target)]

    checks = await _checked(source, target)

    assert [check.outcome for check in checks] == [Outcome.EQUAL, Outcome.EQUAL], _told(checks)
    assert checks[0].compared == 8
    assert [(schema_dump(each), data_dump(each)) for each in (source, target)] == before
    missed = {}
    for leak, (change, expected) in LEAKS.items():
        spoiled = databases(file=APPLICATION, sql=change)
        checks = await _checked(source, spoiled)
        if expected not in _told(checks):
            missed[leak] = _told(checks)
    assert not missed


@pytest.mark.servers(18)
async def test_a_role_attribute_or_membership_that_lets_through_is_found(
    databases: Databases, clusters: Clusters
) -> None:
    roles = MAKE_ROLES
    source = databases(file=APPLICATION)
    other = clusters.get(18, "target")
    run_psql(
        other.parameters(),
        roles + "ALTER ROLE access_anon BYPASSRLS; GRANT access_owner TO access_user",
    )
    try:
        target = databases(role="target", file=APPLICATION)
        told = _told(await _checked(source, target))
    finally:
        databases.drop()
        run_psql(other.parameters(), f"DROP ROLE {ROLES}")
    assert ("table app.note", "role access_anon, nothing set: rows seen", "0", "41") in told
    assert (
        "role access_owner",
        "privileges of access_user",
        "none",
        "inherits what it may, may SET ROLE to it",
    ) in told


@pytest.mark.servers(18)
async def test_identities_are_the_users_own_and_roles_as_mapped(databases: Databases) -> None:
    source = databases(file=APPLICATION)
    target = databases(
        file=APPLICATION,
        sql="""
        ALTER POLICY "of the tenant" ON app.note USING (tenant = current_setting('app.other', true));
        REASSIGN OWNED BY access_owner TO access_service;
        """,
    )
    choices = RoleChoices(mapping=(RoleMapping(source="access_owner", target="access_service"),))
    identity = Identity(name="tenant b", role="access_anon", settings={"app.tenant": "b"})

    told = _told(await _checked(source, target, choices=choices, identities=(identity,)))

    assert {(each[0], each[1]) for each in told} == {
        ("table app.note", f"role access_anon, tenant b: rows {what}")
        for what in (
            "seen",
            "that may be inserted",
            "that may be updated",
            "that may come out of an update",
            "that may be deleted",
        )
    } | {("view app.notes", "role access_anon, tenant b: rows seen")}
    # access_service stands for access_owner, which is not compared with what it is at the target
    assert ("table app.note", "role access_anon, tenant b: rows seen", "10", "0") in told


@pytest.mark.servers(18)
async def test_what_acts_outside_is_left_alone_and_what_cannot_be_probed_is_told(
    databases: Databases,
) -> None:
    sql = """
    CREATE FUNCTION app.look() RETURNS boolean LANGUAGE plpgsql AS $f$
    BEGIN RETURN pg_read_file('PG_VERSION') IS NOT NULL; END $f$;
    CREATE POLICY looking ON app.secret FOR SELECT USING (app.look());
    CREATE VIEW app.secrets AS SELECT id FROM app.secret;
    GRANT SELECT ON app.secrets TO access_anon;
    CREATE SEQUENCE app.counter;
    GRANT ALL ON app.counter TO PUBLIC;
    CREATE POLICY counting ON app.note FOR INSERT TO access_anon WITH CHECK (nextval('app.counter') > 0);
    """
    source = databases(file=APPLICATION, sql=sql)
    target = databases(file=APPLICATION, sql=sql)

    access, _ = await _checked(source, target)

    assert not access.differences
    lines = "\n".join(access.not_checked)
    assert "table app.secret: what roles see and write in it: it calls pg_read_file in app.look" in lines
    assert "view app.secrets: what roles see and write in it: it calls pg_read_file" in lines
    assert "role access_anon, nothing set: rows that may be inserted: cannot execute nextval()" in lines
    assert access.outcome is Outcome.INCOMPLETE
    assert "what role postgres sees and writes: a superuser" in lines


@pytest.mark.servers(18)
async def test_who_may_not_take_a_role_on_says_so(databases: Databases, clusters: Clusters) -> None:
    source, target = databases(file=APPLICATION), databases(file=APPLICATION)
    run_psql(clusters.get(18).parameters(), "ALTER ROLE access_login BYPASSRLS")
    for each in (source, target):
        run_psql(each, "GRANT ALL ON ALL TABLES IN SCHEMA app TO access_login")
    as_login = dataclasses.replace(source, user="access_login", password=None)

    access, _ = await _checked(as_login, target)

    lines = "\n".join(access.not_checked)
    assert not access.differences
    assert (
        "what role access_user sees and writes: whom we connect as at the source may not SET ROLE to it"
        in lines
    )
    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM app.note") == 41
    # Alone, the other check says itself whose privileges it leaves out.
    for privileges, line in (
        (True, "what role access_login may do: we connect as it, and it may have become a member of others"),
        (False, "what roles see and may do: privileges were left out, as was asked for"),
    ):
        async with hold_end(as_login) as expected, hold_end(target) as found:
            (alone,) = await check_access(
                expected,
                found,
                schemas=(["app"], ["app"]),
                choices=RoleChoices(privileges=privileges),
                names=["effective-privileges"],
            )
        assert alone.name == "effective-privileges"
        assert line in "\n".join(alone.not_checked)


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    "major", [pytest.param(each, marks=pytest.mark.servers(each)) for each in (15, 16, 17)]
)
async def test_another_version_and_encoding_is_no_difference(
    major: int, databases: Databases, clusters: Clusters
) -> None:
    server = clusters.get(major)
    run_psql(server.parameters(), MAKE_ROLES, installation=server.installation)
    older = Databases(clusters)
    run_psql(
        server.parameters(),
        "CREATE DATABASE access_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
        installation=server.installation,
    )
    accented = "UPDATE app.note SET body = body || U&'\\00e9'"
    try:
        source = older(major, file=APPLICATION, sql=accented)
        latin = server.parameters("access_latin")
        run_psql(latin, APPLICATION, installation=server.installation)
        run_psql(latin, accented, installation=server.installation)
        target = databases(file=APPLICATION, sql=accented)

        checks = await _checked(source, target)
        of_latin = await _checked(latin, target)
    finally:
        older.drop()
        run_psql(
            server.parameters(),
            f"DROP DATABASE access_latin; DROP ROLE {ROLES}".replace(";", ";\n"),
            installation=server.installation,
        )
    assert not _told(checks)
    assert not _told(of_latin)
    assert any("different encodings" in line for line in of_latin[0].not_checked)


@pytest.mark.servers(18)
async def test_of_a_large_table_the_rows_with_the_lowest_keys_are_looked_at(databases: Databases) -> None:
    large = """
    CREATE TABLE app.large (a int, b int, tenant text, PRIMARY KEY (a, b));
    INSERT INTO app.large SELECT i / 100, i % 100, chr(97 + i % 3) FROM generate_series(1, 110000) AS i;
    CREATE TABLE app.keyless AS SELECT * FROM app.large;
    ALTER TABLE app.large ENABLE ROW LEVEL SECURITY;
    ALTER TABLE app.keyless ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenants ON app.large USING (tenant = current_setting('app.tenant', true));
    GRANT SELECT, DELETE ON app.large, app.keyless TO access_anon;
    """
    source = databases(file=APPLICATION, sql=large)
    target = databases(file=APPLICATION, sql=large + "ALTER POLICY tenants ON app.large USING (true);")

    checks = await _checked(source, target)

    told = _told(checks)
    assert ("table app.large", "role access_anon, nothing set: rows seen", "0", "100000") in told
    assert {each[0] for each in told} == {"table app.large"}
    lines = "\n".join(checks[0].not_checked)
    assert "table app.large: of its rows, the 100000 with the lowest keys were looked at" in lines
    assert "table app.keyless: what roles see and write in it: it has more than 100000 rows, and no" in lines


@pytest.mark.servers(18)
async def test_what_takes_too_long_is_not_asked_again_and_all_has_an_end(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = databases(
        file=APPLICATION,
        sql="""CREATE TABLE app.slow (a int PRIMARY KEY); INSERT INTO app.slow VALUES (1);
        ALTER TABLE app.slow ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON app.slow FOR SELECT USING (pg_sleep(60) IS NULL);
        GRANT SELECT ON app.slow TO access_anon, access_user;""",
    )
    slow = QualifiedName("app", "slow")
    roles = ["access_anon", "access_user"]
    async with connect(source) as session, session.transaction():
        surface = await read_surface(session, ["app"], roles)
        probes = await choose_probes(session, surface)
        asked = [each for each in await read_roles(session, ["app"], []) if each.name in roles]
        answers = await probe(session, surface, probes, asked, seconds=0.5)
    told = [answers[Question(slow, role, "nothing set", Action.SEE)] for role in roles]
    assert [each.sqlstate for each in told] == [CANCELED] * 2
    assert "statement timeout" in told[0].message
    assert "was not asked again" in told[1].message

    monkeypatch.setattr(access_check, "LONGEST", 0.0)
    late, _ = await _checked(source, source)
    assert late.outcome is Outcome.INCOMPLETE
    assert not late.differences
    assert "questions of what roles see and write in it: asking took more than 0 s in all" in "\n".join(
        late.not_checked
    )
