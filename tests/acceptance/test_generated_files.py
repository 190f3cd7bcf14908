"""Whole databases by files that psql runs: what arrives is what left, and taken back, nothing of it remains.

Damage is done here to the files of a real database; each kind of file has its own tests beside this module.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pilotage.config.reader import parse_configuration
from pilotage.config.records import Configuration, Expectations
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.scope import Scope
from tests.database_digests import digest_of
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
FORMATS = pytest.mark.parametrize(
    "data_format", [DataFormat.COPY, pytest.param(DataFormat.INSERT, marks=pytest.mark.thorough)]
)

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


def combinations() -> Iterator[pytest.ParameterSet]:
    """Each database in each layout and format: pagila and chinook always in some.

    The hotel's files are damaged and put right again below.
    """
    always = {
        "hotel": set[tuple[Layout, DataFormat]](),
        "pagila": {(Layout.SCHEMA_FIRST, DataFormat.COPY), (Layout.BULK, DataFormat.INSERT)},
        "chinook": {(Layout.SCHEMA_FIRST, DataFormat.INSERT), (Layout.BULK, DataFormat.COPY)},
    }
    for name, layout, data_format in itertools.product(always, Layout, DataFormat):
        marks = [] if (layout, data_format) in always[name] else [pytest.mark.thorough]
        yield pytest.param(name, layout, data_format, marks=marks)


@pytest.mark.servers(18)
@pytest.mark.parametrize(("name", "layout", "data_format"), list(combinations()))
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
    files = forward_files(tmp_path)
    assert files == sorted(files)
    assert rollback_files(tmp_path) == sorted(rollback_files(tmp_path))

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
        rb"^(?:COPY|\*/ INSERT INTO) public\." + table + rb" [^\n]*\n(?P<row>[^\n]*\n)", content, re.MULTILINE
    )
    assert found is not None
    return found.span("row")


def lost_row(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[:begin] + content[end:]


def changed_value(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[:begin] + content[begin:end].replace(b"Casa", b"Cosa") + content[end:]


def cut_in_a_row(content: bytes) -> bytes:
    begin, end = first_row(content, b"hotels")
    return content[: (begin + end) // 2]


def cut_between_rows(content: bytes) -> bytes:
    return content[: first_row(content, b"hotels")[1]]


def cut_before_commit(content: bytes) -> bytes:
    return content[: content.rindex(b"\n", 0, content.rindex(b"COMMIT;")) + 1]


def missing_column(content: bytes) -> bytes:
    return content.replace(b"    opened_on date,\n", b"")


@pytest.mark.servers(18)
@FORMATS
async def test_damage_is_stopped_by_the_files_themselves(
    data_format: DataFormat, new_database: Databases, tmp_path: Path
) -> None:
    source, target = await hotel(new_database), new_database(18, "target")
    # 60 MB that are of no use here.
    run_psql(source, "TRUNCATE public.code_embeddings, public.muva_content")
    configuration = msgspec.structs.replace(HOTEL, data_format=data_format)
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    await write_files(source, first, configuration)
    waiting = forward_files(first)

    async def state() -> list[str]:
        # A sequence is set last of all before COMMIT, and no rollback takes that back.
        async with connect(target) as session:
            return [line for line in await digest_of(session) if not line.startswith("sequence ")]

    async def refused(name: str, damage: Damage = bytes, *, folder: Path = first) -> str:
        """Run a file that must stop and change nothing, and return what it says."""
        before = await state()
        whole, damaged = (folder / name).read_bytes(), tmp_path / name
        damaged.write_bytes(damage(whole))
        assert (damage is bytes) == (damaged.read_bytes() == whole)
        message = refusal(target, damaged)
        assert await state() == before
        return message

    def run_until(name: str) -> None:
        """Run all files before the named one that have not run yet."""
        while waiting[0].name != name:
            run_files(target, [waiting.pop(0)])

    schema, rows, later = "03-schema-operations.sql", "12-data-operations.sql", "13-data-catalog.sql"
    run_until(schema)
    assert re.search(
        r"table public\.hotels has .* where .*opened_on.* expected", await refused(schema, missing_column)
    )
    assert "Run 11-data-foundation.sql first" in await refused(rows)
    run_until(rows)
    message = await refused(later)
    assert "table public.hotels is empty, and this file needs its rows" in message
    assert f"Run {rows} first" in message
    for damage, found in (lost_row, 2), (changed_value, 3):
        message = await refused(rows, damage)
        assert re.search(
            rf"table public\.hotels: expected 3 rows with checksum \S+, found {found} with", message
        )
        assert "the file is damaged or was edited" in message
    is_copy = data_format is DataFormat.COPY
    assert ("malformed array" if is_copy else "unterminated quoted string") in await refused(
        rows, cut_in_a_row
    )
    assert ("without finding closing \\endif" if is_copy else "at end of input") in await refused(
        rows, cut_between_rows
    )
    assert ("without finding closing \\endif" if is_copy else "CUT SHORT, nothing") in await refused(
        rows, cut_before_commit
    )
    run_psql(target, "ALTER TABLE public.hotels RENAME opened_on TO opened")
    assert "table public.hotels has no column opened_on, which this file fills" in await refused(rows)
    run_psql(target, "ALTER TABLE public.hotels RENAME opened TO opened_on")
    run_until(later)
    assert "table public.hotels holds 3 rows where 0 were expected" in await refused(rows)

    # Files of another time: rows that are not those of the other files, and a table that has changed.
    run_psql(
        source, "UPDATE public.guest_reservations SET created_at = created_at + '1s' WHERE ctid = '(0,1)'"
    )
    await write_files(source, second, configuration)
    run_psql(source, "ALTER TABLE public.policies ADD COLUMN since date")
    await write_files(source, third, configuration)
    run_until("14-data-reservations.sql")
    run_files(target, [second / waiting.pop(0).name])
    run_until("15-data-integrations.sql")
    assert "table public.policies has no column since, which this file fills" in await refused(
        "15-data-integrations.sql", folder=third
    )
    run_until("90-validate.sql")
    message = await refused("90-validate.sql")
    assert "rows: public.guest_reservations: expected 104 rows, checksum" in message
    assert message.count(": expected") == 1
    run_files(target, [second / "90-validate.sql"])
