"""Data files are run by psql alone: they bring every row exactly, or they stop and say why."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import ProgramFailedError, RefusedError
from pilotage.files import NeededTable, TableData, WrittenData, data_of, write_data_files
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.review import (
    Component,
    FileKind,
    KeyTreatment,
    LoadStrategy,
    PlannedFile,
)
from pilotage.model.scope import Scope
from tests.servers_at_hand import REPOSITORY, Clusters, Databases, run_psql, schema_dump, versions

Rows = Callable[[ConnectionParameters], list[str]]

FORMATS = pytest.mark.parametrize("data_format", list(DataFormat))
BRIEFLY_COPY = pytest.mark.parametrize(
    "data_format", [DataFormat.COPY, pytest.param(DataFormat.INSERT, marks=pytest.mark.thorough)]
)
# The oldest and the newest, which other tests here run on; whole databases arrive from each elsewhere.
VERSIONS = versions(15, thorough=(18,))
WHOLE = 1 << 40


def component(
    strategy: LoadStrategy,
    *tables: str,
    keys: Sequence[tuple[str, str, str]] = (),
    set_null: tuple[str, ...] = (),
    match: tuple[str, ...] = (),
    may_split: bool = False,
) -> Component:
    """A component of tables in ``public``; keys are (table, constraint, referenced), all of them treated."""
    return Component(
        tables=tuple(QualifiedName("public", table) for table in tables),
        strategy=strategy,
        reason="a test wants it",
        keys=tuple(
            KeyTreatment(
                table=QualifiedName("public", table),
                constraint=constraint,
                referenced=QualifiedName("public", referenced),
                treated=True,
                set_null=set_null,
                match_columns=match,
            )
            for table, constraint, referenced in keys
        ),
        may_split=may_split,
    )


async def write(
    source: ConnectionParameters,
    folder: Path,
    *tables: str | Component,
    data_format: DataFormat = DataFormat.COPY,
    split_bytes: int = WHOLE,
    name: str = "14-data-things.sql",
    needs: Sequence[tuple[str, str]] = (),
    on_bytes: Callable[[int], None] = lambda _: None,
) -> WrittenData:
    """Write the rows of tables in ``public``; a component stands for its tables, each name for one table."""
    async with connect(source) as session, export_snapshot(session):
        catalog = await read_catalog(session, Scope())
        data: list[TableData] = []
        for each in tables:
            if isinstance(each, str):
                data.append(data_of(catalog, QualifiedName("public", each)))
            else:
                data += [data_of(catalog, table, each) for table in each.tables]
        by_name = {table.name.name: table for table in catalog.tables}
        return await write_data_files(
            session,
            file=PlannedFile(
                name=name, kind=FileKind.DATA, group="things", steps=(), needs=("01-schema-things.sql",)
            ),
            catalog=catalog,
            tables=data,
            sequences=catalog.sequences,
            needed_tables=[
                NeededTable(table=by_name[table], has_rows=bool(by_name[table].rows), file=file)
                for table, file in needs
            ],
            folder=folder,
            data_format=data_format,
            split_bytes=split_bytes,
            on_bytes=on_bytes,
        )


def run(target: ConnectionParameters, folder: Path, written: WrittenData) -> None:
    """Run the files with psql, in the order of their names."""
    for name in sorted(file.name for file in written.files):
        run_psql(target, folder / name)


def twin(new_database: Databases, source: ConnectionParameters, major: int = 18) -> ConnectionParameters:
    """A database of the source's structure without its rows."""
    # Servers before 17 do not know the one setting that a newer pg_dump writes.
    schema = schema_dump(source).replace("SET transaction_timeout = 0;\n", "")
    return new_database(major, "target", sql=schema)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(target: ConnectionParameters, path: Path) -> str:
    """Run a file that must fail, and return what psql said."""
    with pytest.raises(ProgramFailedError) as caught:
        run_psql(target, path)
    return str(caught.value)


# --- values --------------------------------------------------------------------------------------------

HOSTILE_VALUES = r"""
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE TYPE mood AS ENUM ('it''s "fine"', 'so, so', E'back\\slash');
CREATE TYPE pair AS (number float8, "te xt" text);
CREATE DOMAIN short AS varchar(3) CHECK (value <> 'bad');
CREATE TABLE vals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    f4 float4, f8 float8, n numeric, m money, b bytea, t text, c char(4), v short, one "char",
    ts timestamptz, plain timestamp, d date, i interval, tm timetz,
    arr text[], pairs pair[], r tstzrange, mr int4multirange, nr numrange, feeling mood,
    j json, jb jsonb, x xml, bits bit varying(9), u uuid, ip inet, pt point, vec tsvector, cls regclass,
    twice float8 GENERATED ALWAYS AS (f8 / 2) STORED
);
INSERT INTO vals (f4, f8, n, m, b, t, c, v, one, ts, plain, d, i, tm, arr, pairs, r, mr, nr, feeling,
    j, jb, bits, u, ip, pt, vec, cls)
SELECT 0.1, 0.1::float8 + 0.2, 'NaN', 1234.5, '\x00ff5c27', t, 'ab', 'x''y', 'q', '2024-03-31 01:30:00+00',
    'infinity', '-infinity', '-1 mons +3 days -04:05:06.789', '12:34:56.789-08',
    ARRAY[t, NULL, 'NULL', '', '{}', '"'], ARRAY[ROW(1e-300, t)::pair, ROW('NaN', NULL)::pair, NULL],
    '["2024-01-01 00:00+02",infinity)', '{[1,3),[7,)}', '(0.10,1.00]', E'back\\slash',
    '{"a":  1, "a": "\u0041\\n"}', '{"k": "\\\" \u20ac"}', B'0101', gen_random_uuid(), '::1/64',
    '(0.1,-0)', 'a:1A ''b c'':2', 'pg_class'
FROM unnest(ARRAY[
    '', 'NULL', E'\\N', E'\\.', '.', E'a\tb\nc\rd\be\ff\vg\\v', E'\\\\vB', ''' OR 1=1; --', E'\x01\x7f',
    '$pilotage$',
    E'\nCOMMIT;\nDROP TABLE vals;\n', E'\\! touch pwned', ':name :''name'' :"name"', 'Ünïcöde 漢字 𝄞',
    '/* */ */',
    E'\v7F', E'tail\\', ' lead and trail ', E'\u2028', '%s %1$s {{rows}}'
]) AS t;
INSERT INTO vals (f4, f8, t) VALUES
    ('-0', '-0', NULL), ('NaN', 'infinity', NULL), ('-infinity', 'NaN', NULL),
    ('1.17549435e-38', '4.4501477170144028e-308', NULL), ('3.4028235e38', '1.7976931348623157e308', NULL);
INSERT INTO vals (b, t)
    SELECT decode(repeat(md5('x') || '5c270a0d', 419432), 'hex'), repeat(E'\\''ä\n', 200000);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE only_generated (g int GENERATED ALWAYS AS (1) STORED);
INSERT INTO only_generated DEFAULT VALUES;
CREATE TABLE empty (a int);
"""

HOSTILE_SETTINGS = (
    "datestyle = 'SQL, DMY'",
    "timezone = 'America/Caracas'",
    "intervalstyle = 'sql_standard'",
    "extra_float_digits = '-5'",
    "bytea_output = 'escape'",
    "xmloption = 'document'",
    "standard_conforming_strings = off",
    "client_encoding = 'LATIN1'",
    "search_path = public, pg_catalog",
    "array_nulls = off",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
    "statement_timeout = '50ms'",
)


@FORMATS
@pytest.mark.parametrize("major", VERSIONS)
async def test_values_survive_exactly_whatever_the_target_sets(
    major: int, data_format: DataFormat, new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(major, sql=HOSTILE_VALUES)
    target = twin(new_database, source)
    database = quote_identifier(target.database)
    run_psql(target, "".join(f"ALTER DATABASE {database} SET {each};\n" for each in HOSTILE_SETTINGS))
    written = await write(
        source, tmp_path, "vals", "nothing", "only_generated", "empty", data_format=data_format
    )
    run(target, tmp_path, written)
    # pg_dump itself cannot read under these settings.
    new_database(18, "target", sql=f"ALTER DATABASE {database} RESET ALL;")
    assert data_dump(target) == data_dump(source)
    assert [table.rows for table in written.tables] == [26, 2, 1, 0]


HOSTILE_NAMES = (
    'a"b',
    "x\ny",
    "\\! touch pwned",
    "select",
    "Ünïcode",
    "é" * 31 + "x",
    "$pilotage$",
    "'; --",
    "%s",
    "*/",
)


@FORMATS
async def test_names_change_nothing_that_a_file_does(
    data_format: DataFormat, new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    sql = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'fired'; END$$;\n"
    for name in HOSTILE_NAMES:
        quoted = quote_identifier(name)
        sql += f"""
            CREATE TABLE {quoted} ({quoted} text PRIMARY KEY, up text, n int GENERATED ALWAYS AS IDENTITY,
                CONSTRAINT {quoted} FOREIGN KEY (up) REFERENCES {quoted});
            INSERT INTO {quoted} VALUES ('a', 'b'), ('b', NULL);
            CREATE TRIGGER {quoted} BEFORE INSERT OR UPDATE ON {quoted} FOR EACH ROW EXECUTE FUNCTION f();
            COMMENT ON CONSTRAINT {quoted} ON {quoted} IS E'it''s \\\\! "x"';
        """
    source = new_database(sql=sql)
    target = twin(new_database, source)
    strategies = (LoadStrategy.TWO_PASS, LoadStrategy.DROP_AND_RESTORE)
    components = [
        component(strategies[number % 2], name, keys=[(name, name, name)], set_null=("up",), match=(name,))
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    written = await write(source, tmp_path, *components, data_format=data_format, name="14-data-x.sql")
    run(target, tmp_path, written)
    assert data_dump(target) == data_dump(source)
    assert schema_dump(target) == schema_dump(source)
    assert "pwned" not in names_in(Path())
    # The header names every table, each on a line of its own that is nothing but a comment.
    header = (tmp_path / "14-data-x.sql").read_text("utf-8").partition("-- Run it")[0]
    opening = 3 if data_format is DataFormat.COPY else 1
    assert all(line.startswith("--") for line in header.splitlines()[opening:])
    assert header.count(": 2 rows") == len(HOSTILE_NAMES)


@pytest.fixture
def encoded_database(clusters: Clusters) -> Iterator[Callable[[str], ConnectionParameters]]:
    """Databases on the target's server in an encoding, dropped after the test."""
    server = clusters.get(18, "target")
    created: list[str] = []

    def create(encoding: str) -> ConnectionParameters:
        name = f"test_{os.getpid()}_{encoding.lower()}_{len(created)}"
        create = f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C';"
        run_psql(server.parameters(), create)
        created.append(name)
        return server.parameters(name)

    yield create
    for name in created:
        run_psql(server.parameters(), f"DROP DATABASE {name} WITH (FORCE);")


CAFES = """
CREATE TABLE cafes (id int PRIMARY KEY, name text);
INSERT INTO cafes VALUES (1, E'Caf\\u00e9 \\u00d8'), (2, NULL), (3, 'plain');
"""


@FORMATS
@pytest.mark.parametrize("encoding", ["LATIN1", "LATIN9", "UTF8"])
async def test_text_arrives_in_another_encoding(
    encoding: str,
    data_format: DataFormat,
    encoded_database: Callable[[str], ConnectionParameters],
    tmp_path: Path,
) -> None:
    source, target = encoded_database("LATIN1"), encoded_database(encoding)
    run_psql(source, f"SET client_encoding = 'UTF8';\n{CAFES}")
    run_psql(target, "CREATE TABLE cafes (id int PRIMARY KEY, name text)")
    run(target, tmp_path, await write(source, tmp_path, "cafes", data_format=data_format))
    names = "SET client_encoding = 'UTF8'; SELECT name FROM cafes ORDER BY id"
    assert run_psql(target, names) == "Café Ø\n\nplain\n"


@FORMATS
async def test_bytes_without_an_encoding_arrive_as_they_are(
    data_format: DataFormat, encoded_database: Callable[[str], ConnectionParameters], tmp_path: Path
) -> None:
    source, target = encoded_database("SQL_ASCII"), encoded_database("SQL_ASCII")
    run_psql(source, r"CREATE TABLE t (a text); INSERT INTO t VALUES (E'\351\\'), (E'\xc3\xa9')")
    run_psql(target, "CREATE TABLE t (a text)")
    run(target, tmp_path, await write(source, tmp_path, "t", data_format=data_format))
    octets = "SELECT a::bytea FROM (SELECT replace(a, chr(92), '') AS a FROM t) AS t"
    assert run_psql(target, octets) == run_psql(source, octets) == "\\xe9\n\\xc3a9\n"


async def test_a_target_that_stores_other_bytes_is_refused(
    encoded_database: Callable[[str], ConnectionParameters], tmp_path: Path
) -> None:
    source, target = encoded_database("UTF8"), encoded_database("LATIN1")
    run_psql(source, f"SET client_encoding = 'UTF8';\n{CAFES}")
    run_psql(target, "CREATE TABLE cafes (id int PRIMARY KEY, name text)")
    written = await write(source, tmp_path, "cafes")
    message = refusal(target, tmp_path / written.files[0].name)
    assert "this database is encoded in LATIN1 where UTF8 was expected" in message


# --- strategies ----------------------------------------------------------------------------------------

CYCLES = """
CREATE TABLE plain (id int PRIMARY KEY, note text);
INSERT INTO plain SELECT i, 'note ' || i FROM generate_series(1, 30) AS i;
-- every row references one that comes after it by key
CREATE TABLE chain (id int PRIMARY KEY, next int NOT NULL REFERENCES chain, pad text);
INSERT INTO chain SELECT i, least(i + 1, 2500), repeat('x', 20) FROM generate_series(1, 2500) AS i;
CREATE TABLE tree (id int PRIMARY KEY, parent int CONSTRAINT "up it" REFERENCES tree, pad text);
INSERT INTO tree SELECT i, CASE WHEN i < 2500 THEN i + 1 END, repeat('x', 20)
    FROM generate_series(1, 2500) AS i;
CREATE TABLE husband (id int PRIMARY KEY, wife int NOT NULL);
CREATE TABLE wife (id int PRIMARY KEY, husband int NOT NULL
    CONSTRAINT to_husband REFERENCES husband DEFERRABLE);
ALTER TABLE husband ADD CONSTRAINT to_wife FOREIGN KEY (wife) REFERENCES wife
    DEFERRABLE INITIALLY DEFERRED;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO husband SELECT i, i FROM generate_series(1, 40) AS i;
INSERT INTO wife SELECT i, i FROM generate_series(1, 40) AS i;
COMMIT;
CREATE TABLE author (tenant int, id int, best int, PRIMARY KEY (tenant, id));
CREATE TABLE book (tenant int, id int, author int NOT NULL, PRIMARY KEY (tenant, id),
    CONSTRAINT by FOREIGN KEY (tenant, author) REFERENCES author);
INSERT INTO author SELECT 1, i FROM generate_series(1, 50) AS i;
INSERT INTO book SELECT 1, i, 51 - i FROM generate_series(1, 50) AS i;
UPDATE author SET best = 51 - id WHERE id > 5;
ALTER TABLE author ADD CONSTRAINT best FOREIGN KEY (tenant, best) REFERENCES book;
CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL);
CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL CONSTRAINT from_egg REFERENCES egg ON DELETE CASCADE);
INSERT INTO egg SELECT i, i FROM generate_series(1, 20) AS i;
INSERT INTO hen SELECT i, i FROM generate_series(1, 20) AS i;
ALTER TABLE egg ADD CONSTRAINT laid_by FOREIGN KEY (hen) REFERENCES hen ON UPDATE CASCADE NOT VALID;
COMMENT ON CONSTRAINT laid_by ON egg IS 'which came first';
"""

ALL_STRATEGIES: tuple[str | Component, ...] = (
    "plain",
    component(LoadStrategy.ONE_STATEMENT, "chain", keys=[("chain", "chain_next_fkey", "chain")]),
    component(LoadStrategy.PARENTS_FIRST, "tree", keys=[("tree", "up it", "tree")], may_split=True),
    component(
        LoadStrategy.DEFERRED,
        "husband",
        "wife",
        keys=[("husband", "to_wife", "wife"), ("wife", "to_husband", "husband")],
    ),
    component(
        LoadStrategy.TWO_PASS,
        "author",
        "book",
        keys=[("author", "best", "book")],
        set_null=("best",),
        match=("tenant", "id"),
        may_split=True,
    ),
    component(
        LoadStrategy.DROP_AND_RESTORE,
        "egg",
        "hen",
        keys=[("egg", "laid_by", "hen"), ("hen", "from_egg", "egg")],
    ),
)


@FORMATS
@pytest.mark.parametrize("split_bytes", [WHOLE, 3000])
@pytest.mark.parametrize("major", VERSIONS)
async def test_every_strategy_brings_every_row(
    major: int,
    split_bytes: int,
    data_format: DataFormat,
    new_database: Databases,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source = new_database(18, sql=CYCLES)
    target = twin(new_database, source, major)
    written = await write(source, tmp_path, *ALL_STRATEGIES, data_format=data_format, split_bytes=split_bytes)
    run(target, tmp_path, written)
    assert data_dump(target) == data_dump(source)
    assert schema_dump(target) == schema_dump(source)
    assert (len(written.files) > 1) == (split_bytes != WHOLE)
    assert sum(table.rows for table in written.tables) == 30 + 2500 + 2500 + 80 + 100 + 40


async def test_only_tables_that_may_be_split_are(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(sql=CYCLES)
    written = await write(source, tmp_path, *ALL_STRATEGIES, split_bytes=200)
    files_of: dict[str, list[str]] = {}
    for file in written.files:
        for table in file.tables:
            files_of.setdefault(table.table.name.name, []).append(file.name)
    for whole in (("chain",), ("husband", "wife"), ("egg", "hen")):
        places = {tuple(files_of[table]) for table in whole}
        assert len(places) == 1
        assert len(places.pop()) == 1
    assert len(files_of["tree"]) > 300
    assert len(files_of["plain"]) == 3
    names = [file.name for file in written.files]
    assert names == sorted(names)
    assert names[:2] == ["14a-data-things.sql", "14b-data-things.sql"]
    assert names_in(tmp_path) == names


async def test_a_partitioned_table_that_references_itself_loads_as_one(
    new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(
        sql="""
        CREATE TABLE node (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES node) PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF node FOR VALUES FROM (0) TO (50);
        CREATE TABLE high PARTITION OF node FOR VALUES FROM (50) TO (200);
        INSERT INTO node SELECT i, CASE WHEN i < 100 THEN (i * 37) % 100 + 1 END
            FROM generate_series(1, 100) AS i;
        """
    )
    for number, strategy in enumerate((LoadStrategy.ONE_STATEMENT, LoadStrategy.TWO_PASS)):
        target = twin(new_database, source)
        folder = tmp_path / str(number)
        folder.mkdir()
        written = await write(
            source,
            folder,
            component(strategy, "node", keys=[("node", "up", "node")], set_null=("up",), match=("id",)),
        )
        run(target, folder, written)
        assert data_dump(target) == data_dump(source)
        assert schema_dump(target) == schema_dump(source)


async def test_a_deferred_key_whose_name_another_table_has_too(
    new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(
        sql="""
        CREATE TABLE a (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES a DEFERRABLE);
        CREATE TABLE b (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES a);
        INSERT INTO a VALUES (1, 2), (2, 1);
        """
    )
    target = twin(new_database, source)
    written = await write(source, tmp_path, component(LoadStrategy.DEFERRED, "a", keys=[("a", "up", "a")]))
    run(target, tmp_path, written)
    assert data_dump(target) == data_dump(source)


# --- triggers, rules, row level security ---------------------------------------------------------------

BYSTANDERS = """
CREATE TABLE fired (what text);
CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO public.fired VALUES (TG_NAME); RETURN NEW; END$$;
CREATE TABLE watched (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES watched DEFERRABLE);
INSERT INTO watched VALUES (1, 2), (2, 1);
CREATE TRIGGER t_origin BEFORE INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION fire();
CREATE TRIGGER t_always AFTER INSERT OR UPDATE ON watched FOR EACH STATEMENT EXECUTE FUNCTION fire();
CREATE TRIGGER "t Replica" BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION fire();
CREATE TRIGGER t_off BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION fire();
CREATE CONSTRAINT TRIGGER t_late AFTER INSERT OR UPDATE ON watched DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION fire();
ALTER TABLE watched ENABLE ALWAYS TRIGGER t_always;
ALTER TABLE watched ENABLE REPLICA TRIGGER "t Replica";
ALTER TABLE watched DISABLE TRIGGER t_off;
CREATE RULE r_on AS ON INSERT TO watched DO ALSO INSERT INTO fired VALUES ('rule');
CREATE RULE "r Always" AS ON UPDATE TO watched DO INSTEAD NOTHING;
CREATE RULE r_off AS ON INSERT TO watched DO INSTEAD NOTHING;
CREATE RULE r_replica AS ON INSERT TO watched DO INSTEAD NOTHING;
ALTER TABLE watched ENABLE ALWAYS RULE "r Always";
ALTER TABLE watched DISABLE RULE r_off;
ALTER TABLE watched ENABLE REPLICA RULE r_replica;
CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE leaf PARTITION OF parent FOR VALUES FROM (0) TO (10);
CREATE TABLE leaf2 PARTITION OF parent FOR VALUES FROM (10) TO (20);
INSERT INTO parent VALUES (1), (2), (11);
CREATE TRIGGER t_parent BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION fire();
ALTER TABLE leaf ENABLE ALWAYS TRIGGER t_parent;
CREATE TABLE forced (id int PRIMARY KEY);
INSERT INTO forced VALUES (1);
ALTER TABLE forced ENABLE ROW LEVEL SECURITY;
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON forced USING (false);
"""


@FORMATS
@pytest.mark.parametrize("partitions", [("leaf", "leaf2"), ("parent",)])
@pytest.mark.parametrize("major", VERSIONS)
async def test_nothing_fires_and_everything_is_as_it_was(
    major: int,
    partitions: tuple[str, ...],
    data_format: DataFormat,
    new_database: Databases,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source = new_database(18, sql=BYSTANDERS)
    target = twin(new_database, source, major)
    before = schema_dump(target)
    deferred = component(LoadStrategy.DEFERRED, "watched", keys=[("watched", "up", "watched")])
    written = await write(source, tmp_path, deferred, *partitions, "forced", data_format=data_format)
    run(target, tmp_path, written)
    assert run_psql(target, "SELECT * FROM fired") == ""
    assert data_dump(target) == data_dump(source)
    assert schema_dump(target) == before


async def test_an_owner_under_forced_row_level_security_can_load(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(sql="CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2);")
    target = new_database(
        18,
        "target",
        sql="""
        DROP ROLE IF EXISTS captain;
        CREATE ROLE captain;
        CREATE TABLE t (id int PRIMARY KEY);
        ALTER TABLE t OWNER TO captain;
        ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        ALTER TABLE t FORCE ROW LEVEL SECURITY;
        """,
    )
    written = await write(source, tmp_path, "t")
    path = tmp_path / "as-captain.sql"
    path.write_text("SET ROLE captain;\n" + (tmp_path / written.files[0].name).read_text())
    run_psql(target, path)
    assert run_psql(target, "SELECT count(*) FROM t") == "2\n"
    assert run_psql(target, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 't'") == "t\n"
    run_psql(target, "DROP TABLE t; DROP ROLE captain;")


# --- refusals ------------------------------------------------------------------------------------------

HARBOUR = """
CREATE TABLE ports (id int PRIMARY KEY, name text);
CREATE TABLE ships (id serial PRIMARY KEY, port int REFERENCES ports, name text, note text);
INSERT INTO ports SELECT i, 'port ' || i FROM generate_series(1, 5) AS i;
INSERT INTO ships (port, name, note) SELECT 1 + i % 5, 'ship ' || i, repeat('n', 20)
    FROM generate_series(1, 300) AS i;
"""
PORTS = "10-data-ports.sql"


@pytest.fixture
async def harbour(new_database: Databases) -> ConnectionParameters:
    return new_database(sql=HARBOUR)


@FORMATS
async def test_a_file_that_runs_twice_says_so(
    data_format: DataFormat,
    harbour: ConnectionParameters,
    new_database: Databases,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    target = twin(new_database, harbour)
    written = await write(harbour, tmp_path, "ports", "ships", data_format=data_format, split_bytes=4000)
    first, second, *_ = (tmp_path / file.name for file in written.files)
    run_psql(target, first)
    assert "table public.ports holds 5 rows where 0 were expected: this file, or another load" in refusal(
        target, first
    )
    run_psql(target, second)
    loaded = sum(file.tables[-1].rows for file in written.files[:2])
    expected = written.files[0].tables[-1].rows
    message = refusal(target, second)
    assert f"table public.ships holds {loaded} rows where {expected} were expected: this file" in message
    assert "HINT:" in message
    for file in written.files[2:]:
        run_psql(target, tmp_path / file.name)
    assert data_dump(target) == data_dump(harbour)


@FORMATS
async def test_files_that_run_out_of_order_name_the_file_that_is_missing(
    data_format: DataFormat, harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = new_database(18, "target")
    await write(harbour, tmp_path, "ports", data_format=data_format, name=PORTS)
    written = await write(
        harbour, tmp_path, "ships", data_format=data_format, split_bytes=4000, needs=[("ports", PORTS)]
    )
    first, second, third, *_ = (tmp_path / file.name for file in written.files)
    message = refusal(target, tmp_path / PORTS)
    assert "table public.ports does not exist" in message
    assert "01-schema-things.sql" in message
    assert f"Run {PORTS} first" in refusal(target, first)
    run_psql(target, schema_dump(harbour))
    message = refusal(target, first)
    assert "table public.ports is empty, and this file needs its rows" in message
    assert f"Run {PORTS} first" in message
    run_psql(target, tmp_path / PORTS)
    run_psql(target, first)
    message = refusal(target, third)
    assert "an earlier part has not run" in message
    assert f"Run {second.name} first" in message


def edited(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a file with something changed."""
    before = path.read_bytes()
    after = change(before)
    assert after != before
    copy = path.with_name("edited.sql")
    copy.write_bytes(after)
    return copy


def without_line_with(text: bytes) -> Callable[[bytes], bytes]:
    return lambda content: b"\n".join(line for line in content.split(b"\n") if text not in line)


@FORMATS
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(without_line_with(b"ship 77"), id="lost row"),
        pytest.param(lambda content: content.replace(b"ship 77", b"ship 78"), id="changed value"),
        pytest.param(lambda content: content.replace(b"ship 77", b"ship 77 "), id="trailing space"),
        pytest.param(lambda content: content.replace(b"ship 300", b"ship 30"), id="last row changed"),
    ],
)
async def test_a_file_that_was_edited_is_rolled_back(
    change: Callable[[bytes], bytes],
    data_format: DataFormat,
    harbour: ConnectionParameters,
    new_database: Databases,
    tmp_path: Path,
) -> None:
    target = twin(new_database, harbour)
    written = await write(harbour, tmp_path, "ports", "ships", data_format=data_format)
    message = refusal(target, edited(tmp_path / written.files[0].name, change))
    assert "table public.ships: expected 300 rows with checksum" in message
    assert "the file is damaged or was edited" in message
    assert run_psql(target, "SELECT count(*) FROM ports") == "0\n"
    assert run_psql(target, "SELECT is_called FROM ships_id_seq") == "f\n"
    run(target, tmp_path, written)


@FORMATS
@pytest.mark.parametrize("split_bytes", [WHOLE, 2000])
async def test_a_damaged_second_pass_is_rolled_back(
    split_bytes: int, data_format: DataFormat, new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(
        sql="""
        CREATE TABLE t (id int PRIMARY KEY, up int CONSTRAINT up REFERENCES t, name text);
        INSERT INTO t SELECT i, 301 - i, 'name ' || i FROM generate_series(1, 300) AS i;
        """
    )
    target = twin(new_database, source)
    two_pass = component(
        LoadStrategy.TWO_PASS,
        "t",
        keys=[("t", "up", "t")],
        set_null=("up",),
        match=("id",),
        may_split=True,
    )
    written = await write(source, tmp_path, two_pass, data_format=data_format, split_bytes=split_bytes)
    *earlier, last = (tmp_path / file.name for file in written.files)
    for path in earlier:
        run_psql(target, path)
    link = b"7\t294\n" if data_format is DataFormat.COPY else b"('7', '294'),\n"
    message = refusal(target, edited(last, lambda content: content.replace(link, b"")))
    assert "table public.t: expected 300 rows with checksum" in message
    run_psql(target, last)
    assert run_psql(target, "SELECT count(*) FROM t WHERE up = 301 - id") == "300\n"


@FORMATS
async def test_a_file_that_is_cut_short_fails_and_leaves_nothing(
    data_format: DataFormat, harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = twin(new_database, harbour)
    written = await write(harbour, tmp_path, "ports", "ships", data_format=data_format)
    path = tmp_path / written.files[0].name
    content = path.read_bytes()
    commit = content.index(b"COMMIT;")
    lines = [place + 1 for place in range(commit) if content[place : place + 1] == b"\n"]
    complaints = {DataFormat.COPY: "without finding closing \\endif", DataFormat.INSERT: "CUT SHORT, nothing"}
    cut = tmp_path / "cut.sql"
    for end in (*lines[2:40], *lines[40:-8:23], *lines[-8:], *range(100, commit - 8, 2311)):
        cut.write_bytes(content[:end])
        message = refusal(target, cut)
        if content[end - 5 : end].endswith((b"ted\n", b"*/\n", b"\t\n")):
            assert complaints[data_format] in message
    assert run_psql(target, "SELECT count(*) FROM ports") == "0\n"
    cut.write_bytes(content[: lines[-1]])
    assert complaints[data_format] in refusal(target, cut)
    run_psql(target, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "ALTER TABLE ships DROP COLUMN note",
            "table public.ships has no column note, which this file fills",
        ),
        (
            "ALTER TABLE ships ADD COLUMN extra int",
            "table public.ships has a column extra, which this file knows nothing of",
        ),
        (
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = replica',"
            " current_database()); END $$",
            "session_replication_role is replica",
        ),
    ],
)
async def test_a_target_that_is_not_what_the_file_was_written_for(
    change: str, message: str, harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = twin(new_database, harbour)
    run_psql(target, change)
    written = await write(harbour, tmp_path, "ports", "ships")
    assert message in refusal(target, tmp_path / written.files[0].name)


# --- the files themselves ------------------------------------------------------------------------------


@FORMATS
async def test_sequences_go_on_where_the_source_stands(
    data_format: DataFormat, harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = twin(new_database, harbour)
    written = await write(harbour, tmp_path, "ports", "ships", data_format=data_format, split_bytes=5000)
    *earlier, last = (tmp_path / file.name for file in written.files)
    for path in earlier:
        run_psql(target, path)
    assert run_psql(target, "SELECT last_value, is_called FROM ships_id_seq") == "1|f\n"
    run_psql(target, last)
    assert run_psql(target, "SELECT last_value, is_called FROM ships_id_seq") == "300|t\n"


@FORMATS
async def test_equal_databases_give_equal_files_whatever_the_order_on_disk(
    data_format: DataFormat, harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    shuffled = new_database(sql=HARBOUR)
    run_psql(shuffled, "UPDATE ships SET note = note WHERE id % 3 = 0; VACUUM FULL ships;")
    contents = []
    for number, source in enumerate((harbour, shuffled)):
        folder = tmp_path / str(number)
        folder.mkdir()
        written = await write(source, folder, "ports", "ships", data_format=data_format, split_bytes=4000)
        contents.append([(folder / file.name).read_bytes() for file in written.files])
    assert contents[0] == contents[1]


async def test_insert_files_hold_none_of_psqls_commands(
    harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = twin(new_database, harbour)
    written = await write(harbour, tmp_path, "ports", "ships", data_format=DataFormat.INSERT)
    text = (tmp_path / written.files[0].name).read_text()
    assert not [line for line in text.splitlines() if line.startswith("\\")]
    async with connect(target) as session:
        await session.run(text)
    assert run_psql(target, "SELECT count(*) FROM ships") == "300\n"


async def test_what_is_written_is_described(harbour: ConnectionParameters, tmp_path: Path) -> None:
    heard: list[int] = []
    written = await write(harbour, tmp_path, "ports", "ships", split_bytes=6000, on_bytes=heard.append)
    for file in written.files:
        content = (tmp_path / file.name).read_bytes()
        assert len(content) == file.bytes
        assert hashlib.sha256(content).hexdigest() == file.sha256
    ships = [table for file in written.files for table in file.tables if table.table.name.name == "ships"]
    total = written.tables[1]
    assert sum(part.rows for part in ships) == total.rows == 300
    assert sum(part.checksum for part in ships) == total.checksum
    assert [part.earlier_rows for part in ships] == [
        sum(part.rows for part in ships[:number]) for number in range(len(ships))
    ]
    assert sum(heard) > 300 * 30


async def test_files_appear_only_when_all_are_complete(harbour: ConnectionParameters, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def stop(_: int) -> None:
        assert all(name.endswith(".part") for name in names_in(tmp_path))
        raise StopError

    with pytest.raises(StopError):
        await write(harbour, tmp_path, "ports", "ships", split_bytes=1, on_bytes=stop)
    assert names_in(tmp_path) == []


async def test_a_folder_that_cannot_be_written_is_an_error_of_ours(
    harbour: ConnectionParameters, tmp_path: Path
) -> None:
    with pytest.raises(RefusedError, match="cannot be written"):
        await write(harbour, tmp_path / "missing", "ports")


async def test_a_client_that_sets_savepoints_unasked_does_not_disturb(
    harbour: ConnectionParameters, new_database: Databases, tmp_path: Path
) -> None:
    target = twin(new_database, harbour)
    written = await write(
        harbour, tmp_path, "ports", "ships", data_format=DataFormat.INSERT, split_bytes=9000
    )
    for file in written.files:
        path = tmp_path / f"with-savepoints-{file.name}"
        path.write_text("\\set ON_ERROR_ROLLBACK on\n" + (tmp_path / file.name).read_text())
        run_psql(target, path)
    assert run_psql(target, "SELECT count(*) FROM ships") == "300\n"


def peak_memory(source: ConnectionParameters, folder: Path, data_format: DataFormat) -> int:
    """Kilobytes that a process needed at most while it wrote the data file of ``public.big``."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.write_big_table", folder, data_format],
        env={**os.environ, **source.libpq_environment()},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(finished.stdout)


@BRIEFLY_COPY
async def test_memory_stays_flat_however_many_rows(
    data_format: DataFormat, new_database: Databases, tmp_path: Path
) -> None:
    peaks: list[int] = []
    for rows in (100_000, 800_000):
        source = new_database(
            sql=f"""
            CREATE TABLE big (id int PRIMARY KEY, text text);
            INSERT INTO big SELECT i, repeat(md5(i::text), 8) FROM generate_series(1, {rows}) AS i;
            """
        )
        peaks.append(peak_memory(source, tmp_path, data_format))
        assert (tmp_path / "10-data-big.sql").stat().st_size > rows * 256
    # The second file is larger by 180 MB.
    assert peaks[1] - peaks[0] < 20 * 1024
