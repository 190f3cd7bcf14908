"""Create the hotel database: definitions, rows, and what must only come after the rows.

Consumed by ``pilotage demo`` and by the acceptance tests. The definitions are the ``.sql`` files beside this
module, run in name order; the rows are made by the modules named after the groups of tables.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from importlib import resources

from pilotage.connection import Session
from pilotage.demo.hotel.catalog import catalog_rows
from pilotage.demo.hotel.copy_text import TableRows, encode_row
from pilotage.demo.hotel.foundation import foundation_rows
from pilotage.demo.hotel.integrations import integration_rows
from pilotage.demo.hotel.operations import operations_rows
from pilotage.demo.hotel.reservations import reservation_rows

HOTEL_ROWS: Mapping[str, int] = {
    # Group 1, Foundation
    "tenant_registry": 3,
    "code_embeddings": 4333,
    "muva_content": 742,
    "sire_content": 8,
    "sire_countries": 45,
    "sire_cities": 42,
    "sire_document_types": 4,
    "sire_export_logs": 0,
    "property_relationships": 1,
    # Group 2, Catalog
    "accommodation_units_public": 151,
    "accommodation_units": 2,
    "accommodation_units_manual": 8,
    "accommodation_units_manual_chunks": 219,
    # Group 3, Operations
    "hotels": 3,
    "staff_users": 6,
    "hotel_operations": 10,
    "staff_conversations": 43,
    "staff_messages": 58,
    "sync_history": 85,
    "user_tenant_permissions": 1,
    # Group 4, Reservations
    "guest_reservations": 104,
    "reservation_accommodations": 93,
    "prospective_sessions": 412,
    "guest_conversations": 112,
    "chat_conversations": 2,
    "chat_messages": 321,
    "conversation_memory": 10,
    "conversation_attachments": 0,
    "calendar_events": 74,
    "ics_feed_configurations": 9,
    "calendar_sync_logs": 0,
    "calendar_event_conflicts": 0,
    "airbnb_motopress_comparison": 0,
    "airbnb_mphb_imported_reservations": 0,
    "compliance_submissions": 0,
    # Group 5, Integrations
    "integration_configs": 3,
    "job_logs": 39,
    "policies": 0,
    # Missing from the hand-written order
    "tenant_compliance_credentials": 0,
    "tenant_knowledge_embeddings": 0,
    "tenant_muva_content": 0,
}
"""Rows of each of the 41 tables in ``public``, 6,943 in all, as the reference document itemises them."""

_SQL = resources.files(__package__).joinpath("sql")
_ROLES = "00-roles.sql"
_FIRST_AFTER_ROWS = "20-"
"""Files from here on need the rows, or would change them if the rows came later."""

_PIECE = 1 << 16
"""Bytes gathered before they are sent; single rows are small."""


def hotel_rows() -> Iterator[TableRows]:
    """Yield every table's rows, referenced tables first except for references within a table."""
    yield from foundation_rows()
    yield from catalog_rows()
    yield from operations_rows()
    yield from reservation_rows()
    yield from integration_rows()


async def create_hotel_roles(session: Session) -> None:
    """Create the roles that the hotel database grants to, where the cluster lacks them.

    A target needs them before the database can be migrated to it.

    Raises:
        ServerError: the session's role may not create roles.
    """
    await session.run(_sql(_ROLES))


async def create_hotel(session: Session) -> None:
    """Create and fill the hotel database in the session's database, which must be empty.

    The same rows every time, on every server. The session's role owns everything and must be a superuser
    (for the extension and for the roles, see :func:`create_hotel_roles`).

    Raises:
        ServerError: the database is not empty, or pgvector is not available; it is then left half done.
    """
    await create_hotel_roles(session)
    files = sorted(file.name for file in _SQL.iterdir() if file.name != _ROLES)
    # Two transactions: before PostgreSQL 17 a label that was added to an enum can be used only once it is
    # committed.
    async with session.transaction():
        for name in files:
            if name < _FIRST_AFTER_ROWS:
                await session.run(_sql(name))
    async with session.transaction():
        for rows in hotel_rows():
            await session.copy_in(rows.table, rows.columns, source=_stream(rows), binary=False)
        for name in files:
            if name > _FIRST_AFTER_ROWS:
                await session.run(_sql(name))
    await session.run("ANALYZE")


def _sql(name: str) -> str:
    return _SQL.joinpath(name).read_text(encoding="utf-8")


async def _stream(rows: TableRows) -> AsyncIterator[bytes]:
    piece = bytearray()
    for row in rows.rows:
        piece += encode_row(row)
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
