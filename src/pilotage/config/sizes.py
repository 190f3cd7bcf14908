"""Sizes in bytes as people write them: ``64MB``, in PostgreSQL's units.

Consumed by the reader and the writer of configurations. How a report prints a size is no business of this
module: what is written here is exact.
"""

from __future__ import annotations

import re

# pg_size_pretty's units; as with PostgreSQL's settings, each is 1,024 of the one before.
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
# As in pg_size_bytes, case does not matter.
_BYTES_OF = {unit.lower(): 1024**power for power, unit in enumerate(_UNITS)} | {"b": 1}
_SIZE = re.compile(r"([0-9]{1,19}) *([A-Za-z]*)")


def parse_size(text: str) -> int | None:
    """Return the bytes that ``64MB``, ``512 kB`` or ``100 bytes`` stand for; None where it is no size.

    A number without a unit is no size: who writes it as text may have meant megabytes.
    """
    found = _SIZE.fullmatch(text)
    unit = _BYTES_OF.get(found.group(2).lower()) if found else None
    return int(found.group(1)) * unit if found and unit else None


def exact_size(number: int) -> str:
    """Return a size in the largest unit in which it is a whole number."""
    power = 0
    while number and number % 1024 == 0 and power < len(_UNITS) - 1:
        number //= 1024
        power += 1
    return f"{number} bytes" if power == 0 else f"{number}{_UNITS[power]}"
