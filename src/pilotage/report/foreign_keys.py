"""The foreign keys as JSON, for programs; consumed by the baseline.

Names of tables are in the form in which SQL reads them. The form is versioned by ``FOREIGN_KEYS_FORMAT``.
"""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Catalog, ForeignKey, MatchType
from pilotage.model.names import TableKey
from pilotage.report.census import Census, Order

FOREIGN_KEYS_FORMAT = 1
"""Version of the JSON form; it grows when a reader of the old form could be misled."""


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One foreign key.

    Attributes:
        indexed: whether an index of the referencing table begins with the key's columns.
        depth: of the referencing table.
        in_scope: whether the referenced table is in scope too.
    """

    name: str
    table: TableKey
    columns: tuple[str, ...]
    referenced: TableKey
    referenced_columns: tuple[str, ...]
    on_delete: str
    on_update: str
    match: MatchType
    deferrable: bool
    initially_deferred: bool
    validated: bool
    enforced: bool
    indexed: bool
    depth: int
    self_reference: bool
    in_scope: bool


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """All foreign keys of a catalog, in its order: by table, then by name."""

    format: int = FOREIGN_KEYS_FORMAT
    database: str
    foreign_keys: tuple[KeyRecord, ...]


def foreign_keys_json(catalog: Catalog, order: Order) -> bytes:
    """Return the foreign keys as indented JSON in UTF-8; the same catalog gives the same bytes."""
    census = Census(catalog, order)
    keys = KeyList(
        database=catalog.server.database,
        foreign_keys=tuple(_record(key, census) for key in catalog.foreign_keys),
    )
    return msgspec.json.format(msgspec.json.encode(keys), indent=2) + b"\n"


def _record(key: ForeignKey, census: Census) -> KeyRecord:
    return KeyRecord(
        name=key.name,
        table=str(key.table),
        columns=key.columns,
        referenced=str(key.referenced),
        referenced_columns=key.referenced_columns,
        on_delete=key.on_delete,
        on_update=key.on_update,
        match=key.match,
        deferrable=key.deferrable,
        initially_deferred=key.initially_deferred,
        validated=key.validated,
        enforced=key.enforced,
        indexed=key.indexed,
        depth=census.depth_of(key.table),
        self_reference=key.is_self_reference,
        in_scope=key.referenced in census.tables,
    )
