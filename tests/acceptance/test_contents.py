"""Contents compared on real servers: what is stored differently differs, what is stored alike does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, connect
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.model.verdict import Outcome
from pilotage.verify.checks.contents import Contents, compare_contents, with_rows
from pilotage.verify.drilldown import find_differing_rows, reading
from pilotage.verify.ends import End, hold_end
from pilotage.verify.rows import pairing, preparing
from pilotage.verify.rows import scan as scanning
from pilotage.verify.rows.relation import Condition, DifferingRelation
from tests.servers_at_hand import Databases

MANY_VALUES = Path(__file__).with_name("many_values.sql")


class Case(NamedTuple):
    """A type and two values of it, as SQL writes them."""

    type: str
    one: str
    other: str


TYPES = """
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE pair AS (a float8, b numeric);
CREATE TYPE spans AS RANGE (subtype = float8);
CREATE DOMAIN price AS numeric;
CREATE DOMAIN wave AS float8;
CREATE DOMAIN waves AS wave[];
CREATE DOMAIN long AS bigint;
"""

DIFFERENT = [
    Case("numeric", "1.0", "1.00"),
    Case("numeric", "5", "-5"),
    Case("numeric", "'NaN'", "'Infinity'"),
    Case("numeric", "0", "0.0"),
    Case("price", "1.0", "1.00"),
    Case("float8", "'0'", "'-0'"),
    Case("float4", "'0'", "'-0'"),
    Case("float8", "0.1", "0.1::float8 + 1e-17 * 2"),
    Case("wave", "'0'", "'-0'"),
    Case("float8[]", "'{0}'", "'{-0}'"),
    Case("float8[]", "'{0,NaN}'", "'{-0,NaN}'"),
    Case("float4[]", "'{0,1}'", "'{-0,1}'"),
    Case("waves", "'{0}'", "'{-0}'"),
    Case("pair", "'(0,1.0)'", "'(-0,1.0)'"),
    Case("pair", "'(0,1.0)'", "'(0,1.00)'"),
    Case("pair", "NULL", "'(,)'"),
    Case("spans", "'[0,1]'", "'[-0,1]'"),
    Case("numrange", "'[1.0,2]'", "'[1.00,2]'"),
    Case("numrange", "'[1,2]'", "'[1,2)'"),
    Case("nummultirange", "'{[1.0,2]}'", "'{[1.00,2]}'"),
    Case("point", "'(0,1)'", "'(-0,1)'"),
    Case("circle", "'<(0,1),2>'", "'<(-0,1),2>'"),
    Case("int8", "1", "4294967296"),
    Case("int8", "-1", "0"),
    Case("long", "1", "4294967296"),
    Case("int8[]", "'{1}'", "'{4294967296}'"),
    Case("int4[]", "'{1,2}'", "'[0:1]={1,2}'"),
    Case("int4[]", "'{{1},{2}}'", "'{{1,2}}'"),
    Case("int4[]", "NULL", "'{}'"),
    Case("int4[]", "'{NULL}'", "'{}'"),
    Case("text", "''", "NULL"),
    Case("text", "'a'", "'a '"),
    Case("text", "'NULL'", "NULL"),
    Case("text[]", "'{}'", "'{\"\"}'"),
    Case("varchar(5)", "'a'", "'A'"),
    Case("bpchar", "'a'", "'a '"),
    Case('"char"', "'a'", "'b'"),
    Case("name", "'a'", "'b'"),
    Case("bytea", "''", "NULL"),
    Case("bytea", "'\\x00'", "'\\x0000'"),
    Case("text", "repeat('x', 100000) || 'a'", "repeat('x', 100000) || 'b'"),
    Case("bytea", "decode(repeat('ab', 90000) || '00', 'hex')", "decode(repeat('ab', 90000) || '01', 'hex')"),
    Case("json", "'{\"a\":1}'", "'{\"a\": 1}'"),
    Case("json", '\'{"a":1,"a":2}\'', "'{\"a\":2}'"),
    Case("jsonb", "'{\"a\": 1.0}'", "'{\"a\": 1.00}'"),
    Case("jsonb", "'[[1], 2]'", "'[[1, 2]]'"),
    Case("jsonb", "'null'", "NULL"),
    Case("jsonb[]", "'{1.0}'", "'{1.00}'"),
    Case("interval", "'1 month'", "'30 days'"),
    Case("interval", "'1 day'", "'24 hours'"),
    Case("interval[]", "'{1 day}'", "'{24 hours}'"),
    Case("timestamptz", "'2000-01-01 00:00:00.000001+00'", "'2000-01-01 01:11:34.967296+00'"),
    Case("timestamp", "'infinity'", "'-infinity'"),
    Case("time", "'00:00:00.000001'", "'01:11:34.967296'"),
    Case("timetz", "'12:00:00+00'", "'13:00:00+01'"),
    Case("date", "'infinity'", "'5874897-12-31'"),
    Case("money", "'1'", "'1.01'"),
    Case("bool", "false", "NULL"),
    Case("uuid", "'00000000-0000-0000-0000-000000000000'", "'00000000-0000-0000-0000-000000000001'"),
    Case("inet", "'10.0.0.1/32'", "'10.0.0.1/24'"),
    Case("cidr", "'10.0.0.0/24'", "'10.0.0.0/25'"),
    Case("macaddr", "'08:00:2b:01:02:03'", "'08:00:2b:01:02:04'"),
    Case("bit(3)", "'101'", "'100'"),
    Case("varbit", "'1'", "'10'"),
    Case("pg_lsn", "'0/1'", "'1/0'"),
    Case("xid8", "'1'", "'4294967296'"),
    Case("tsvector", "'a:1 b'", "'a:2 b'"),
    Case("tsquery", "'a & b'", "'b & a'"),
    Case("jsonpath", "'$.a'", "'$.b'"),
    Case("regclass", "'pg_class'", "'pg_type'"),
    Case("regclass", "'mood_table'", "'pg_type'"),
    Case("mood", "'glad'", "'sad'"),
    Case("mood", "'glad'", "NULL"),
    Case("mood[]", "'{glad}'", "'{sad}'"),
    Case("int4range", "'empty'", "NULL"),
    Case("int2", "1", "2"),
    Case("int2[]", "'{1}'", "'{2}'"),
    Case("oid", "1", "4294967295"),
    Case("xid", "'1'", "'2'"),
    Case("cid", "'1'", "'2'"),
    Case("tid", "'(0,1)'", "'(0,2)'"),
    Case("macaddr8", "'08:00:2b:01:02:03:04:05'", "'08:00:2b:01:02:03:04:06'"),
    Case("name[]", "'{a}'", "'{b}'"),
    Case("datemultirange", "'{[2024-01-01,2024-01-02)}'", "'{}'"),
    Case("oidvector", "'1 2'", "'2 1'"),
    Case("txid_snapshot", "'1:2:'", "'1:3:'"),
]
"""Equal in SQL for the most part, and not the same."""

ALIKE = [
    Case("float8", "'NaN'", "'Infinity'::float8 - 'Infinity'::float8"),
    Case("float4", "'NaN'", "'Infinity'::float4 - 'Infinity'::float4"),
    Case("float8[]", "'{NaN}'", "ARRAY['Infinity'::float8 - 'Infinity'::float8]"),
    Case("numeric", "'NaN'", "'NaN'"),
]
"""The bits differ, and nothing that a person, a query or a dump in text can see."""


def tables(cases: Sequence[Case], *, other: bool) -> str:
    """Return a script with a table for each case that holds either value, and one of the first value."""
    script = []
    for number, (type_, one, value) in enumerate(cases):
        for kind, stored in (("same", one), ("other", value if other else one)):
            table = f"{kind}_{number}"
            # A value before and one after, which are NULL in one case more.
            script.append(
                f"CREATE TABLE {table} (id int, v {type_}, w {type_});"
                f"INSERT INTO {table} VALUES (1, {stored}, NULL), (2, NULL, {one});"
            )
    return "\n".join(script)


async def catalog_of(end: End) -> Catalog:
    async with end.session() as session:
        return await read_catalog(session, Scope(), count_rows=False)


async def compare(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    jobs: int = 2,
    conditions: Sequence[Condition] = (),
    max_rate: float | None = None,
    sample: float = 1.0,
    role: str | None = None,
) -> Contents:
    async with hold_end(source) as one, hold_end(target, role=role) as other:
        expected, found = await catalog_of(one), await catalog_of(other)
        return await compare_contents(
            one,
            other,
            expected,
            found,
            jobs=jobs,
            conditions=conditions,
            max_rate=max_rate,
            sample=sample,
            sampled_from=1024 * 1024,
        )


def names(contents: Contents) -> set[str]:
    return {each.relation.name.name for each in contents.differing}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(15, 18, marks=pytest.mark.servers(15, 18)),
        pytest.param(18, 18, marks=pytest.mark.servers(18)),
        pytest.param(17, 16, marks=pytest.mark.servers(16, 17)),
    ],
)
async def test_what_is_stored_differently_differs_and_nothing_else(
    old: int, new: int, new_database: Databases
) -> None:
    before = TYPES + "CREATE TABLE mood_table (m mood);"
    # Other OIDs at the target, as after years of another life.
    drift = "CREATE TYPE filler AS ENUM ('a', 'b', 'c'); CREATE TABLE filled (f filler); DROP TABLE filled;"
    cases = [*DIFFERENT, *ALIKE]
    source = new_database(old, sql=before + tables(cases, other=False))
    target = new_database(new, "target", sql=drift + before + tables(cases, other=True) + "DROP TYPE filler;")
    contents = await compare(source, target)
    assert contents.check.not_checked == ()
    assert names(contents) == {f"other_{number}" for number in range(len(DIFFERENT))}
    assert contents.check.outcome is Outcome.DIFFERENT
    assert contents.check.compared == 2 * len(cases) + 1


EXTENSIONS = [
    Case("citext", "'a'", "'A'"),
    Case("citext[]", "'{a}'", "'{A}'"),
    Case("hstore", "'a=>1'", "'a=>2'"),
    Case("ltree", "'a.b'", "'a.c'"),
    Case("cube", "'(0,1)'", "'(-0,1)'"),
]
VECTORS = [
    Case("vector(3)", "'[0,1,2]'", "'[-0,1,2]'"),
    Case("halfvec(3)", "'[0,1,2]'", "'[0,1,2.5]'"),
    Case("sparsevec(3)", "'{1:1}/3'", "'{2:1}/3'"),
    Case("vector[]", "'{\"[1,2]\"}'", "'{\"[1,3]\"}'"),
]


@pytest.mark.parametrize(
    ("old", "new", "extensions", "cases"),
    [
        pytest.param(17, 18, "citext hstore ltree cube", EXTENSIONS, marks=pytest.mark.servers(17, 18)),
        pytest.param(16, 18, "vector", VECTORS, marks=pytest.mark.servers(16, 18)),
    ],
)
async def test_types_of_extensions_are_compared_as_they_are_stored(
    old: int, new: int, extensions: str, cases: Sequence[Case], new_database: Databases
) -> None:
    created = "".join(f"CREATE EXTENSION {name};" for name in extensions.split())
    contents = await compare(
        new_database(old, sql=created + tables(cases, other=False)),
        new_database(new, "target", sql=created + tables(cases, other=True)),
    )
    assert names(contents) == {f"other_{number}" for number in range(len(cases))}
    assert contents.check.not_checked == ()


LARGE = """
CREATE TABLE keyed (id bigint PRIMARY KEY, name text, amount numeric(9, 2), at timestamptz);
INSERT INTO keyed SELECT n, md5(n::text) || repeat('x', 60), n, timestamptz '2024-01-01' + n * interval '1 s'
FROM generate_series(1, 60000) AS n;
CREATE TABLE "by ""name" (a int, "the key" text PRIMARY KEY, b text);
INSERT INTO "by ""name" SELECT n, 'name ' || n, repeat('x', 90) FROM generate_series(1, 50000) AS n;
CREATE TABLE keyless (a int, b text, c int);
INSERT INTO keyless SELECT n, md5(n::text) || repeat('y', 60), n % 7 FROM generate_series(1, 50000) AS n;
CREATE TABLE untouched (LIKE keyed INCLUDING ALL);
INSERT INTO untouched SELECT * FROM keyed ORDER BY id DESC;
"""
"""The tables of some megabytes, which are divided into ranges."""

LARGE_CHANGES = """
UPDATE keyed SET amount = 0.01 WHERE id = 500;
DELETE FROM keyed WHERE id = 30000;
INSERT INTO keyed VALUES (70000, '', 0, now());
UPDATE "by ""name" SET a = 40010 - a WHERE a IN (10, 40000);  -- two rows swap a value
INSERT INTO keyless SELECT * FROM keyless WHERE a = 7;
CREATE TABLE moved AS SELECT * FROM untouched ORDER BY md5(name);
TRUNCATE untouched; INSERT INTO untouched SELECT * FROM moved; DROP TABLE moved;
"""


async def rows_at(parameters: ConnectionParameters, relation: DifferingRelation) -> list[int]:
    """Count the rows that each of the differing buckets' conditions selects."""
    async with connect(parameters) as session:
        return [
            await session.value(f"SELECT count(*) FROM {relation.relation.rows} WHERE {bucket.condition}")
            for bucket in relation.buckets
        ]


@pytest.mark.servers(15, 18)
async def test_a_difference_is_told_with_the_ranges_that_hold_it(
    new_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "BYTES_A_PART", 1024 * 1024)  # several parts of each table
    source = new_database(15, sql=LARGE)
    target = new_database(18, "target", sql=LARGE + LARGE_CHANGES)
    for by_md5 in (False, True):
        if by_md5:  # as between servers of different byte order, which nobody has at hand

            async def not_alike(*_sessions: object) -> bool:
                return False

            monkeypatch.setattr(preparing, "hash_alike", not_alike)
        contents = await compare(source, target)
        assert ("MD5" in contents.check.method) == by_md5
        found = {each.relation.name.name: each for each in contents.differing}
        assert found.keys() == {"keyed", 'by "name', "keyless"}
        keyed, by_name, keyless = found["keyed"], found['by "name'], found["keyless"]
        assert (keyed.source_rows, keyed.target_rows) == (60000, 60000)
        assert (keyless.source_rows, keyless.target_rows) == (50000, 50001)
        assert keyed.relation.by_key
        assert by_name.relation.by_key
        assert not keyless.relation.by_key
        assert by_name.relation.key == ("the key",)
        for each, buckets in ((keyed, 3), (by_name, 2), (keyless, 1)):
            assert len(each.buckets) == buckets
            assert len(each.relation.conditions) > buckets
            assert await rows_at(source, each) == [bucket.source.rows for bucket in each.buckets]
            assert await rows_at(target, each) == [bucket.target.rows for bucket in each.buckets]


@pytest.mark.servers(18)
async def test_a_sample_says_what_it_does_not_show(new_database: Databases) -> None:
    source = new_database(18, sql=LARGE)
    target = new_database(18, "target", sql=LARGE + "UPDATE keyed SET name = '';" + LARGE_CHANGES)
    contents = await compare(source, target, sample=0.2)
    assert contents.check.title == "Contents, of very large tables a sample"
    assert {each.relation.name.name for each in contents.differing} >= {"keyed", "keyless"}
    assert contents.source_rows[QualifiedName("public", "untouched")] == 60000
    (line,) = (
        line for line in contents.check.not_checked if line.startswith("contents of public.untouched ")
    )
    assert "outside of 205 of its 1,024 ranges of keys" in line
    assert "a probability of 0.7998 to the power of k (of 1: 0.8, 10: 0.11, 100: 2e-10)" in line
    # Without a key there are no ranges, and all of it is read.
    assert not any("keyless" in line for line in contents.check.not_checked)
    keyed = next(each for each in contents.differing if each.relation.name.name == "keyed")
    assert (keyed.source_rows, keyed.target_rows) == (60000, 60000)
    assert len(keyed.buckets) == 205


CONDITIONS = [
    Condition(relation=QualifiedName("public", table), name=name, sql=sql)
    for table, name, sql in (
        ("keyed", "holds", "amount >= 0"),
        ("keyed", "broken", "id % 20000 <> 0"),
        ("keyed", "whole", "keyed.* IS NOT NULL"),
        ("keyless", "of some", "CASE WHEN a > 10 THEN c < 6 END"),
        ("keyless", "fails", "1 / (a - 7) < 2"),
        ("keyless", "fails in a later part", "1 / (a - 49999) < 2"),
        ("extra", "of what the source has not", "v <> 2"),
        ("small", "of a small one", "v IS NULL"),
        ("small", "fails too", "1 / v > 0"),
        ("nowhere", "gone", "true"),
    )
]


@pytest.mark.servers(18)
async def test_conditions_are_looked_at_in_the_same_scan(
    new_database: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "BYTES_A_PART", 1024 * 1024)  # several parts of each table
    small = LARGE + "CREATE TABLE small (v int); INSERT INTO small VALUES (0), (1), (NULL);"
    source = new_database(18, sql=small)
    target = new_database(
        18, "target", sql=small + "CREATE TABLE extra (v int); INSERT INTO extra VALUES (1), (2), (NULL);"
    )
    contents = await compare(source, target, conditions=CONDITIONS, jobs=1, max_rate=50e6)
    assert contents.check.outcome is Outcome.EQUAL
    assert {
        each.condition.name: (each.broken_by, each.not_checked_because) for each in contents.conditions
    } == {
        "holds": (0, ""),
        "broken": (3, ""),
        "whole": (0, ""),
        "of some": (7142, ""),
        "fails": (None, "division by zero"),
        "fails in a later part": (None, "division by zero"),
        "of what the source has not": (1, ""),
        "of a small one": (2, ""),
        "fails too": (None, "division by zero"),
        "gone": (None, "the target has no such table"),
    }
    assert contents.target_rows[QualifiedName("public", "extra")] == 3


ODD = """
CREATE SCHEMA "a ""b'; --";
CREATE TABLE "a ""b'; --"."{0}" ("{{c}} ""\\'" numeric,
    "%L" text, " "" " int PRIMARY KEY, pilotage_bytes text,
    pilotage_bucket int, part int, bucket int, rows int, first int, r int, hashed int, made int);
INSERT INTO "a ""b'; --"."{0}" SELECT n, 'x', n, 'y', n FROM generate_series(1, 40000) AS n;
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE parent (a int, b int GENERATED ALWAYS AS (a + 1) STORED) PARTITION BY LIST (a);
CREATE TABLE leaf PARTITION OF parent FOR VALUES IN (1, 2);
INSERT INTO parent VALUES (1), (2);
CREATE TABLE base (a int); CREATE TABLE heir (b int) INHERITS (base);
INSERT INTO heir VALUES (1, 2); INSERT INTO base VALUES (3);
CREATE UNLOGGED TABLE fleeting (a float8); INSERT INTO fleeting VALUES ('NaN'), (NULL);
CREATE MATERIALIZED VIEW kept AS SELECT * FROM base;
CREATE MATERIALIZED VIEW unfilled AS SELECT * FROM base WITH NO DATA;
"""


@pytest.mark.servers(15, 18)
async def test_odd_names_and_kinds_of_tables_compare(new_database: Databases) -> None:
    source, target = new_database(15, sql=ODD), new_database(18, "target", sql=ODD)
    contents = await compare(source, target)
    assert contents.check.outcome is Outcome.EQUAL, contents.check
    assert contents.check.compared == 6
    assert [line.split(":")[0] for line in contents.check.not_checked] == [
        "contents of materialized views (2)"
    ]
    async with connect(target) as session:
        await session.run(
            "SET search_path TO public; INSERT INTO nothing DEFAULT VALUES; UPDATE heir SET b = 3;"
            "UPDATE fleeting SET a = 1 WHERE a IS NULL;"
            "ALTER TABLE base ADD c int; ALTER TABLE parent DROP COLUMN b;"
            "ALTER TABLE heir ALTER b TYPE bigint"
        )
    contents = await compare(source, target)
    assert names(contents) == {"nothing", "heir", "fleeting"}
    assert contents.check.not_checked[:-1] == (
        "contents of public.base.c: the source does not have the column",
        "type of values in public.heir.b: integer and bigint are compared as text",
        "contents of public.heir.c: the source does not have the column",
        "contents of public.leaf.b: the target does not have the column",
    )
    async with hold_end(source) as end, end.session() as session:
        counted = await read_catalog(session, Scope())
        uncounted = await read_catalog(session, Scope(), count_rows=False)
    assert with_rows(uncounted, contents.source_rows) == counted


@pytest.mark.servers(18)
async def test_what_a_role_may_not_read_is_told_and_the_rest_compared(new_database: Databases) -> None:
    script = """
        CREATE TABLE open (a int); GRANT SELECT ON open TO pg_monitor;
        CREATE TABLE secret (a int);
        CREATE TABLE hidden (a int); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
        GRANT SELECT ON hidden TO pg_monitor;
    """
    source, target = new_database(18, sql=script), new_database(18, "target", sql=script)
    contents = await compare(source, target, role="pg_monitor")
    assert contents.check.outcome is Outcome.INCOMPLETE
    assert contents.check.compared == 1
    assert contents.check.not_checked == (
        "contents of public.hidden: the target refuses to read it: query would be affected by row-level "
        'security policy for table "hidden"',
        "contents of public.secret: the target refuses to read it: permission denied for table secret",
    )


@pytest.mark.servers(18)
async def test_a_table_that_was_rewritten_meanwhile_is_not_compared(new_database: Databases) -> None:
    source, target = new_database(18, sql=LARGE), new_database(18, "target", sql=LARGE)
    async with hold_end(source) as one, hold_end(target) as other:
        prepared = await preparing.prepare(one, other, await catalog_of(one), await catalog_of(other))
        async with connect(source) as session:
            await session.run("VACUUM FULL public.keyed")
            await session.run("TRUNCATE public.keyless")
        found = await scanning.scan(one, prepared.source, jobs=2)
    assert found.refused.keys() == {QualifiedName("public", "keyed"), QualifiedName("public", "keyless")}
    assert all("emptied or rewritten meanwhile" in why for why in found.refused.values())
    assert found.rows_of(QualifiedName("public", "untouched")) == 60000
    assert found.rows_of(QualifiedName("public", "keyless")) is None


@pytest.mark.parametrize(
    "major", [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 18)]
)
async def test_as_many_values_have_different_hashes_as_are_printed_differently(
    major: int, new_database: Databases
) -> None:
    database = new_database(major, file=MANY_VALUES)
    async with hold_end(database) as end, end.session() as session:
        catalog = await catalog_of(end)
        prepared = await preparing.prepare(end, end, catalog, catalog)
        assert len(prepared.relations) == 19
        for relation in prepared.relations.values():
            (column,) = relation.columns
            printed, *hashed = [
                await session.value(f"SELECT count(DISTINCT {what}) FROM {relation.rows}")
                for what in ("format('%L', v)", *relation.row_hashes, *column.hashes)
            ]
            assert hashed == [printed] * 4, relation.name
            assert printed > 40


# By bytes, names with a capital E come before all others; in Unicode's order between those with d and f.
UNLIKE = """CREATE TABLE named (name text COLLATE {} PRIMARY KEY, n int);
    INSERT INTO named SELECT replace(chr(97 + i % 26), 'e', 'E') || i, i
    FROM generate_series(1, 9000) AS i;"""


@pytest.mark.servers(15, 18)
@pytest.mark.parametrize("by_ranges", [False, True])
async def test_where_keys_sort_otherwise_no_other_row_is_told(
    new_database: Databases, monkeypatch: pytest.MonkeyPatch, by_ranges: bool
) -> None:
    """Ranges of such keys overlap at one of the ends, and rows of the overlap are no difference."""
    source = new_database(15, sql=UNLIKE.format('"und-x-icu"'))
    target = new_database(18, "target", sql=UNLIKE.format('"C"') + "DELETE FROM named WHERE n = 777")
    monkeypatch.setattr(pairing, "BYTES_A_BUCKET", 8 * 1024)
    monkeypatch.setattr(reading, "_FEW", 2 if by_ranges else 0)
    async with hold_end(source) as one, hold_end(target) as other:
        contents = await compare_contents(one, other, await catalog_of(one), await catalog_of(other))
        (differing,) = contents.differing
        assert len(differing.relation.conditions) > len(differing.buckets) + 5  # many are equal all the same
        (found,) = await find_differing_rows(one, other, contents.differing)
    assert [dict(row.key) for row in found.difference.rows] == [{"name": "x777"}]
    assert found.difference.differing == 1


@pytest.mark.servers(18)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("rewrite", ["TRUNCATE", "VACUUM FULL"])
async def test_rows_of_a_table_that_was_rewritten_since_are_not_told(
    new_database: Databases, side: int, rewrite: str
) -> None:
    """A snapshot sees no rows of a table that was emptied after it, and each would be missing or extra."""
    create = "CREATE TABLE named (n int PRIMARY KEY); INSERT INTO named SELECT generate_series(1, 9);"
    ends = (
        new_database(18, sql=create),
        new_database(18, "target", sql=create + "DELETE FROM named WHERE n < 3"),
    )
    async with hold_end(ends[0]) as one, hold_end(ends[1]) as other:
        contents = await compare_contents(one, other, await catalog_of(one), await catalog_of(other))
        (before,) = await find_differing_rows(one, other, contents.differing)
        async with connect(ends[side]) as session:
            await session.run(f"{rewrite} public.named")
        (after,) = await find_differing_rows(one, other, contents.differing)
    assert (before.difference.missing, before.unread_because) == (2, "")
    assert before.source_filenode is not None
    assert before.target_filenode is not None
    assert (after.difference.differing, after.rows) == (0, ())
    assert "emptied or rewritten meanwhile" in after.unread_because


@pytest.mark.servers(17)
@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("int", "text"),
        ("int", "numeric"),
        ("text", "public.citext"),
        ("public.mood", "public.mood"),
        ("text", "text"),
    ],
)
async def test_keys_that_types_hash_otherwise_at_the_other_end_are_the_same(
    new_database: Databases, here: str, there: str
) -> None:
    create = """CREATE TYPE mood AS ENUM ('1', '2', '3');
        CREATE TABLE named (key {} PRIMARY KEY, n int);
        INSERT INTO named VALUES ('1', 1), ('2', 2), ('3', 3);"""
    source = new_database(17, sql="CREATE EXTENSION citext;" + create.format(here))
    target = new_database(
        17,
        "target",
        sql="CREATE TYPE first AS ENUM ('x'); CREATE EXTENSION citext;"
        + create.format(there)
        + "UPDATE named SET n = 5 WHERE n = 3",
    )
    async with hold_end(source) as one, hold_end(target) as other:
        contents = await compare_contents(one, other, await catalog_of(one), await catalog_of(other))
        (found,) = await find_differing_rows(one, other, contents.differing)
    assert [(row.kind.value, dict(row.key)) for row in found.difference.rows] == [("changed", {"key": "3"})]


async def test_a_table_that_is_partitioned_at_one_end_only_is_told(new_database: Databases) -> None:
    columns = "CREATE TABLE rooms (id int PRIMARY KEY)"
    source = new_database(18, sql=f"{columns}; INSERT INTO rooms VALUES (1)")
    target = new_database(
        18,
        "target",
        sql=f"{columns} PARTITION BY RANGE (id); CREATE TABLE all_rooms PARTITION OF rooms DEFAULT;"
        "INSERT INTO rooms VALUES (2)",
    )
    told = (await compare(source, target)).check.not_checked
    assert "contents of public.rooms: a table at the source and a partitioned table at the target" in told
