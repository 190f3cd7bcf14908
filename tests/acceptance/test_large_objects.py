"""Large objects arrive with all that they have: contents, owners, privileges, comments."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError, ServerError
from pilotage.execute import Limits
from pilotage.execute.large_objects import relay_large_objects
from pilotage.migrate import migrate
from pilotage.model.plan import HazardKind, LoadLargeObjects
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome, Verdict
from pilotage.programs import find_installations
from pilotage.verify import verify
from tests.acceptance.test_migrate import assert_equal_verdict, run_migration
from tests.generated_files import write_files
from tests.servers_at_hand import Databases, run_psql, versions

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

OBJECTS = Path(__file__).with_name("large_objects.sql")
NUMBER = 1211

ROLES = """
DO $$ BEGIN
    CREATE ROLE lo_owner; CREATE ROLE "lo ""reader"; CREATE ROLE lo_middle;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
"""

VERSIONS = versions(15, 18, thorough=(16, 17), besides=(18,))


@pytest.mark.parametrize("major", VERSIONS)
async def test_large_objects_arrive_whole(
    major: int, new_database: Databases, schema_dump: Dump, data_dump: Rows
) -> None:
    source, target = new_database(major, file=OBJECTS), new_database(18, "target", sql=ROLES)

    migration, _ = await run_migration(source, target)

    assert_equal_verdict(migration)
    assert migration.verdict is not None
    assert [each.compared for each in migration.verdict.checks if each.name == "large-objects"] == [NUMBER]
    assert (schema_dump(target), data_dump(target)) == (schema_dump(source), data_dump(source))
    steps = [step for step in migration.plan.steps if isinstance(step, LoadLargeObjects)]
    assert sum(step.number for step in steps) == NUMBER
    assert len(steps) < 10
    # No OID is between two steps, so none is left out whatever was created since.
    assert [step.first for step in steps] == [1, *(step.last + 1 for step in steps[:-1])]
    assert steps[-1].last == 2**32 - 1


async def test_what_default_privileges_of_the_target_give_is_taken_back(new_database: Databases) -> None:
    source = new_database(15, sql="SELECT lo_from_bytea(7000, 'mine alone');")
    target = new_database(
        18,
        "target",
        sql=f"{ROLES} ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO PUBLIC, lo_owner;",
    )

    migration, _ = await run_migration(source, target)

    assert migration.verdict is not None
    (check,) = [check for check in migration.verdict.checks if check.name == "large-objects"]
    assert check.differences == ()
    async with connect(target) as session:
        granted = await session.value(
            "SELECT count(*) FROM pg_largeobject_metadata, aclexplode(lomacl) WHERE grantee <> lomowner"
        )
    assert granted == 0


async def test_a_target_with_one_of_the_oids_is_refused(new_database: Databases, schema_dump: Dump) -> None:
    source = new_database(file=OBJECTS)
    taken = "SELECT lo_create(5002), lo_create(5000700), lo_create(9);"
    target = new_database(18, "target", sql=ROLES + taken)

    with pytest.raises(RefusedError) as refused:
        await run_migration(source, target)

    assert "large object 5002" in str(refused.value)
    assert "large object 5000700" in str(refused.value)
    assert "large object 9:" not in str(refused.value)


async def test_large_objects_of_other_oids_on_the_target_stay(new_database: Databases) -> None:
    source = new_database(sql="SELECT lo_from_bytea(7000, 'source');")
    target = new_database(18, "target", sql="SELECT lo_from_bytea(7001, 'target');")

    migration, _ = await run_migration(source, target)

    assert _found(migration.verdict) == [("large object 7001", "exists", "no", "yes")]
    async with connect(target) as session:
        assert await session.value("SELECT lo_get(7001)") == b"target"


async def test_named_schemas_leave_large_objects_behind_and_say_so(new_database: Databases) -> None:
    source, target = new_database(file=OBJECTS), new_database(18, "target")

    migration, _ = await run_migration(source, target, Scope(include=("public",)))

    (hazard,) = [each for each in migration.plan.hazards if each.kind is HazardKind.NOT_MIGRATED]
    assert hazard.object == "1,211 large objects"
    assert "schemas were named" in hazard.message
    assert_equal_verdict(migration)
    assert migration.verdict is not None
    assert any(line.startswith("large objects:") for line in migration.verdict.not_checked)


async def test_excluded_schemas_take_large_objects_along(new_database: Databases) -> None:
    source = new_database(sql="CREATE SCHEMA left_out; SELECT lo_from_bytea(7000, 'here');")
    target = new_database(18, "target")

    assert_equal_verdict((await run_migration(source, target, Scope(exclude=("left_out",))))[0])

    async with connect(target) as session:
        assert await session.value("SELECT lo_get(7000)") == b"here"


DAMAGE = {
    "lo_unlink": ("SELECT lo_unlink(5000);", ("large object 5000", "exists", "yes", "no")),
    "a byte": ("SELECT lo_put(5005, 1048576, '\\x07');", ("large object 5005", "content", None, None)),
    "a byte more": ("SELECT lo_put(5000, 0, '\\x00');", ("large object 5000", "content", None, None)),
    "owner": (
        "ALTER LARGE OBJECT 4294967295 OWNER TO lo_middle;",
        ("large object 4294967295", "owner", "postgres", "lo_middle"),
    ),
    "comment": (
        "COMMENT ON LARGE OBJECT 5004 IS 'new';",
        ("large object 5004", "comment", "none", "new"),
    ),
    "grant": (
        "GRANT UPDATE ON LARGE OBJECT 5000001 TO PUBLIC;",
        ("large object 5000001", "privileges", None, None),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_verification_names_what_differs(damage: str, new_database: Databases) -> None:
    sql, wanted = DAMAGE[damage]
    source = new_database(file=OBJECTS)
    target = new_database(18, "target", file=OBJECTS)
    run_psql(target, sql)

    async with connect(source) as source_session, connect(target) as target_session:
        verdict = await verify(source_session, target_session)

    found = _found(verdict)
    assert found[0][:2] == wanted[:2]
    if wanted[2] is not None:
        assert found[0] == wanted


async def test_many_differences_are_counted_and_not_listed(new_database: Databases) -> None:
    source, target = new_database(file=OBJECTS), new_database(18, "target")

    async with connect(source) as source_session, connect(target) as target_session:
        verdict = await verify(source_session, target_session)

    (check,) = [check for check in verdict.checks if check.name == "large-objects"]
    assert len(check.differences) == 101
    assert check.differences[-1].found == "1,111"


UNPRIVILEGED = """
DO $$ BEGIN CREATE ROLE lo_nobody LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE lo_other; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
"""


async def test_objects_that_the_role_may_not_read_are_refused_not_left_out(new_database: Databases) -> None:
    source = new_database(
        sql=f"{UNPRIVILEGED} SELECT lo_from_bytea(7000, 'secret'), lo_from_bytea(7001, 'open');"
        "GRANT SELECT ON LARGE OBJECT 7001 TO lo_nobody;"
    )
    target = new_database(18, "target")

    with pytest.raises(RefusedError, match=r"may not read them, 7000"):
        await run_migration(_as(source, "lo_nobody"), target)


async def test_a_target_role_without_privileges_brings_what_is_its_own(new_database: Databases) -> None:
    """The database is its own too: what is done is recorded there."""
    source = new_database(
        15,
        sql=f"{UNPRIVILEGED} SELECT lo_from_bytea(7000, 'mine');"
        "ALTER LARGE OBJECT 7000 OWNER TO lo_nobody; GRANT SELECT ON LARGE OBJECT 7000 TO lo_other;",
    )
    own = "format('ALTER DATABASE %I OWNER TO lo_nobody', current_database())"
    target = new_database(18, "target", sql=f"{UNPRIVILEGED} DO $$BEGIN EXECUTE {own}; END$$;")

    assert_equal_verdict((await run_migration(_as(source, "lo_nobody"), _as(target, "lo_nobody")))[0])


async def test_a_step_that_fails_leaves_none_of_its_objects(new_database: Databases) -> None:
    objects = "SELECT lo_from_bytea(7000, 'first'), lo_from_bytea(7001, 'second');"
    step = LoadLargeObjects(id="large objects", group="", reason="", first=1, last=7001, number=2)
    here, there = new_database(sql=objects), new_database(18, "target", sql="SELECT lo_create(7001);")

    async with connect(here) as source, connect(there) as target, source.transaction():
        with pytest.raises(ServerError, match="pg_largeobject_metadata_oid_index"):
            await relay_large_objects(source, target, step, RoleChoices(), lambda _bytes: None)
        assert await target.value("SELECT array_agg(oid::int8) FROM pg_largeobject_metadata") == [7001]
        await target.run("SELECT lo_unlink(7001)")
        told: list[int] = []
        assert await relay_large_objects(source, target, step, RoleChoices(), told.append) == sum(told) == 11
        assert await target.value("SELECT lo_get(7001)") == b"second"


BIG = 48
"""Megabytes of an object that must not be in memory as a whole."""


async def test_memory_does_not_grow_with_an_object(new_database: Databases, tmp_path: Path) -> None:
    here, there = (
        new_database(
            sql="SELECT lo_create(7000);"
            f"SELECT count(lo_put(7000, n * 1048576::int8, decode(repeat(md5(n::text), 65536), 'hex'))) "
            f"FROM generate_series(0, {BIG} - 1) AS n;"
        ),
        new_database(18, "target"),
    )
    step = LoadLargeObjects(id="large object 7000", group="", reason="", first=1, last=7000, number=1)

    tracemalloc.start()
    try:
        async with connect(here) as source, connect(there) as target, source.transaction():
            moved = await relay_large_objects(source, target, step, RoleChoices(), lambda _bytes: None)
        relayed = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        await write_files(here, tmp_path)
        written = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert moved == BIG * 1024 * 1024
    assert max(relayed, written) < BIG * 1024 * 1024 / 3


@pytest.mark.parametrize(
    ("roles", "owner", "granted"),
    [
        (RoleChoices(mapping=(RoleMapping(source="lo_owner", target="lo_middle"),)), "lo_middle", 1),
        (RoleChoices(owners=False), "postgres", 1),
        (RoleChoices(privileges=False), "lo_owner", 0),
        (RoleChoices(role="lo_middle", owners=False), "lo_middle", 1),
    ],
    ids=["mapped", "no owners", "no privileges", "a role taken on"],
)
async def test_choices_about_roles_hold_for_large_objects(
    roles: RoleChoices, owner: str, granted: int, new_database: Databases
) -> None:
    source = new_database(
        sql=f"{ROLES} SELECT lo_from_bytea(7000, 'owned'); ALTER LARGE OBJECT 7000 OWNER TO lo_owner;"
        "GRANT SELECT ON LARGE OBJECT 7000 TO PUBLIC;"
    )
    target = new_database(18, "target", sql=f"{ROLES} GRANT CREATE ON SCHEMA public TO PUBLIC;")

    migration = await migrate(
        source,
        target,
        scope=Scope(),
        installations=find_installations(),
        limits=Limits(jobs=1),
        on_event=lambda _event: None,
        roles=roles,
    )

    assert migration.verdict is not None
    (check,) = [check for check in migration.verdict.checks if check.name == "large-objects"]
    assert (check.compared, check.outcome) == (1, Outcome.EQUAL)
    async with connect(target) as session:
        found = "SELECT pg_get_userbyid(lomowner)::text FROM pg_largeobject_metadata"
        assert await session.value(found) == owner
        public = "SELECT count(*) FROM pg_largeobject_metadata, aclexplode(lomacl) WHERE grantee = 0"
        assert await session.value(public) == granted


def _as(parameters: ConnectionParameters, role: str) -> ConnectionParameters:
    return dataclasses.replace(parameters, user=role)


def _found(verdict: Verdict | None) -> list[tuple[str, str, str, str]]:
    assert verdict is not None
    assert verdict.outcome is Outcome.DIFFERENT
    return [(each.object, each.fact, each.expected, each.found) for each in verdict.differences]
