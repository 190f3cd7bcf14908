"""Archives of real servers: read, compared with pg_restore's reading, and run into empty databases."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from pilotage.archive import (
    PREAMBLE,
    RestorePass,
    dump_schema,
    is_of_database,
    is_setting,
    restore_pass,
    statements_of,
)
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import ProgramFailedError
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.names import quote_identifier
from pilotage.model.scope import Scope
from pilotage.programs import Program, find_installations, program_of, run_program
from tests.servers_at_hand import versions

NewDatabase = Callable[..., ConnectionParameters]
SchemaDump = Callable[[ConnectionParameters], str]

RICH = Path(__file__).with_name("archive.sql")

# Roles and tablespaces belong to the whole server; a test before this one may have made them.
CLUSTER = """\
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'archive_owner') THEN
    CREATE ROLE archive_owner;
    CREATE ROLE archive_reader;
    CREATE ROLE archive_super SUPERUSER;
    CREATE ROLE "archive ""odd
owner";
  END IF;
END $$;
"""
TABLESPACE = "CREATE TABLESPACE archive_space LOCATION ''"

# 17 writes archives of the same format as 18.
each_major = pytest.mark.parametrize("major", versions(15, 16, 18, thorough=(17,)))


def program(name: str, major: int) -> Program:
    """PostgreSQL's program of exactly this version, so that each archive format is seen."""
    for installation in find_installations():
        if installation.major == major and (installation.bin / name).exists():
            return program_of(installation, name)
    pytest.skip(f"no {name} of PostgreSQL {major} at hand")


async def prepare_cluster(parameters: ConnectionParameters) -> None:
    async with connect(parameters) as session:
        await session.run(CLUSTER)
        if not await session.value("SELECT 1 FROM pg_tablespace WHERE spcname = 'archive_space'"):
            await session.run("SET allow_in_place_tablespaces = on")
            await session.run(TABLESPACE)


async def rich_database(new_database: NewDatabase, major: int) -> ConnectionParameters:
    parameters = new_database(major, "source")
    await prepare_cluster(parameters)
    async with connect(parameters) as session:
        await session.run(RICH.read_text())
    return parameters


async def restore(archive: Archive, target: ConnectionParameters) -> None:
    async with connect(target) as session:
        await session.run(PREAMBLE)
        for entry in sorted(archive.entries, key=restore_pass):  # stable: the archive's order within a pass
            if statements := statements_of(entry):
                await session.run(statements)
        assert await session.value("SHOW default_tablespace") == ""
        assert await session.value("SHOW default_table_access_method") == "heap"


@contextlib.asynccontextmanager
async def exported_snapshot(session: Session) -> AsyncIterator[str]:
    async with session.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
        yield await session.value("SELECT pg_export_snapshot()")


@each_major
async def test_what_was_dumped_comes_back_the_same(
    new_database: NewDatabase, schema_dump: SchemaDump, tmp_path: Path, major: int
) -> None:
    source = await rich_database(new_database, major)
    target = new_database(major, "target")
    await prepare_cluster(target)

    archive = await dump_schema(source, program=program("pg_dump", major), output=tmp_path / "archive")
    # Materialized views are filled from what they read, so the rows come first.
    main = [entry for entry in archive.entries if restore_pass(entry) is not RestorePass.POST_ACL]
    last = [entry for entry in archive.entries if restore_pass(entry) is RestorePass.POST_ACL]
    await restore(archive_of(archive, main), target)
    async with connect(target) as session:
        await session.run("INSERT INTO app.a (code) VALUES (1), (2)")
    await restore(archive_of(archive, last), target)

    expected = schema_dump(source)
    assert "CREATE TRANSFORM" in expected
    assert schema_dump(target) == expected
    async with connect(target) as session:
        assert await session.value("SELECT array_agg(code) FROM app.a_second") == [2]
        assert await session.value("SELECT relispopulated FROM pg_class WHERE relname = 'never'") is False


def archive_of(archive: Archive, entries: Sequence[ArchiveEntry]) -> Archive:
    return Archive(
        format_version=archive.format_version,
        database=archive.database,
        server_version=archive.server_version,
        pg_dump_version=archive.pg_dump_version,
        entries=tuple(entries),
    )


@pytest.mark.servers(18)
@pytest.mark.parametrize("name", ["pagila.sql", "chinook.sql"])
async def test_other_peoples_databases_come_back_the_same(
    new_database: NewDatabase,
    real_data: Callable[[str], Path],
    schema_dump: SchemaDump,
    tmp_path: Path,
    name: str,
) -> None:
    source = new_database(18, "source", file=real_data(name))
    target = new_database(18, "target")
    yardstick = new_database(18, "target")

    output = tmp_path / "archive"
    archive = await dump_schema(source, program=program("pg_dump", 18), output=output)
    await restore(archive, target)

    # PostgreSQL's own printing is no fixpoint everywhere, so the measure is what pg_restore makes of it.
    await run_program(
        program("pg_restore", 18),
        ["--exit-on-error", f"--dbname={yardstick.database}", str(output)],
        environment=yardstick.libpq_environment(),
    )
    expected = schema_dump(yardstick)
    assert expected.count("CREATE TABLE") >= 11
    assert schema_dump(target) == expected


@each_major
async def test_the_entries_are_those_that_pg_restore_lists(
    new_database: NewDatabase, tmp_path: Path, major: int
) -> None:
    source = await rich_database(new_database, major)
    async with connect(source) as session:
        database = quote_identifier(source.database)
        await session.run(f"COMMENT ON DATABASE {database} IS 'commented'")
        await session.run(f"ALTER DATABASE {database} SET work_mem = '5MB'")
        await session.run(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    output = tmp_path / "archive"
    archive = await dump_schema(source, program=program("pg_dump", major), output=output)

    listed = await run_program(program("pg_restore", major), ["--list", str(output)], environment={})
    lines = [line for line in listed.decode().split("\n") if line and not line.startswith(";")]

    assert archive.database == source.database
    assert archive.pg_dump_version.startswith(f"{major}.")
    of_database = {entry.kind for entry in archive.entries if is_of_database(entry)}
    assert of_database == {"DATABASE", "DATABASE PROPERTIES", "COMMENT", "ACL"}
    assert lines == [
        # PrintTOCSummary(): line breaks in names become spaces, and a missing schema a hyphen.
        f"{entry.dump_id}; {entry.catalog_oid} {entry.oid} {entry.kind} "
        f"{_one_line(entry.schema) or '-'} {_one_line(entry.tag)} {_one_line(entry.owner)}"
        for entry in archive.entries
        if not is_setting(entry) and not is_of_database(entry)
    ]


@each_major
async def test_each_entry_says_what_pg_restore_says(
    new_database: NewDatabase, tmp_path: Path, major: int
) -> None:
    source = await rich_database(new_database, major)
    output = tmp_path / "archive"
    archive = await dump_schema(source, program=program("pg_dump", major), output=output)
    wanted = [e for e in archive.entries if not is_setting(e) and not is_of_database(e)]

    for entry in wanted:
        listing = tmp_path / "listing"
        listing.write_text(f"{entry.dump_id};\n")
        printed = await run_program(
            program("pg_restore", major), [f"--use-list={listing}", "--file=-", str(output)], environment={}
        )
        assert _without_defaults(statements_of(entry)) == _statements_printed(printed.decode(), entry), entry


def _statements_printed(script: str, entry: ArchiveEntry) -> str:
    """The statements of a script of pg_restore's with one entry, line breaks between them made single."""
    _, _, script = script.partition("SET row_security = off;\n")
    script, _, _ = script.partition("\n--\n-- PostgreSQL database dump complete")
    script = re.sub(r"^--\n-- Name: .*\n--\n", "", script, count=1, flags=re.MULTILINE)
    if entry.kind in {"SEQUENCE", "VIEW", "MATERIALIZED VIEW"}:
        # pg_restore 15 still says it as PostgreSQL 8.3 wanted it.
        script = re.sub(r"^ALTER TABLE (.* OWNER TO )", rf"ALTER {entry.kind} \1", script, flags=re.MULTILINE)
    return _without_defaults(script)


def _without_defaults(statements: str) -> str:
    lines = [line for line in statements.split("\n") if line != ""]
    return "\n".join(line for line in lines if line not in _DEFAULTS)


# pg_restore sets these before the first table that wants them; we, once, in the preamble.
_DEFAULTS = ("SET default_tablespace = '';", "SET default_table_access_method = heap;")


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n]", " ", text)


@each_major
async def test_an_archive_holds_no_rows(new_database: NewDatabase, tmp_path: Path, major: int) -> None:
    source = await rich_database(new_database, major)
    output = tmp_path / "archive"
    archive = await dump_schema(source, program=program("pg_dump", major), output=output)

    kinds = {entry.kind for entry in archive.entries}
    assert {"TABLE", "MATERIALIZED VIEW DATA", "FK CONSTRAINT", "DATABASE"} <= kinds
    assert not kinds & {"TABLE DATA", "SEQUENCE SET", "BLOB", "BLOB METADATA", "BLOBS", "STATISTICS DATA"}
    assert not [entry.tag for entry in archive.entries if "LARGE OBJECT" in entry.tag]
    refreshed = [entry.tag for entry in archive.entries if entry.kind == "MATERIALIZED VIEW DATA"]
    assert refreshed == ["z_first", "a_second"]


@pytest.mark.servers(18)
async def test_only_we_may_read_an_archive(new_database: NewDatabase, tmp_path: Path) -> None:
    output = tmp_path / "archive"
    await dump_schema(new_database(18), program=program("pg_dump", 18), output=output)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


@pytest.mark.servers(18)
async def test_the_archive_shows_the_snapshot_and_nothing_later(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    parameters = new_database(18)
    async with connect(parameters) as holder, connect(parameters) as other:
        await other.run("CREATE TABLE public.before ()")
        async with exported_snapshot(holder) as snapshot:
            await other.run("CREATE TABLE public.later ()")
            archive = await dump_schema(
                parameters, program=program("pg_dump", 18), output=tmp_path / "archive", snapshot=snapshot
            )
    assert [entry.tag for entry in archive.entries if entry.kind == "TABLE"] == ["before"]


HOSTILE_SCHEMAS = ("a*", 'a"b', "a.b", "a|b", "a\nb", "A", "$", "a\\", "(a", "a?", "é[")


@pytest.mark.servers(18)
@pytest.mark.parametrize("name", HOSTILE_SCHEMAS)
async def test_a_schema_is_taken_or_left_by_its_exact_name(
    new_database: NewDatabase, tmp_path: Path, name: str
) -> None:
    parameters = new_database(18)
    neighbours = ("a", "ab", "aab", "a b", "axb", "public")
    async with connect(parameters) as session:
        for schema in {*HOSTILE_SCHEMAS, *neighbours} - {"public"}:
            await session.run(f"CREATE SCHEMA {quote_identifier(schema)}")
    taken = await _schemas(parameters, tmp_path, Scope(include=(name,)))
    left = await _schemas(parameters, tmp_path, Scope(exclude=(name,)))

    assert taken == {name}
    assert left == {*HOSTILE_SCHEMAS, *neighbours} - {name, "public"}


async def _schemas(parameters: ConnectionParameters, directory: Path, scope: Scope) -> set[str]:
    archive = await dump_schema(
        parameters, program=program("pg_dump", 18), output=directory / "archive", scope=scope
    )
    return {entry.tag for entry in archive.entries if entry.kind == "SCHEMA"}


@pytest.mark.servers(18)
async def test_a_schema_that_is_not_there_is_refused(new_database: NewDatabase, tmp_path: Path) -> None:
    output = tmp_path / "archive"
    with pytest.raises(ProgramFailedError, match="no matching schemas were found for pattern"):
        await dump_schema(
            new_database(18),
            program=program("pg_dump", 18),
            output=output,
            scope=Scope(include=("public", "nowhere")),
        )
    assert not output.exists()


@pytest.mark.servers(18)
async def test_a_lock_that_is_not_to_be_had_ends_the_dump(new_database: NewDatabase, tmp_path: Path) -> None:
    parameters = new_database(18)
    async with connect(parameters) as holder:
        await holder.run("CREATE TABLE public.busy ()")
        async with holder.transaction():
            await holder.run("LOCK TABLE public.busy")
            with pytest.raises(ProgramFailedError, match="busy"):
                await dump_schema(
                    parameters,
                    program=program("pg_dump", 18),
                    output=tmp_path / "archive",
                    lock_wait_timeout=0.05,
                )
