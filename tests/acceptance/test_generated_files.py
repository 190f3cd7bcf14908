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
from pilotage.model.review import DataFormat, Layout
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
        configuration, layout=layout, data_format=data_format, split_bytes=1 << 20
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
