"""Rows of group 4, Reservations: guests, their bookings, what is said to them, and calendars."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from pilotage.demo.hotel.calendars import calendar_rows
from pilotage.demo.hotel.catalog import UNITS
from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.foundation import TENANTS
from pilotage.demo.hotel.operations import LAST_STAFF_MESSAGE
from pilotage.demo.hotel.phrases import AWKWARD_NUMERICS, AWKWARD_TEXTS, person, said
from pilotage.demo.hotel.seeds import Embeddings, key, moment
from pilotage.demo.hotel.sire import COUNTRIES

_RESERVATIONS = 104
_FIRST_DAY = date(2025, 5, 1)
_DAYS_BETWEEN_ARRIVALS = 4


def reservation_rows() -> Iterator[TableRows]:
    """Yield the tables of group 4."""
    yield TableRows.of("guest_reservations", map(_reservation, range(_RESERVATIONS)))
    yield TableRows.of("reservation_accommodations", map(_room, range(93)))
    yield TableRows.of("prospective_sessions", map(_session, range(412)))
    yield TableRows.of(
        "guest_conversations",
        (
            {
                "id": key("guest_conversations", number),
                "guest_id": key("guest_reservations", number * 3 % _RESERVATIONS),
                "channel": ("web", "whatsapp", "email", "airbnb", "phone")[number % 5],
                "subject": said(number) if number % 6 else None,
                "is_archived": number % 8 == 0,
                "last_activity": moment(-number, number * 13),
            }
            for number in range(112)
        ),
    )
    yield TableRows.of(
        "chat_conversations",
        (
            {
                "id": key("chat_conversations", 0),
                "tenant_id": TENANTS[0],
                "reservation_id": key("guest_reservations", 0),
                "guest_token": "token-ñ",
                "created_at": moment(-1),
            },
            {
                "id": key("chat_conversations", 1),
                "tenant_id": TENANTS[1],
                "reservation_id": None,
                "guest_token": "",
                "created_at": moment(-2),
            },
        ),
    )
    yield TableRows.of("chat_messages", map(_message, range(321)))
    yield _memory()
    yield from calendar_rows()


def _stay(number: int) -> tuple[date, date]:
    """Arrival and departure; two guests arrive on the same day, one for each unit."""
    arrival = _FIRST_DAY + timedelta(days=number // 2 * _DAYS_BETWEEN_ARRIVALS)
    return arrival, arrival + timedelta(days=1 + number % 3)


def _reservation(number: int) -> Row:
    arrival, departure = _stay(number)
    unassigned = number % 17 == 16
    # Spaces and capitals that a trigger would tidy away.
    name = f"  {person(number).upper()} " if number % 7 == 3 else person(number)
    return {
        "id": key("guest_reservations", number),
        "tenant_id": TENANTS[number % 2],
        "booking_code": f"SAI-{1000 + number:08}",
        "guest_name": name,
        "guest_email": f"huesped{number}@correo.example" if number % 5 else None,
        "document": f"{'ABCDE'[number % 5]}{number:07}",
        "nationality": COUNTRIES[number % len(COUNTRIES)][0],
        "status": ("confirmed", "checked_out", "pending", "cancelled")[number * 7 % 4],
        "check_in": arrival,
        "check_out": departure,
        "accommodation_unit_id": None if unassigned else UNITS[number % 2],
        "adults": 1 + number % 4,
        "total_price": f"{350_000 + number * 1000}.{number % 100:02}",
        "exchange_rate": None if number % 3 else AWKWARD_NUMERICS[number // 3 % len(AWKWARD_NUMERICS)],
        "special_requests": (None, "", said(number))[number % 3],
        "created_at": moment(-150 + number / 2, number),
        "updated_at": moment(-number / 9, 3 * number),
    }


def _room(number: int) -> Row:
    # The last three repeat an earlier stay, which is allowed because they were cancelled.
    cancelled = number >= 90
    reservation = number - 90 if cancelled else number
    arrival, departure = _stay(reservation)
    unit = number % 2 if not cancelled else (reservation + 1) % 2
    room = 101 + reservation % 2
    return {
        "id": number + 1,
        "reservation_id": key("guest_reservations", reservation),
        "accommodation_unit_id": UNITS[unit],
        "room_number": room,
        "stay": f"[{arrival},{departure})",
        "cancelled": cancelled,
        "rate": f"{120_000 + number}.{'500' if number % 2 else '000'}",
    }


def _session(number: int) -> Row:
    address = (f"203.0.113.{number % 256}", f"2001:db8::{number:x}", "198.51.100.0/24")[number % 3]
    return {
        "session_id": key("prospective_sessions", number),
        "tenant_id": TENANTS[number % 3],
        "converted_to_reservation_id": None
        if number % 10
        else key("guest_reservations", number % _RESERVATIONS),
        # Every byte in turn: zeros, high bits, the backslash and the newline among them.
        "cookie_hash": bytes((number + at) % 256 for at in range(number % 40)) if number % 4 else None,
        "ip_address": address,
        "userAgent": f'Mozilla/5.0 (X11; Linux) "Hotel"/{number}' if number % 9 else "",
        "utm": Json(
            {
                "source": ("google", "instagram", "")[number % 3],
                "campaña": said(number),
                "clicks": number * 37 % 90,
            }
        ),
        "interests": ["buceo", "luna de miel", "", "pesca, kayak"][number % 2 : number % 5],
        "messages": Json([{"role": "guest", "content": said(number + at)} for at in range(number % 3)]),
        "expires_at": "infinity" if number % 6 == 0 else moment(7, number),
        "created_at": moment(-number / 10, number),
    }


def _message(number: int) -> Row:
    awkward = AWKWARD_TEXTS[number] if number < len(AWKWARD_TEXTS) else said(number)
    return {
        "id": key("chat_messages", number),
        "conversation_id": key("guest_conversations", number * 5 % 112),
        "message_number": LAST_STAFF_MESSAGE + 10 * (number + 1),
        "role": ("guest", "assistant", "staff", "system")[number % 4],
        "content": awkward,
        "entities": None if number % 3 == 0 else ["", None, "playa", '"', "a\nb"][: number % 6],
        "metadata": ("{}", None, Json({"tokens": number, "modelo": "x\u0007"}))[number % 3],
        "created_at": moment(-number / 50, number),
    }


def _memory() -> TableRows:
    embeddings = Embeddings("conversation memory", dimensions=1024, topics=3)
    return TableRows.of(
        "conversation_memory",
        (
            {
                "id": number + 1,
                "tenant_id": TENANTS[number % 3],
                "session_id": key("prospective_sessions", number * 3),
                "summary": said(number),
                "embedding": None if number % 4 == 3 else embeddings.vector(number),
                "facts": Json({"hash": hashlib.sha256(bytes([number])).hexdigest(), "viajeros": number}),
                "about": ("[2025-12-20,2026-01-05)", "empty", None, "(,)")[number % 4],
            }
            for number in range(10)
        ),
    )
