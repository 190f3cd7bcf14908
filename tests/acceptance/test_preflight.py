"""Preflight: everything that would stop a migration is found at once, on real servers."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import OrphanChoice
from pilotage.model.plan import HazardKind
from pilotage.model.preflight import End, Preflight, Problem, Severity
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.preflight import hold_examination
from pilotage.servers import EmbeddedServer
from tests import servers_at_hand
from tests.servers_at_hand import Clusters, Databases, run_psql


async def preflight(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    include: tuple[str, ...] = (),
    jobs: int = 2,
    orphans: OrphanChoice | None = OrphanChoice.STOP,
) -> Preflight:
    async with hold_examination(
        source,
        target,
        scope=Scope(include=include),
        installations=servers_at_hand.installations(),
        jobs=jobs,
        orphans=orphans,
    ) as examination:
        return examination.preflight


def found_by(check: str, preflight: Preflight) -> list[Problem]:
    return [problem for problem in preflight.problems if problem.check == check]


@pytest.mark.servers(18)
async def test_nothing_is_in_the_way_of_a_good_pair(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")

    found = await preflight(source, new_database(18, "target"))

    assert found.stops == ()
    # The servers of the tests do without, to be fast.
    assert {problem.object for problem in found.warnings} == {"setting fsync", "setting full_page_writes"}
    assert [each.check for each in found.not_checked] == ["disk"]


@pytest.mark.servers(18)
async def test_the_name_of_the_record_is_kept_for_it_on_both_ends(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE SCHEMA pilotage; CREATE TABLE pilotage.ship (id int)")

    found = await preflight(source, new_database(18, "target", sql="CREATE SCHEMA pilotage"))

    there, coming = found_by("target-not-empty", found)
    assert there.object == coming.object == "schema pilotage"
    assert "is already there" in there.found
    assert "--exclude-schema pilotage" in coming.remedy


# --- orphans ---------------------------------------------------------------------------------------------

CHAIN = """
CREATE TABLE port (id int PRIMARY KEY);
CREATE TABLE ship (id int PRIMARY KEY, home int CONSTRAINT home REFERENCES port);
CREATE TABLE sailor (id int PRIMARY KEY, ship int CONSTRAINT sails REFERENCES ship, name text);
CREATE TABLE letter (id int PRIMARY KEY, sailor int CONSTRAINT writes REFERENCES sailor);
INSERT INTO port VALUES (1);
SET session_replication_role = replica;
INSERT INTO ship VALUES (1, 1), (2, 77), (3, NULL), (4, 78);
INSERT INTO sailor VALUES (1, 1, 'Anna'), (2, 2, E'tab\\tand\\\\'), (3, 99, 'lost');
INSERT INTO letter VALUES (1, 1), (2, 2), (3, 3);
"""


@pytest.mark.servers(18)
async def test_orphans_are_counted_with_examples_before_anything_is_copied(new_database: Databases) -> None:
    found = await preflight(new_database(18, sql=CHAIN), new_database(18, "target"))

    sails, home = found_by("orphans", found)
    assert home.severity is Severity.STOP
    assert home.object == "foreign key home on public.ship"
    assert home.found == "2 rows reference nothing in public.port, for instance with (home) = ('77'), ('78')"
    assert sails.found == "1 row references nothing in public.ship, for instance with (ship) = ('99')"
    assert "--orphans quarantine" in home.remedy


@pytest.mark.servers(18)
async def test_the_query_of_a_remedy_finds_the_orphans(new_database: Databases) -> None:
    source = new_database(18, sql=CHAIN)
    found = await preflight(source, new_database(18, "target"))

    query = found_by("orphans", found)[1].remedy.rpartition("on the source: ")[2]
    assert run_psql(source, query) == "2|77\n4|78\n"


@pytest.mark.servers(18)
async def test_orphans_are_not_looked_for_where_nobody_wants_that(new_database: Databases) -> None:
    found = await preflight(new_database(18, sql=CHAIN), new_database(18, "target"), orphans=None)

    assert not found_by("orphans", found)
    assert "--skip-orphans" in {each.check: each.reason for each in found.not_checked}["orphans"]


async def migrated(
    source: ConnectionParameters, target: ConnectionParameters, choice: OrphanChoice, folder: Path
) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=servers_at_hand.installations(),
        limits=Limits(jobs=2),
        on_event=lambda _event: None,
        orphans=choice,
        quarantine=folder / "quarantine.sql",
    )


@pytest.mark.servers(18)
async def test_orphans_in_quarantine_stay_behind_with_all_that_references_them(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")

    migration = await migrated(source, target, OrphanChoice.QUARANTINE, tmp_path)

    assert run_psql(target, "TABLE ship; TABLE sailor; TABLE letter;") == "1|1\n3|\n1|1|Anna\n1|1\n"
    assert run_psql(target, "SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f';") == "t\n"
    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.EQUAL
    assert any("left out" in line and "6 rows" in line for line in migration.verdict.not_checked)
    assert {hazard.object for step in migration.plan.steps for hazard in step.hazards} >= {
        "2 rows of public.ship",
        "2 rows of public.sailor",
        "2 rows of public.letter",
    }


@pytest.mark.servers(18)
async def test_the_quarantine_brings_its_rows_once_they_are_mended(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")
    await migrated(source, target, OrphanChoice.QUARANTINE, tmp_path)
    file = tmp_path / "quarantine.sql"
    text = file.read_text()
    assert "-- 2 rows of public.ship break foreign key home on public.ship\n" in text
    assert "-- 1 row of public.sailor references rows that are left out, by foreign key sails" in text

    run_psql(target, "INSERT INTO port VALUES (77), (78); INSERT INTO ship VALUES (99);")
    run_psql(target, file)

    rows = "SELECT * FROM sailor ORDER BY id; SELECT * FROM letter ORDER BY id;"
    assert run_psql(target, rows) == run_psql(source, rows)
    assert file.stat().st_mode & 0o077 == 0


PARTITIONED = """
CREATE TABLE port (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE port_1 PARTITION OF port FOR VALUES IN (1);
CREATE TABLE port_2 PARTITION OF port FOR VALUES IN (2);
CREATE TABLE ship (id int, home int REFERENCES port, next int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE ship_low PARTITION OF ship FOR VALUES FROM (0) TO (10);
CREATE TABLE ship_high PARTITION OF ship FOR VALUES FROM (10) TO (20);
ALTER TABLE ship ADD CONSTRAINT next FOREIGN KEY (next) REFERENCES ship;
CREATE TABLE cargo (ship int REFERENCES ship, kilos int GENERATED ALWAYS AS (ship * 2) STORED, "a ""b" text);
INSERT INTO port VALUES (1), (2);
SET session_replication_role = replica;
INSERT INTO ship VALUES
    (1, 1, NULL), (2, 9, NULL), (3, 1, 2), (11, 2, 3), (12, 2, 1), (13, 2, 13), (14, 1, 15);
INSERT INTO cargo (ship) VALUES (1), (2), (11), (12), (13), (14), (99), (NULL);
"""


@pytest.mark.servers(18)
async def test_chains_of_orphans_are_followed_through_partitions_and_self_references(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=PARTITIONED), new_database(18, "target")

    migration = await migrated(source, target, OrphanChoice.QUARANTINE, tmp_path)

    assert run_psql(target, "SELECT id FROM ship ORDER BY id;") == "1\n12\n13\n"
    assert run_psql(target, "SELECT ship FROM cargo ORDER BY ship;") == "1\n12\n13\n\n"
    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.EQUAL


@pytest.mark.servers(18)
async def test_orphans_come_along_under_keys_that_are_not_valid(
    new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=CHAIN), new_database(18, "target")

    migration = await migrated(source, target, OrphanChoice.NOT_VALID, tmp_path)

    assert run_psql(target, "TABLE ship") == run_psql(source, "TABLE ship")
    states = "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY 1;"
    assert run_psql(target, states) == "home|f\nsails|f\nwrites|t\n"
    hazards = {hazard.object: hazard.kind for step in migration.plan.steps for hazard in step.hazards}
    assert hazards["foreign key home on public.ship"] is HazardKind.UNVALIDATED
    # The target is not what the source says it is, and the verdict says so.
    assert migration.verdict is not None
    assert migration.verdict.outcome is Outcome.DIFFERENT


# --- one check after another ------------------------------------------------------------------------------


@pytest.mark.servers(18)
async def test_an_end_that_cannot_be_reached_is_told_beside_problems_of_the_other(
    new_database: Databases,
) -> None:
    source, target = new_database(18), new_database(18, "target")
    run_psql(source, f"ALTER DATABASE {source.database} SET lock_timeout = '1s';")

    found = await preflight(source, dataclasses.replace(target, database="nowhere"))

    (unreachable,) = found.stops
    assert (unreachable.check, unreachable.end) == ("connection", End.TARGET)
    assert 'database "nowhere" does not exist' in unreachable.found
    assert [problem.object for problem in found_by("timeouts", found)] == ["setting lock_timeout"]
    assert {"roles", "target-not-empty", "orphans"} <= {each.check for each in found.not_checked}


@pytest.mark.servers(18)
async def test_the_source_is_no_target(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (a int)")

    found = await preflight(source, source)

    (problem,) = found.problems
    assert problem.check == "another-database"


@pytest.mark.servers(18)
async def test_a_missing_pg_dump_is_told_with_the_rest(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t (a int)")
    target = new_database(18, "target")
    run_psql(target, f"ALTER DATABASE {target.database} SET default_transaction_read_only = on;")

    async with hold_examination(source, target, scope=Scope(), installations=(), jobs=2) as examination:
        found = examination.preflight

    assert [problem.check for problem in found.stops] == ["programs", "writable"]
    assert "pip install" in found.stops[0].remedy


CLOSED = """
CREATE SCHEMA closed;
CREATE TABLE closed.t (a int);
CREATE TABLE half (a int);
CREATE TABLE hidden (a int);
CREATE SEQUENCE counter;
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON hidden TO PUBLIC;
SELECT lo_from_bytea(0, 'mine');
"""


@pytest.mark.servers(18)
async def test_all_that_the_role_may_not_read_is_named_with_its_grant(
    new_database: Databases, clusters: Clusters
) -> None:
    source, server = new_database(18, sql=CLOSED), clusters.get(18).parameters()
    reader = f"reader_{os.getpid()}"
    run_psql(server, f"CREATE ROLE {reader} LOGIN;")
    try:
        as_reader = dataclasses.replace(source, user=reader, password=None)
        found = await preflight(as_reader, new_database(18, "target"))

        problems = found_by("privileges", found)
        assert {problem.object for problem in problems} == {
            "schema closed",
            "table closed.t",
            "table public.half",
            "table public.hidden",
            "sequence public.counter",
            "1 large objects",
        }
        assert all(problem.severity is Severity.STOP for problem in problems)
        # What can be known without reading is told all the same.
        assert "versions" in {each.check for each in found.checked}
        assert "roles" in {each.check for each in found.not_checked}

        for problem in problems:
            run_psql(source, problem.remedy.partition(" -- ")[0])
        mended = await preflight(as_reader, new_database(18, "target"))
        assert found_by("privileges", mended) == []
        assert found_by("reading", mended) == []
    finally:
        new_database.drop()
        run_psql(server, f"DROP ROLE {reader};")


@pytest.mark.servers(18)
async def test_too_few_connections_are_told_with_fewer_jobs(
    new_database: Databases, clusters: Clusters
) -> None:
    server, role = clusters.get(18, "target").parameters(), f"few_{os.getpid()}"
    target = new_database(18, "target")
    run_psql(server, f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 4;")
    try:
        narrow = dataclasses.replace(target, user=role, password=None)
        found = await preflight(new_database(18), narrow, jobs=8)
        (problem,) = found_by("connections", found)
        assert problem.severity is Severity.WARNING
        assert problem.object == f"role {role}"
        assert "--jobs 1 --index-jobs 1," in problem.remedy
        assert f"ALTER ROLE {role} CONNECTION LIMIT 18;" in problem.remedy

        run_psql(server, f"ALTER ROLE {role} CONNECTION LIMIT 18;")
        assert found_by("connections", await preflight(new_database(18), narrow, jobs=8)) == []
    finally:
        new_database.drop()
        run_psql(server, f"DROP ROLE {role};")


@pytest.mark.servers(18)
async def test_a_role_that_may_create_nothing_is_told_where(
    new_database: Databases, clusters: Clusters
) -> None:
    server, role = clusters.get(18, "target").parameters(), f"guest_{os.getpid()}"
    source = new_database(18, sql="CREATE TABLE t (a int); CREATE SCHEMA more; CREATE TABLE more.t (a int)")
    target = new_database(18, "target")
    run_psql(server, f"CREATE ROLE {role} LOGIN;")
    try:
        problems = found_by(
            "creating", await preflight(source, dataclasses.replace(target, user=role, password=None))
        )
        assert [problem.object for problem in problems] == [f"database {target.database}", "schema public"]
        for problem in problems:
            run_psql(target, problem.remedy)
        mended = await preflight(source, dataclasses.replace(target, user=role, password=None))
        assert found_by("creating", mended) == []
    finally:
        new_database.drop()
        run_psql(server, f"DROP ROLE {role};")


@pytest.mark.servers(18)
async def test_timeouts_are_told_with_where_they_were_set(new_database: Databases) -> None:
    source, target = new_database(18), new_database(18, "target")
    run_psql(source, f"ALTER DATABASE {source.database} SET statement_timeout = '2min';")

    (problem,) = found_by("timeouts", await preflight(source, target))
    assert (problem.end, problem.severity) == (End.SOURCE, Severity.WARNING)
    assert problem.found.startswith("is 120000ms for role postgres")
    assert "set for the database" in problem.found
    run_psql(source, problem.remedy)
    assert found_by("timeouts", await preflight(source, target)) == []


@pytest.mark.servers(18)
async def test_a_lock_table_that_is_too_small_is_told() -> None:
    installation = servers_at_hand.require_server(18)
    few = {"max_locks_per_transaction": "10", "max_connections": "10"}
    with (
        EmbeddedServer.start(installation, settings=few) as one,
        EmbeddedServer.start(installation, settings=few) as other,
    ):
        tables = "CREATE TABLE p (a int) PARTITION BY LIST (a);\n" + "".join(
            f"CREATE TABLE p{n} PARTITION OF p FOR VALUES IN ({n});\n" for n in range(120)
        )
        run_psql(one.parameters(), tables)
        found = await preflight(one.parameters(), other.parameters())

    at_source, at_target = found_by("locks", found)
    assert (at_source.end, at_target.end) == (End.SOURCE, End.TARGET)
    assert at_source.found.startswith("is 10, which makes room for about 100 locks")
    assert "121" in at_source.wanted
    assert "121" in at_target.wanted
    assert at_target.remedy.startswith("ALTER SYSTEM SET max_locks_per_transaction = 64;")


@pytest.mark.servers(18)
async def test_settings_of_the_target_that_hurt_are_told(new_database: Databases) -> None:
    sizes = "INSERT INTO t SELECT n FROM generate_series(1, 250000) AS n;"
    source = new_database(18, sql=f"CREATE TABLE t (id int PRIMARY KEY); {sizes}")
    target = new_database(18, "target")
    run_psql(
        target,
        # Of no matter to a migration, whose sessions set it.
        f"ALTER DATABASE {target.database} SET maintenance_work_mem = '64kB';"
        f"ALTER DATABASE {target.database} SET temp_file_limit = '1MB';",
    )

    found = {
        problem.object: problem for problem in found_by("server-settings", await preflight(source, target))
    }

    assert set(found) == {
        "setting fsync",
        "setting full_page_writes",
        "setting temp_file_limit",
    }
    assert "the largest index to build is 5.4 MB" in found["setting temp_file_limit"].found


@pytest.mark.servers(18)
async def test_a_collation_that_the_target_lacks_is_told(new_database: Databases) -> None:
    source, target = new_database(18), new_database(18, "target")
    name = run_psql(
        source,
        "SELECT collname FROM pg_collation WHERE collprovider = 'c' AND collcollate NOT IN ('C', 'POSIX') "
        "AND collencoding IN (-1, 6) ORDER BY 1 LIMIT 1;",
    ).strip()
    if not name:
        pytest.skip("the operating system has no locale besides C")
    run_psql(source, f'CREATE TABLE t (a text COLLATE pg_catalog."{name}");')
    run_psql(target, f'DROP COLLATION pg_catalog."{name}";')

    (problem,) = found_by("collations", await preflight(source, target))

    assert problem.severity is Severity.STOP
    assert name in problem.object
    assert "pg_import_system_collations" in problem.remedy


@pytest.mark.servers(18)
async def test_room_on_the_disk_is_said_not_to_be_known(new_database: Databases) -> None:
    source = new_database(18, sql="CREATE TABLE t AS SELECT n FROM generate_series(1, 100000) AS n")

    found = await preflight(source, new_database(18, "target"))

    (disk,) = found.not_checked
    assert disk.check == "disk"
    assert "4 MB on the source" in disk.reason


@pytest.mark.servers(17, 18)
async def test_not_valid_is_refused_where_the_server_has_no_such_key(new_database: Databases) -> None:
    sql = """
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (id int, parent int REFERENCES parent) PARTITION BY LIST (id);
    CREATE TABLE child_1 PARTITION OF child FOR VALUES IN (1);
    SET session_replication_role = replica;
    INSERT INTO child VALUES (1, 7);
    """
    source, target = new_database(17, sql=sql), new_database(17, "target")

    (problem,) = found_by("orphans", await preflight(source, target, orphans=OrphanChoice.NOT_VALID))

    assert problem.severity is Severity.STOP
    assert "cannot be NOT VALID" in problem.found


@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_every_query_runs_on_every_server(new_database: Databases, major: int) -> None:
    """A query that fails is a problem of its check."""
    source, target = new_database(major, sql="CREATE TABLE t (a int)"), new_database(major, "target")

    found = await preflight(source, target)

    assert [problem for problem in found.problems if not belongs_to_tests(problem)] == []
    assert [each.check for each in found.not_checked] == ["disk"]


# --- ten planted problems --------------------------------------------------------------------------------

PLANTED_SOURCE = """
SET client_min_messages = error;
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE far (id int) TABLESPACE {tablespace};
CREATE TABLE owned (id int);
ALTER TABLE owned OWNER TO {role};
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE PUBLICATION news FOR TABLE t;
SELECT lo_from_bytea(424242, 'here');
"""
PLANTED_TARGET = """
CREATE TABLE t (other text);
CREATE SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION citext VERSION '1.5';
SELECT lo_from_bytea(424242, 'there');
ALTER DATABASE {database} SET statement_timeout = '5s';
ALTER DATABASE {database} SET default_transaction_read_only = on;
"""


@pytest.mark.servers(18)
async def test_ten_planted_problems_are_ten_reported(new_database: Databases, clusters: Clusters) -> None:
    role, tablespace = f"owner_{os.getpid()}", f"far_{os.getpid()}"
    on_source, on_target = clusters.get(18).parameters(), clusters.get(18, "target").parameters()
    run_psql(
        on_source,
        f"SET allow_in_place_tablespaces = on; CREATE TABLESPACE {tablespace} LOCATION '';"
        f"CREATE ROLE {role};",
    )
    target = dataclasses.replace(on_target, database=f"planted_{os.getpid()}")
    run_psql(
        on_target,
        f"CREATE DATABASE {target.database} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';",
    )
    try:
        run_psql(target, PLANTED_TARGET.format(database=target.database))
        source = new_database(18, sql=PLANTED_SOURCE.format(role=role, tablespace=tablespace))

        found = await preflight(source, target)

        assert found.not_checked[0].check == "disk"
        assert {(each.check, each.object) for each in found.problems if not belongs_to_tests(each)} == {
            ("target-not-empty", "table public.t"),
            ("roles", f"role {role}"),
            ("extensions", "extension hstore"),
            ("extensions", "extension citext"),
            ("writable", f"database {target.database}"),
            ("tablespaces", f"tablespace {tablespace}"),
            ("timeouts", "setting statement_timeout"),
            ("encoding", f"database {target.database}"),
            # A database of this encoding cannot have the source's locale either.
            ("collations", f"database {target.database}"),
            ("large-objects", "large object 424242"),
            ("server-settings", "setting wal_level"),
        }
    finally:
        run_psql(on_target, f"DROP DATABASE {target.database} WITH (FORCE);")
        new_database.drop()
        run_psql(on_source, f"DROP TABLESPACE {tablespace}; DROP ROLE {role};")


def belongs_to_tests(problem: Problem) -> bool:
    """The servers of the tests do without safety, to be fast."""
    return problem.object in {"setting fsync", "setting full_page_writes"}
