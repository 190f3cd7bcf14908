"""How rows reference each other, on every server version at hand: depth, loops, and an order that loads."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec
import pytest

from pilotage.catalog import read_catalog
from pilotage.catalog.self_references import level_query, read_shapes
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.errors import RefusedError
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.model.review import SelfReferenceShape
from pilotage.model.scope import Scope
from tests.servers_at_hand import run_psql

NewDatabase = Callable[..., ConnectionParameters]

MAJORS = [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 18)]
T = QualifiedName("public", "t")
TWO_KEYS = "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, over int REFERENCES t);"


@contextlib.asynccontextmanager
async def inspecting(parameters: ConnectionParameters) -> AsyncIterator[tuple[Session, Catalog]]:
    async with connect(parameters) as session, session.transaction(READ_ONLY):
        yield session, await read_catalog(session, Scope())


async def shape_of(parameters: ConnectionParameters, table: QualifiedName = T) -> SelfReferenceShape:
    async with inspecting(parameters) as (session, catalog):
        return (await read_shapes(session, catalog))[table]


async def levels_of(session: Session, catalog: Catalog, table: QualifiedName = T) -> dict[int, int]:
    """The level of each row by its id."""
    levels = await level_query(session, catalog, table)
    found = await session.records(
        f"SELECT id, level FROM {table} AS rows "
        f"JOIN ({levels}) AS levels ON (rows.tableoid, rows.ctid) = (levels.tableoid, levels.ctid)",
        _Level,
    )
    assert len({row.id for row in found}) == len(found)
    return {row.id: row.level for row in found}


class _Level(msgspec.Struct, frozen=True):
    id: int
    level: int


def shape(*, roots: int, linked: int, depth: int | None, table: QualifiedName = T) -> SelfReferenceShape:
    return SelfReferenceShape(table=table, roots=roots, linked=linked, depth=depth)


@pytest.mark.servers(18)
async def test_the_hotel_database(new_database: NewDatabase) -> None:
    parameters = new_database(18)
    async with connect(parameters) as session:
        await create_hotel_roles(session)
        await create_hotel(session)
    async with inspecting(parameters) as (session, catalog):
        shapes = await read_shapes(session, catalog)
    events, staff = QualifiedName("public", "calendar_events"), QualifiedName("public", "staff_users")
    assert shapes == {
        # 0 ← 1 ← … ← 9 ← 30 ← 31 by parent_event_id, and ← 32 by merged_into_id
        events: shape(table=events, roots=47, linked=27, depth=12),
        staff: shape(table=staff, roots=1, linked=5, depth=4),
    }
    assert list(shapes) == [events, staff]


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param("", shape(roots=0, linked=0, depth=0), id="no rows"),
        pytest.param("(1, NULL, NULL), (2, NULL, NULL)", shape(roots=2, linked=0, depth=0), id="no links"),
        pytest.param("(1, 1, 1)", shape(roots=1, linked=0, depth=0), id="a row that references itself"),
        pytest.param(
            "(1, 1, 2), (2, NULL, NULL)", shape(roots=1, linked=1, depth=1), id="itself and another"
        ),
        pytest.param("(2, 1, NULL), (1, NULL, NULL)", shape(roots=1, linked=1, depth=1), id="one link"),
        pytest.param(
            "(2, 1, 1), (1, NULL, NULL)", shape(roots=1, linked=1, depth=1), id="the same row twice"
        ),
        pytest.param(
            "(4, 3, 1), (3, NULL, 2), (2, 1, NULL), (1, NULL, NULL)",
            shape(roots=1, linked=3, depth=3),
            id="a chain that changes from one key to the other",
        ),
        pytest.param(
            "(1, 2, NULL), (2, 1, NULL)", shape(roots=0, linked=2, depth=None), id="a loop of one key"
        ),
        pytest.param(
            "(1, 2, NULL), (2, NULL, 1)", shape(roots=0, linked=2, depth=None), id="a loop of both keys"
        ),
        pytest.param(
            "(1, NULL, NULL), (2, 1, 3), (3, 2, NULL), (4, 3, NULL)",
            shape(roots=1, linked=3, depth=None),
            id="a loop that is entered from a root and led to from elsewhere",
        ),
    ],
)
async def test_shapes(new_database: NewDatabase, major: int, rows: str, expected: SelfReferenceShape) -> None:
    parameters = new_database(major, sql=TWO_KEYS + (f"INSERT INTO t VALUES {rows};" if rows else ""))
    assert await shape_of(parameters) == expected


def levels_by_definition(links: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """The longest way down from each row; rows on a loop, or above one, are left out."""
    levels: dict[int, int] = {}
    while ready := [
        row for row, others in links.items() if row not in levels and all(other in levels for other in others)
    ]:
        for row in ready:
            levels[row] = max((levels[other] + 1 for other in links[row]), default=0)
    return levels


def draw_references(
    chance: random.Random, size: int, *, dense: bool, wild: int
) -> dict[int, list[int | None]]:
    """Two references of each row, to lower rows or itself; those of the row ``wild`` lead anywhere."""
    return {
        row: [
            None
            if chance.random() < (0.2 if dense else 0.5)
            else chance.randint(1, size if row == wild else row)
            for _ in range(2)
        ]
        for row in range(1, size + 1)
    }


@pytest.mark.parametrize("major", MAJORS)
async def test_levels_are_the_longest_way_down(new_database: NewDatabase, major: int) -> None:
    parameters = new_database(major, sql=TWO_KEYS)
    chance = random.Random(7)  # noqa: S311 - rows for a test
    depths: set[int | None] = set()
    async with connect(parameters) as writer, connect(parameters) as session:
        async with session.transaction(READ_ONLY):
            catalog = await read_catalog(session, Scope())
        for number in range(40):
            size = chance.randint(1, 30)
            wild = chance.randint(1, size) if number % 2 else 0
            references = draw_references(chance, size, dense=number % 3 == 0, wild=wild)
            rows = [f"({row}, {up}, {over})" for row, (up, over) in references.items()]
            chance.shuffle(rows)
            values = ", ".join(rows).replace("None", "NULL")
            await writer.run(f"TRUNCATE t; INSERT INTO t VALUES {values}".replace(" t", " public.t"))

            links = {
                row: [to for to in tos if to is not None and to != row] for row, tos in references.items()
            }
            expected = levels_by_definition(links)
            depth = max(expected.values()) if len(expected) == size else None
            linked = sum(map(bool, links.values()))
            async with session.transaction(READ_ONLY):
                assert await levels_of(session, catalog) == expected
                shapes = await read_shapes(session, catalog)
            assert shapes == {T: shape(roots=size - linked, linked=linked, depth=depth)}
            depths.add(depth)
    assert None in depths
    assert len(depths) > 4


CHAIN = "INSERT INTO t SELECT n, nullif(n - 1, 0), NULL FROM generate_series(10000, 1, -1) AS n;"


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize(
    ("more", "depth"),
    [
        pytest.param("", 9_999, id="one key"),
        pytest.param("UPDATE t SET over = id - 2 WHERE id > 2;", 9_999, id="both keys, side by side"),
        pytest.param("UPDATE t SET over = 1;", 9_999, id="every row to the first"),
        pytest.param("UPDATE t SET up = 10000 WHERE id = 1;", None, id="one loop of all rows"),
        pytest.param("UPDATE t SET over = 10000 WHERE id = 9990;", None, id="a loop at the far end"),
    ],
)
async def test_a_chain_of_ten_thousand_rows(
    new_database: NewDatabase, major: int, more: str, depth: int | None
) -> None:
    # A walk that took a look at every row for every level would not be through in this time-out.
    parameters = new_database(major, sql=TWO_KEYS + CHAIN + more)
    async with inspecting(parameters) as (session, catalog):
        await session.run("SET LOCAL statement_timeout = '60s'")
        assert (await read_shapes(session, catalog))[T].depth == depth


@pytest.mark.parametrize("major", MAJORS)
async def test_what_counts_as_a_reference_is_what_the_key_says(new_database: NewDatabase, major: int) -> None:
    """Composite keys with half a NULL, hostile names, and operators that no search path finds."""
    parameters = new_database(
        major,
        sql="""
            CREATE SCHEMA ext;
            CREATE EXTENSION citext SCHEMA ext;
            CREATE TABLE t (
                id int, tenant int, up int, code ext.citext UNIQUE, "o"" ver" ext.citext REFERENCES t (code),
                PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, up) REFERENCES t
            );
            CREATE TABLE full_match (
                id int, tenant int, up_tenant int, up int, PRIMARY KEY (tenant, id),
                FOREIGN KEY (up_tenant, up) REFERENCES full_match MATCH FULL
            );
            -- MÜNCHEN and münchen are one code; of (3, 1), one key is half NULL and the other is not
            INSERT INTO t VALUES
                (1, 1, NULL, 'x', NULL), (1, 2, NULL, 'münchen', NULL),
                (2, 1, 1, NULL, 'MÜNCHEN'), (3, 1, NULL, NULL, 'X');
            INSERT INTO full_match VALUES (1, 1, NULL, NULL), (2, 1, 1, 1), (3, 1, 1, 2);
        """,
    )
    assert await shape_of(parameters) == shape(roots=2, linked=2, depth=1)
    full = QualifiedName("public", "full_match")
    assert await shape_of(parameters, full) == shape(table=full, roots=1, linked=2, depth=2)


@pytest.mark.parametrize("major", MAJORS)
async def test_a_partitioned_table_is_one_and_an_heir_is_another(
    new_database: NewDatabase, major: int
) -> None:
    parameters = new_database(
        major,
        sql="""
            CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t) PARTITION BY RANGE (id);
            CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
            CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (100) PARTITION BY LIST (id);
            CREATE TABLE ten PARTITION OF high FOR VALUES IN (10);
            CREATE TABLE rest PARTITION OF high DEFAULT;
            -- a key of one partition's own
            ALTER TABLE low ADD FOREIGN KEY (up) REFERENCES ten;
            INSERT INTO t VALUES (10, NULL), (11, 10), (1, 10), (12, 11);
            CREATE TABLE parent (id int PRIMARY KEY, up int REFERENCES parent);
            CREATE TABLE heir () INHERITS (parent);
            INSERT INTO parent VALUES (1, NULL), (2, 1);
            -- no key holds these: neither are they rows of parent, nor has heir a key
            INSERT INTO heir VALUES (3, 4), (4, 3), (1, 99);
        """,
    )
    async with inspecting(parameters) as (session, catalog):
        assert await levels_of(session, catalog) == {10: 0, 11: 1, 1: 1, 12: 2}
        shapes = await read_shapes(session, catalog)
    parent = QualifiedName("public", "parent")
    assert shapes == {
        parent: shape(table=parent, roots=1, linked=1, depth=1),
        T: shape(roots=1, linked=3, depth=2),
    }


@pytest.mark.servers(18)
async def test_keys_that_are_not_enforced_link_nothing_and_periods_link_what_overlaps(
    new_database: NewDatabase,
) -> None:
    parameters = new_database(
        18,
        sql="""
            CREATE EXTENSION btree_gist;
            CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t NOT ENFORCED, over int REFERENCES t);
            INSERT INTO t VALUES (1, 2, NULL), (2, 1, NULL), (3, NULL, 2);
            CREATE TABLE spans (
                id int, at int4range, up int, PRIMARY KEY (id, at WITHOUT OVERLAPS),
                FOREIGN KEY (up, PERIOD at) REFERENCES spans (id, PERIOD at)
            );
            INSERT INTO spans VALUES (1, '[1,5)', NULL), (1, '[5,9)', NULL), (2, '[3,7)', 1), (3, '[4,5)', 2);
        """,
    )
    assert await shape_of(parameters) == shape(roots=2, linked=1, depth=1)
    spans = QualifiedName("public", "spans")
    assert await shape_of(parameters, spans) == shape(table=spans, roots=2, linked=2, depth=2)


@pytest.mark.servers(18)
async def test_the_rows_are_those_of_the_snapshot(new_database: NewDatabase) -> None:
    parameters = new_database(18, sql=TWO_KEYS + "INSERT INTO t VALUES (1, NULL, NULL), (2, 1, NULL);")
    async with inspecting(parameters) as (session, catalog):
        run_psql(parameters, "INSERT INTO t VALUES (3, 2, NULL); UPDATE t SET up = 3 WHERE id = 1;")
        assert await read_shapes(session, catalog) == {T: shape(roots=1, linked=1, depth=1)}
        # The locks are given back: who changes the structure does not wait for us.
        run_psql(parameters, "SET lock_timeout = '10s'; ALTER TABLE t ADD COLUMN late int;")


@pytest.mark.servers(18)
async def test_only_what_is_asked_for_and_counted_is_walked(new_database: NewDatabase) -> None:
    parameters = new_database(18, sql=TWO_KEYS + "CREATE TABLE u (id int PRIMARY KEY, up int REFERENCES u);")
    u = QualifiedName("public", "u")
    async with connect(parameters) as session, session.transaction(READ_ONLY):
        catalog = await read_catalog(session, Scope())
        assert list(await read_shapes(session, catalog)) == [T, u]
        assert list(await read_shapes(session, catalog, tables=[u])) == [u]
        uncounted = await read_catalog(session, Scope(), count_rows=False)
        assert await read_shapes(session, uncounted) == {}


@pytest.mark.servers(18)
async def test_a_key_that_is_gone_is_an_error(new_database: NewDatabase) -> None:
    parameters = new_database(18, sql=TWO_KEYS)
    async with connect(parameters) as session:
        async with session.transaction(READ_ONLY):
            catalog = await read_catalog(session, Scope())
        run_psql(parameters, "ALTER TABLE t DROP CONSTRAINT t_up_fkey")
        async with session.transaction(READ_ONLY):
            with pytest.raises(RefusedError, match=r"t_up_fkey of public\.t is not there any more"):
                await read_shapes(session, catalog)


@pytest.mark.servers(18)
async def test_rows_in_the_order_of_their_levels_load_one_by_one(new_database: NewDatabase) -> None:
    parameters = new_database(
        18,
        sql=TWO_KEYS
        + """
            INSERT INTO t SELECT n, CASE WHEN n % 3 = 0 THEN n / 2 END, CASE WHEN n % 5 > 0 THEN n - n % 5 END
            FROM generate_series(300, 0, -1) AS n;
        """,
    )
    async with inspecting(parameters) as (session, catalog):
        levels = await level_query(session, catalog, T)
        rows = await session.value(
            "SELECT string_agg(format('INSERT INTO t VALUES (%s, %L, %L);', id, up, over), '' ORDER BY level)"
            f"FROM {T} JOIN ({levels}) AS l ON (t.tableoid, t.ctid) = (l.tableoid, l.ctid)"
        )
    assert rows.count("INSERT") == 301
    run_psql(new_database(18, sql=TWO_KEYS + rows), "SELECT")
