"""Rows of group 5, Integrations, and of the schema ``hotels``. The tables that the order forgot have none."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.foundation import TENANTS
from pilotage.demo.hotel.phrases import AWKWARD_FLOATS, SENTENCES, person, said
from pilotage.demo.hotel.seeds import key, moment

_PAYLOAD = '{"a":1,  "a": 2,\t"b" :\n[ ]}'
"""What jsonb would not keep: spaces, and a key given twice."""


def integration_rows() -> Iterator[TableRows]:
    """Yield the tables of group 5 and of the schema ``hotels``."""
    yield TableRows.of(
        "integration_configs",
        (
            {
                "id": key("integration_configs", number),
                "tenant_id": TENANTS[number],
                "provider": ("airbnb", "motopress", "whatsapp")[number],
                "settings": Json(
                    {"endpoint": "https://api.example", "retry": [1, 2.50, None, {"x": said(number * 3 + 2)}]}
                ),
                "secret": (b"", None, b"\\x00\x00\xff'\n")[number],
                "allowed_networks": ([], ["10.0.0.0/8", "2001:db8::1"], ["192.0.2.7"])[number],
                "valid_until": ("infinity", moment(300), "-infinity")[number],
                "updated_at": moment(-8, number),
            }
            for number in range(3)
        ),
    )
    yield TableRows.of("job_logs", map(_job, range(39)))
    yield TableRows.of(
        "clients",
        (
            {
                "id": number + 1,
                "name": person(number),
                "contact": f"cliente{number}@hotel.example",
                "since": f"19{80 + number}-02-28",
            }
            for number in range(3)
        ),
        schema="hotels",
    )
    yield TableRows.of(
        "properties",
        (
            {
                "id": number + 1,
                "client_id": 1 + number % 3,
                "name": f"Propiedad {number}",
                "rooms": 1 + number,
                "rates": (
                    ["100.50", None, "NaN"],
                    "[-1:1]={1.10,2.20,3.30}",
                    [],
                    ["0.10"],
                    [["1.00", "2.00"], ["3.00", "4.00"]],
                )[number],
            }
            for number in range(5)
        ),
        schema="hotels",
    )
    yield TableRows.of(
        "guest_information",
        (
            {
                "id": number + 1,
                "property_id": 1 + number % 5,
                "topic": SENTENCES[number % 10],
                "body": said(number),
                "updated_at": moment(-number),
            }
            for number in range(14)
        ),
        schema="hotels",
    )
    yield TableRows.of(
        "policies",
        (
            {
                "id": number + 1,
                "property_id": 1 + number if number else None,
                "kind": "beaches" if number % 2 else None,
                "body": said(number),
            }
            for number in range(5)
        ),
        schema="hotels",
    )


def _job(number: int) -> Row:
    return {
        "id": number + 1,
        "tenant_id": None if number % 8 == 0 else TENANTS[number % 3],
        "job_name": ("backup", "ics-sync", "sire 'export'")[number % 3],
        "status": ("succeeded", "failed", "running")[number % 3 if number > 30 else 0],
        "payload": (_PAYLOAD, Json({"paso": said(number)}), None, '"texto \\u00f1"')[number % 4],
        "duration_ms": AWKWARD_FLOATS[number % len(AWKWARD_FLOATS)],
        "started_at": moment(-number / 2, number),
        "finished_at": "infinity" if number > 36 else moment(0, 1),
    }
