"""Whether the catalog and the archive are of the same tables and sequences.

Consumed by the building of a plan. Definitions come from the one and rows from the other, so whatever only
one of them knows would arrive by half.
"""

from __future__ import annotations

from pilotage.errors import RefusedError
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.names import QualifiedName

_WITH_CONTENTS = {"TABLE": "table", "FOREIGN TABLE": "foreign table", "SEQUENCE": "sequence"}
"""Kinds of entries that are only half of an object; the other half is its rows, or its position."""


def ensure_agreement(catalog: Catalog, archive: Archive) -> None:
    """Refuse to plan where a table would arrive without its rows, or rows without their table.

    Raises:
        RefusedError: with the name of each.
    """
    defined = {
        (_WITH_CONTENTS[entry.kind], QualifiedName(entry.schema, entry.tag))
        for entry in archive.entries
        if entry.kind in _WITH_CONTENTS
    }
    known = {(_kind(table.kind), table.name) for table in catalog.tables}
    known |= {("sequence", sequence.name) for sequence in catalog.sequences}
    problems = [
        f"{kind} {name} is defined by pg_dump, but what it holds was not read: its schema is outside the "
        f"scope or is an extension's; move it into a schema in scope with ALTER {kind.upper()} … SET SCHEMA"
        for kind, name in sorted(defined - known)
    ]
    problems += [
        f"{kind} {name} was read, but pg_dump does not define it; leave its schema out with --exclude-schema"
        for kind, name in sorted(known - defined)
    ]
    if problems:
        raise RefusedError(
            "no plan was made, because it would not be whole:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


def _kind(kind: TableKind) -> str:
    """Return pg_dump's word for a table's kind: a partitioned table is a table to it."""
    return "foreign table" if kind is TableKind.FOREIGN else "table"
