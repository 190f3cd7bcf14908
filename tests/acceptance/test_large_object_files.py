"""Files of large objects: psql alone brings all of them, and takes back those that the files created."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import RefusedError
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.review import FileKind
from pilotage.verify import verify
from tests.acceptance.test_large_objects import NUMBER, OBJECTS, ROLES
from tests.generated_files import forward_files, plan_of, refusal, rollback_files, run_files, write_files
from tests.servers_at_hand import Databases, run_psql, versions

Dump = Callable[[ConnectionParameters], str]
Rows = Callable[[ConnectionParameters], list[str]]

FORMATS = pytest.mark.parametrize("data_format", list(DataFormat))
VERSIONS = pytest.mark.parametrize("major", versions(15, 18, thorough=(17,), besides=(18,)))

UNRELATED = ROLES + (
    "ALTER DEFAULT PRIVILEGES GRANT ALL ON LARGE OBJECTS TO PUBLIC;"
    "SELECT lo_from_bytea(42, 'not yours'), lo_from_bytea(5000000, 'nor this');"
)


def configured(data_format: DataFormat, split_bytes: int = 100_000_000) -> Configuration:
    return Configuration(data_format=data_format, split_bytes=split_bytes, layout=Layout.SCHEMA_FIRST)


@VERSIONS
@FORMATS
async def test_they_arrive_and_are_taken_back(
    major: int,
    data_format: DataFormat,
    new_database: Databases,
    schema_dump: Dump,
    data_dump: Rows,
    tmp_path: Path,
) -> None:
    source = new_database(major, file=OBJECTS)
    target = new_database(18, "target", sql=UNRELATED)
    before = schema_dump(target), data_dump(target)

    manifest = await write_files(source, tmp_path, configured(data_format, 600_000))
    parts = [file for file in manifest.migration if file.kind is FileKind.LARGE_OBJECTS]
    assert sum(file.large_objects for file in parts) == NUMBER
    assert len(parts) > 3
    # One statement, of at most 256 KiB in hexadecimal digits, may go beyond the size.
    assert all(file.bytes < 600_000 + 700_000 for file in parts)
    run_files(target, forward_files(tmp_path))

    run_psql(target, "SELECT lo_unlink(42), lo_unlink(5000000);")
    async with connect(source) as source_session, connect(target) as target_session:
        verdict = await verify(source_session, target_session)
    (check,) = [check for check in verdict.checks if check.name == "large-objects"]
    assert (check.compared, check.differences) == (NUMBER, ())
    run_psql(target, "SELECT lo_from_bytea(42, 'not yours'), lo_from_bytea(5000000, 'nor this');")

    run_files(target, rollback_files(tmp_path))
    assert (schema_dump(target), data_dump(target)) == before
    said = run_files(target, rollback_files(tmp_path))
    assert "nothing to undo: 39a-large-objects.sql" in said
    assert (schema_dump(target), data_dump(target)) == before


@pytest.fixture
async def written(new_database: Databases, tmp_path: Path) -> list[Path]:
    """The parts of one large object that is split, and of two that are not."""
    source = new_database(
        sql="SELECT lo_from_bytea(700, 'small'), lo_from_bytea(702, 'behind'),"
        "lo_from_bytea(701, decode(repeat('0badc0de', 300000), 'hex'));"
    )
    await write_files(source, tmp_path, configured(DataFormat.COPY, 1_000_000))
    parts = [file for file in forward_files(tmp_path) if "large-objects" in file.name]
    assert [part.name[:3] for part in parts] == ["39a", "39b", "39c"]
    return parts


async def test_a_file_that_runs_twice_is_stopped(written: list[Path], new_database: Databases) -> None:
    target = new_database(18, "target")
    run_files(target, written[:1])

    assert "2 of the large objects that this file brings are already there: 700, 701" in refusal(
        target, written[0]
    )
    run_files(target, written[1:2])
    assert "this file has run before" in refusal(target, written[1])


async def test_a_part_out_of_order_is_stopped(written: list[Path], new_database: Databases) -> None:
    target = new_database(18, "target")

    assert "large object 701 holds no bytes where 524288 were expected" in refusal(target, written[1])
    run_files(target, written[:1])
    assert "an earlier part has not run" in refusal(target, written[2])


async def test_a_changed_byte_is_stopped(written: list[Path], new_database: Databases) -> None:
    target = new_database(18, "target")
    damaged = written[0].read_text().replace("0badc0de", "0badc0df", 1)
    written[0].write_text(damaged)

    assert "the file is damaged or was edited" in refusal(target, written[0])
    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM pg_largeobject_metadata") == 0


async def test_a_file_cut_short_is_stopped(written: list[Path], new_database: Databases) -> None:
    target = new_database(18, "target")
    lines = written[0].read_text().splitlines(keepends=True)
    written[0].write_text("".join(lines[: len(lines) // 2]))

    refusal(target, written[0])
    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM pg_largeobject_metadata") == 0


async def test_rollback_of_some_parts(written: list[Path], new_database: Databases, tmp_path: Path) -> None:
    target = new_database(18, "target")
    run_files(target, written[:2])
    undoing = [file for file in rollback_files(tmp_path) if "large-objects" in file.name]

    run_files(target, undoing)

    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM pg_largeobject_metadata") == 0


async def test_rollback_leaves_what_was_changed_since(
    written: list[Path], new_database: Databases, tmp_path: Path
) -> None:
    target = new_database(18, "target")
    run_files(target, written)
    run_psql(target, "SELECT lo_put(700, 0, 'S');")
    first, *_ = (file for file in rollback_files(tmp_path) if "large-objects" in file.name)

    assert "large object 700 does not hold what its file has brought: nothing is removed" in refusal(
        target, first
    )
    async with connect(target) as session:
        assert await session.value("SELECT count(*) FROM pg_largeobject_metadata") == 3


@pytest.mark.parametrize("damage", ["SELECT lo_unlink(702);", "SELECT lo_put(701, 600000, '\\x00');"])
async def test_validation_names_the_part(
    damage: str, written: list[Path], new_database: Databases, tmp_path: Path
) -> None:
    target = new_database(18, "target")
    *files, validate = forward_files(tmp_path)
    run_files(target, [*files, validate])
    run_psql(target, damage)

    assert "large objects of 39c-large-objects.sql" in refusal(target, validate)


async def test_the_insert_format_needs_no_psql(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(file=OBJECTS), new_database(18, "target", sql=ROLES)
    await write_files(source, tmp_path, configured(DataFormat.INSERT))

    async with connect(target) as session:
        for file in forward_files(tmp_path):
            await session.run(file.read_text())
    async with connect(source) as source_session, connect(target) as target_session:
        assert (await verify(source_session, target_session)).differences == ()


async def test_what_was_created_since_the_plan_is_brought(new_database: Databases, tmp_path: Path) -> None:
    source, target = new_database(sql="SELECT lo_from_bytea(900, 'planned');"), new_database(18, "target")
    plan, _ = await plan_of(source, configured(DataFormat.COPY))
    run_psql(source, "SELECT lo_from_bytea(3, 'before'), lo_from_bytea(4000000000, 'behind');")
    await write_files(source, tmp_path, plan=plan)

    run_files(target, forward_files(tmp_path))

    async with connect(target) as session:
        assert await session.value(
            "SELECT array_agg(oid::int8 ORDER BY oid) FROM pg_largeobject_metadata"
        ) == [
            3,
            900,
            4000000000,
        ]


async def test_the_first_large_object_since_the_plan_is_refused_not_left_out(
    new_database: Databases, tmp_path: Path
) -> None:
    source = new_database(sql="CREATE TABLE t (id int);")
    plan, _ = await plan_of(source, configured(DataFormat.COPY))
    run_psql(source, "SELECT lo_from_bytea(3, 'new');")

    with pytest.raises(RefusedError, match="knows nothing of; nothing was written: large objects"):
        await write_files(source, tmp_path, plan=plan)
