"""How long work still takes, from what was measured: a range, a lower bound, or nothing. Pure arithmetic.

Consumed by :mod:`pilotage.report.pace`, which knows what the work is. Seconds are wall time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_ENOUGH_SECONDS = 2.0
"""Seconds of work of a kind that must have been measured, or as much of it as there is to do."""
_LEAST_SPREAD = 0.1
_FEW = 0.5
"""How far off a speed is at least; and where one piece was measured, less by the root of their number."""
_MOST_SPREAD = 2.0

ELSEWHERE = 3.0
"""How far off a speed may be that was measured of other kinds of work, as a factor."""


class Range(NamedTuple):
    """Seconds, at least and at most; infinity where nobody knows."""

    low: float
    high: float

    def and_then(self, other: Range) -> Range:
        """Return the range of both, one after the other."""
        return Range(self.low + other.low, self.high + other.high)

    def or_longer(self, other: Range) -> Range:
        """Return the range of the longer of both."""
        return Range(max(self.low, other.low), max(self.high, other.high))


NOTHING = Range(0.0, 0.0)
UNKNOWN = Range(0.0, math.inf)


class Speed(NamedTuple):
    """Sums over the measured pieces of one kind of work, each of which had a cost and took seconds."""

    cost: float = 0.0
    seconds: float = 0.0
    squares: float = 0.0
    squares_by_cost: float = 0.0

    def with_piece(self, cost: float, seconds: float) -> Speed:
        """Return the speed with one more piece; one that cost nothing says nothing."""
        if cost <= 0:
            return self
        return Speed(
            self.cost + cost,
            self.seconds + seconds,
            self.squares + seconds**2,
            self.squares_by_cost + seconds**2 / cost,
        )

    def and_also(self, other: Speed) -> Speed:
        """Return the speed of the pieces of both."""
        return Speed(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def time_for(self, cost: float) -> Range:
        """Return how long work of this kind takes one connection."""
        if cost <= 0:
            return NOTHING
        if self.cost <= 0 or (self.seconds < _ENOUGH_SECONDS and self.cost < cost):
            return UNKNOWN
        pace = self.seconds / self.cost
        # The standard deviation of the pace, weighted by cost; and how many pieces of one size would tell as
        # much as these (Kish's effective sample size).
        deviation = math.sqrt(max(0.0, self.squares_by_cost / self.cost / pace**2 - 1))
        number = self.seconds**2 / self.squares
        spread = min(max(deviation, _LEAST_SPREAD, _FEW / math.sqrt(number)), _MOST_SPREAD)
        return Range(cost * pace / (1 + spread), cost * pace * (1 + spread))


def side_by_side(all_work: Range, longest: Range, connections: int, at_work: float) -> Range:
    """Return how long work takes that several connections share.

    Who always gives free connections something to do needs no less than the longest chain of steps, no less
    than the work divided by the connections, and no more than the sum of both (R. L. Graham, Bounds on
    Multiprocessing Timing Anomalies, 1969).

    Args:
        all_work: all that is left, as one connection would do it.
        longest: the longest chain of steps that wait for each other.
        connections: that may be at work at once.
        at_work: that were, on average, when the speeds were measured.
    """
    low = max(all_work.low / max(1, connections), longest.low)
    if math.isinf(all_work.high):
        return Range(low, math.inf)
    hands = max(1.0, at_work)
    return Range(low, max(low, all_work.high / hands + longest.high * (1 - 1 / hands)))


def longest_chain(seconds: Mapping[str, Range], after: Mapping[str, Iterable[str]]) -> Range:
    """Return the longest chain of steps that wait for each other, both ends of the range for themselves.

    Args:
        seconds: of each step.
        after: by step, those that wait for it; without cycles, as a plan's edges are.
    """
    waits = dict.fromkeys(seconds, 0)
    for step in seconds:
        for later in after.get(step, ()):
            if later in waits:
                waits[later] += 1
    ready = [step for step, number in waits.items() if not number]
    before = dict.fromkeys(seconds, NOTHING)
    longest = NOTHING
    for step in ready:
        end = before[step].and_then(seconds[step])
        longest = longest.or_longer(end)
        for later in after.get(step, ()):
            if later in waits:
                before[later] = before[later].or_longer(end)
                waits[later] -= 1
                if not waits[later]:
                    ready.append(later)
    return longest


def in_words(left: Range) -> str:
    """Return a forecast without digits that it does not have: ``about 3 to 5 min``, ``unknown``."""
    if math.isinf(left.high):
        return f"at least {_at_least(left.low)}" if left.low >= 1 else "unknown"
    unit, seconds = _unit(left.high)
    low, high = max(1, math.floor(left.low / seconds)), max(1, math.ceil(left.high / seconds))
    if unit == "s" and high > 20:
        low, high = max(5, low // 5 * 5), -(-high // 5) * 5
    return f"about {high} {unit}" if low >= high else f"about {low} to {high} {unit}"


def _at_least(seconds: float) -> str:
    unit, size = _unit(seconds)
    return f"{max(1, math.floor(seconds / size))} {unit}"


def _unit(seconds: float) -> tuple[str, float]:
    if seconds < 100:
        return "s", 1.0
    return ("min", 60.0) if seconds < 100 * 60 else ("h", 3600.0)
