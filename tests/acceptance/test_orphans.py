"""Orphans of large tables are found by their indexes where those suffice, and elsewhere as ever."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from pilotage.catalog import read_catalog
from pilotage.catalog.key_comparisons import read_key_comparisons
from pilotage.catalog.orphans import BY_INDEXES, count_orphans
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.model.choices import OrphanChoice
from pilotage.model.scope import Scope
from pilotage.model.verdict import Asked
from pilotage.preflight.orphans import read_orphans
from pilotage.verify import verify
from pilotage.verify.verification import CHECKS
from tests.servers_at_hand import Databases, run_psql

KEYS = """
CREATE TABLE places (country text, city int, PRIMARY KEY (country, city));
INSERT INTO places SELECT 'c' || n % 10, n FROM generate_series(1, 2000) AS n;
CREATE TABLE indexed (
    id int, country text, city int, filler text DEFAULT repeat('x', 100),
    FOREIGN KEY (country, city) REFERENCES places MATCH {match}
);
CREATE INDEX ON indexed (country, city);
CREATE TABLE bare (
    LIKE indexed INCLUDING DEFAULTS,
    FOREIGN KEY (country, city) REFERENCES places MATCH {match}
);
SET session_replication_role = replica;
INSERT INTO indexed (id, country, city)
SELECT
    n, CASE WHEN n % 7 > 0 THEN 'c' || n % 10 END,
    CASE WHEN n % 11 > 0 THEN 1 + (n - 1) % 2000 + CASE WHEN n % 1000 = 1 THEN 5000 ELSE 0 END END
FROM generate_series(1, 10000) AS n;
INSERT INTO bare SELECT * FROM indexed;
"""


async def found(database: ConnectionParameters, sessions: int) -> dict[str, int | None]:
    async with connect(database) as one, connect(database) as two:
        beside = (two,)[: sessions - 1]
        async with one.transaction(READ_ONLY), two.transaction(READ_ONLY):
            keys = (await read_catalog(one, Scope())).foreign_keys
            counts = await count_orphans(one, keys, beside=beside)
            # What was set for some keys is not for others, nor for what comes after.
            assert await one.value("SHOW enable_hashjoin") == "on"
            known = await read_key_comparisons(one, keys)
            assert {keys[number].table.name: each.indexes_suffice for number, each in known.items()} == {
                "bare": True,
                "indexed": True,
            }
    return {count.key.table.name: count.rows for count in counts}


@pytest.mark.parametrize("match", ["SIMPLE", "FULL"])
@pytest.mark.servers(18)
def test_the_same_orphans_are_found_by_indexes(match: str, new_database: Databases) -> None:
    database = new_database(18, sql=KEYS.format(match=match))
    run_psql(database, "VACUUM (ANALYZE) places, indexed, bare")
    whole = "(country IS NOT NULL AND city IS NOT NULL)"
    meant = whole if match == "SIMPLE" else "(country IS NOT NULL OR city IS NOT NULL)"
    broken = run_psql(
        database,
        f"SELECT count(*) FROM bare WHERE {meant} AND NOT ({whole} AND EXISTS ("
        "SELECT FROM places WHERE places.country = bare.country AND places.city = bare.city))",
    )
    for sessions in (1, 2):
        counts = asyncio.run(found(database, sessions))
        assert counts == {"bare": int(broken), "indexed": int(broken)}
    assert int(broken) >= 5


@pytest.mark.servers(18)
async def test_indexes_are_read_without_their_tables(new_database: Databases) -> None:
    database = new_database(18, sql=KEYS.format(match="SIMPLE"))
    run_psql(database, "VACUUM (ANALYZE) places, indexed, bare")
    async with connect(database) as session, session.transaction():
        await session.run(BY_INDEXES)
        plan = await session.value(
            "EXPLAIN (FORMAT json) SELECT count(*) FROM ONLY public.indexed AS referencing "
            "WHERE country IS NOT NULL AND city IS NOT NULL AND NOT EXISTS ("
            "SELECT FROM ONLY public.places AS referenced "
            "WHERE referenced.country = referencing.country AND referenced.city = referencing.city)"
        )
        assert plan.count("Index Only Scan") == 2, plan


GUARDED = """
DROP ROLE IF EXISTS orphans_reader; CREATE ROLE orphans_reader LOGIN IN ROLE pg_read_all_data;
DROP ROLE IF EXISTS orphans_owner; CREATE ROLE orphans_owner LOGIN;
GRANT CREATE ON SCHEMA public TO orphans_owner;
SET ROLE orphans_owner;
CREATE TABLE towns (id int PRIMARY KEY, above int REFERENCES towns);
CREATE TABLE houses (town int REFERENCES towns);
CREATE TABLE guarded (id int PRIMARY KEY, town int REFERENCES towns);
CREATE TABLE rooms (guarded int REFERENCES guarded);
INSERT INTO towns VALUES (1, NULL);
INSERT INTO guarded VALUES (1, 1);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarded {force} ROW LEVEL SECURITY;
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO guarded VALUES (2, 7);
INSERT INTO houses VALUES (8);
"""


@pytest.mark.parametrize(("force", "role"), [("NO FORCE", "orphans_reader"), ("FORCE", "orphans_owner")])
@pytest.mark.servers(18)
async def test_keys_of_tables_whose_rows_are_hidden_are_not_counted_and_all_others_are(
    force: str, role: str, new_database: Databases
) -> None:
    database = new_database(18, sql=GUARDED.format(force=force))
    try:
        await _keys_are_counted_as(role, database)
    finally:
        run_psql(
            database, "DROP OWNED BY orphans_owner, orphans_reader; DROP ROLE orphans_owner, orphans_reader"
        )


async def _keys_are_counted_as(role: str, database: ConnectionParameters) -> None:
    database = dataclasses.replace(database, user=role)
    async with connect(database) as session, connect(database) as another:
        async with session.transaction(READ_ONLY):
            catalog = await read_catalog(session, Scope(), count_rows=False)
            looked_for = await read_orphans(session, catalog, OrphanChoice.STOP, lambda _line: None)
        # Preflight says what it could not look at.
        assert {key.name for key, _reason in looked_for.uncounted} == {
            "guarded_town_fkey",
            "rooms_guarded_fkey",
        }
        assert [each.key.name for each in looked_for.broken] == ["houses_town_fkey"]

        verdict = await verify(another, session, asked=Asked(skipped=tuple({*CHECKS} - {"orphans"})))
    (check,) = verdict.checks
    assert check.compared == 2
    assert [each.object for each in check.differences] == ["foreign key houses_town_fkey on public.houses"]
    why = "this role may not read all rows of both its tables"
    assert check.not_checked == (
        f"orphans of foreign key guarded_town_fkey on public.guarded: {why}",
        f"orphans of foreign key rooms_guarded_fkey on public.rooms: {why}",
    )
