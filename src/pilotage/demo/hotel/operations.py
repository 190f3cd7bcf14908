"""Rows of group 3, Operations: hotels, their staff and what the staff does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from pilotage.demo.hotel.catalog import HOTELS
from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.foundation import TENANTS, USERS
from pilotage.demo.hotel.phrases import (
    AWKWARD_FLOATS,
    AWKWARD_INTERVALS,
    AWKWARD_NUMERICS,
    AWKWARD_TEXTS,
    person,
    said,
)
from pilotage.demo.hotel.seeds import key, moment

_HIRED_BY = {1: 0, 2: 1, 3: 2, 4: 3, 5: 1}
"""Who created whom among the staff: a chain of five, and a branch."""

LAST_STAFF_MESSAGE = 580
"""The sequence that staff and guest messages share stands here when the guests' messages begin."""


def operations_rows() -> Iterator[TableRows]:
    """Yield the tables of group 3."""
    yield TableRows.of("hotels", map(_hotel, range(3)))
    # Those who were hired come before those who hired them, in the table as well as by created_at.
    yield TableRows.of("staff_users", map(_staff_user, (4, 3, 5, 2, 1, 0)))
    yield TableRows.of("hotel_operations", map(_operation, range(10)))
    yield TableRows.of(
        "staff_conversations",
        (
            {
                "conversation_id": key("staff_conversations", number),
                "staff_id": USERS[number % 6],
                "title": None if number % 6 == 5 else said(number),
                "pinned": number % 10 == 0,
                "message_count": number * 3,
                "last_message_at": moment(-number, 1).replace(tzinfo=None) if number % 4 else None,
                "created_at": moment(-50 - number),
            }
            for number in range(43)
        ),
    )
    yield TableRows.of(
        "staff_messages",
        (
            {
                "id": 10 * (number + 1),
                "conversation_id": key("staff_conversations", number * 7 % 43),
                "role": ("staff", "assistant")[number % 2],
                # Digits that the disabled trigger would blot out.
                "content": f"{said(number)} tel. 30055501{number:02}",
                "sources": Json([{"table": "muva_content", "id": number}]) if number % 2 else None,
                "created_at": moment(-49, number),
            }
            for number in range(58)
        ),
    )
    yield TableRows.of("sync_history", map(_sync, range(85)))
    yield TableRows.of(
        "user_tenant_permissions",
        [
            {
                "id": key("user_tenant_permissions", 0),
                "user_id": USERS[0],
                "tenant_id": TENANTS[0],
                "role": "owner",
                "permissions": ["read", "write", "admin"],
                "granted_by": USERS[6],
                "granted_at": "-infinity",
                "expires_at": "infinity",
            },
        ],
    )


def _hotel(number: int) -> Row:
    return {
        "id": HOTELS[number],
        "tenant_id": TENANTS[number],
        "name": ("Hotel Isla Serena", "Casa Coral", "Posada d'El Mar")[number],
        "stars": (4, 3, None)[number],
        "address": f'("Vía Circunvalar km {number}, \\"La Loma\\"",,"San Andrés",)' if number else None,
        "location": f"(-81.7000{number},12.58)",
        "network": ("10.20.0.0/16", None, "2001:db8:7::/48")[number],
        "phones": ["+57 8 555 0100", "+57 300 555 0101"][: number + 1],
        "policies": Json({"mascotas": bool(number), "nota": said(number * 3 + 2), "tarifa": 1e-7}),
        "opened_on": ("1987-03-15", "0044-03-15 BC", None)[number],
        "created_at": moment(-900),
        "updated_at": moment(-3, 42),
    }


def _staff_user(number: int) -> Row:
    hired_by = _HIRED_BY.get(number)
    return {
        "staff_id": USERS[number],
        "tenant_id": TENANTS[0] if number < 5 else TENANTS[1],
        "created_by": None if hired_by is None else USERS[hired_by],
        "full_name": person(number),
        "email": f"personal{number}@hotel.example",
        "role": ("owner", "manager", "reception", "reception", "housekeeping", "manager")[number],
        "permissions": [
            ["read", "write", "export", "admin"],
            ["read", "write"],
            ["read"],
            [],
            ["read", "read"],
            ["export"],
        ][number],
        "password_hash": hashlib.sha256(f"staff {number}".encode()).digest() + bytes(range(8)),
        "signature": AWKWARD_TEXTS[number],
        "is_active": number != 4,
        # The last one hired has the oldest row: an import kept the dates of another system.
        "created_at": moment(-100 * number),
        "updated_at": moment(-number, 77),
    }


def _operation(number: int) -> Row:
    due: tuple[datetime | str | None, ...] = (
        "infinity",
        "-infinity",
        None,
        moment(40, 1),
        "4713-01-01 00:00:00+00 BC",
        "294276-12-31 23:59:59.999999+00",
    )
    return {
        "id": number + 1,
        "tenant_id": TENANTS[number % 3],
        "created_by": USERS[number % 6] if number % 4 else None,
        "title": f"Tarea {number}",
        "details": ("", None)[number % 2] if number < 4 else said(number * 3 + 2),
        "cost": AWKWARD_NUMERICS[number % len(AWKWARD_NUMERICS)],
        "reading": AWKWARD_FLOATS[number],
        "duration": AWKWARD_INTERVALS[number % len(AWKWARD_INTERVALS)],
        "due_at": due[number % len(due)],
        # JSON's null is a value; SQL's NULL is none.
        "payload": (Json({"paso": number, "hecho": None}), "null", None)[number % 3],
    }


def _sync(number: int) -> Row:
    failed = number % 9 == 4
    return {
        "id": number + 1,
        "tenant_id": TENANTS[number % 3],
        "source": ("airbnb", "MotoPress", "sire", "Ñandú")[number % 4],
        "status": "failed" if failed else ("succeeded", "skipped")[number % 7 == 0],
        "triggered_by": "schedule" if number % 3 else "mano",
        "rows_read": number**5,
        "drift": AWKWARD_FLOATS[number % len(AWKWARD_FLOATS)] if number % 2 else None,
        "took": AWKWARD_INTERVALS[number % len(AWKWARD_INTERVALS)],
        "error": said(number * 3 + 2) if failed else None,
        "started_at": moment(-number / 4, number * 1000),
    }
