"""Numbers as people read them: counts, sizes, durations and rates.

Consumed by every report. Nothing here looks at the locale, so the same figures print the same everywhere.
"""

from __future__ import annotations


def count(number: int | None) -> str:
    """Return a count with thousands separators; ``not counted`` for None."""
    return "not counted" if number is None else f"{number:,}"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun: ``1 table``, ``41 tables``."""
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def size(number: int) -> str:
    """Return a number of bytes exactly as ``pg_size_pretty`` prints it, so that people can compare.

    A unit is left when its figure reaches 10,240; halves round away from zero (``dbsize.c``).
    """
    if abs(number) < 10 * 1024:
        return f"{number} bytes"
    halves = _towards_zero(number, 512)
    units = ("kB", "MB", "GB", "TB", "PB")
    for unit in units:
        if abs(halves) < 20 * 1024 - 1 or unit == units[-1]:
            return f"{_towards_zero(halves + (1 if halves > 0 else -1), 2)} {unit}"
        halves = _towards_zero(halves, 1024)
    raise AssertionError("the last unit takes what is left")


def _towards_zero(number: int, divisor: int) -> int:
    quotient = abs(number) // divisor
    return quotient if number >= 0 else -quotient


def duration(seconds: float) -> str:
    """Return a duration to about three digits: ``12 ms``, ``4.21 s``, ``3 min 05 s``, ``2 h 07 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def elapsed(seconds: float) -> str:
    """Return how long something has been going on, in whole seconds: ``0 s``, ``42 s``, ``3 min 05 s``."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else duration(whole)


def rate(number: int, seconds: float, unit: str) -> str:
    """Return how many a second: ``51,200 rows/s``; ``unknown rows/s`` where no time passed."""
    return f"{count(round(number / seconds)) if seconds > 0 else 'unknown'} {unit}/s"


def size_rate(number: int, seconds: float) -> str:
    """Return bytes a second: ``18 MB/s``; ``unknown MB/s`` where no time passed."""
    return f"{size(round(number / seconds)) if seconds > 0 else 'unknown MB'}/s"


def span(low: int, high: int) -> str:
    """Return a range: ``3``, ``2 to 4``."""
    return f"{low}" if low == high else f"{low} to {high}"
