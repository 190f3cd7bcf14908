from __future__ import annotations

import pytest

from pilotage.model.plan import BuildIndex, LoadTable, Plan, Stage
from pilotage.model.run import BytesCopied, RunStarted, StageStarted, StepFinished, StepStarted
from pilotage.plan.order import order_tables
from pilotage.report.progress import BIG, ProgressDisplay
from pilotage.report.tally import Tally
from tests.catalogs import catalog, index, table
from tests.unit.runs import MEGABYTE, plan_of
from tests.unit.screens import console, screen


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def plan() -> Plan:
    source = catalog(
        [table("a", rows=10, bytes=10 * MEGABYTE), table("b", rows=30, bytes=30 * MEGABYTE)],
        indexes=[index("b", "b_big", bytes=BIG)],
    )
    return plan_of(source, order_tables(source))


def loads(plan: Plan) -> list[str]:
    return [step.id for step in plan.steps if isinstance(step, LoadTable)]


def finished(step: str, rows: int = 0, size: int = 0) -> StepFinished:
    return StepFinished(step=step, rows=rows, bytes=size, seconds=1.5)


def test_the_time_left_is_unknown_until_there_is_data(plan: Plan) -> None:
    tally = Tally()
    tally.follow(plan)
    a, _ = loads(plan)
    tally.add(RunStarted(steps=9, rows=40, bytes=40 * MEGABYTE), 0.0)
    tally.add(StageStarted(stage=Stage.DATA, steps=5), 0.0)
    tally.add(StepStarted(step=a), 0.0)
    assert (tally.seconds_left(10.0), tally.bytes_per_second(10.0)) == (None, None)
    tally.add(BytesCopied(step=a, bytes=4 * MEGABYTE), 10.0)
    assert tally.seconds_left(11.0) is None
    # A tenth of 40 MB in 4 seconds: the other nine tenths take 36.
    assert tally.share() == pytest.approx(0.1)
    assert tally.seconds_left(14.0) == pytest.approx(36.0)


def test_what_remains_is_judged_by_how_streams_compare_to_the_disk(plan: Plan) -> None:
    tally = Tally()
    tally.follow(plan)
    a, b = loads(plan)
    for event in (
        StageStarted(stage=Stage.DATA, steps=5),
        StepStarted(step=a),
        BytesCopied(step=a, bytes=5 * MEGABYTE),
        finished(a, 10, 5 * MEGABYTE),
        StepStarted(step=b),
        BytesCopied(step=b, bytes=5 * MEGABYTE),
    ):
        tally.add(event, 0.0)
    # Half a byte was streamed for each on disk, so b's 5 MB stand for 10 of its 30.
    assert tally.share() == pytest.approx(0.5)
    assert (tally.rows_done, tally.streamed) == (10, 10 * MEGABYTE)


def test_the_rows_are_in_when_every_table_is(plan: Plan) -> None:
    tally = Tally()
    tally.follow(plan)
    a, b = loads(plan)
    tally.add(finished(a, 10, MEGABYTE), 1.0)
    assert tally.share() < 1
    tally.add(finished(b, 30, MEGABYTE), 2.0)
    assert (tally.share(), tally.seconds_left(3.0), tally.streamed) == (1.0, 0.0, 2 * MEGABYTE)


def test_the_rate_is_that_of_the_last_seconds(plan: Plan) -> None:
    tally = Tally()
    tally.follow(plan)
    a, _ = loads(plan)
    tally.add(BytesCopied(step=a, bytes=90 * MEGABYTE), 0.0)
    tally.add(BytesCopied(step=a, bytes=10 * MEGABYTE), 20.0)
    assert tally.bytes_per_second(20.0) == pytest.approx(MEGABYTE)


def play(display: ProgressDisplay, plan: Plan, clock: Clock) -> None:
    a, b = loads(plan)
    big = next(step.id for step in plan.steps if isinstance(step, BuildIndex))
    display(RunStarted(steps=len(plan.steps), rows=40, bytes=40 * MEGABYTE))
    display(StageStarted(stage=Stage.STRUCTURE, steps=2))
    display(finished(plan.steps[0].id))
    display(StageStarted(stage=Stage.DATA, steps=3))
    display(StepStarted(step=a))
    display(StepStarted(step=b))
    for _ in range(7):
        clock.now += 2.0
        display(BytesCopied(step=a, bytes=MEGABYTE))
    display(finished(a, 10, 7 * MEGABYTE))
    display(finished(b, 30, 20 * MEGABYTE))
    display(StepStarted(step=big))
    clock.now += 60
    display(finished(big))
    display(StageStarted(stage=Stage.ACTIVATE, steps=0))


def test_where_there_is_no_terminal_a_line_is_printed_now_and_then(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80)
    with ProgressDisplay(on, clock=clock) as display:
        display.follow(plan)
        play(display, plan, clock)
    assert printed.getvalue().splitlines() == [
        "[0 ms] 7 steps, 40 rows, 40 MB",
        "[0 ms] structure: 2 steps",
        "[0 ms] rows, indexes and constraints: 3 steps",
        "[6.00 s] 0/3 steps, 0/2 tables, 0/40 rows, 3072 kB, 768 kB/s, about 49 s of copying left",
        "[12.0 s] 0/3 steps, 0/2 tables, 0/40 rows, 6144 kB, 614 kB/s, about 57 s of copying left",
        "[14.0 s] index public.b_big: begun",
        "[1 min 14 s] index public.b_big: done in 1.50 s",
    ]


def test_quiet_is_silent_on_a_terminal_and_elsewhere(plan: Plan) -> None:
    for terminal in (True, False):
        clock = Clock()
        on, printed = console(80, terminal=terminal)
        with ProgressDisplay(on, quiet=True, clock=clock) as display:
            display.follow(plan)
            play(display, plan, clock)
        assert printed.getvalue() == ""


def test_the_live_display_tells_what_is_at_work(plan: Plan) -> None:
    clock = Clock()
    display = ProgressDisplay(console(80)[0], clock=clock)
    a, b = loads(plan)
    assert screen(display.screen(), 80) == "reading the source  0 ms\n"
    display.follow(plan)
    display(StageStarted(stage=Stage.DATA, steps=3))
    for step in (a, b):
        display(StepStarted(step=step))
    clock.now += 1
    assert screen(display.screen(), 80).splitlines()[2:] == [
        "  0/2 tables, 0/40 rows, 0 bytes, speed unknown, time left unknown",
        "  · table public.a",
        "  · table public.b",
    ]
    display(BytesCopied(step=a, bytes=4 * MEGABYTE))
    clock.now += 4
    display(finished(b, 30, 30 * MEGABYTE))
    clock.now += 1
    lines = screen(display.screen(), 80).splitlines()
    assert lines[0] == "rows, indexes and constraints  1/3 steps  6.00 s"
    assert lines[1].endswith("85% of the rows, by their size on disk")
    assert lines[2:] == [
        "  1/2 tables, 30/40 rows, 34 MB, 6963 kB/s, about 1 s of copying left",
        "  · table public.a",
    ]


def test_the_live_display_leaves_nothing_behind_but_a_visible_cursor(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80, terminal=True)
    with ProgressDisplay(on, clock=clock) as display:
        display.follow(plan)
        play(display, plan, clock)
    text = printed.getvalue()
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")
    assert "rows, indexes and constraints" not in text.rpartition("\x1b[2K")[2]


def test_without_a_plan_only_steps_are_counted(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80)
    display = ProgressDisplay(on, clock=clock)
    play(display, plan, clock)
    assert [line.partition("] ")[2] for line in printed.getvalue().splitlines()] == [
        "7 steps, 40 rows, 40 MB",
        "structure: 2 steps",
        "rows, indexes and constraints: 3 steps",
    ]
    assert screen(display.screen(), 80).startswith("event triggers and subscriptions  0/0 steps")
