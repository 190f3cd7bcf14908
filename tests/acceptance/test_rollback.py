"""Rollback takes back what the files did, wherever they stopped, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.model.choices import DataFormat, Layout
from tests.generated_files import forward_files, refusal, rollback_files, run_files, write_files
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

RICH = Path(__file__).parent / "rich.sql"
LAYOUTS = pytest.mark.parametrize("layout", list(Layout))

UNRELATED = """
CREATE SCHEMA mine;
CREATE EXTENSION vector SCHEMA public;
CREATE TYPE mine.mood AS ENUM ('calm');
CREATE TABLE mine.t (id serial PRIMARY KEY, mood mine.mood DEFAULT 'calm', place vector(3));
INSERT INTO mine.t (place) VALUES ('[1,2,3]'), (NULL);
SELECT setval('mine.t_id_seq', 77);
CREATE TABLE public.keep (id int PRIMARY KEY, t int REFERENCES mine.t);
INSERT INTO public.keep VALUES (1, 1);
CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW public.kept AS SELECT * FROM public.keep;
ALTER TABLE public.keep ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.keep USING (true);
ALTER DEFAULT PRIVILEGES IN SCHEMA mine GRANT SELECT ON TABLES TO pg_monitor;
CREATE PUBLICATION mine FOR TABLE public.keep;
"""

SMALL = """
CREATE SCHEMA app;
CREATE TABLE app.parent (id int PRIMARY KEY);
CREATE TABLE app.child (id serial PRIMARY KEY, parent int REFERENCES app.parent);
INSERT INTO app.parent VALUES (1), (2);
INSERT INTO app.child (parent) VALUES (1), (2), (2);
"""


async def write_rich(new_database: Databases, folder: Path, layout: Layout, data_format: DataFormat) -> None:
    source = new_database(18, file=RICH)
    await write_files(source, folder, Configuration(layout=layout, data_format=data_format))


@pytest.mark.servers(18)
@LAYOUTS
async def test_wherever_the_files_stop_rollback_leaves_what_was_there(
    layout: Layout, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    await write_rich(new_database, tmp_path, layout, DataFormat.COPY)
    target = new_database(18, "target", sql=UNRELATED)
    before = schema_dump(target), data_dump(target)
    files = forward_files(tmp_path)
    assert len(files) > 5

    for count in range(len(files) + 1):
        run_files(target, files[:count])
        assert (schema_dump(target) != before[0]) == (count > 0)
        run_files(target, rollback_files(tmp_path))
        assert schema_dump(target).splitlines() == before[0].splitlines(), f"after {count} files"
        assert data_dump(target) == before[1], f"after {count} files"


@pytest.mark.servers(18)
@LAYOUTS
@pytest.mark.parametrize("data_format", list(DataFormat))
async def test_rollback_empties_an_empty_database_again(
    data_format: DataFormat, layout: Layout, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    await write_rich(new_database, tmp_path, layout, data_format)
    target = new_database(18, "target")
    before = schema_dump(target)

    run_files(target, forward_files(tmp_path))
    said = run_files(target, rollback_files(tmp_path))

    assert schema_dump(target) == before
    assert "WARNING" not in said
    # And once more, where there is nothing left to do.
    assert "nothing to undo" in run_files(target, rollback_files(tmp_path))
    assert schema_dump(target) == before


@pytest.mark.servers(18)
@LAYOUTS
async def test_the_files_run_again_after_a_rollback(
    layout: Layout, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    await write_rich(new_database, tmp_path, layout, DataFormat.COPY)
    target = new_database(18, "target")
    run_files(target, forward_files(tmp_path))
    once = schema_dump(target)

    run_files(target, rollback_files(tmp_path))
    run_files(target, forward_files(tmp_path))

    assert schema_dump(target) == once


@pytest.mark.servers(18)
@LAYOUTS
async def test_one_rollback_file_after_another_undoes_one_file_each(
    layout: Layout, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path, Configuration(layout=layout))
    target = new_database(18, "target")
    files = forward_files(tmp_path)[:-1]  # validation leaves nothing
    states = [(schema_dump(target), data_dump(target))]
    for file in files:
        run_files(target, [file])
        states.append((schema_dump(target), data_dump(target)))

    for file, state in zip(rollback_files(tmp_path), reversed(states[:-1]), strict=True):
        run_files(target, [file])
        assert (schema_dump(target), data_dump(target)) == state, file.name


@pytest.mark.servers(18)
async def test_the_same_tables_of_somebody_else_are_left_alone(
    new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path)
    empty = f"BEGIN; {SMALL} TRUNCATE app.parent, app.child; COMMIT;"
    altered = empty + "ALTER TABLE app.parent ALTER id SET STATISTICS 5;"

    for existing in (SMALL, empty, altered):
        target = new_database(18, "target", sql=existing)
        before = schema_dump(target), data_dump(target)
        assert "exists already" in refusal(target, forward_files(tmp_path)[0])
        assert "undone" in run_files(target, rollback_files(tmp_path)).replace("nothing to undo", "undone")
        assert (schema_dump(target), data_dump(target)) == before


@pytest.mark.servers(18)
async def test_a_table_that_stopped_the_files_is_left_alone_and_the_files_before_are_undone(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source = new_database(18, file=RICH)
    await write_files(source, tmp_path)
    # The last group's table is there already, alone and empty.
    target = new_database(18, "target", sql="CREATE TABLE public.event (id int)")
    before = schema_dump(target)
    files = forward_files(tmp_path)
    stopped = next(number for number, file in enumerate(files) if "TABLE public.event (" in file.read_text())
    run_files(target, files[:stopped])
    assert "table public.event" in refusal(target, files[stopped])

    run_files(target, rollback_files(tmp_path))

    assert schema_dump(target) == before


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO app.child (id, parent) VALUES (99, 1)",
        "UPDATE app.child SET parent = 1 WHERE id = 3",
        "DELETE FROM app.child WHERE id = 1",
    ],
)
async def test_rows_that_the_files_did_not_bring_are_not_removed(
    change: str, new_database: Databases, data_dump: Rows, schema_dump: Dump, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path)
    target = new_database(18, "target")
    run_files(target, forward_files(tmp_path))
    run_psql(target, change)
    changed = data_dump(target)
    finish, data, *schema = rollback_files(tmp_path)
    run_files(target, [finish])

    message = refusal(target, data)
    assert "table app.child holds" in message
    assert "not those that its files have brought" in message
    assert "table app." in refusal(target, schema[0])
    assert data_dump(target) == changed

    # As the hint says.
    run_psql(target, "DELETE FROM app.child")
    run_files(target, [data, *schema])
    assert "app" not in schema_dump(target)


@pytest.mark.servers(18)
@LAYOUTS
async def test_a_column_that_the_files_did_not_create_stops_a_rollback(
    layout: Layout, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path, Configuration(layout=layout))
    target = new_database(18, "target")
    run_files(target, forward_files(tmp_path))
    run_psql(target, "ALTER TABLE app.child ADD \"my note\" text DEFAULT 'kept', ADD more int")
    files = rollback_files(tmp_path)
    data = next(file for file in files if "data" in file.name)
    schema = next(file for file in files if "schema" in file.name)
    run_files(target, files[: files.index(data)])
    before = schema_dump(target), data_dump(target)

    message = refusal(target, data)
    assert 'column "my note" of table app.child, column more of table app.child' in message
    assert "yours to drop or to keep elsewhere" in message
    assert (schema_dump(target), data_dump(target)) == before

    run_psql(target, "TRUNCATE app.parent, app.child")
    message = refusal(target, schema)
    assert 'column "my note" of table app.child, column more of table app.child' in message
    assert "app.child" in schema_dump(target)

    # As the hint says.
    run_psql(target, 'ALTER TABLE app.child DROP "my note", DROP more')
    run_files(target, [data, schema])
    assert "app" not in schema_dump(target)


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("CREATE INDEX mine ON app.child (parent)", "index app.mine"),
        ("ALTER TABLE app.child ADD CONSTRAINT mine UNIQUE (id)", "constraint mine on table app.child"),
        ("CREATE POLICY mine ON app.child", "policy mine on table app.child"),
        ("CREATE RULE mine AS ON DELETE TO app.child DO NOTHING", "rule mine on table app.child"),
        ("CREATE STATISTICS app.mine ON id, parent FROM app.child", "statistics object app.mine"),
        ("CREATE SEQUENCE app.mine OWNED BY app.child.id", "sequence app.mine"),
        (
            "CREATE TRIGGER mine BEFORE UPDATE ON app.child "
            "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "trigger mine on table app.child",
        ),
        ("CREATE TABLE app.mine PARTITION OF app.part FOR VALUES IN (2)", "table app.mine"),
    ],
)
async def test_what_hangs_on_a_table_and_is_somebody_elses_stops_a_rollback(
    change: str, named: str, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL + "CREATE TABLE app.part (id int) PARTITION BY LIST (id);")
    await write_files(source, tmp_path)
    target = new_database(18, "target")
    run_files(target, forward_files(tmp_path))
    run_psql(target, change)
    *earlier, last = rollback_files(tmp_path)
    run_files(target, earlier)
    before = schema_dump(target)

    message = refusal(target, last)

    assert f"would go what it has not created: {named}" in message
    assert schema_dump(target) == before


@pytest.mark.servers(18)
async def test_what_was_built_on_it_since_stops_a_rollback(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path)
    target = new_database(18, "target")
    run_files(target, forward_files(tmp_path))
    run_psql(target, "CREATE VIEW public.mine AS SELECT * FROM app.child")
    *earlier, last = rollback_files(tmp_path)
    run_files(target, earlier)
    before = schema_dump(target)

    assert "view public.mine depends on table app.child" in refusal(target, last)
    assert schema_dump(target) == before


@pytest.mark.servers(18)
async def test_privileges_that_public_had_before_are_not_taken_away(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL + "GRANT USAGE ON SCHEMA public TO pg_monitor;")
    await write_files(source, tmp_path)
    target = new_database(18, "target", sql="GRANT USAGE ON SCHEMA public TO pg_monitor;")

    said = run_files(target, forward_files(tmp_path))
    assert "privileges on schema public were or was not as in a new database" in said
    said = run_files(target, rollback_files(tmp_path))

    assert "privileges on schema public: left as found" in said
    assert run_psql(target, "SELECT has_schema_privilege('pg_monitor', 'public', 'USAGE')") == "t\n"


@pytest.mark.servers(18)
async def test_an_extension_that_was_there_before_stays(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(18, sql="CREATE EXTENSION vector; CREATE TABLE t (v vector(2));")
    await write_files(source, tmp_path)
    with_vector = new_database(18, "target", sql="CREATE EXTENSION vector")
    without = new_database(18, "target")
    asked = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'"

    for target in (with_vector, without):
        run_files(target, forward_files(tmp_path))
        run_files(target, rollback_files(tmp_path))

    assert run_psql(with_vector, asked) == "1\n"
    assert run_psql(without, asked) == "0\n"


@pytest.mark.servers(18)
async def test_a_publication_that_was_there_before_stays(
    new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL + "CREATE PUBLICATION everything FOR TABLE app.child;")
    await write_files(source, tmp_path)
    target = new_database(18, "target", sql="CREATE PUBLICATION everything;")
    before = schema_dump(target)
    files = forward_files(tmp_path)
    run_files(target, files[:-2])
    assert "publication everything" in refusal(target, files[-2])

    assert "publication everything stays" in run_files(target, rollback_files(tmp_path))

    assert schema_dump(target) == before
