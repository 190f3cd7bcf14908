"""What a run has done is what the journal has, and what its own transactions added."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.execute.progress import Progress
from pilotage.model.catalog import Server
from pilotage.model.journal import Done
from pilotage.model.plan import Edge, Plan, Step
from tests.unit.execute.test_parts import load


def plan_of(steps: Iterable[Step], edges: Iterable[Edge]) -> Plan:
    return Plan(
        pilotage="",
        fingerprint="",
        source=Server(
            version="18",
            version_num=180000,
            database="d",
            encoding="UTF8",
            collation="C",
            database_bytes=0,
            large_objects=0,
        ),
        scope=(),
        preamble="",
        groups=(),
        steps=tuple(steps),
        edges=tuple(edges),
        hazards=(),
    )


BIG, SMALL = load("big", 10), load("small", 10)
PLAN = plan_of((BIG, SMALL), ())


def part(first: int, end: int | None, rows: int = 5) -> Done:
    return Done(step=BIG.id, first_block=first, end_block=end, rows=rows, bytes=rows * 10, attempt=1)


def test_a_table_is_done_with_its_last_part() -> None:
    progress = Progress(PLAN, began=0.0)
    assert not progress.add(part(0, 10))
    assert not progress.add(part(20, None))
    assert progress.done == set()
    assert progress.add(part(10, 20))
    assert progress.done == {BIG.id}
    assert (progress.rows, progress.bytes) == (15, 150)


def test_the_journal_has_the_last_word() -> None:
    progress = Progress(PLAN, began=0.0)
    progress.add(Done(step=SMALL.id, rows=1, attempt=1))
    # The target crashed, and lost what it had not yet written.
    progress.read([part(0, None, rows=0), Done(step="of another plan", attempt=1)])
    assert progress.done == {BIG.id}
    assert progress.filled() == set()
    assert set(progress.parts) == {BIG.id}


def test_results_are_of_whole_steps_only() -> None:
    progress = Progress(PLAN, began=0.0)
    progress.add(part(0, 10))
    progress.add(Done(step=SMALL.id, rows=3, bytes=30, seconds=0.5, attempt=1))
    (result,) = progress.results()
    assert (result.step, result.rows, result.bytes, result.seconds) == (SMALL.id, 3, 30, 0.5)
