"""What pg_dump's archive holds: its entries, each with the exact SQL of one object.

Filled by :mod:`pilotage.archive`, consumed by planning. See ``pg_backup_archiver.h`` in PostgreSQL's source
for the fields.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Section(StrEnum):
    """Where pg_restore would run an entry."""

    NONE = "none"
    PRE_DATA = "pre-data"
    DATA = "data"
    POST_DATA = "post-data"


class ArchiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the table of contents.

    Attributes:
        dump_id: the entry's number within this archive; other entries' ``dependencies`` name it.
        catalog_oid, oid: the catalog and the object it describes, 0 where pg_dump gives none.
        kind: ``TABLE``, ``FK CONSTRAINT``, ``ACL``…: pg_dump's word.
        tag: the object's name, with the table's before it where it belongs to one; for people.
        schema: the object's schema; empty where it has none.
        owner: empty where the object has no owner of its own.
        definition: the statements that create it, without owner; may be empty.
        drop_statement: the statement that drops it; may be empty.
        tablespace, access_method: what must be the default while ``definition`` runs; empty for none.
        dependencies: dump ids, some of entries that this archive leaves out.
    """

    dump_id: int
    catalog_oid: int
    oid: int
    kind: str
    tag: str
    schema: str
    owner: str
    section: Section
    definition: str
    drop_statement: str
    tablespace: str
    access_method: str
    relkind: str
    dependencies: tuple[int, ...]


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """An archive's header and entries, in the order in which pg_restore would run them."""

    format_version: tuple[int, int, int]
    database: str
    server_version: str
    pg_dump_version: str
    entries: tuple[ArchiveEntry, ...]
