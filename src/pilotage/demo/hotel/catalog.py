"""Rows of group 2, Catalog: what can be booked."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.foundation import TENANTS
from pilotage.demo.hotel.phrases import AWKWARD_FLOATS, AWKWARD_NUMERICS, AWKWARD_TEXTS, SENTENCES, said
from pilotage.demo.hotel.seeds import Embeddings, key, keys, moment

UNITS = keys("accommodation_units", 2)
"""The two units in use, whose room numbers are 101 and 102."""
HOTELS = keys("hotels", 3)
"""Hotel number n belongs to tenant number n."""

_MANUALS = 8
_AMENITIES = (
    "air_conditioning",
    "kitchen",
    "sea_view",
    "pool",
    "wifi",
    "hammock",
    "no 'party'",
    "accesible ♿",
)


def catalog_rows() -> Iterator[TableRows]:
    """Yield the tables of group 2."""
    yield TableRows.of("accommodation_units_public", map(_public_unit, range(151)))
    yield TableRows.of(
        "accommodation_units",
        (
            {
                "id": UNITS[number],
                "tenant_id": TENANTS[number],
                "hotel_id": HOTELS[number],
                "unit_number": 101 + number,
                "name": f"Habitación {101 + number} «vista»",
                "door_code": ("", None)[number],
                "check_in_time": ("15:00:00", "24:00:00")[number],
                "quiet_from": ("22:00:00-05", "23:59:59.999999+00")[number],
                "base_price": ("350000.00", "0.10")[number],
                "channel_ids": Json({"airbnb": 10**17 + number, "motopress": None, "": [[]]}),
                "updated_at": moment(-5, 5),
            }
            for number in range(2)
        ),
    )
    yield TableRows.of(
        "accommodation_units_manual",
        (
            {
                "unit_id": key("accommodation_units_public", number),
                "title": f"Manual {number}",
                "body": "\n".join(SENTENCES * 30) + AWKWARD_TEXTS[number],
                "sections": [said(number), "Wi-Fi", ""][: number % 4],
                "version": number * number,
                "updated_at": moment(-number / 3),
            }
            for number in range(_MANUALS)
        ),
    )
    yield _manual_chunks()


def _public_unit(number: int) -> Row:
    tenant = TENANTS[0 if number < 90 else 1 if number < 130 else 2]
    return {
        "unit_id": key("accommodation_units_public", number),
        "tenant_id": tenant,
        "name": f"Unidad {number:03}",
        "unit_type": ("apartamento", "habitación", "cabaña", "casa")[number % 4],
        "capacity": 1 + number % 8,
        "base_price": AWKWARD_NUMERICS[number % len(AWKWARD_NUMERICS)],
        "price_factor": AWKWARD_FLOATS[number % len(AWKWARD_FLOATS)],
        "amenities": [_AMENITIES[at] for at in range(8) if number >> at & 1],
        "photos": Json(
            [
                {"url": f"https://cdn.example/{number}/{at}.jpg", "alt": said(number + at)}
                for at in range(number % 4)
            ]
        ),
        "description": None if number % 10 == 1 else said(number),
        "size_m2": f"{18 + number % 60}.{number % 10}0",
        "is_active": number % 13 != 0,
        "created_at": moment(-400 + number),
        "updated_at": moment(-number / 2, number),
    }


def _manual_chunks() -> TableRows:
    embeddings = Embeddings("manual chunks", dimensions=3072, topics=_MANUALS)

    def row(number: int) -> Row:
        manual = number % _MANUALS
        return {
            "id": number + 1,
            "tenant_id": TENANTS[0],
            "accommodation_unit_id": UNITS[number % 2] if number % 5 else None,
            "manual_id": key("accommodation_units_public", manual),
            "chunk_index": number // _MANUALS,
            "content": said(number),
            "embedding": embeddings.vector(manual),
            "created_at": moment(-20, number),
        }

    return TableRows.of("accommodation_units_manual_chunks", map(row, range(219)))
