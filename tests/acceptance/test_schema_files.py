"""Files without rows run by psql alone: they create exactly what the source has, or stop and say why."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError, UsageError
from pilotage.files.generate import FileStarted, FileWritten, GenerationEvent, GenerationStarted, RowsRead
from pilotage.files.manifest import MANIFEST, decode_manifest
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.review import FileKind
from tests.generated_files import forward_files, plan_of, refusal, rollback_files, run_files, write_files
from tests.servers_at_hand import Databases, run_psql

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

RICH = Path(__file__).parent / "rich.sql"
LAYOUTS = pytest.mark.parametrize("layout", list(Layout))
FORMATS = pytest.mark.parametrize("data_format", list(DataFormat))

SMALL = """
CREATE SCHEMA app;
CREATE TABLE app.parent (id int PRIMARY KEY, name text, kind text);
CREATE TABLE app.child (id serial PRIMARY KEY, parent int REFERENCES app.parent);
CREATE INDEX child_parent ON app.child (parent);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touch BEFORE UPDATE ON app.child FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.child ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.child USING (id > 0);
CREATE VIEW app.children AS SELECT * FROM app.child;
INSERT INTO app.parent VALUES (1), (2);
INSERT INTO app.child (parent) VALUES (1), (2), (2);
"""


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its name from there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.servers(18)
@LAYOUTS
@FORMATS
async def test_everything_arrives_and_nothing_of_it_runs_in_psql(
    layout: Layout,
    data_format: DataFormat,
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source, target = new_database(18, file=RICH), new_database(18, "target")
    sql, work = tmp_path / "sql", tmp_path / "work"
    work.mkdir()
    await write_files(source, sql, Configuration(layout=layout, data_format=data_format))

    said = run_files(target, forward_files(sql), cwd=work)

    assert schema_dump(target).splitlines() == schema_dump(source).splitlines()
    assert data_dump(target) == data_dump(source)
    run_files(target, rollback_files(sql), cwd=work)
    assert content_of(work) == {}
    # All that psql said is what the server thinks of publications on a server that cannot publish.
    assert re.sub(r".*wal_level.*\nHINT:.*\n", "", said) == ""


@pytest.mark.servers(15, 16, 17, 18)
@pytest.mark.parametrize("major", [15, 16, 17, 18])
async def test_files_run_on_every_version(
    major: int, new_database: Databases, data_dump: Rows, tmp_path: Path
) -> None:
    source, target = new_database(major, sql=SMALL), new_database(major, "target")
    await write_files(source, tmp_path)

    run_files(target, forward_files(tmp_path))
    assert data_dump(target) == data_dump(source)
    run_files(target, rollback_files(tmp_path))

    assert run_psql(target, "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'") == "0\n"


@pytest.mark.servers(18)
@LAYOUTS
async def test_the_format_insert_needs_no_psql(
    layout: Layout, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    before = schema_dump(target)
    await write_files(source, tmp_path, Configuration(layout=layout, data_format=DataFormat.INSERT))

    async with connect(target) as session:
        for file in forward_files(tmp_path):
            await session.run(file.read_text())
        assert schema_dump(target) == schema_dump(source)
        assert data_dump(target) == data_dump(source)
        for file in rollback_files(tmp_path):
            await session.run(file.read_text())
    assert schema_dump(target) == before


@pytest.mark.servers(18)
@LAYOUTS
async def test_no_file_runs_twice(
    layout: Layout, new_database: Databases, schema_dump: Dump, data_dump: Rows, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    await write_files(source, tmp_path, Configuration(layout=layout))
    for file in forward_files(tmp_path)[:-1]:
        run_files(target, [file])
        before = schema_dump(target), data_dump(target)
        if "finish" not in file.name:
            assert "run before" in refusal(target, file), file.name
        assert (schema_dump(target), data_dump(target)) == before
    # To gather statistics once more is no harm.
    run_files(target, forward_files(tmp_path)[-2:])


@pytest.mark.servers(18)
@LAYOUTS
async def test_no_file_runs_too_early(
    layout: Layout, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    before = schema_dump(target)
    await write_files(source, tmp_path, Configuration(layout=layout))

    for file in forward_files(tmp_path)[1:-1]:
        message = refusal(target, file)
        assert "does not exist" in message
        assert "Run " in message
    assert "expected" in refusal(target, forward_files(tmp_path)[-1])
    assert schema_dump(target) == before


EDITS = [
    ("    name text,\n", "", "table app.parent has the columns id, kind where id, name, kind were expected"),
    ("CREATE INDEX child_parent ON app.child USING btree (parent);\n", "", "index app.child_parent"),
    ("CREATE POLICY own ON app.child USING ((id > 0));\n", "", "policy own on app.child"),
    ("CREATE VIEW app.children AS\n SELECT id,\n    parent\n   FROM app.child;\n", "", "view app.children"),
]


@pytest.mark.servers(18)
@pytest.mark.parametrize(("old", "new", "message"), EDITS)
async def test_an_edited_file_stops_and_names_what_is_missing(
    old: str, new: str, message: str, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    before = schema_dump(target)
    await write_files(source, tmp_path)
    file = forward_files(tmp_path)[0]
    text = file.read_text()
    assert text.count(old) == 1
    # Without its owner, which is a statement of its own, and would say the same in the server's words.
    edited = re.sub(r"ALTER VIEW app.children OWNER TO .*;\n", "", text.replace(old, new))
    file.write_text(edited)

    assert message in refusal(target, file)
    assert schema_dump(target) == before


@pytest.mark.servers(18)
@FORMATS
async def test_a_file_cut_short_at_any_statement_is_an_error(
    data_format: DataFormat, new_database: Databases, schema_dump: Dump, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    before = schema_dump(target)
    await write_files(source, tmp_path, Configuration(data_format=data_format))
    file = forward_files(tmp_path)[0]
    lines = file.read_text().splitlines(keepends=True)
    ends = [number for number, line in enumerate(lines, start=1) if ";" in line]
    for end in ends[:-1:7]:
        file.write_text("".join(lines[:end]))
        message = refusal(target, file)
        assert re.search("CUT SHORT|endif|unterminated|at end of input", message), f"cut after line {end}"
    assert schema_dump(target) == before


@pytest.mark.servers(18)
@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("UPDATE app.parent SET name = 'x' WHERE id = 1", "rows: app.parent: expected 2 rows, checksum"),
        ("DELETE FROM app.child WHERE id = 1", "rows: app.child: expected 3 rows, checksum"),
        ("SELECT nextval('app.child_id_seq')", "sequences: app.child_id_seq: expected 3, is_called true"),
        ("DROP INDEX app.child_parent", "indexes: app.child_parent: expected valid, found missing"),
        (
            "ALTER TABLE app.child DISABLE TRIGGER touch",
            "triggers: touch on app.child: expected origin, found disabled",
        ),
        (
            "DROP POLICY own ON app.child; CREATE POLICY own ON app.child AS RESTRICTIVE USING (id > 0)",
            "policies: own on app.child: expected permissive, for all, found restrictive, for all",
        ),
        ("CREATE POLICY more ON app.parent", "in all: policies on these tables: expected 1, found 2"),
        (
            "ALTER TABLE app.child DISABLE ROW LEVEL SECURITY",
            "row level security: app.child: expected on, found off",
        ),
        (
            "ALTER TABLE app.child DROP CONSTRAINT child_parent_fkey",
            "foreign keys: child_parent_fkey on app.child: expected valid, found missing",
        ),
        ("DROP VIEW app.children", "views: app.children: expected there, found missing"),
        ("DROP TABLE app.child CASCADE", "rows: app.child: expected 3 rows, checksum"),
        ("DROP FUNCTION app.touch CASCADE", "objects: function app.touch(): expected there, found missing"),
    ],
)
async def test_validation_names_every_difference(
    change: str, difference: str, new_database: Databases, tmp_path: Path
) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    await write_files(source, tmp_path)
    *files, validation = forward_files(tmp_path)
    run_files(target, files)
    run_psql(target, change)

    message = refusal(target, validation)

    assert difference in message
    assert "DIFFERENT" in message


@pytest.mark.servers(18)
async def test_a_changed_source_is_refused_with_what_changed(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(18, sql=SMALL)
    plan, _ = await plan_of(source, Configuration())
    run_psql(
        source,
        "CREATE TABLE app.fresh (a int); DROP VIEW app.children; ALTER TABLE app.parent ADD COLUMN more int",
    )

    with pytest.raises(RefusedError) as refused:
        await write_files(source, tmp_path / "sql", plan=plan)

    message = str(refused.value)
    assert "new: table app fresh" in message
    assert "gone: view app children" in message
    assert "changed: table app parent" in message
    assert "child" not in message.replace("children", "")
    assert not (tmp_path / "sql").exists()


@pytest.mark.servers(18)
async def test_rows_may_change_between_plan_and_files(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(18, sql=SMALL), new_database(18, "target")
    plan, _ = await plan_of(source, Configuration())
    run_psql(source, "INSERT INTO app.child (parent) SELECT 1 FROM generate_series(1, 7)")

    manifest = await write_files(source, tmp_path, plan=plan)

    assert sum(file.rows for file in manifest.migration) == 2 + 10
    run_files(target, forward_files(tmp_path))


@pytest.mark.servers(18)
async def test_a_plan_without_files_has_nothing_to_write(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(18, sql=SMALL)
    plan, _ = await plan_of(source, Configuration())
    with pytest.raises(UsageError, match="has no files"):
        await write_files(source, tmp_path, plan=msgspec.structs.replace(plan, files=()))


@pytest.mark.servers(18)
async def test_the_manifest_says_what_was_written_and_events_tell_as_it_happens(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    events: list[GenerationEvent] = []

    manifest = await write_files(source, tmp_path, events=events)

    assert decode_manifest((tmp_path / MANIFEST).read_bytes()) == manifest
    on_disk = content_of(tmp_path)
    assert on_disk.keys() == {*(file.name for file in manifest.files), MANIFEST}
    for file in manifest.files:
        content = on_disk[file.name]
        assert (file.bytes, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    rows = {table.name: table.rows for file in manifest.files for table in file.tables}
    assert rows == {"app.parent": 2, "app.child": 3}
    assert [file.kind for file in manifest.migration][-2:] == [FileKind.FINISH, FileKind.VALIDATE]
    assert all(file.undoes and file.name.endswith(f"-undo-{file.planned}") for file in manifest.rollback)
    assert manifest.figures()[0].bytes == manifest.migration[0].bytes
    started = events[0]
    assert isinstance(started, GenerationStarted)
    assert started.rows == 5
    assert [event.file for event in events if isinstance(event, FileStarted)] == [
        file.planned for file in manifest.migration if file.kind is FileKind.DATA
    ]
    assert sum(event.bytes for event in events if isinstance(event, RowsRead)) > 0
    written = {event.file: event.bytes for event in events if isinstance(event, FileWritten)}
    assert written == {file.name: file.bytes for file in manifest.files}


@pytest.mark.servers(18)
async def test_the_same_source_gives_the_same_bytes(new_database: Databases, tmp_path: Path) -> None:
    source = new_database(18, file=RICH)
    once = await write_files(source, tmp_path / "once")
    again = await write_files(source, tmp_path / "again")
    assert once == again


@pytest.mark.servers(18)
async def test_own_files_are_replaced_and_those_of_others_are_not(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(18, sql=SMALL)
    await write_files(source, tmp_path, Configuration(layout=Layout.BULK))
    (tmp_path / "notes.txt").write_text("mine")

    manifest = await write_files(source, tmp_path)
    assert content_of(tmp_path).keys() == {*(file.name for file in manifest.files), MANIFEST, "notes.txt"}

    own = tmp_path / "05-own.sql"
    own.write_text("SELECT 1;\n")
    edited = forward_files(tmp_path)[0]
    edited.write_text(edited.read_text() + "-- a remark\n")
    before = content_of(tmp_path)
    with pytest.raises(RefusedError) as refused:
        await write_files(source, tmp_path)
    assert "05-own.sql" in str(refused.value)
    assert edited.name in str(refused.value)
    assert content_of(tmp_path) == before

    assert await write_files(source, tmp_path, replace=True) == manifest
    assert content_of(tmp_path).keys() == {*(file.name for file in manifest.files), MANIFEST, "notes.txt"}
    assert content_of(tmp_path)["notes.txt"] == b"mine"
