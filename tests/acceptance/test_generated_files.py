"""Whole databases by files that psql runs: what arrives is what left, and taken back, nothing of it remains.

Damage is done here to the files of a real database; each kind of file has its own tests beside this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.config.reader import parse_configuration
from pilotage.config.records import Configuration, Expectations
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.scope import Scope
from tests.generated_files import forward_files, refusal, rollback_files, run_files, write_files
from tests.servers_at_hand import REPOSITORY, Databases, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]
RealData = Callable[[str], Path]

EXAMPLE = REPOSITORY / "examples" / "hotel" / "pilotage.toml"
# All of the database: the example leaves out what its extension and two more schemas hold.
HOTEL = msgspec.structs.replace(
    parse_configuration(EXAMPLE.read_text("utf-8").replace('"policies"', '"public.policies"'), EXAMPLE.name),
    scope=Scope(),
    expect=Expectations(),
)
FORMATS = pytest.mark.parametrize("data_format", list(DataFormat))

UNRELATED = r"""
CREATE SCHEMA elsewhere;
CREATE TYPE elsewhere.mpaa_rating AS ENUM ('G');
CREATE TABLE elsewhere.hotels (id serial PRIMARY KEY, rating elsewhere.mpaa_rating DEFAULT 'G');
INSERT INTO elsewhere.hotels DEFAULT VALUES;
CREATE TABLE public.unrelated (id int PRIMARY KEY, hotel int REFERENCES elsewhere.hotels);
INSERT INTO public.unrelated VALUES (1, 1), (2, NULL);
CREATE INDEX ON public.unrelated (hotel);
CREATE FUNCTION public.unrelated() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER unrelated BEFORE UPDATE ON public.unrelated FOR EACH ROW EXECUTE FUNCTION public.unrelated();
CREATE VIEW public.unrelated_view AS SELECT * FROM public.unrelated;
ALTER TABLE public.unrelated ENABLE ROW LEVEL SECURITY;
CREATE POLICY unrelated ON public.unrelated USING (id > 1);
COMMENT ON TABLE public.unrelated IS 'not yours';
GRANT SELECT ON public.unrelated TO PUBLIC;
"""




async def hotel(new_database: Databases) -> ConnectionParameters:
    """The hotel database, and its roles on the target's server too."""
    source = new_database(18)
    async with connect(source) as session:
        await create_hotel(session)
    async with connect(new_database(18, "target")) as session:
        await create_hotel_roles(session)
    return source


@pytest.mark.servers(18)
@FORMATS
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("name", ["hotel", "pagila", "chinook"])
async def test_a_database_arrives_and_is_taken_back(
    name: str,
    layout: Layout,
    data_format: DataFormat,
    new_database: Databases,
    real_data: RealData,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    if name == "hotel":
        source, configuration = await hotel(new_database), HOTEL
    else:
        source, configuration = new_database(18, file=real_data(f"{name}.sql")), Configuration()
    configuration = msgspec.structs.replace(
        configuration, layout=layout, data_format=data_format, split_bytes=1 << 24
    )
    await write_files(source, tmp_path, configuration)
    files = sorted(tmp_path.glob("*.sql"))
    assert forward_files(tmp_path) == files
    assert rollback_files(tmp_path) == sorted((tmp_path / "rollback").glob("*.sql"))

    for target in new_database(18, "target"), new_database(18, "target", sql=UNRELATED):
        before = schema_dump(target), data_dump(target)
        run_files(target, files)
        if "unrelated" not in before[0]:
            assert schema_dump(target) == schema_dump(source)
            assert data_dump(target) == data_dump(source)
        run_files(target, rollback_files(tmp_path))
        assert (schema_dump(target), data_dump(target)) == before


# --- damage --------------------------------------------------------------------------------------------

Damage = Callable[[bytes], bytes]


def first_row(content: bytes, table: bytes) -> tuple[int, int]:
    """Where the first row of a table begins and ends in a data file."""
    found = re.search(
        rb"^(?:COPY|\*/ INSERT INTO) public\." + table + rb" [^\n]*\n(?P<row>[^\n]*\n)", content, re.M
    )
    assert found is not None
    return found.span("row")


def lost_row(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[:begin] + content[end:]


def changed_value(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[:begin] + content[begin:end].replace(b"Boat", b"Beat") + content[end:]


def cut_in_a_row(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[: (begin + end) // 2]


def cut_between_rows(content: bytes) -> bytes:
    return content[: first_row(content, b"hotels")[1]]


def cut_before_commit(content: bytes) -> bytes:
    return content[: content.rindex(b"COMMIT")]


def missing_column(content: bytes) -> bytes:
    return content.replace(b"    opened_on date,\n", b"")


@pytest.mark.servers(18)
@FORMATS
async def test_damage_is_stopped_by_the_files_themselves(
    data_format: DataFormat, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source, target = await hotel(new_database), new_database(18, "target")
    # 60 MB that are of no use here.
    run_psql(source, "TRUNCATE public.code_embeddings, public.muva_content")
    configuration = msgspec.structs.replace(HOTEL, data_format=data_format)
    first, second = tmp_path / "first", tmp_path / "second"
    await write_files(source, first, configuration)
    files = {file.name: file for file in forward_files(first)}

    def refused(name: str, damage: Damage = bytes) -> str:
        """Run a file that must stop and change nothing, and return what it says."""
        before = schema_dump(target), data_dump(target)
        damaged = tmp_path / name
        damaged.write_bytes(damage(files[name].read_bytes()))
        assert damage is bytes or damaged.read_bytes() != files[name].read_bytes()
        message = refusal(target, damaged)
        assert (schema_dump(target), data_dump(target)) == before
        return message

    def run_until(name: str) -> None:
        """Run all files before the named one that have not run yet."""
        while next(iter(files)) != name:
            run_files(target, [files.pop(next(iter(files)))])

    print(list(files))
    schema, rows, later = "03-schema-operations.sql", "12-data-operations.sql", "13-data-catalog.sql"
    run_until(schema)
    print(refused(schema, missing_column))
    print(refused(rows))
    run_until(rows)
    print(refused(later))
    for d in lost_row, changed_value, cut_in_a_row, cut_between_rows, cut_before_commit:
        print(d, refused(rows, d))
    run_psql(target, "ALTER TABLE public.hotels RENAME opened_on TO opened")
    print(refused(rows))
    run_psql(target, "ALTER TABLE public.hotels RENAME opened TO opened_on")
    run_files(target, [files[rows]])
    print(refused(rows))
    assert 0
