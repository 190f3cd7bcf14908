"""Forecasts say no more than what was measured allows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.report.forecast import NOTHING, UNKNOWN, Range, Speed, in_words, longest_chain, side_by_side


def measured(*pieces: tuple[float, float]) -> Speed:
    speed = Speed()
    for cost, seconds in pieces:
        speed = speed.with_piece(cost, seconds)
    return speed


def test_nothing_is_known_before_something_was_measured() -> None:
    assert Speed().time_for(100) == UNKNOWN
    assert measured((10, 0.5), (10, 0.5)).time_for(100) == UNKNOWN
    assert measured((10, 0.5), (10, 0.5)).time_for(20) != UNKNOWN
    assert Speed().time_for(0) == NOTHING


def test_what_was_measured_often_and_alike_is_known_better_than_what_was_measured_once() -> None:
    once = measured((100, 10)).time_for(100)
    often = measured(*[(100, 10)] * 100).time_for(100)
    assert once == pytest.approx((10 / 1.5, 15))
    assert often == pytest.approx((10 / 1.1, 11))


def test_what_goes_at_different_speeds_is_known_less() -> None:
    alike = measured(*[(10, 1)] * 20).time_for(100)
    unlike = measured(*[(10, 0.5), (10, 1.5)] * 10).time_for(100)
    assert unlike.low < alike.low < 10 < alike.high < unlike.high


@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(0.01, 1e4)), min_size=1), st.floats(1, 1e9))
def test_the_measured_pace_is_within_the_range(pieces: list[tuple[float, float]], cost: float) -> None:
    low, high = measured(*pieces).time_for(cost)
    pace = sum(seconds for _, seconds in pieces) / sum(cost for cost, _ in pieces)
    assert low <= cost * pace <= high


#   a(5) -> b(1) -> d(2)
#   a(5) -> c(4) -> d(2)      e(3)
def test_the_longest_chain_is_found() -> None:
    seconds = {name: Range(value, value) for name, value in zip("abcde", (5, 1, 4, 2, 3), strict=True)}
    after = {"a": ["b", "c"], "b": ["d"], "c": ["d", "gone"]}
    assert longest_chain(seconds, after) == Range(11, 11)
    assert longest_chain({}, after) == NOTHING


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=12),
    st.integers(1, 4),
    st.data(),
)
def test_a_run_that_goes_on_as_forecast_ends_within_the_range(
    costs: list[int], connections: int, data: st.DataObject
) -> None:
    """Whatever the edges are: steps handed out in any order to whoever is free."""
    steps = [str(number) for number in range(len(costs))]
    after = {
        step: [later for later in steps[number + 1 :] if data.draw(st.booleans())]
        for number, step in enumerate(steps)
    }
    seconds = {step: Range(cost, cost) for step, cost in zip(steps, costs, strict=True)}
    took = run(dict(zip(steps, costs, strict=True)), after, connections)
    all_work = Range(sum(costs), sum(costs))
    forecast = side_by_side(all_work, longest_chain(seconds, after), connections, connections)
    assert forecast.low - 1e-9 <= took <= forecast.high + 1e-9


def run(costs: dict[str, int], after: dict[str, list[str]], connections: int) -> float:
    waits = {step: sum(step in later for later in after.values()) for step in costs}
    ready = [step for step, number in waits.items() if not number]
    running: dict[str, float] = {}
    now = 0.0
    while ready or running:
        while ready and len(running) < connections:
            step = ready.pop()
            running[step] = now + costs[step]
        ended = min(running, key=lambda step: running[step])
        now = running.pop(ended)
        for later in after[ended]:
            waits[later] -= 1
            if not waits[later]:
                ready.append(later)
    return now


def test_what_nobody_knows_the_length_of_has_a_lower_bound_at_most() -> None:
    all_work = Range(40, 60).and_then(UNKNOWN)
    assert side_by_side(all_work, Range(5, math.inf), 4, 2.0) == Range(10, math.inf)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (UNKNOWN, "unknown"),
        (Range(0.4, math.inf), "unknown"),
        (Range(80, math.inf), "at least 80 s"),
        (Range(130, math.inf), "at least 2 min"),
        (Range(0, 0), "about 1 s"),
        (Range(0.2, 0.4), "about 1 s"),
        (Range(7.2, 11.5), "about 7 to 12 s"),
        (Range(33, 52), "about 30 to 55 s"),
        (Range(2, 41), "about 5 to 45 s"),
        (Range(95, 290), "about 1 to 5 min"),
        (Range(290, 300), "about 4 to 5 min"),
        (Range(301, 360), "about 5 to 6 min"),
        (Range(3600, 3600), "about 60 min"),
        (Range(9000, 20000), "about 2 to 6 h"),
    ],
)
def test_a_forecast_in_words_has_no_digits_that_nobody_knows(left: Range, words: str) -> None:
    assert in_words(left) == words
