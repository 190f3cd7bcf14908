"""The display of a run, played with a clock that stands still unless told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pilotage.model.names import QualifiedName
from pilotage.model.plan import Edge, EdgeReason, LoadTable, Plan, Stage, Step
from pilotage.model.preflight import End
from pilotage.model.run import (
    BytesCopied,
    ChosenSetting,
    CopiedAgain,
    Event,
    PartFinished,
    Reconnecting,
    Resumed,
    RunFinished,
    RunStarted,
    SettingsChosen,
    StageStarted,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    Stopping,
    Unit,
    Verifying,
    Wait,
    Waiting,
    WaitReason,
)
from pilotage.plan.order import order_tables
from pilotage.report.progress import ProgressDisplay
from pilotage.report.progress_lines import BIG
from pilotage.report.steps import step_object
from tests.catalogs import catalog, foreign_key, index, table
from tests.unit.runs import MEGABYTE, plan_of
from tests.unit.screens import console, expect_transcript, screen

HOLDER = "pid 4711 (user alice, application psql, idle in transaction, its transaction open for 95 s)"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def plan() -> Plan:
    source = catalog(
        [
            table("hotels", rows=200, bytes=20 * MEGABYTE),
            table("rooms", rows=9_000, bytes=300 * MEGABYTE),
            table("bookings", rows=1_000_000, bytes=1200 * MEGABYTE),
        ],
        foreign_keys=[foreign_key("rooms", "hotels"), foreign_key("bookings", "rooms")],
        indexes=[
            index("rooms", "rooms_by_hotel", bytes=200 * MEGABYTE),
            index("bookings", "bookings_by_day", bytes=400 * MEGABYTE),
            index("bookings", "bookings_text", method="hnsw", bytes=BIG),
        ],
    )
    plan = plan_of(source, order_tables(source))
    waves = {table: group.name for group in plan.groups for table in group.tables}
    in_waves = tuple(
        msgspec.structs.replace(step, group=waves[step.table]) if isinstance(step, LoadTable) else step
        for step in plan.steps
    )
    plan = msgspec.structs.replace(plan, steps=in_waves)
    steps = {step_object(step): step.id for step in plan.steps}
    edges = tuple(
        Edge(before=steps[before], after=steps[after], reason=EdgeReason.ROWS_FIRST)
        for before, after in (
            ("table public.rooms", "index public.rooms_by_hotel"),
            ("table public.bookings", "index public.bookings_by_day"),
            ("table public.bookings", "index public.bookings_text"),
        )
    )
    return msgspec.structs.replace(plan, edges=edges)


class Play:
    """A run that goes as each test wants it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._steps: dict[str, Step] = {step_object(step): step for step in plan.steps}

    def id(self, what: str) -> str:
        return self._steps[what].id

    def begin(self) -> Iterator[Event | float]:
        structure = [step for step in self.plan.steps if step.stage is Stage.STRUCTURE]
        data = [step for step in self.plan.steps if step.stage is Stage.DATA]
        yield RunStarted(steps=len(self.plan.steps), rows=1_009_200, bytes=1520 * MEGABYTE)
        yield SettingsChosen(
            jobs=2,
            index_jobs=2,
            settings=(
                ChosenSetting(
                    end=End.TARGET, name="maintenance_work_mem", value="1GB", reason="there is room for it"
                ),
            ),
        )
        yield StageStarted(stage=Stage.STRUCTURE, steps=len(structure))
        for step in structure:
            yield StepFinished(step=step.id, rows=0, bytes=0, seconds=0.01)
        yield StageStarted(stage=Stage.DATA, steps=len(data))

    def copy(self) -> Iterator[Event | float]:
        """The small tables arrive, and a fifth of the large one."""
        hotels, rooms, bookings = (
            self.id(f"table public.{name}") for name in ("hotels", "rooms", "bookings")
        )
        yield StepStarted(step=bookings)
        yield StepStarted(step=hotels)
        yield BytesCopied(step=hotels, bytes=16 * MEGABYTE)
        yield 1.0
        yield StepFinished(step=hotels, rows=200, bytes=16 * MEGABYTE, seconds=1.0)
        yield StepStarted(step=rooms)
        yield Waiting(
            at_work=False,
            waits=(
                Wait(
                    reason=WaitReason.STEP,
                    steps=2,
                    first=self.id("index public.bookings_by_day"),
                    by=(bookings,),
                ),
                Wait(
                    reason=WaitReason.TABLE,
                    steps=1,
                    first=self.id("index public.rooms_by_hotel"),
                    object="public.rooms",
                    by=(rooms,),
                ),
            ),
        )
        for second in range(1, 15):
            yield BytesCopied(step=rooms, bytes=16 * MEGABYTE)
            yield BytesCopied(step=bookings, bytes=16 * MEGABYTE)
            yield StepProgress(
                step=bookings, phase="COPY FROM", done=second * 15_000, total=None, unit=Unit.ROWS
            )
            yield 1.0

    def build(self) -> Iterator[Event | float]:
        """An index is half read while another waits for a stranger."""
        rooms = self.id("table public.rooms")
        small, large = self.id("index public.rooms_by_hotel"), self.id("index public.bookings_text")
        yield StepFinished(step=rooms, rows=9_000, bytes=240 * MEGABYTE, seconds=14.0)
        yield StepFinished(
            step=self.id("table public.bookings"), rows=1_000_000, bytes=1100 * MEGABYTE, seconds=60.0
        )
        yield Waiting(at_work=False, waits=())
        yield StepStarted(step=small)
        yield StepStarted(step=large)
        for second in range(1, 7):
            yield 1.0
            yield StepProgress(
                step=large,
                phase="building index: loading tuples",
                done=second * 1000,
                total=12_000,
                unit=Unit.BLOCKS,
            )
            yield Waiting(
                at_work=True,
                waits=(
                    Wait(
                        reason=WaitReason.LOCK,
                        steps=1,
                        first=small,
                        object="relation public.rooms",
                        sessions=(HOLDER,),
                        seconds=float(second),
                    ),
                ),
            )

    def unlucky(self) -> Iterator[Event | float]:
        """A step fails, a connection is lost, and the run goes on and is stopped."""
        small, large = self.id("index public.rooms_by_hotel"), self.id("index public.bookings_text")
        yield StepFailed(step=small, message=f'step "{small}" failed: canceling statement\nDetail: none')
        yield Reconnecting(
            end=End.SOURCE, attempt=1, seconds=2.0, why="me@there:5432/hotel: the connection was lost:\ngone"
        )
        yield 2.0
        yield Resumed(
            attempt=1,
            done=tuple(step.id for step in self.plan.steps[:5]),
            left=len(self.plan.steps) - 5,
            rows=9_200,
            bytes=256 * MEGABYTE,
            again=(
                CopiedAgain(
                    step=self.id("table public.bookings"),
                    table=QualifiedName("public", "bookings"),
                    reason="3 rows\nare others now",
                ),
            ),
        )
        yield StageStarted(stage=Stage.DATA, steps=6)
        yield StepStarted(step=large)
        yield Stopping(steps=(large,), seconds=3.0)

    def end(self) -> Iterator[Event | float]:
        yield StageStarted(stage=Stage.FINISH, steps=0)
        yield StageStarted(stage=Stage.REFRESH, steps=3)
        yield RunFinished(rows=1_009_200, bytes=1356 * MEGABYTE, seconds=80.0)
        yield Verifying()


def play(display: ProgressDisplay, clock: Clock, *acts: Iterator[Event | float]) -> None:
    for act in acts:
        for each in act:
            if isinstance(each, float):
                clock.now += each
            else:
                display(each)


def test_where_there_is_no_terminal_lines_tell_what_happens(plan: Plan, tmp_path: Path) -> None:
    clock = Clock()
    on, printed = console(80)
    acts = Play(plan)
    with ProgressDisplay(on, clock=clock) as display:
        display.follow(plan)
        play(display, clock, acts.begin(), acts.copy(), acts.build(), acts.unlucky(), acts.end())
    expect_transcript("progress-lines.txt", printed.getvalue(), tmp_path)


@pytest.mark.parametrize("width", [100, 60])
@pytest.mark.parametrize("act", ["copy", "build", "unlucky", "end"])
def test_the_live_display_tells_how_far_it_is(act: str, width: int, plan: Plan, tmp_path: Path) -> None:
    clock = Clock()
    display = ProgressDisplay(console(width)[0], clock=clock)
    assert screen(display.screen(), width) == "reading the source  0 s\n"
    display.follow(plan)
    acts = Play(plan)
    all_acts = {"copy": acts.copy, "build": acts.build, "unlucky": acts.unlucky, "end": acts.end}
    play(display, clock, acts.begin())
    for name, each in all_acts.items():
        play(display, clock, each())
        if name == act:
            break
    shown = screen(display.screen(), width)
    assert max(map(len, shown.splitlines())) <= width
    expect_transcript(f"progress-{act}-{width}.txt", shown, tmp_path)


def test_quiet_is_silent_on_a_terminal_and_elsewhere(plan: Plan) -> None:
    for terminal in (True, False):
        clock = Clock()
        on, printed = console(80, terminal=terminal)
        acts = Play(plan)
        with ProgressDisplay(on, quiet=True, clock=clock) as display:
            display.follow(plan)
            play(display, clock, acts.begin(), acts.copy(), acts.unlucky())
        assert printed.getvalue() == ""


def test_the_live_display_leaves_only_remarks_and_a_visible_cursor(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80, terminal=True)
    acts = Play(plan)
    with ProgressDisplay(on, clock=clock) as display:
        display.follow(plan)
        play(display, clock, acts.begin(), acts.copy(), acts.build(), acts.unlucky())
    text = printed.getvalue()
    assert text.index("\x1b[?25l") < text.rindex("\x1b[?25h")
    assert "rows, indexes and constraints" not in text.rpartition("\x1b[2K")[2]
    assert "lost a connection to the source" in text
    assert "rows, indexes and constraints: 6 steps" not in text


def test_without_a_plan_only_steps_are_counted(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80)
    display = ProgressDisplay(on, clock=clock)
    acts = Play(plan)
    play(display, clock, acts.begin(), acts.copy())
    assert [line.partition("] ")[2] for line in printed.getvalue().splitlines()] == [
        "14 steps, 1,009,200 rows, 1520 MB",
        "2 copies, 2 index builds at a time; maintenance_work_mem = 1GB on the target",
        "structure: 3 steps",
        "rows, indexes and constraints: 8 steps",
        "1/8 steps, time left about 1 s",
    ]


def test_a_part_of_a_table_is_worth_no_line(plan: Plan) -> None:
    clock = Clock()
    on, printed = console(80)
    display = ProgressDisplay(on, clock=clock)
    display.follow(plan)
    rooms = Play(plan).id("table public.rooms")
    display(StepStarted(step=rooms))
    display(PartFinished(step=rooms, rows=1000, bytes=MEGABYTE, seconds=1.0))
    assert printed.getvalue() == ""
    display(StepFinished(step=rooms, rows=9000, bytes=240 * MEGABYTE, seconds=2.0))
    assert printed.getvalue() == "[0 ms] table public.rooms: 9,000 rows, 240 MB in 2.00 s\n"


def test_what_servers_and_names_say_commands_no_terminal(plan: Plan) -> None:
    on, printed = console(80)
    display = ProgressDisplay(on, clock=Clock())
    display(StepFailed(step="step\x1b[2J", message="bad\x1b]0;title\x07\nmore"))
    display(Reconnecting(end=End.TARGET, attempt=1, seconds=1.0, why="\x1b[31mred"))
    assert "\x1b" not in printed.getvalue()
    assert "\x07" not in printed.getvalue()
