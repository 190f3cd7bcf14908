"""The fingerprint changes with what is defined and with nothing else."""

from __future__ import annotations

import re

import msgspec
import pytest

from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan import fingerprint
from tests.archives import archive, entry
from tests.catalogs import catalog, column, foreign_key, sequence, server, table

CATALOG = catalog(
    tables=(table("a", rows=1), table("b")),
    foreign_keys=(foreign_key("a", "b"),),
    sequences=(sequence("s"),),
)
ENTRIES = (
    entry(1, "DATABASE", "hotel", schema="", definition="CREATE DATABASE hotel"),
    entry(2, "TABLE", "a", definition="CREATE TABLE public.a ()", owner="web", oid=16400),
    entry(3, "TABLE", "b", needs=(2,)),
)
ARCHIVE = archive(*ENTRIES)
FOUND = fingerprint(CATALOG, ARCHIVE)


def test_it_is_a_sha256() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", FOUND)


@pytest.mark.parametrize(
    "other",
    [
        catalog(
            tables=(table("a", rows=99, bytes=1, index_bytes=2), table("b")),
            foreign_keys=CATALOG.foreign_keys,
            sequences=CATALOG.sequences,
        ),
        msgspec.structs.replace(CATALOG, sequences=(sequence("s", last_value=42, is_called=True),)),
        msgspec.structs.replace(CATALOG, server=server(version="18.9", version_num=180009, database="inn")),
    ],
    ids=["rows and sizes", "a sequence's position", "the server and the database's name"],
)
def test_what_changes_by_the_minute_does_not_change_it(other: Catalog) -> None:
    assert other != CATALOG
    assert fingerprint(other, ARCHIVE) == FOUND


@pytest.mark.parametrize(
    "other",
    [
        archive(*(msgspec.structs.replace(each, dump_id=each.dump_id + 7, oid=5) for each in ENTRIES)),
        archive(*reversed(ENTRIES)),
        archive(entry(1, "DATABASE", "inn", schema="", definition="CREATE DATABASE inn"), *ENTRIES[1:]),
        msgspec.structs.replace(ARCHIVE, database="inn", server_version="18.9", pg_dump_version="18.9"),
    ],
    ids=["numbers and OIDs", "order", "the database's own entries", "the header"],
)
def test_what_equal_databases_do_not_share_does_not_change_it(other: Archive) -> None:
    assert other != ARCHIVE
    assert fingerprint(CATALOG, other) == FOUND


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(CATALOG, scope=("public", "x")),
        msgspec.structs.replace(CATALOG, tables=(*CATALOG.tables, table("c"))),
        msgspec.structs.replace(CATALOG, tables=(table("a", columns=(column("id"),)), table("b"))),
        msgspec.structs.replace(CATALOG, foreign_keys=()),
        msgspec.structs.replace(CATALOG, sequences=(sequence("s", data_type="smallint"),)),
    ],
    ids=["scope", "a table", "a column", "a foreign key", "a sequence's type"],
)
def test_what_is_defined_changes_it(other: Catalog) -> None:
    assert fingerprint(other, ARCHIVE) != FOUND


@pytest.mark.parametrize(
    "change",
    [
        {"definition": "CREATE TABLE public.a (x int)"},
        {"owner": "root"},
        {"tablespace": "fast"},
        {"tag": "z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_entry_that_says_something_else_changes_it(change: dict[str, str]) -> None:
    first, second, third = ENTRIES
    other = archive(first, msgspec.structs.replace(second, **change), third)
    assert fingerprint(CATALOG, other) != FOUND


def test_a_name_cannot_be_moved_from_one_field_to_another() -> None:
    one = msgspec.structs.replace(CATALOG, tables=(table(QualifiedName("a", "b.c")),))
    two = msgspec.structs.replace(CATALOG, tables=(table(QualifiedName("a.b", "c")),))
    assert fingerprint(one, ARCHIVE) != fingerprint(two, ARCHIVE)
