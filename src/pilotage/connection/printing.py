"""Settings under which a server prints definitions and values in the one form that reads back exactly.

Consumed by every session of ours, and by SQL files that hold what such a session has read.
"""

from __future__ import annotations

PRINTING: tuple[tuple[str, str], ...] = (
    ("search_path", ""),
    ("standard_conforming_strings", "on"),  # as pg_restore sets it; our texts have backslashes
    ("array_nulls", "on"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("xmloption", "content"),
    ("quote_all_identifiers", "off"),
)
"""Each decides how something is printed or read, and may be another for a role or database.

Not lc_monetary, since rows with amounts are read by the locale that they were printed by, nor TimeZone, by
which materialized views may be filled: whoever compares texts sets that for as long as it reads them.
"""

TIME_ZONE = ("timezone", "UTC")
"""Under which the texts are printed that are compared, since times in them have its offset."""

IN_THIS_TIME_ZONE = f"SET LOCAL {TIME_ZONE[0]} = '{TIME_ZONE[1]}'"
"""For a transaction that reads definitions. It takes no snapshot."""
