"""What the two servers say of the columns to compare: types, keys, sizes.

Consumed by the pairing of relations, which holds both ends' facts against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from importlib import resources

import msgspec

from pilotage.catalog.queries import Queries
from pilotage.connection import Session
from pilotage.model.names import QualifiedName

_QUERIES = Queries(resources.files("pilotage.verify.rows") / "queries")


class ColumnFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``columns.sql``.

    Attributes:
        type: as ``format_type`` prints it, with its modifier.
        kind: ``pg_type.typtype`` of ``base``: b, c, e, m, p or r.
        base: the type by which values are stored: that of a domain is what it is over.
        element: of an array, the type of its elements; a domain is told as such.
        is_stored_as_text: whether the bytes of a value are those of a text.
        extension: whose member ``base`` is; empty for none.
        collation: how it sorts: ``bytes``, ``deterministic`` otherwise, or ``nondeterministic``; empty for a
            type that has no collation.
        hashed_by: of ``citext``, the database's own locale, by which its hash ignores case; else empty.
    """

    table: QualifiedName
    position: int
    name: str
    type: str
    kind: str
    base: QualifiedName
    element: QualifiedName | None
    is_stored_as_text: bool
    extension: str
    collation: str = ""
    hashed_by: str = ""


class _TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``tables.sql``."""

    name: QualifiedName
    blocks: int
    bytes: int
    filenode: int | None
    has_long_values: bool
    key: tuple[str, ...]


class RelationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A table at one end.

    Attributes:
        blocks: of its heap.
        bytes: of the heap and of long values beside it (TOAST).
        filenode: of the file that holds its rows.
        has_long_values: whether there are any beside it.
        key: the columns of its primary key, else of a unique index over NOT NULL columns, in its order.
    """

    name: QualifiedName
    blocks: int
    bytes: int
    filenode: int | None
    has_long_values: bool
    key: tuple[str, ...]
    columns: tuple[ColumnFacts, ...]


async def read_relations(session: Session, schemas: tuple[str, ...]) -> Mapping[QualifiedName, RelationFacts]:
    """Return every table that stores rows in these schemas, and those of extensions, by name.

    Raises:
        ServerError: the server refused.
    """
    major = session.version_num // 10000
    columns: defaultdict[QualifiedName, list[ColumnFacts]] = defaultdict(list)
    found = await session.records(_QUERIES.text("columns", major), ColumnFacts, schemas)
    for column in sorted(found, key=lambda column: column.position):
        columns[column.table].append(column)
    tables = await session.records(_QUERIES.text("tables", major), _TableFacts, schemas)
    return {
        table.name: RelationFacts(
            name=table.name,
            blocks=table.blocks,
            bytes=table.bytes,
            filenode=table.filenode,
            has_long_values=table.has_long_values,
            key=table.key,
            columns=tuple(columns[table.name]),
        )
        for table in tables
    }
