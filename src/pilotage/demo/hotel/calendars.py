"""Rows of the calendar tables, whose two self-references are what a careless load breaks on.

Part of group 4; consumed by ``reservations.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.demo.hotel.catalog import UNITS
from pilotage.demo.hotel.copy_text import Json, Row, TableRows
from pilotage.demo.hotel.foundation import TENANTS
from pilotage.demo.hotel.phrases import said
from pilotage.demo.hotel.seeds import chance, key, moment

_EVENTS = 74

_PARENTS = (
    {number: number - 1 for number in range(1, 10)} | {30: 9, 31: 30} | {n: n - 5 for n in range(45, 74, 5)}
)
"""``parent_event_id``: 0 ← 1 ← … ← 9 ← 30 ← 31, and some short ones."""
_MERGED = (
    {number: number - 1 for number in range(21, 28)} | {30: 27, 32: 31} | {n: n - 7 for n in range(50, 74, 9)}
)
"""``merged_into_id``: 20 ← 21 ← … ← 27 ← 30, where both chains meet, and ← 32 beyond."""

_ODD_RANGES = {
    0: "empty",
    3: "(,)",
    6: "[2025-11-01 00:00:00+00,infinity)",
    9: "[2025-11-01 00:00:00+00,)",
    12: "(-infinity,2025-11-01 00:00:00.000001+00]",
}
"""Ranges without rows, without bounds, and with a bound at infinity, which is not the same."""


def calendar_rows() -> Iterator[TableRows]:
    """Yield the calendar's tables."""
    # In no order at all, so that neither the rows' places nor their dates happen to suit the references.
    numbers = list(range(_EVENTS))
    chance("calendar_events").shuffle(numbers)
    yield TableRows.of("calendar_events", map(_event, numbers))
    yield TableRows.of(
        "ics_feed_configurations",
        (
            {
                "id": number + 1,
                "tenant_id": TENANTS[number % 2],
                "accommodation_unit_id": UNITS[number % 2],
                "feed_url": f"https://channel.example/ical/{number}.ics?s=%27%22&t=\\{number}",
                "headers": Json({"Accept": "text/calendar", "X-Note": said(number)}) if number % 2 else None,
                "sync_every": ("00:15:00", "1 day", "1 mon", "00:00:00.000001")[number % 4],
                "priority": "hml"[number % 3],
                "last_synced_at": (None, "-infinity", moment(-1, number))[number % 3],
            }
            for number in range(9)
        ),
    )


def _event(number: int) -> Row:
    parent, merged = _PARENTS.get(number), _MERGED.get(number)
    start = moment(number * 2)
    return {
        "id": key("calendar_events", number),
        "tenant_id": TENANTS[number % 2],
        "accommodation_unit_id": UNITS[number % 2],
        "parent_event_id": None if parent is None else key("calendar_events", parent),
        "merged_into_id": None if merged is None else key("calendar_events", merged),
        "source": ("airbnb", "booking", "direct")[number % 3],
        "ics_uid": f"uid-{number}@channel.example" if number % 4 else None,
        "summary": said(number),
        "busy": _ODD_RANGES.get(number) or f"[{start},{moment(number * 2 + 1, number)})",
        "version": 1 + number % 5,
        # What is referenced has the lower number and the later date.
        "created_at": moment(-number, -number),
        "updated_at": moment(-number / 3, 500_000 + number),
    }
