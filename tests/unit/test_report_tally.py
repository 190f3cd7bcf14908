"""What a run's events add up to."""

from __future__ import annotations

import math

import msgspec
import pytest

from pilotage.model.plan import BuildIndex, Edge, EdgeReason, LoadTable, Plan, Stage
from pilotage.model.preflight import End
from pilotage.model.run import (
    BytesCopied,
    CopiedPartly,
    PartFinished,
    Reconnecting,
    Resumed,
    RunStarted,
    SettingsChosen,
    StageStarted,
    StepFinished,
    StepProgress,
    StepStarted,
    Unit,
    Wait,
    Waiting,
    WaitReason,
)
from pilotage.plan.order import order_tables
from pilotage.report.running import Meter
from pilotage.report.tally import Tally
from tests.catalogs import catalog, index, table
from tests.unit.runs import MEGABYTE, plan_of


@pytest.fixture
def plan() -> Plan:
    """Tables a and b; on b an HNSW index that costs as much as 100 MB of copying."""
    source = catalog(
        [table("a", rows=10, bytes=10 * MEGABYTE), table("b", rows=30, bytes=30 * MEGABYTE)],
        indexes=[index("b", "b_hnsw", method="hnsw", bytes=100 * MEGABYTE)],
    )
    plan = plan_of(source, order_tables(source))
    edge = Edge(before=load(plan, "b"), after=build(plan), reason=EdgeReason.ROWS_FIRST)
    return msgspec.structs.replace(plan, edges=(edge,))


@pytest.fixture
def tally(plan: Plan) -> Tally:
    tally = Tally()
    tally.follow(plan)
    return tally


def load(plan: Plan, name: str) -> str:
    return next(step.id for step in plan.steps if isinstance(step, LoadTable) and step.table.name == name)


def build(plan: Plan) -> str:
    return next(step.id for step in plan.steps if isinstance(step, BuildIndex))


def finished(step: str, rows: int = 0, size: int = 0, seconds: float = 1.5) -> StepFinished:
    return StepFinished(step=step, rows=rows, bytes=size, seconds=seconds)


def rows(step: str, number: int) -> StepProgress:
    return StepProgress(step=step, phase="COPY FROM", done=number, total=None, unit=Unit.ROWS)


def test_a_rate_is_that_of_the_last_ten_seconds() -> None:
    meter = Meter()
    assert meter.per_second(0) is None
    meter.begin(0, 0)
    meter.reach(900, 0.5)
    assert meter.per_second(1) == 900
    meter.reach(1000, 19)
    assert meter.per_second(20) == 10
    assert meter.per_second(100) == 0


def test_a_figure_that_grows_does_not_shrink() -> None:
    meter = Meter()
    meter.reach(10, 0)
    meter.reach(7, 1)
    assert (meter.total, meter.per_second(1)) == (10, 10)


def test_rows_under_way_are_counted_as_the_server_tells_them(plan: Plan, tally: Tally) -> None:
    a, b = load(plan, "a"), load(plan, "b")
    for event in (StepStarted(step=a), StepStarted(step=b), rows(b, 15)):
        tally.add(event, 0.0)
    assert (tally.rows_done, tally.share()) == pytest.approx((15, 15 / 40))
    tally.add(rows(b, 20), 1.0)
    tally.add(finished(b, 30, 30 * MEGABYTE), 2.0)
    assert (tally.rows_done, tally.tables_done, tally.share()) == pytest.approx((30, 1, 0.75))
    assert tally.rows_per_second(3.0) == pytest.approx(10)


def test_what_remains_is_judged_by_how_streams_compare_to_the_disk(plan: Plan, tally: Tally) -> None:
    a, b = load(plan, "a"), load(plan, "b")
    for event in (
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


def test_the_rows_are_in_when_every_table_is(plan: Plan, tally: Tally) -> None:
    for number, name in enumerate("ab"):
        assert tally.share() < 1
        tally.add(finished(load(plan, name), 10, MEGABYTE), float(number))
    assert (tally.share(), tally.is_loaded, tally.streamed) == (1.0, True, 2 * MEGABYTE)


def test_parts_of_a_table_are_counted_once(plan: Plan, tally: Tally) -> None:
    b = load(plan, "b")
    for event in (
        StepStarted(step=b),
        StepStarted(step=b),
        BytesCopied(step=b, bytes=2 * MEGABYTE),
        rows(b, 12),
        PartFinished(step=b, rows=10, bytes=MEGABYTE, seconds=1.0),
    ):
        tally.add(event, 0.0)
    assert (tally.rows_done, tally.running[b].hands) == (10, 1)
    tally.add(rows(b, 4), 0.0)
    assert (tally.rows_done, tally.streamed, tally.share()) == pytest.approx((14, 2 * MEGABYTE, 14 / 40))
    # The last part is told as the end of the step, with the figures of all of it.
    tally.add(finished(b, 30, 3 * MEGABYTE), 0.0)
    assert (tally.rows_done, tally.streamed, tally.tables_done) == (30, 3 * MEGABYTE, 1)


def test_a_run_that_goes_on_begins_where_the_other_ended(plan: Plan, tally: Tally) -> None:
    a, b = load(plan, "a"), load(plan, "b")
    tally.add(
        Resumed(
            attempt=2,
            done=(a,),
            left=5,
            rows=16,
            bytes=8 * MEGABYTE,
            partly=(CopiedPartly(step=b, rows=6, bytes=3 * MEGABYTE),),
        ),
        0.0,
    )
    assert (tally.rows_done, tally.streamed, tally.tables_done) == (16, 8 * MEGABYTE, 1)
    assert tally.bytes_per_second(0.0) is None
    tally.add(StepStarted(step=b), 0.0)
    tally.add(BytesCopied(step=b, bytes=MEGABYTE), 1.0)
    assert tally.bytes_per_second(1.0) == pytest.approx(MEGABYTE)
    tally.add(rows(b, 9), 1.0)
    assert tally.share() == pytest.approx(0.25 + 0.75 * 15 / 30)
    tally.add(finished(b, 30, 15 * MEGABYTE), 2.0)
    assert (tally.rows_done, tally.streamed) == (40, 20 * MEGABYTE)


def test_a_pass_that_ended_leaves_nothing_at_work(plan: Plan, tally: Tally) -> None:
    b = load(plan, "b")
    wait = Wait(reason=WaitReason.LOCK, steps=1, first=b, object="relation b", seconds=1.0)
    for event in (
        StepStarted(step=b),
        rows(b, 5),
        Waiting(at_work=True, waits=(wait,)),
        Waiting(at_work=False, waits=(wait,)),
        Reconnecting(end=End.TARGET, attempt=1, seconds=1.0, why="it went away"),
        Resumed(attempt=1, done=(), left=9, rows=0, bytes=0),
    ):
        tally.add(event, 0.0)
    assert (tally.running, tally.waits_at_work, tally.waits_to_come) == ({}, {}, ())
    assert tally.rows_done == 0


def test_the_time_left_is_unknown_before_anything_was_measured(plan: Plan, tally: Tally) -> None:
    tally.add(RunStarted(steps=9, rows=40, bytes=40 * MEGABYTE), 0.0)
    tally.add(StageStarted(stage=Stage.DATA, steps=5), 0.0)
    tally.add(StepStarted(step=load(plan, "a")), 0.0)
    assert tally.time_left(60.0) == (0.0, math.inf)


def test_as_long_as_no_index_of_a_kind_was_built_there_is_a_lower_bound_only(
    plan: Plan, tally: Tally
) -> None:
    a, b = load(plan, "a"), load(plan, "b")
    tally.add(SettingsChosen(jobs=1, index_jobs=1, settings=()), 0.0)
    tally.add(StepStarted(step=a), 0.0)
    tally.add(finished(a, 10, 10 * MEGABYTE, seconds=10.0), 10.0)
    tally.add(StepStarted(step=b), 10.0)
    left = tally.time_left(10.0)
    # b's 30 MB at 1 MB/s, give or take a half: one table was measured.
    assert left == pytest.approx((20, math.inf))
    tally.add(finished(b, 30, 30 * MEGABYTE, seconds=30.0), 40.0)
    tally.add(StepStarted(step=build(plan)), 40.0)
    assert tally.time_left(41.0) == (0, math.inf)
    # Three rows in ten seconds: the other 24 take eighty, and what comes then is not known.
    phase = "building index: loading tuples"
    tally.add(
        StepProgress(step=build(plan), phase=phase, done=3, total=30, unit=Unit.ROWS),
        50.0,
    )
    assert tally.time_left(50.0).low == 0
    tally.add(
        StepProgress(step=build(plan), phase=phase, done=6, total=30, unit=Unit.ROWS),
        60.0,
    )
    assert tally.time_left(60.0) == pytest.approx((80, math.inf))


def test_the_time_left_is_never_nothing_while_work_is_left(plan: Plan, tally: Tally) -> None:
    a, b = load(plan, "a"), load(plan, "b")
    tally.add(finished(build(plan), seconds=10.0), 0.0)
    tally.add(finished(a, 10, 10 * MEGABYTE, seconds=10.0), 10.0)
    tally.add(StepStarted(step=b), 10.0)
    tally.add(rows(b, 30), 1000.0)
    low, high = tally.time_left(1000.0)
    assert 0 < low < high < math.inf


def test_a_build_that_takes_longer_than_foreseen_may_take_as_long_again(plan: Plan) -> None:
    source = catalog(
        [table("a", bytes=0)],
        indexes=[index("a", "one", bytes=MEGABYTE), index("a", "two", bytes=MEGABYTE)],
    )
    plan = plan_of(source, order_tables(source))
    one, two = (step.id for step in plan.steps if isinstance(step, BuildIndex))
    tally = Tally()
    tally.follow(plan)
    tally.add(finished(one, seconds=10.0), 10.0)
    tally.add(StepStarted(step=two), 10.0)
    assert tally.time_left(10.0) == pytest.approx((10 / 1.5, 15))
    assert tally.time_left(14.0) == pytest.approx((10 / 1.5 - 4, 11))
    assert tally.time_left(70.0) == (0.0, 60.0)


def test_a_thousand_small_steps_at_once_are_one_connection_at_work() -> None:
    source = catalog([table(f"t{number:04}", rows=1, bytes=MEGABYTE) for number in range(1000)])
    plan = plan_of(source, order_tables(source))
    tally = Tally()
    tally.follow(plan)
    tally.add(SettingsChosen(jobs=1, index_jobs=0, settings=()), 0.0)
    loads = [step.id for step in plan.steps if isinstance(step, LoadTable)]
    for step in loads[:500]:
        tally.add(StepStarted(step=step), 0.0)
    for step in loads[:500]:
        tally.add(finished(step, 1, MEGABYTE, seconds=0.01), 5.0)
    # Statistics of the tables cost nothing in this plan: 500 tables are left, ten milliseconds each.
    assert tally.time_left(5.0) == pytest.approx((5 / 1.1, 5.5))


def test_little_work_of_an_unmeasured_kind_is_guessed_from_all_that_was_measured() -> None:
    source = catalog(
        [table("a", rows=1, bytes=100 * MEGABYTE)],
        indexes=[index("a", "small", method="gin", bytes=10 * MEGABYTE)],
    )
    plan = plan_of(source, order_tables(source))
    tally = Tally()
    tally.follow(plan)
    tally.add(finished(load(plan, "a"), 1, 100 * MEGABYTE, seconds=100.0), 100.0)
    assert tally.time_left(100.0) == pytest.approx((10 / 1.5 / 3, 15 * 3))
