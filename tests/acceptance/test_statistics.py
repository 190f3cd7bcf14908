"""The planner's statistics: a target that can takes over what the source knows, and gathers the rest."""

from __future__ import annotations

import pytest

from pilotage.catalog.planner_statistics import read_planner_statistics
from pilotage.connection import ConnectionParameters, connect
from pilotage.execute import Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from tests import servers_at_hand
from tests.servers_at_hand import Databases, run_psql

# What is known of each table in "app" can be taken over, and of none in "other".
SOURCE = """
CREATE SCHEMA app;
CREATE SCHEMA other;

CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN app.percent AS int CHECK (value BETWEEN 0 AND 100);
CREATE TABLE app.types (
    id bigint PRIMARY KEY, mood app.mood, percent app.percent, at timestamptz, spent interval,
    amount numeric, share float8, words text[], search tsvector, document jsonb, code char(4), raw bytea,
    "odd ""name" text, note text
);
CREATE INDEX ON app.types (mood, at);
CREATE INDEX ON app.types (lower(note), id, (amount * 2));
ALTER TABLE app.types DROP COLUMN raw;
ALTER TABLE app.types ALTER COLUMN code SET STATISTICS 7, ALTER COLUMN share SET STATISTICS 0;
INSERT INTO app.types
SELECT
    n, (ARRAY['sad', 'ok', 'ok', 'happy'])[1 + n % 4]::app.mood, n % 101,
    '2024-01-01Z'::timestamptz + n * n * interval '1 s', n % 9 * interval '1 day 1 s', n / 7.0, n,
    ARRAY['a' || n % 5, 'b,"\\ ' || n % 3], to_tsvector('simple', 'word' || n % 17),
    jsonb_build_object('n', n % 13), 'c' || n % 3, NULLIF('', '')
FROM generate_series(1, 5000) AS n;
UPDATE app.types SET note = E'it''s "one" \\ of {' || id % 40 || E',}\n\u00e4' WHERE id % 3 = 0;
CREATE TABLE app.unindexed AS SELECT n % 10 AS ten, repeat('x', 300) AS filler
FROM generate_series(1, 6000) AS n;

CREATE TABLE app.parted (region int, at date, note text) PARTITION BY LIST (region);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES IN (1);
CREATE TABLE app.parted_2 PARTITION OF app.parted FOR VALUES IN (2) PARTITION BY RANGE (at);
CREATE TABLE app.parted_2_old PARTITION OF app.parted_2 FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE app.parted_3 PARTITION OF app.parted FOR VALUES IN (3);
CREATE TABLE app.parted_2_new PARTITION OF app.parted_2 FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
INSERT INTO app.parted SELECT 1 + n % 2, '2023-06-01'::date + n % 300, 'n' || n % 50
FROM generate_series(1, 3000) AS n;
CREATE INDEX ON app.parted (at);

CREATE TABLE other.no_columns ();
INSERT INTO other.no_columns DEFAULT VALUES;
CREATE TABLE other.stale AS SELECT n AS id FROM generate_series(1, 100) AS n;
CREATE TABLE other.extended AS SELECT n % 10 AS a, n % 10 AS b FROM generate_series(1, 1000) AS n;
CREATE STATISTICS other.together ON a, b FROM other.extended;
CREATE TABLE other.parent (id int);
CREATE TABLE other.child () INHERITS (other.parent);
INSERT INTO other.parent SELECT generate_series(1, 100);
INSERT INTO other.child SELECT generate_series(1, 900);
CREATE TABLE other.ranges AS SELECT int4range(n, n + 5) AS span FROM generate_series(1, 500) AS n;
CREATE MATERIALIZED VIEW other.summary AS SELECT ten, count(*) FROM app.unindexed GROUP BY ten;
"""

AFTERWARDS = """
UPDATE other.stale SET id = id + 1000 WHERE id > 85;
CREATE TABLE other.never_analyzed AS SELECT n AS id FROM generate_series(1, 100) AS n;
"""


def fill(database: ConnectionParameters) -> None:
    """Make the source; each script is a transaction, and what one analyzed counts as changed at its end."""
    for script in (SOURCE, "ANALYZE", AFTERWARDS):
        run_psql(database, script)


KNOWN = """
SELECT string_agg(s::text, E'\\n' ORDER BY schemaname, tablename, attname, inherited)
FROM pg_catalog.pg_stats AS s WHERE schemaname = $1 AND NOT inherited
"""

SIZES = """
SELECT array_agg(format('%s %s %s', c.oid::regclass, c.reltuples,
        c.relkind = 'p' OR c.relpages = pg_relation_size(c.oid) / current_setting('block_size')::int
    ) ORDER BY c.relname)
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'i', 'p')
"""

MISSING = """
SELECT array_agg(c.oid::regclass::text ORDER BY 1)
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace IN ('app'::regnamespace, 'other'::regnamespace) AND c.relkind IN ('r', 'p', 'm')
    AND (c.reltuples < 0 OR c.reltuples > 0 AND c.relnatts > 0
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_statistic s WHERE s.starelid = c.oid))
"""

QUESTIONS = (
    "SELECT FROM app.types WHERE mood = 'sad' AND at > '2024-03-01Z'",
    "SELECT FROM app.types WHERE lower(note) = 'x' OR percent < 12 OR words @> ARRAY['a1']",
    "SELECT FROM app.types WHERE search @@ 'word3'",
    "SELECT FROM app.parted WHERE at < '2023-07-01' AND region = 2",
    "SELECT FROM app.unindexed WHERE ten = 3",
)


async def migrated(
    source: ConnectionParameters, target: ConnectionParameters, *, gather: bool = False
) -> Migration:
    return await migrate(
        source,
        target,
        scope=Scope(),
        installations=servers_at_hand.installations(),
        limits=Limits(jobs=2, index_jobs=2),
        on_event=lambda _event: None,
        gather_statistics=gather,
    )


@pytest.mark.servers(18)
async def test_what_the_source_knows_is_taken_over_where_it_is_complete_and_fresh(
    new_database: Databases,
) -> None:
    source, target = new_database(18), new_database(18, "target")
    fill(source)
    migration = await migrated(source, target)
    assert migration.result.statistics_taken == 3
    async with connect(source) as there, connect(target) as here:
        known = await there.value(KNOWN, "app")
        assert known.count("\n") > 20
        assert (await here.value(KNOWN, "app")).splitlines() == known.splitlines()
        # Of what was gathered, there is as much.
        assert await here.value(MISSING) is None
        assert await here.value("SELECT count(*) FROM pg_stats_ext WHERE dependencies IS NOT NULL") == 1
        assert "1100" in await here.value(
            "SELECT histogram_bounds::text FROM pg_stats WHERE tablename = 'stale'"
        )
        # The tables are described as they are, not as the source's were before their dead rows went.
        assert await here.value("SELECT relpages FROM pg_class WHERE relname = 'types'") < await there.value(
            "SELECT relpages FROM pg_class WHERE relname = 'types'"
        )
        sizes = await here.value(SIZES)
        assert {size.split()[1] for size in sizes if size.startswith("app.types")} == {"5000"}
        assert all(size.endswith(" t") for size in sizes), sizes
        for question in QUESTIONS:
            rows = [await session.value(f"EXPLAIN (FORMAT json) {question}") for session in (there, here)]
            assert expected_rows(rows[0]) == expected_rows(rows[1]), question


def expected_rows(plan: str) -> str:
    """How many rows the planner expects."""
    return next(line.strip() for line in plan.splitlines() if "Plan Rows" in line)


@pytest.mark.servers(18)
async def test_all_is_gathered_where_that_is_asked_for(new_database: Databases) -> None:
    source, target = new_database(18), new_database(18, "target")
    fill(source)
    migration = await migrated(source, target, gather=True)
    assert migration.result.statistics_taken == 0
    async with connect(target) as here:
        assert await here.value(MISSING) is None
        # None of its rows were there when statistics were gathered last.
        assert await here.value(
            "SELECT bool_and(last_analyze IS NOT NULL) FROM pg_stat_user_tables WHERE relname = 'types'"
        )


@pytest.mark.servers(16, 17, 18)
@pytest.mark.parametrize(("old", "new", "taken"), [(16, 18, 3), (17, 17, 0)])
async def test_older_servers(old: int, new: int, taken: int, new_database: Databases) -> None:
    source, target = new_database(old), new_database(new, "target")
    fill(source)
    migration = await migrated(source, target)
    async with connect(source) as there, connect(target) as here:
        orders = [
            await each.value("SELECT datcollate FROM pg_database WHERE datname = current_database()")
            for each in (there, here)
        ]
        assert orders[0] == orders[1] == "C.UTF-8", "texts are in one order at both ends"
        assert migration.result.statistics_taken == taken
        assert await here.value(MISSING) is None


@pytest.mark.servers(18)
async def test_a_target_that_gathers_finer_or_coarser_gathers_itself(new_database: Databases) -> None:
    source, target = new_database(18), new_database(18, "target")
    fill(source)
    run_psql(target, f'ALTER DATABASE "{target.database}" SET default_statistics_target = 50')
    migration = await migrated(source, target)
    assert migration.result.statistics_taken == 0
    async with connect(target) as here:
        assert await here.value(MISSING) is None


@pytest.mark.servers(18)
async def test_statistics_of_far_other_rows_than_were_copied_are_not_taken(new_database: Databases) -> None:
    source, target = new_database(18), new_database(18, "target")
    fill(source)
    # As it is where the table was emptied, filled and analyzed after the snapshot.
    run_psql(source, "UPDATE pg_class SET reltuples = 50 WHERE oid = 'app.unindexed'::regclass")
    migration = await migrated(source, target)
    assert migration.result.statistics_taken == 2
    async with connect(target) as here:
        assert await here.value(MISSING) is None


@pytest.mark.servers(18)
async def test_texts_within_documents_are_in_the_order_of_the_database(new_database: Databases) -> None:
    database = new_database(
        18,
        sql="""CREATE DOMAIN document AS jsonb;
        CREATE TABLE numbers AS SELECT 1 AS a;
        CREATE TABLE plain AS SELECT '"a"'::jsonb AS a;
        CREATE TABLE listed AS SELECT ARRAY['"a"'::jsonb] AS a;
        CREATE TABLE named AS SELECT '"a"'::document AS a;
        ANALYZE numbers, plain, listed, named;""",
    )
    tables = [QualifiedName("public", name) for name in ("numbers", "plain", "listed", "named")]
    async with connect(database) as session:
        known = await read_planner_statistics(session, tables)
    own = (QualifiedName("pg_catalog", "default"),)
    assert {each.name: each.collations for each in known} == {
        "numbers": (),
        "plain": own,
        "listed": own,
        "named": own,
    }
