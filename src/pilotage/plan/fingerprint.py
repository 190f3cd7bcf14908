"""The fingerprint of a source's structure.

Two databases have the same fingerprint when a plan made for one is right for the other: all that is defined,
nothing of what is stored. Consumed by planning, by execution, which refuses a changed source, and by
verification, which says of what it spoke.
"""

from __future__ import annotations

import hashlib

import msgspec

from pilotage.archive import is_of_database
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog, Sequence, Table
from pilotage.plan.secrets import without_secrets_in

_DEFINED = (
    "scope",
    "schemas",
    "extensions",
    "types",
    "foreign_keys",
    "constraints",
    "routines",
    "triggers",
    "rules",
    "policies",
    "event_triggers",
)
"""What a catalog holds of definitions only."""


def fingerprint(catalog: Catalog, archive: Archive) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits.

    Left out: rows, sizes and sequence positions, which change by the minute; the server's version and name,
    which may change without the structure; dump ids and OIDs, which differ between equal databases; and
    secrets, which could be guessed from it.
    """
    structure = {
        "scope": catalog.scope,
        "tables": [_structure(table) for table in catalog.tables],
        "foreign_keys": catalog.foreign_keys,
        "sequences": [_definition(sequence) for sequence in catalog.sequences],
        "entries": sorted(
            (
                entry.kind,
                entry.schema,
                entry.tag,
                entry.owner,
                entry.tablespace,
                entry.access_method,
                without_secrets_in(entry.kind, entry.definition)[0],
            )
            for entry in archive.entries
            # A plan leaves out what is of the database itself: its name and locale among it.
            if not is_of_database(entry)
        ),
    }
    return _digest(structure)


def catalog_fingerprint(catalog: Catalog) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits of all that a catalog holds but what is stored.

    Left out: the server and its roles, rows, sizes, sequence positions, large objects, and what extensions
    hold for their users. A server of another version may print the same definition in another way, and then
    has another fingerprint.
    """
    structure = {field: getattr(catalog, field) for field in _DEFINED} | {
        "tables": [_structure(table) for table in catalog.tables],
        "sequences": [_definition(sequence) for sequence in catalog.sequences],
        "indexes": [msgspec.structs.replace(index, bytes=0) for index in catalog.indexes],
        "views": [msgspec.structs.replace(view, rows=None, bytes=0) for view in catalog.views],
    }
    return _digest(structure)


def _structure(table: Table) -> Table:
    return msgspec.structs.replace(table, rows=None, bytes=0, index_bytes=0)


def _definition(sequence: Sequence) -> Sequence:
    return msgspec.structs.replace(sequence, last_value=0, is_called=False)


def _digest(structure: object) -> str:
    return "sha256:" + hashlib.sha256(msgspec.json.encode(structure, order="deterministic")).hexdigest()
