"""The fingerprint of a source's structure.

Two databases have the same fingerprint when a plan made for one is right for the other: all that is defined,
nothing of what is stored. Consumed by planning, and by execution, which refuses a changed source.
"""

from __future__ import annotations

import hashlib

import msgspec

from pilotage.archive import is_of_database
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog
from pilotage.plan.secrets import without_secrets_in


def fingerprint(catalog: Catalog, archive: Archive) -> str:
    """Return ``sha256:`` and 64 hexadecimal digits.

    Left out: rows, sizes and sequence positions, which change by the minute; the server's version and name,
    which may change without the structure; dump ids and OIDs, which differ between equal databases; and
    secrets, which could be guessed from it.
    """
    structure = {
        "scope": catalog.scope,
        "tables": [
            msgspec.structs.replace(table, rows=None, bytes=0, index_bytes=0) for table in catalog.tables
        ],
        "foreign_keys": catalog.foreign_keys,
        "sequences": [
            msgspec.structs.replace(sequence, last_value=0, is_called=False) for sequence in catalog.sequences
        ],
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
    return "sha256:" + hashlib.sha256(msgspec.json.encode(structure, order="deterministic")).hexdigest()
