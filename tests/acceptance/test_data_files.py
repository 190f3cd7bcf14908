"""Data files are run by psql alone: they bring every row exactly, or they stop and say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pilotage.catalog import read_catalog
from pilotage.config.records import DataFormat
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.errors import ProgramFailedError, RefusedError
from pilotage.files import NeededTable, TableData, WrittenData, data_of, write_data_files
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.review import Component, FileKind, KeyTreatment, LoadStrategy, PlannedFile
from pilotage.model.scope import Scope
from tests.servers_at_hand import Databases, run_psql, schema_dump

Rows = Callable[[ConnectionParameters], list[str]]

FORMATS = pytest.mark.parametrize("data_format", list(DataFormat))
VERSIONS = [pytest.param(major, marks=pytest.mark.servers(major)) for major in (15, 16, 17, 18)]
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
    return new_database(major, "target", sql=schema_dump(source))


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
    '', 'NULL', E'\\N', E'\\.', '.', E'a\tb\nc\rd\be\ff\vg\\v', E'\\\\vB', ''' OR 1=1; --', E'\x01\x7f', '$pilotage$',
    E'\nCOMMIT;\nDROP TABLE vals;\n', E'\\! touch pwned', ':name :''name'' :"name"', 'Ünïcöde 漢字 𝄞', '/* */ */',
    E'\v7F', E'tail\\', ' lead and trail ', E'\u2028', '%s %1$s {{rows}}'
]) AS t;
INSERT INTO vals (f4, f8, t) VALUES ('-0', '-0', NULL), ('NaN', 'infinity', NULL), ('-infinity', 'NaN', NULL),
    ('1.17549435e-38', '4.4501477170144028e-308', NULL), ('3.4028235e38', '1.7976931348623157e308', NULL);
INSERT INTO vals (b, t) SELECT decode(repeat(md5('x') || '5c270a0d', 209716), 'hex'), repeat(E'\\''ä\n', 200000);
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE only_generated (g int GENERATED ALWAYS AS (1) STORED);
INSERT INTO only_generated DEFAULT VALUES;
CREATE TABLE empty (a int);
"""

HOSTILE_SETTINGS = """
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database());
    EXECUTE format('ALTER DATABASE %I SET timezone = ''America/Caracas''', current_database());
    EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''sql_standard''', current_database());
    EXECUTE format('ALTER DATABASE %I SET extra_float_digits = ''-5''', current_database());
    EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
    EXECUTE format('ALTER DATABASE %I SET xmloption = ''document''', current_database());
    EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET client_encoding = ''LATIN1''', current_database());
    EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
    EXECUTE format('ALTER DATABASE %I SET array_nulls = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''', current_database());
    EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1ms''', current_database());
END $$;
"""


@FORMATS
@pytest.mark.parametrize("major", VERSIONS)
async def test_values_survive_exactly_whatever_the_target_sets(
    major: int, data_format: DataFormat, new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(major, sql=HOSTILE_VALUES)
    target = twin(new_database, source)
    run_psql(target, HOSTILE_SETTINGS)
    written = await write(
        source, tmp_path, "vals", "nothing", "only_generated", "empty", data_format=data_format
    )
    run(target, tmp_path, written)
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
            COMMENT ON CONSTRAINT {quoted} ON {quoted} IS {"E" if True else ""}'it''s \\\\! "x"';
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
    assert "pwned" not in {path.name for path in Path.cwd().iterdir()}
    # The header names every table, each on a line of its own that is nothing but a comment.
    header = (tmp_path / "14-data-x.sql").read_text("utf-8").partition("-- Run it")[0]
    assert all(line.startswith("--") for line in header.splitlines())
    assert header.count(": 2 rows") == len(HOSTILE_NAMES)
