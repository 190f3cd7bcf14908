"""What a fix gains, in a sentence.

Consumed by the reports of a linter and by the files that it writes.
"""

from __future__ import annotations

from pilotage.model.lint import Measurement, Speeds

_DIGITS = 3
"""Of rows per second."""

_OF_TIMES = 2
"""Digits of a quotient: on a machine that does something else meanwhile, no more of them come again."""


def measured_line(measured: Measurement) -> tuple[str, bool]:
    """Return the sentence, and whether it tells of a gain that can be relied on."""
    speeds = measured.speeds
    if speeds is None:
        return f"not measured: {measured.what}", False
    return f"measured: {measured.what}: {_both(speeds)}: {_verdict(measured, speeds)}", (
        speeds.times or 0
    ) > 1


def _both(speeds: Speeds) -> str:
    before, after = speeds.rows_per_second_before, speeds.rows_per_second_after
    return f"{shortened(before)} rows/s before, {shortened(after)} rows/s after"


def _verdict(measured: Measurement, speeds: Speeds) -> str:
    if speeds.times is None:
        return measured.doubt or "not to be held against each other"
    if speeds.times > 1:
        return f"{shortened(speeds.times, _OF_TIMES)} times as fast"
    return f"slower, {shortened(speeds.times, _OF_TIMES)} times as fast"


def shortened(figure: float, digits: int = _DIGITS) -> str:
    """Return a figure with no more digits than are worth telling: ``0.867``, ``19.5``, ``1,240,000``."""
    return f"{float(f'{figure:.{digits}g}'):,}".removesuffix(".0")
