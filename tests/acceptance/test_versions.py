"""Between major versions of PostgreSQL; to 18, from each of them, is in ``test_migrate.py``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from pilotage.apply import apply_files, read_folder
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.errors import RefusedError
from pilotage.execute import Limits
from pilotage.files.manifest import decode_manifest, encode_manifest
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import Allowable
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.programs import find_installations
from tests.generated_files import forward_files, run_files, write_files
from tests.servers_at_hand import Databases, data_dump, run_psql, schema_dump

RealData = Callable[[str], Path]

FORWARD = [(15, 16), (16, 17)]
BACK = [(18, 17), (18, 16), (18, 15), (17, 15)]


def pairs(*wanted: tuple[int, int], thorough: Sequence[tuple[int, int]] = ()) -> pytest.MarkDecorator:
    """Run the test for each source and target whose servers are at hand, and ``thorough`` ones not always."""
    return pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(
                *pair,
                marks=[pytest.mark.servers(*pair), *([pytest.mark.thorough] if pair in thorough else [])],
            )
            for pair in wanted
        ],
    )


async def bring(source: ConnectionParameters, target: ConnectionParameters, *allowed: Allowable) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=find_installations(),
        limits=Limits(jobs=2),
        on_event=lambda _: None,
        allowed=allowed,
    )


def assert_equal(migration: Migration) -> None:
    assert migration.verdict is not None
    assert migration.verdict.differences == ()
    assert migration.verdict.outcome is Outcome.EQUAL


# ``test_no_false_alarms.py`` takes it from 16 to 17, and one of the others from 18, and one to 16.
@pairs(*FORWARD, *BACK, thorough=[(16, 17), (18, 16)])
@pytest.mark.parametrize(
    "name",
    # Chinook has nothing that pagila has not, but for its size.
    ["pagila.sql", pytest.param("chinook.sql", marks=pytest.mark.thorough)],
)
async def test_a_database_goes_from_version_to_version(
    name: str, old: int, new: int, real_data: RealData, new_database: Databases
) -> None:
    source, target = new_database(old, file=real_data(name)), new_database(new, "target")

    assert_equal(await bring(source, target, *([Allowable.OLDER_SERVER] if new < old else [])))

    assert schema_dump(target) == schema_dump(source)
    assert data_dump(target) == data_dump(source)


# Of the servers at hand, these have the extension that it needs. ``test_no_false_alarms.py`` moves it back
# as well.
@pytest.mark.thorough
@pairs((18, 16))
async def test_the_hotel_goes_back(old: int, new: int, new_database: Databases) -> None:
    source, target = new_database(old), new_database(new, "target")
    async with connect(source) as session:
        await create_hotel(session)
    async with connect(target) as session:
        await create_hotel_roles(session)

    assert_equal(await bring(source, target, Allowable.OLDER_SERVER))

    assert data_dump(target) == data_dump(source)


@pairs(*BACK)
async def test_going_back_is_refused_until_it_is_allowed(old: int, new: int, new_database: Databases) -> None:
    source = new_database(old, sql="CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);")
    target = new_database(new, "target")

    with pytest.raises(RefusedError) as refusal:
        await bring(source, target)

    assert refusal.value.exit_code == 3
    assert "--allow older-server" in str(refusal.value)
    assert f"the target runs PostgreSQL {new} and the source {old}" in str(refusal.value)
    assert run_psql(target, "SELECT to_regclass('t') IS NULL;") == "t\n"


@pairs((18, 16), (17, 15))
async def test_files_go_back_where_that_is_allowed(
    old: int, new: int, new_database: Databases, real_data: RealData, tmp_path: Path
) -> None:
    source, target = new_database(old, file=real_data("chinook.sql")), new_database(new, "target")
    await write_files(source, tmp_path / "sql")
    folder = read_folder(tmp_path)

    with pytest.raises(RefusedError) as refusal:
        await apply_files(folder, target, installations=find_installations(), on_event=lambda _: None)
    assert "--allow older-server" in str(refusal.value)

    await apply_files(
        folder,
        target,
        installations=find_installations(),
        on_event=lambda _: None,
        allowed=[Allowable.OLDER_SERVER],
    )
    assert data_dump(target) == data_dump(source)


@pairs((18, 16))
async def test_files_that_psql_alone_runs_go_back_as_well(
    old: int, new: int, new_database: Databases, real_data: RealData, tmp_path: Path
) -> None:
    source, target = new_database(old, file=real_data("pagila.sql")), new_database(new, "target")
    await write_files(source, tmp_path)

    run_files(target, forward_files(tmp_path))

    assert data_dump(target) == data_dump(source)


IN_18 = """
CREATE SCHEMA s;
CREATE EXTENSION btree_gist;
CREATE TABLE s.virtual (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);
CREATE TABLE s.unenforced (a int CHECK (a > 0) NOT ENFORCED);
CREATE TABLE s.booked (id int, at tstzrange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
CREATE TABLE s.booking (id int, at tstzrange, FOREIGN KEY (id, PERIOD at)
    REFERENCES s.booked (id, PERIOD at));
CREATE TABLE s.parent (a int);
CREATE TABLE s.child (CONSTRAINT own NOT NULL a) INHERITS (s.parent);
CREATE TABLE s.plain (a int, CONSTRAINT a_is_there NOT NULL a);
COMMENT ON CONSTRAINT a_is_there ON s.plain IS 'it is';
CREATE TABLE s.late (a int);
ALTER TABLE s.late ADD CONSTRAINT late NOT NULL a NOT VALID;
CREATE TABLE s.parted (a int) PARTITION BY LIST (a);
CREATE TABLE s.keyed (a int PRIMARY KEY);
ALTER TABLE s.parted ADD CONSTRAINT parted_key FOREIGN KEY (a) REFERENCES s.keyed NOT VALID;
CREATE TABLE s.ids (id uuid DEFAULT uuidv7());
CREATE PUBLICATION generated FOR TABLE s.ids WITH (publish_generated_columns = stored);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO PUBLIC;
"""

IN_17 = """
CREATE SCHEMA s;
CREATE TABLE s.kept (a int, j jsonb);
GRANT SELECT, MAINTAIN ON s.kept TO PUBLIC;
CREATE COLLATION s.c (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE s.parted (id int GENERATED ALWAYS AS IDENTITY, r int4range, EXCLUDE USING gist (r WITH =))
    PARTITION BY LIST (r);
CREATE TABLE s.part PARTITION OF s.parted DEFAULT;
CREATE VIEW s.json AS SELECT JSON_VALUE(j, '$.a') AS a FROM s.kept;
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SET transaction_timeout = 0 AS 'SELECT 1';
CREATE FUNCTION s.on_login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER on_login ON login EXECUTE FUNCTION s.on_login();
"""

IN_16 = """
CREATE TABLE t (j jsonb, n int CHECK (random_normal() IS NOT NULL));
CREATE VIEW v AS
    SELECT any_value(n) AS n, JSON_OBJECT('a': 1) AS o, j IS JSON ARRAY AS is_array FROM t GROUP BY j;
"""

# What is not newer, though it looks like it: names of somebody's own, and words in texts.
NOT_NEWER = """
CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
CREATE TABLE casefold (id uuid DEFAULT public.uuidv7(), "NOT ENFORCED" int, crc32 text DEFAULT 'uuidv7()');
COMMENT ON COLUMN casefold."NOT ENFORCED" IS 'PERIOD x, WITHOUT OVERLAPS, GRANT MAINTAIN';
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT casefold(''A'')';
INSERT INTO casefold ("NOT ENFORCED") VALUES (1);
"""


def features(message: str) -> list[str]:
    """What a refusal names, each as ``object: feature``."""
    found = []
    for line in message.splitlines():
        what, known, _ = line.removeprefix("  - target, ").partition(", which PostgreSQL knows since")
        if known:
            found.append(what.replace(": it has ", ": "))
    return found


@pytest.mark.parametrize(
    ("sql", "old", "new", "expected"),
    [
        pytest.param(
            IN_18,
            18,
            17,
            [
                "table s virtual: a virtual generated column",
                "check constraint s unenforced unenforced_a_check: a constraint that is NOT ENFORCED",
                "constraint s booked booked_pkey: a key WITHOUT OVERLAPS",
                "fk constraint s booking booking_id_at_fkey: a foreign key with PERIOD",
                "table s child: a NOT NULL of its own on an inherited column",
                "comment s CONSTRAINT a_is_there ON plain: a comment on a NOT NULL constraint",
                "constraint s late late: a NOT NULL constraint that is not valid",
                "fk constraint s parted parted_key: a foreign key on a partitioned table that is NOT VALID",
                "table s ids: function uuidv7()",
                "publication generated: generated columns in a publication",
                "default acl DEFAULT PRIVILEGES FOR LARGE OBJECTS: default privileges of large objects",
            ],
            marks=pytest.mark.servers(17, 18),
        ),
        pytest.param(
            IN_17,
            17,
            16,
            [
                "collation s c: a collation of provider builtin",
                "acl s TABLE kept: the privilege MAINTAIN",
                "table s part: an identity column of a partition",
                "constraint s parted parted_r_excl: an exclusion constraint on a partitioned table",
                "view s json: expression JSON_VALUE",
                "function s f(): setting transaction_timeout",
                "event trigger on_login: an event trigger on login",
            ],
            marks=pytest.mark.servers(16, 17),
        ),
        pytest.param(
            IN_16,
            16,
            15,
            [
                "table public t: function random_normal()",
                "view public v: function any_value()",
                "view public v: expression JSON_OBJECT",
                "view public v: expression IS JSON",
            ],
            marks=pytest.mark.servers(15, 16),
        ),
    ],
)
async def test_what_an_older_server_does_not_know_is_named_and_not_sent(
    sql: str, old: int, new: int, expected: list[str], new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(old, sql=sql), new_database(new, "target")

    with pytest.raises(RefusedError) as refusal:
        await bring(source, target, Allowable.OLDER_SERVER)

    assert sorted(features(str(refusal.value))) == sorted(expected)
    assert run_psql(target, "SELECT count(*) FROM pg_class WHERE oid > 16383;") == "0\n"

    # Each is really refused by the older server, so that nothing is named in vain.
    await write_files(source, tmp_path / "sql")
    with pytest.raises(RefusedError) as of_files:
        await apply_files(
            read_folder(tmp_path),
            target,
            installations=find_installations(),
            on_event=lambda _: None,
            allowed=[Allowable.OLDER_SERVER],
        )
    assert str(of_files.value).count("which PostgreSQL knows since") == len(expected)


@pairs((18, 16))
async def test_names_and_texts_are_not_taken_for_what_is_newer(
    old: int, new: int, new_database: Databases
) -> None:
    source, target = new_database(old, sql=NOT_NEWER), new_database(new, "target")

    assert_equal(await bring(source, target, Allowable.OLDER_SERVER))
    assert data_dump(target) == data_dump(source)


UNORDERED = """
CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;
BEGIN;
ALTER TABLE a ALTER CONSTRAINT a_b DEFERRABLE INITIALLY DEFERRED;
INSERT INTO a VALUES (1, 1);
INSERT INTO b VALUES (1, 1);
COMMIT;
ALTER TABLE a ALTER CONSTRAINT a_b NOT DEFERRABLE;
"""


@pytest.mark.servers(18)
async def test_dropping_constraints_for_a_load_is_refused_until_it_is_allowed(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=UNORDERED), new_database(18, "target")
    await write_files(source, tmp_path / "sql")
    folder = read_folder(tmp_path)

    with pytest.raises(RefusedError) as refusal:
        await apply_files(folder, target, installations=find_installations(), on_event=lambda _: None)
    assert refusal.value.exit_code == 3
    assert "public.a: foreign keys are dropped" in str(refusal.value)
    assert "--allow drop-constraints" in str(refusal.value)

    await apply_files(
        folder,
        target,
        installations=find_installations(),
        on_event=lambda _: None,
        allowed=[Allowable.DROP_CONSTRAINTS],
    )
    assert data_dump(target) == data_dump(source)


@pytest.mark.servers(18)
async def test_all_that_must_be_allowed_is_told_at_once(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(18, sql=UNORDERED), new_database(18, "target")
    await write_files(source, tmp_path / "sql")
    # As if the files had been made from a newer server, of which there is none at hand.
    path = tmp_path / "sql" / "manifest.json"
    manifest = msgspec.structs.replace(decode_manifest(path.read_bytes()), source_version_num=190001)
    path.write_bytes(encode_manifest(manifest))

    with pytest.raises(RefusedError) as refusal:
        await apply_files(
            read_folder(tmp_path), target, installations=find_installations(), on_event=lambda _: None
        )

    told = [line.rpartition("--allow ")[2] for line in str(refusal.value).splitlines()[1:]]
    assert [key for key, _ in itertools.groupby(told)] == ["drop-constraints", "older-server"]
