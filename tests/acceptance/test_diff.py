"""Two databases compared fact by fact, on real servers of every version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.compare import compare_databases, read_facts
from pilotage.compare.reader import ADDITIONS, OBJECTS
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.demo.hotel import create_hotel
from pilotage.errors import UsageError
from pilotage.model.facts import Comparison, Facts
from pilotage.model.scope import Scope
from pilotage.programs import run_program_sync
from pilotage.verify import verify
from tests.commands import pilotage
from tests.servers_at_hand import Databases, newest, run_psql, versions
from tests.zoo import create_zoo, prepare_target

VERSIONS = (15, 16, 17, 18)

Found = tuple[str, str, str, str | None, str | None]


async def compare(
    source: ConnectionParameters, target: ConnectionParameters, scope: Scope | None = None
) -> Comparison:
    async with connect(source) as one, connect(target) as other:
        return await compare_databases(one, other, scope or Scope())


async def facts_of(database: ConnectionParameters) -> Facts:
    async with connect(database) as session, session.transaction(READ_ONLY):
        return await read_facts(session, Scope())


def found(comparison: Comparison) -> list[Found]:
    return [(each.kind, each.object, each.fact, each.source, each.target) for each in comparison.differences]


def restore(source: ConnectionParameters, target: ConnectionParameters) -> None:
    """Bring a whole database over with pg_dump and psql."""
    dump = run_program_sync(newest("pg_dump"), [], environment=source.libpq_environment())
    run_psql(target, dump.decode())


def diff(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return pilotage("diff", *arguments, cwd=folder)


# -- what is equal ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("major", versions(15, 18, thorough=(16, 17), besides=(18,)))
async def test_a_restored_zoo_is_equal_on_every_version(new_database: Databases, major: int) -> None:
    source = create_zoo(new_database, major)
    target = prepare_target(new_database, 18)
    restore(source, target)
    comparison = await compare(source, target)
    assert found(comparison) == []
    assert comparison.compared > 300


@pytest.mark.parametrize("major", VERSIONS)
@pytest.mark.parametrize("name", ["pagila.sql", pytest.param("chinook.sql", marks=pytest.mark.thorough)])
async def test_one_dump_is_the_same_on_every_version(
    new_database: Databases, real_data: Callable[[str], Path], major: int, name: str
) -> None:
    source, target = (
        new_database(major, file=real_data(name)),
        new_database(18, "target", file=real_data(name)),
    )
    comparison = await compare(source, target)
    assert found(comparison) == []
    assert comparison.compared > 100


@pytest.mark.thorough
@pytest.mark.servers(16, 18)
async def test_the_hotel_is_the_same_on_two_versions(new_database: Databases) -> None:
    source, target = new_database(16), new_database(18, "target")
    for hotel in (source, target):
        async with connect(hotel) as session:
            await create_hotel(session)
    comparison = await compare(source, target)
    assert found(comparison) == []
    assert comparison.compared > 800


@pytest.mark.parametrize("major", VERSIONS)
async def test_every_catalog_of_every_server_is_known(new_database: Databases, major: int) -> None:
    facts = await facts_of(new_database(major))
    assert facts.unknown_catalogs == ()
    assert facts.not_read == {}
    assert {*facts.objects} == {*OBJECTS.names(major)}
    assert {*facts.additions} == {*ADDITIONS.names(major)}


async def test_what_only_prints_differently_after_a_reload_is_equal(new_database: Databases) -> None:
    source = new_database(
        18,
        sql="""
        CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'y')), "json_table" int);
        CREATE INDEX ON t (a) WHERE a IN ('x', 'y');
        CREATE POLICY p ON t USING (a IN ('x', 'y'));
        CREATE VIEW v AS SELECT a FROM t WHERE a NOT IN ('x', 'y');
        """,
    )
    target = new_database(18, "target")
    restore(source, target)
    printed = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
    assert run_psql(source, printed) != run_psql(target, printed)
    assert found(await compare(source, target)) == []


async def test_quotes_that_only_some_versions_need_are_no_difference(new_database: Databases) -> None:
    sql = "CREATE TABLE json_table (system_user int PRIMARY KEY); CREATE INDEX ON json_table (system_user)"
    source, target = (
        new_database(15, sql=sql),
        new_database(18, "target", sql=sql.replace("system_user", '"system_user"')),
    )
    assert found(await compare(source, target)) == []


async def test_dropped_columns_shift_no_fact(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (x int, a int, b int); ALTER TABLE t DROP COLUMN x")
    target = new_database(18, "target", sql="CREATE TABLE t (a int, b int)")
    run_psql(source, "COMMENT ON COLUMN t.b IS 'b'")
    run_psql(target, "COMMENT ON COLUMN t.b IS 'b'")
    assert found(await compare(source, target)) == []


# -- what differs -------------------------------------------------------------------------------------------


async def test_a_missing_object_is_named_without_what_goes_with_it(new_database: Databases) -> None:
    parted = """
        CREATE TABLE p (id int PRIMARY KEY, a int CHECK (a > 0)) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    """
    more = """
        CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
        CREATE INDEX later ON p (a);
        CREATE TABLE extra (id int PRIMARY KEY, c serial UNIQUE);
        COMMENT ON COLUMN extra.c IS 'x';
        GRANT SELECT ON extra TO PUBLIC;
    """
    source, target = new_database(18, sql=parted + more), new_database(18, "target", sql=parted)
    assert found(await compare(source, target)) == [
        ("index", "public.later", "exists", "yes", None),
        ("sequence", "public.extra_c_seq", "exists", "yes", None),
        ("table", "public.extra", "exists", "yes", None),
        ("trigger", "tr on public.p", "exists", "yes", None),
    ]


async def test_order_of_columns_is_that_of_those_that_both_have(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (a int, x int, b int); CREATE TABLE u (a int, b int)")
    target = new_database(18, "target", sql="CREATE TABLE t (a int, b int); CREATE TABLE u (b int, a int)")
    assert found(await compare(source, target)) == [
        ("table", "public.u", "order of columns", '["a", "b"]', '["b", "a"]'),
        ("table column", "public.t.x", "exists", "yes", None),
    ]


ROLES = """
DO $$
DECLARE r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['diff_reader', 'diff_clerk', 'diff_stranger', 'diff_plain'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I', r);
        END IF;
    END LOOP;
END
$$;
GRANT diff_reader TO diff_clerk;
"""


async def test_what_roles_can_really_do_is_told_where_it_comes_from(new_database: Databases) -> None:
    tables = f"{ROLES} CREATE TABLE t (a int); GRANT SELECT ON t TO diff_reader; CREATE TABLE u (a int)"
    source, target = new_database(18, sql=tables), new_database(18, "target", sql=tables)
    assert found(await compare(source, target)) == []

    # What PostgreSQL gives by default is the same, granted or not.
    run_psql(target, "GRANT INSERT ON t TO postgres; CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1")
    run_psql(target, "GRANT EXECUTE ON FUNCTION f() TO PUBLIC")
    run_psql(source, "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1")
    assert found(await compare(source, target)) == []

    run_psql(
        target, "GRANT diff_reader TO diff_stranger; GRANT SELECT (a) ON u TO diff_reader WITH GRANT OPTION"
    )
    run_psql(target, "REVOKE diff_reader FROM diff_clerk")
    try:
        assert found(await compare(source, target)) == [
            ("role", "diff_clerk", "has the privileges of", "diff_reader", None),
            ("role", "diff_stranger", "has the privileges of", None, "diff_reader"),
            ("table column", "public.u.a", "privileges of diff_reader", None, "SELECT WITH GRANT OPTION"),
        ]
    finally:
        run_psql(target, "REVOKE diff_reader FROM diff_stranger")


async def test_secrets_are_compared_and_never_shown(new_database: Databases) -> None:
    def sql(password: str) -> str:
        return f"""
            CREATE FOREIGN DATA WRAPPER w;
            CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_key '{password}');
            CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'u', password '{password}');
            CREATE SUBSCRIPTION sub CONNECTION 'host=h password={password}'
                PUBLICATION p WITH (connect = false);
        """

    source, target = new_database(18, sql=sql("hunter2")), new_database(18, "target", sql=sql("hunter3"))
    try:
        comparison = await compare(source, target)
        assert found(comparison) == [
            ("server", "s", "option api_key", "(not shown)", "(not shown)"),
            ("subscription", "sub", "connection", "(not shown)", "(not shown)"),
            ("user mapping", "public on server s", "option password", "(not shown)", "(not shown)"),
        ]
        assert "hunter" not in str(await facts_of(source))
    finally:
        for database in (source, target):
            run_psql(database, "ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub")


@pytest.mark.parametrize("major", VERSIONS)
async def test_what_a_role_may_not_read_is_said_and_nothing_fails(
    new_database: Databases, major: int
) -> None:
    sql = f"{ROLES} ALTER ROLE diff_plain LOGIN; CREATE TABLE t (a int); REVOKE ALL ON t FROM PUBLIC"
    source = new_database(major, sql=sql)
    other = new_database(major, sql=sql)
    as_plain = ConnectionParameters(
        **{**{name: getattr(other, name) for name in other.__dataclass_fields__}, "user": "diff_plain"}
    )
    comparison = await compare(source, as_plain)
    assert found(comparison) == []
    unread = [line for line in comparison.not_compared if "permission denied" in line]
    assert [line.partition(":")[0] for line in unread] == ["subscription connections", "user mapping options"]


@pytest.mark.servers(17, 18)
async def test_what_depends_on_an_extension_is_told(new_database: Databases) -> None:
    sql = "CREATE EXTENSION pg_trgm; CREATE TABLE t (a text); CREATE INDEX i ON t (a)"
    source, target = new_database(17, sql=sql), new_database(18, "target", sql=sql)
    assert found(await compare(source, target)) == []
    run_psql(source, "ALTER INDEX i DEPENDS ON EXTENSION pg_trgm")
    assert found(await compare(source, target)) == [
        ("index", "public.i", "depends on extension", "pg_trgm", None)
    ]


async def test_privileges_on_members_and_on_what_the_server_brings_are_told(new_database: Databases) -> None:
    sql = f"{ROLES} CREATE EXTENSION pg_trgm"
    source, target = new_database(18, sql=sql), new_database(18, "target", sql=sql)
    run_psql(target, "REVOKE EXECUTE ON FUNCTION similarity(text, text) FROM PUBLIC")
    run_psql(target, "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO diff_reader")
    member = "function public.similarity(pg_catalog.text,pg_catalog.text)"
    assert [(each[0], each[2]) for each in found(await compare(source, target))] == [
        ("database", "changed privileges of diff_reader on function pg_catalog.pg_ls_waldir()"),
        ("extension", f"changed privileges of PUBLIC on {member}"),
    ]


async def test_a_scope_leaves_out_what_belongs_to_no_schema(new_database: Databases) -> None:
    source = new_database(
        18, sql="CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (); CREATE PUBLICATION p"
    )
    target = new_database(18, "target", sql="CREATE SCHEMA b")
    comparison = await compare(source, target, Scope(include=("a",)))
    assert found(comparison) == [
        ("schema", "a", "exists", "yes", None),
        ("table", "a.t", "exists", "yes", None),
    ]
    assert any("schemas were named" in line for line in comparison.not_compared)
    with pytest.raises(UsageError, match="no user schema c"):
        await compare(source, target, Scope(include=("c",)))


# -- the command --------------------------------------------------------------------------------------------


def test_a_waived_difference_is_shown_with_its_reason_and_does_not_count(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql='CREATE TABLE "we*ird" (a int); COMMENT ON TABLE "we*ird" IS $$one$$')
    target = new_database(
        18, "target", sql='CREATE TABLE "we*ird" (a int); ALTER TABLE "we*ird" SET UNLOGGED'
    )
    ends = (source.redacted_uri(), target.redacted_uri())

    plain = diff(*ends, folder=tmp_path)
    assert plain.returncode == 1
    assert plain.stdout.splitlines()[:5] == [
        'table public."we*ird"',
        '  comment: source "one", target none',
        '  persistence: source "permanent", target "unlogged"',
        "",
        "Comparison: different. 5 objects, 2 differences.",
    ]

    (tmp_path / "pilotage.toml").write_text(
        """
        [[waive]]
        object = 'table public."we*ird"'
        fact = "persist*"
        reason = "a cache: \\u001b[31mred"

        [[waive]]
        object = "public.*"
        fact = "comment"
        reason = "comments are written later"

        [[waive]]
        object = "view *"
        reason = "there are none"
        """
    )
    waived = diff(*ends, folder=tmp_path)
    assert waived.returncode == 0
    assert "    waived: comments are written later" in waived.stdout
    assert "    waived: a cache: \\x1b[31mred" in waived.stdout
    assert "Comparison: equal. 5 objects, no differences, 2 waived." in waived.stdout
    assert ' \u00b7 pilotage.toml:12: object = "view *"' in waived.stdout
    printed = json.loads(diff(*ends, "--json", folder=tmp_path).stdout)
    assert printed["equal"] is True
    assert [each["waived"] for each in printed["differences"]] == [
        "comments are written later",
        "a cache: \x1b[31mred",
    ]
    assert printed["unused_waivers"] == ['pilotage.toml:12: object = "view *"']

    quiet = diff(*ends, "-q", "-c", "/dev/null", folder=tmp_path)
    assert (quiet.returncode, quiet.stdout) == (1, "")


# -- verification -------------------------------------------------------------------------------------------


async def test_verify_tells_what_only_facts_say_and_nothing_twice(new_database: Databases) -> None:
    sql = f"{ROLES} CREATE TABLE t (a int DEFAULT 1, b text); CREATE VIEW v AS SELECT a FROM t"
    source, target = new_database(18, sql=sql), new_database(18, "target", sql=sql)
    run_psql(
        target,
        """
        ALTER TABLE t ALTER a SET DEFAULT 2, ALTER b SET NOT NULL;
        COMMENT ON VIEW v IS 'x';
        GRANT SELECT ON t TO diff_reader;
        CREATE TABLE u (a int);
        ALTER DATABASE CURRENT_DATABASE SET work_mem = '8MB';
        """.replace("CURRENT_DATABASE", str(target.database)),
    )
    async with connect(source) as one, connect(target) as other:
        verdict = await verify(one, other)
    assert [
        (check.name, each.object, each.fact, each.expected, each.found)
        for check in verdict.checks
        for each in check.differences
    ] == [
        ("tables", "column public.t.b", "not null", "no", "yes"),
        ("tables", "table public.u", "exists", "no", "yes"),
        ("facts", "database current_database()", "setting work_mem", "none", "8MB"),
        ("facts", "table public.t", "privileges of diff_reader", "none", "SELECT"),
        ("facts", "table column public.t.a", "default", "1", "2"),
        ("facts", "view public.v", "comment", "none", "x"),
        # The check of what roles may do asks the server itself, and tells of members too.
        (
            "effective-privileges",
            "table public.t",
            "privileges of diff_clerk, diff_reader",
            "none",
            "SELECT",
        ),
    ]
