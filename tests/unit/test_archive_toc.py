"""Reading an archive's table of contents, and the SQL of its entries, without a server.

The archives are written here, byte by byte, as PostgreSQL's WriteHead() and WriteToc() do; real ones are read
in tests/acceptance/test_archive.py.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.archive import PREAMBLE, RestorePass, read_archive, restore_pass, statements_of
from pilotage.archive.toc import SETTINGS
from pilotage.errors import ArchiveError
from pilotage.model.archive import Archive, ArchiveEntry, Section

SECTION_NUMBERS = {Section.NONE: 1, Section.PRE_DATA: 2, Section.DATA: 3, Section.POST_DATA: 4}


def an_entry(**changes: object) -> ArchiveEntry:
    """An entry like that of a table, but for the changes."""
    table = ArchiveEntry(
        dump_id=200,
        catalog_oid=1259,
        oid=16384,
        kind="TABLE",
        tag="orders",
        schema="app",
        owner="olga",
        section=Section.PRE_DATA,
        definition="CREATE TABLE app.orders (\n    id integer\n);\n",
        drop_statement="DROP TABLE app.orders;\n",
        tablespace="",
        access_method="heap",
        relkind="r",
        dependencies=(6, 7),
    )
    return msgspec.structs.replace(table, **changes)


SETTING_ENTRIES = tuple(
    an_entry(
        dump_id=number,
        catalog_oid=0,
        oid=0,
        kind=kind,
        tag=kind,
        schema="",
        owner="",
        definition=text + "\n",
        drop_statement="",
        access_method="",
        relkind="",
        dependencies=(),
    )
    for number, (kind, text) in enumerate(SETTINGS.items(), start=1)
)


def saying(kind: str, definition: str) -> list[ArchiveEntry]:
    """The entries of the settings, one of them saying something else."""
    return [
        msgspec.structs.replace(entry, definition=definition) if entry.kind == kind else entry
        for entry in SETTING_ENTRIES
    ]


class Writer:
    """Writes the archive format."""

    def __init__(self, *, minor: int = 16, integer_size: int = 4, offset_size: int = 8) -> None:
        self.minor = minor
        self.integer_size = integer_size
        self.offset_size = offset_size

    def integer(self, value: int) -> bytes:
        return bytes([value < 0]) + abs(value).to_bytes(self.integer_size, "little")

    def text(self, value: str | bytes | None) -> bytes:
        if value is None:
            return self.integer(-1)
        raw = value.encode() if isinstance(value, str) else value
        return self.integer(len(raw)) + raw

    def header(self, *, archive_format: int = 1) -> bytes:
        fixed = bytes([1, self.minor, 0, self.integer_size, self.offset_size, archive_format])
        compression = bytes([0]) if self.minor >= 15 else self.integer(-1)
        created = b"".join(map(self.integer, (59, 59, 23, 31, 11, 125, 0)))
        return b"PGDMP" + fixed + compression + created + b"".join(map(self.text, ("shop", "16.1", "18.6")))

    def entry(self, entry: ArchiveEntry, *, with_oids: str = "false", section: int | None = None) -> bytes:
        strings = [entry.definition, entry.drop_statement, None, entry.schema, entry.tablespace]
        if self.minor >= 14:
            strings.append(entry.access_method)
        relkind = self.integer(ord(entry.relkind) if entry.relkind else 0) if self.minor >= 16 else b""
        return b"".join(
            (
                self.integer(entry.dump_id),
                self.integer(0),
                self.text(str(entry.catalog_oid)),
                self.text(str(entry.oid)),
                self.text(entry.tag),
                self.text(entry.kind),
                self.integer(SECTION_NUMBERS[entry.section] if section is None else section),
                *(self.text(string) for string in strings),
                relkind,
                self.text(entry.owner),
                self.text(with_oids),
                *(self.text(str(dump_id)) for dump_id in entry.dependencies),
                self.text(None),
                bytes([3]) + bytes(self.offset_size),
            )
        )

    def archive(self, entries: Sequence[ArchiveEntry] = SETTING_ENTRIES) -> bytes:
        return self.header() + self.integer(len(entries)) + b"".join(map(self.entry, entries))


def read(tmp_path: Path, data: bytes) -> Archive:
    path = tmp_path / "archive"
    path.write_bytes(data)
    return read_archive(path)


def refusal(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(ArchiveError) as caught:
        read(tmp_path, data)
    message = str(caught.value)
    assert "found " in message
    assert ", wanted " in message
    assert "; " in message.partition(", wanted ")[2], "it does not say what to do"
    return message


SAMPLE = (*SETTING_ENTRIES, an_entry())


@pytest.mark.parametrize("integer_size", [4, 8])
@pytest.mark.parametrize("minor", [13, 14, 15, 16])
def test_every_known_version_is_read(tmp_path: Path, minor: int, integer_size: int) -> None:
    archive = read(tmp_path, Writer(minor=minor, integer_size=integer_size).archive(SAMPLE))

    assert archive.format_version == (1, minor, 0)
    assert (archive.database, archive.server_version, archive.pg_dump_version) == ("shop", "16.1", "18.6")
    assert archive.entries[:-1] == SETTING_ENTRIES
    assert archive.entries[-1] == an_entry(
        access_method="heap" if minor >= 14 else "", relkind="r" if minor >= 16 else ""
    )


# PostgreSQL's text holds any character but NUL; UTF-8 has no lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
numbers = st.integers(0, 2**32 - 1)
entries = st.builds(
    ArchiveEntry,
    dump_id=st.integers(100, 2**31 - 1),
    catalog_oid=numbers,
    oid=numbers,
    kind=texts.filter(lambda kind: kind not in SETTINGS),
    tag=texts,
    schema=texts,
    owner=texts,
    section=st.sampled_from(Section),
    definition=texts,
    drop_statement=texts,
    tablespace=texts,
    access_method=texts,
    relkind=st.sampled_from(["", *"rpmvSf"]),
    dependencies=st.lists(st.integers(0, 2**31 - 1), max_size=4).map(tuple),
)


@settings(deadline=None)
@given(st.lists(entries, max_size=4, unique_by=lambda entry: entry.dump_id))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, written: list[ArchiveEntry]
) -> None:
    archive = read(tmp_path_factory.mktemp("archive"), Writer().archive((*SETTING_ENTRIES, *written)))

    assert archive.entries == (*SETTING_ENTRIES, *written)


def test_rows_after_the_table_of_contents_are_left_alone(tmp_path: Path) -> None:
    data = Writer().archive(SAMPLE)
    assert read(tmp_path, data + b"\xff" * 100) == read(tmp_path, data)


def test_an_archive_that_ends_early_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    data = Writer().archive(SAMPLE)
    for length in range(len(data)):
        assert "end of the file" in refusal(tmp_path, data[:length])


@settings(deadline=None)
@given(st.data())
def test_a_damaged_byte_is_refused_or_read_but_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    archive = bytearray(Writer().archive(SAMPLE))
    position = data.draw(st.integers(0, len(archive) - 1))
    archive[position] = data.draw(st.integers(0, 255))
    directory = tmp_path_factory.mktemp("archive")
    try:
        result = read(directory, bytes(archive))
    except ArchiveError as error:
        assert str(directory) in str(error)
    else:
        assert len(result.entries) <= len(SAMPLE)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused(tmp_path_factory: pytest.TempPathFactory, garbage: bytes) -> None:
    writer = Writer()
    refusal(tmp_path_factory.mktemp("archive"), writer.header() + writer.integer(2**31 - 1) + garbage)


def test_a_damaged_length_allocates_nothing(tmp_path: Path) -> None:
    writer = Writer(integer_size=8)
    head = writer.header()
    data = head[: -len(writer.text("18.6"))] + writer.integer(2**62) + b"18.6"
    tracemalloc.start()
    try:
        message = refusal(tmp_path, data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert f"wanted {2**62} bytes of pg_dump's version" in message
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"--\n-- PostgreSQL database dump\n--\n", "pg_dump --format=custom"),
        (Writer(minor=12).archive(), "1.12, wanted 1.13 to 1.16; take the dump with pg_dump 10.3"),
        (Writer(minor=17).archive(), "1.17, wanted 1.13 to 1.16; take the dump with a pg_dump"),
        (b"PGDMP\x02\x00\x00" + bytes(90), "archive version 2.0"),
        (Writer().header(archive_format=3), "found format 3, wanted format 1 (custom)"),
        (Writer(integer_size=16).archive(), "the size of an integer (4, 8)"),
        (Writer(offset_size=3).archive(), "the size of a file offset (4, 8)"),
        (Writer().header() + Writer().integer(-1), "the number of entries"),
        (Writer().archive((*SAMPLE, an_entry())), "dump id 200 a second time"),
        (Writer().archive((an_entry(dump_id=0),)), "a dump id, which is positive"),
        (Writer().archive((an_entry(oid=2**32),)), "the object's OID"),
        (Writer().archive((an_entry(dependencies=(2**31,)),)), "a dependency"),
        (Writer().archive((an_entry(relkind="é"),)), "the relation's kind"),
        (Writer().archive((an_entry(tag="nul\0"),)), "a NUL byte in the tag"),
        (Writer().archive(SETTING_ENTRIES[:2]), "SEARCHPATH 'missing'"),
        (Writer().archive(saying("ENCODING", "SET client_encoding = 'LATIN1';\n")), "--encoding=UTF8"),
        (
            Writer().archive(saying("STDSTRINGS", "SET standard_conforming_strings = 'off';\n")),
            "standard_conforming_strings=on",
        ),
        (Writer().header() + Writer().integer(1) + Writer().entry(an_entry(), with_oids="true"), "WITH OIDS"),
        (Writer().header() + Writer().integer(1) + Writer().entry(an_entry(), section=5), "section 5"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in refusal(tmp_path, data)


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    data = Writer().archive((an_entry(tag="caf?"),)).replace(b"caf?", b"caf\xe9")
    assert r"b'\xe9' in the tag" in refusal(tmp_path, data)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"nowhere.*cannot be read: No such file"):
        read_archive(tmp_path / "nowhere")


def test_the_owner_follows_the_definition() -> None:
    assert statements_of(an_entry()) == (
        "CREATE TABLE app.orders (\n    id integer\n);\nALTER TABLE app.orders OWNER TO olga;\n"
    )


@pytest.mark.parametrize(
    ("changes", "owner_statement"),
    [
        ({"kind": "SCHEMA", "schema": "", "tag": "App"}, 'ALTER SCHEMA "App" OWNER TO olga;\n'),
        (
            {"kind": "SUBSCRIPTION", "schema": "", "tag": 'a"b', "owner": "select"},
            'ALTER SUBSCRIPTION "a""b" OWNER TO "select";\n',
        ),
        ({"kind": "VIEW", "tag": "a\nb"}, 'ALTER VIEW app."a\nb" OWNER TO olga;\n'),
        (
            {"kind": "FUNCTION", "drop_statement": "DROP FUNCTION app.f(integer, text);\n"},
            "ALTER FUNCTION app.f(integer, text) OWNER TO olga;\n",
        ),
        (
            {"kind": "OPERATOR CLASS", "drop_statement": "DROP OPERATOR CLASS app.c USING btree;\n"},
            "ALTER OPERATOR CLASS app.c USING btree OWNER TO olga;\n",
        ),
        ({"kind": "BLOB", "tag": "4711", "schema": ""}, "ALTER LARGE OBJECT 4711 OWNER TO olga;\n"),
        ({"kind": "FK CONSTRAINT"}, ""),
        ({"kind": "SOMETHING NEW", "owner": ""}, ""),
        ({"kind": "SOMETHING NEW", "drop_statement": ""}, ""),
    ],
)
def test_the_owner_is_named_as_its_kind_wants_it(changes: dict[str, str], owner_statement: str) -> None:
    assert statements_of(an_entry(definition="-- created", **changes)) == "-- created\n" + owner_statement


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "SOMETHING NEW"},
        {"kind": "BLOB", "tag": "1; DROP TABLE x"},
        {"kind": "BLOB METADATA"},
        {"kind": "ACL", "tag": "LARGE OBJECTS 1..2"},
    ],
)
def test_an_entry_that_cannot_be_said_in_sql_is_refused_by_name(changes: dict[str, str]) -> None:
    with pytest.raises(ArchiveError, match=r"archive entry 200 \(.+\) .+; leave the object out"):
        statements_of(an_entry(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "DATABASE", "tag": "shop"},
        {"kind": "DATABASE PROPERTIES", "tag": "shop"},
        {"kind": "COMMENT", "tag": "DATABASE shop"},
        {"kind": "ACL", "tag": "DATABASE shop"},
        {"kind": "ENCODING"},
        {"kind": "INDEX", "definition": ""},
    ],
)
def test_what_pg_restore_leaves_out_gives_nothing(changes: dict[str, str]) -> None:
    assert statements_of(an_entry(**changes)) == ""


def test_the_session_is_left_as_it_was_found() -> None:
    assert "SET default_tablespace = '';\nSET default_table_access_method = heap;\n" in PREAMBLE
    entry = an_entry(definition="CREATE …;\n", owner="", tablespace="Fast", access_method="columnar")
    assert statements_of(entry) == (
        'SET default_tablespace = "Fast";\n'
        "SET default_table_access_method = columnar;\n"
        "CREATE …;\n"
        "SET default_tablespace = '';\n"
        "SET default_table_access_method = heap;\n"
    )


def test_a_partitioned_table_gets_its_access_method_by_alter_table() -> None:
    entry = an_entry(definition="CREATE …;\n", owner="", relkind="p", access_method="columnar")
    assert statements_of(entry) == "CREATE …;\nALTER TABLE app.orders SET ACCESS METHOD columnar;\n"


@pytest.mark.parametrize(
    ("kind", "tag", "expected"),
    [
        ("TABLE", "orders", RestorePass.MAIN),
        ("COMMENT", "TABLE orders", RestorePass.MAIN),
        ("ACL", "TABLE orders", RestorePass.ACL),
        ("DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", RestorePass.ACL),
        ("MATERIALIZED VIEW", "totals", RestorePass.MAIN),
        ("MATERIALIZED VIEW DATA", "totals", RestorePass.POST_ACL),
        ("EVENT TRIGGER", "watcher", RestorePass.POST_ACL),
        ("COMMENT", "EVENT TRIGGER watcher", RestorePass.POST_ACL),
        ("SECURITY LABEL", "EVENT TRIGGER watcher", RestorePass.POST_ACL),
    ],
)
def test_privileges_come_late_and_refreshes_and_event_triggers_last(
    kind: str, tag: str, expected: RestorePass
) -> None:
    assert restore_pass(an_entry(kind=kind, tag=tag)) is expected
