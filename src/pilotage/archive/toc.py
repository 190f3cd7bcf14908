"""Reads the header and the table of contents of a custom-format archive of pg_dump.

Consumed by :mod:`pilotage.archive.dump` and by whoever holds such a file. Nothing here runs a program, talks
to a server or reads the rows that an archive may hold.

The layout is that of ReadHead() and ReadToc() in PostgreSQL's ``src/bin/pg_dump/pg_backup_archiver.c``: an
integer is a sign byte and ``intSize`` bytes, least significant first; a string is its length as an integer
(-1 for NULL) and its bytes in the encoding of the dump.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from pilotage.errors import ArchiveError
from pilotage.model.archive import Archive, ArchiveEntry, Section

MAGIC = b"PGDMP"

OLDEST_FORMAT = (1, 13)
"""Older archives leave names unqualified and rely on a search_path for each entry (pg_dump before 10.3)."""

NEWEST_FORMAT = (1, 16)
"""Written by pg_dump 17 and 18. A newer minor version adds fields that would shift everything after them."""

SETTINGS = {
    "ENCODING": "SET client_encoding = 'UTF8';",
    "STDSTRINGS": "SET standard_conforming_strings = 'on';",
    "SEARCHPATH": "SELECT pg_catalog.set_config('search_path', '', false);",
}
"""What the entries that stand for settings must say: under any others the definitions read differently."""

_CUSTOM_FORMAT = 1  # ArchiveFormat in pg_backup.h
_TABLE_ACCESS_METHOD_SINCE = (1, 14)
_COMPRESSION_BYTE_SINCE = (1, 15)
_RELKIND_SINCE = (1, 16)
_SECTIONS = {1: Section.NONE, 2: Section.PRE_DATA, 3: Section.DATA, 4: Section.POST_DATA}
_INTEGER_SIZES = (4, 8)
_OFFSET_STATES = (1, 2, 3)  # K_OFFSET_POS_NOT_SET, K_OFFSET_POS_SET, K_OFFSET_NO_DATA
_MAX_OID = 2**32 - 1
_ANEW = "take the dump again, and copy it as binary"


def read_archive(path: Path) -> Archive:
    """Return the archive's header and entries.

    Reads no further than the table of contents, and never more bytes than the file has.

    Raises:
        ArchiveError: the file cannot be read, is no custom-format archive, is damaged, is of a version that
            we do not know, or was taken with settings under which its SQL would not mean what it says.
    """
    try:
        with path.open("rb") as file:
            return _read(_Cursor(file, path))
    except OSError as error:
        raise ArchiveError(
            f'archive "{path}": cannot be read: {error.strerror or error}; '
            "name a file that pg_dump --format=custom wrote"
        ) from error


class _Cursor:
    """A place in an archive, and the readers of its basic types; all of them check what they read."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size
        self._position = 0
        self.integer_size = 4
        self.offset_size = 8
        self.reading = "the header"

    def error(self, found: str, wanted: str, remedy: str = _ANEW) -> ArchiveError:
        return ArchiveError(
            f'archive "{self._path}": in {self.reading}, before byte {self._position}: '
            f"found {found}, wanted {wanted}; {remedy}"
        )

    def bytes(self, count: int, wanted: str) -> bytes:
        left = self._size - self._position
        # The check comes before the read: a damaged length must not make us allocate what it says.
        if count > left:
            raise self.error(f"{left} bytes until the end of the file", f"{count} bytes of {wanted}")
        data = self._file.read(count)
        if len(data) != count:
            raise self.error("a file that shrank while it was read", f"{count} bytes of {wanted}")
        self._position += count
        return data

    def byte(self, wanted: str) -> int:
        return self.bytes(1, wanted)[0]

    def one_of(self, allowed: tuple[int, ...], wanted: str) -> int:
        value = self.byte(wanted)
        if value not in allowed:
            raise self.error(str(value), f"{wanted} ({', '.join(map(str, allowed))})")
        return value

    def integer(self, wanted: str, of: str = "") -> int:
        # At once where it is whole, since an archive has tens of thousands: a third of the time of two reads.
        if self._size - self._position > self.integer_size:
            data = self._file.read(1 + self.integer_size)
            if len(data) > self.integer_size and data[0] <= 1:
                self._position += len(data)
                magnitude = int.from_bytes(data[1:], "little")
                return -magnitude if data[0] else magnitude
            self._file.seek(self._position)
        wanted += of
        sign = self.one_of((0, 1), f"the sign of {wanted}")
        magnitude = int.from_bytes(self.bytes(self.integer_size, wanted), "little")
        return -magnitude if sign else magnitude

    def text_or_null(self, wanted: str) -> str | None:
        length = self.integer("the length of ", wanted)
        if length < 0:
            return None
        raw = self.bytes(length, wanted)
        if b"\0" in raw:
            raise self.error(f"a NUL byte in {wanted}", "text")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise self.error(
                f"{raw[error.start : error.end]!r} in {wanted}",
                "UTF-8",
                "take the dump with --encoding=UTF8; in a database of encoding SQL_ASCII, rename the object",
            ) from error

    def text(self, wanted: str) -> str:
        return self.text_or_null(wanted) or ""

    def number(self, wanted: str, maximum: int) -> int:
        """Read a number that is stored as decimal digits."""
        return self._number(self.text(wanted), wanted, maximum)

    def numbers(self, wanted: str, maximum: int) -> tuple[int, ...]:
        """Read such numbers up to the NULL that ends their list."""
        numbers: list[int] = []
        while (digits := self.text_or_null(wanted)) is not None:
            numbers.append(self._number(digits, wanted, maximum))
        return tuple(numbers)

    def _number(self, digits: str, wanted: str, maximum: int) -> int:
        # The length is checked first: int() refuses, with an error of its own, digits by the thousand.
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 10 and int(digits) <= maximum):
            raise self.error(repr(digits[:40]), f"{wanted}: digits, at most {maximum}")
        return int(digits)

    def skip_offset(self) -> None:
        """Read over the place of the entry's rows: its state, then a file offset."""
        self.one_of(_OFFSET_STATES, "the state of a data offset")
        self.bytes(self.offset_size, "a data offset")


def _read(cursor: _Cursor) -> Archive:
    version = _read_version(cursor)
    _read_layout(cursor, version)
    database = cursor.text("the database's name")
    server_version = cursor.text("the server's version")
    pg_dump_version = cursor.text("pg_dump's version")
    count = cursor.integer("the number of entries")
    if count < 0:
        raise cursor.error(str(count), "the number of entries")
    entries: dict[int, ArchiveEntry] = {}
    for position in range(1, count + 1):
        cursor.reading = f"entry {position} of {count}"
        entry = _read_entry(cursor, version)
        if entry.dump_id in entries:
            raise cursor.error(f"dump id {entry.dump_id} a second time", "one that no other entry has")
        entries[entry.dump_id] = entry
    cursor.reading = "the settings"
    _check_settings(cursor, tuple(entries.values()))
    return Archive(
        format_version=version,
        database=database,
        server_version=server_version,
        pg_dump_version=pg_dump_version,
        entries=tuple(entries.values()),
    )


def _read_version(cursor: _Cursor) -> tuple[int, int, int]:
    magic = cursor.bytes(len(MAGIC), "the magic word PGDMP")
    if magic != MAGIC:
        raise cursor.error(
            repr(magic),
            "the magic word PGDMP",
            "name a file that pg_dump --format=custom wrote; plain and tar dumps are other formats",
        )
    major, minor, revision = cursor.bytes(3, "the archive's version")
    if (major, minor) < OLDEST_FORMAT:
        raise cursor.error(
            f"archive version {major}.{minor}",
            f"{_dotted(OLDEST_FORMAT)} to {_dotted(NEWEST_FORMAT)}",
            "take the dump with pg_dump 10.3 or later, which reads older servers too",
        )
    if (major, minor) > NEWEST_FORMAT:
        raise cursor.error(
            f"archive version {major}.{minor}",
            f"{_dotted(OLDEST_FORMAT)} to {_dotted(NEWEST_FORMAT)}",
            "take the dump with a pg_dump that is no newer than 18, or use a newer pilotage",
        )
    return major, minor, revision


def _read_layout(cursor: _Cursor, version: tuple[int, int, int]) -> None:
    cursor.integer_size = cursor.one_of(_INTEGER_SIZES, "the size of an integer")
    cursor.offset_size = cursor.one_of(_INTEGER_SIZES, "the size of a file offset")
    archive_format = cursor.byte("the archive's format")
    if archive_format != _CUSTOM_FORMAT:
        raise cursor.error(
            f"format {archive_format}",
            f"format {_CUSTOM_FORMAT} (custom)",
            "take the dump with --format=custom; this is the table of contents of another format",
        )
    # Only rows are compressed, so what the compression is does not matter here.
    if version[:2] >= _COMPRESSION_BYTE_SINCE:
        cursor.byte("the compression algorithm")
    else:
        cursor.integer("the compression level")
    # Local time without its zone: no instant that could be compared with another.
    for part in ("second", "minute", "hour", "day", "month", "year", "daylight saving flag"):
        cursor.integer(f"the {part} of creation")


def _read_entry(cursor: _Cursor, version: tuple[int, int, int]) -> ArchiveEntry:
    dump_id = cursor.integer("the dump id")
    if dump_id <= 0:
        raise cursor.error(str(dump_id), "a dump id, which is positive")
    cursor.integer("whether the entry has rows")
    catalog_oid = cursor.number("the catalog's OID", _MAX_OID)
    oid = cursor.number("the object's OID", _MAX_OID)
    tag = cursor.text("the tag")
    kind = cursor.text("the kind")
    cursor.reading += f" ({kind} {tag!r})"
    section = _SECTIONS.get(section_number := cursor.integer("the section"))
    if section is None:
        raise cursor.error(f"section {section_number}", "one from 1 to 4")
    definition = cursor.text("the definition")
    drop_statement = cursor.text("the drop statement")
    cursor.text("the COPY statement")
    schema = cursor.text("the schema")
    tablespace = cursor.text("the tablespace")
    access_method = (
        cursor.text("the table access method") if version[:2] >= _TABLE_ACCESS_METHOD_SINCE else ""
    )
    relkind = _read_relkind(cursor) if version[:2] >= _RELKIND_SINCE else ""
    owner = cursor.text("the owner")
    if (with_oids := cursor.text("whether the table has OIDs")) != "false":
        raise cursor.error(
            f"{with_oids!r} for whether the table has OIDs",
            "'false'",
            "tables WITH OIDS ended with PostgreSQL 12; ALTER TABLE … SET WITHOUT OIDS on the source first",
        )
    dependencies = cursor.numbers("a dependency", 2**31 - 1)
    cursor.skip_offset()
    return ArchiveEntry(
        dump_id=dump_id,
        catalog_oid=catalog_oid,
        oid=oid,
        kind=kind,
        tag=tag,
        schema=schema,
        owner=owner,
        section=section,
        definition=definition,
        drop_statement=drop_statement,
        tablespace=tablespace,
        access_method=access_method,
        relkind=relkind,
        dependencies=dependencies,
    )


def _read_relkind(cursor: _Cursor) -> str:
    value = cursor.integer("the relation's kind")
    if not 0 <= value < 128:
        raise cursor.error(str(value), "the relation's kind: a letter of pg_class.relkind, or 0")
    return chr(value) if value else ""


def _check_settings(cursor: _Cursor, entries: tuple[ArchiveEntry, ...]) -> None:
    found = {entry.kind: entry.definition.strip() for entry in entries if entry.kind in SETTINGS}
    for kind, wanted in SETTINGS.items():
        if found.get(kind) != wanted:
            raise cursor.error(
                f"{kind} {found.get(kind, 'missing')!r}",
                repr(wanted),
                "take the dump with --encoding=UTF8 in a session that has standard_conforming_strings=on",
            )


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
