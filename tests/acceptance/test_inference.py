"""Groups inferred for real databases are those that a person would make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pilotage.catalog import read_catalog
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope
from pilotage.plan.inference import infer_groups, place_unlisted
from tests.servers_at_hand import Databases

RealData = Callable[[str], Path]

AUTH = {"auth": "users"}
HOTELS_SCHEMA = {"hotels": "clients properties guest_information policies"}
FOUNDATION = {
    "foundation": "code_embeddings muva_content property_relationships sire_cities sire_content "
    "sire_countries sire_document_types sire_export_logs tenant_registry"
}
PUBLIC = {
    "staff": "hotels staff_users hotel_operations staff_conversations staff_messages",
    "accommodation-units": "accommodation_units_public accommodation_units accommodation_units_manual"
    " accommodation_units_manual_chunks",
    "calendar": "airbnb_mphb_imported_reservations calendar_events ics_feed_configurations"
    " airbnb_motopress_comparison calendar_event_conflicts calendar_sync_logs",
    "guest-reservations": "guest_reservations chat_conversations compliance_submissions guest_conversations"
    " prospective_sessions reservation_accommodations chat_messages conversation_attachments"
    " conversation_memory",
    "tenant-records": "integration_configs job_logs policies sync_history tenant_compliance_credentials"
    " tenant_knowledge_embeddings tenant_muva_content user_tenant_permissions",
}

PAGILA = {
    "film": "actor category language film film_actor film_category",
    "city": "country city address",
    "rental": "store customer inventory staff rental payment payment_p2022_01 payment_p2022_02"
    " payment_p2022_03 payment_p2022_04 payment_p2022_05 payment_p2022_06 payment_p2022_07",
}

CHINOOK = {
    "track": "artist genre media_type album track",
    "invoice": "employee customer invoice invoice_line",
    "playlist": "playlist playlist_track",
}

# As a team grouped them by hand. Three tables are in no group.
BY_HAND = {
    "foundation": "tenant_registry code_embeddings muva_content sire_content sire_countries sire_cities"
    " sire_document_types sire_export_logs property_relationships",
    "catalog": "accommodation_units_public accommodation_units accommodation_units_manual"
    " accommodation_units_manual_chunks",
    "operations": "hotels staff_users hotel_operations staff_conversations staff_messages sync_history"
    " user_tenant_permissions",
    "reservations": "guest_reservations reservation_accommodations prospective_sessions guest_conversations"
    " chat_conversations chat_messages conversation_memory conversation_attachments calendar_events"
    " ics_feed_configurations calendar_sync_logs calendar_event_conflicts airbnb_motopress_comparison"
    " airbnb_mphb_imported_reservations compliance_submissions",
    "integrations": "integration_configs job_logs policies",
}


async def catalog_of(parameters: ConnectionParameters, scope: Scope | None = None) -> Catalog:
    async with connect(parameters) as session:
        return await read_catalog(session, scope or Scope(), count_rows=False)


def grouped(catalog: Catalog) -> dict[str, str]:
    return {group.name: " ".join(table.name for table in group.tables) for group in infer_groups(catalog)}


async def test_hotel(new_database: Databases) -> None:
    parameters = new_database()
    async with connect(parameters) as session:
        await create_hotel(session)

    public = await catalog_of(parameters, Scope(include=("public",)))
    assert grouped(public) == FOUNDATION | PUBLIC
    assert list(grouped(public)) == [*FOUNDATION, *PUBLIC]

    # In the whole database sire_export_logs references auth.users, and is one deeper.
    whole = await catalog_of(parameters)
    deeper = {"foundation": FOUNDATION["foundation"].replace(" sire_export_logs", "") + " sire_export_logs"}
    assert grouped(whole) == AUTH | deeper | HOTELS_SCHEMA | PUBLIC

    tables = {
        name: tuple(QualifiedName("public", each) for each in listed.split())
        for name, listed in BY_HAND.items()
    }
    listed = {each for group in tables.values() for each in group}
    forgotten = [each.name for each in public.tables if each.name not in listed]
    reason = "references only tenant_registry, like all 3 tables of integrations"
    assert {table.name: where for table, where in place_unlisted(public, tables, forgotten).items()} == {
        "tenant_compliance_credentials": ("integrations", reason),
        "tenant_knowledge_embeddings": ("integrations", reason),
        "tenant_muva_content": ("integrations", reason),
    }


async def test_pagila(new_database: Databases, real_data: RealData) -> None:
    catalog = await catalog_of(new_database(file=real_data("pagila.sql")))

    assert grouped(catalog) == PAGILA
    assert [group.title for group in infer_groups(catalog)] == [
        "Film and actor",
        "City and country",
        "Rental and store",
    ]


async def test_chinook(new_database: Databases, real_data: RealData) -> None:
    catalog = await catalog_of(new_database(file=real_data("chinook.sql")))

    assert grouped(catalog) == CHINOOK
    assert {group.title for group in infer_groups(catalog)} == {
        "Track and album",
        "Invoice and customer",
        "Playlist",
    }
