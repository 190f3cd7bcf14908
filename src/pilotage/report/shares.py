"""Shares of a whole in percent that add up to 100.0, whatever the rounding.

Consumed by the documents of this room.
"""

from __future__ import annotations

from collections.abc import Sequence

_STEPS = 1000
"""Tenths of a percent in the whole."""


def shares(numbers: Sequence[int]) -> tuple[str, ...]:
    """Return each number's share of their sum: ``74.9 %``; all ``0.0 %`` where the sum is 0.

    The largest remainders are rounded up (Hamilton's method), of equals the first.
    """
    whole = sum(numbers)
    if not whole:
        return tuple("0.0 %" for _ in numbers)
    tenths = [number * _STEPS // whole for number in numbers]
    by_remainder = sorted(range(len(numbers)), key=lambda place: (-(numbers[place] * _STEPS % whole), place))
    for place in by_remainder[: _STEPS - sum(tenths)]:
        tenths[place] += 1
    return tuple(f"{each // 10}.{each % 10} %" for each in tenths)
