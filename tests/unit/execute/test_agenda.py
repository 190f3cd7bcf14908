"""The agenda hands out every step once, when its predecessors are done, the most urgent first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import UsageError
from pilotage.execute.agenda import Agenda
from pilotage.model.plan import Cost, Edge, EdgeReason, RunDdl, Stage, Step
from tests import strategies
from tests.catalogs import named


def step(name: str, weight: int = 0, locks: tuple[str, ...] = ()) -> Step:
    return RunDdl(
        id=name,
        group="",
        reason="",
        cost=Cost(weight=weight),
        locks=tuple(map(named, locks)),
        stage=Stage.DATA,
        kind="TABLE",
        object=name,
        sql="",
    )


def edges(*pairs: tuple[str, str]) -> list[Edge]:
    return [Edge(before, after, EdgeReason.DEFINITION) for before, after in pairs]


def take_all(agenda: Agenda) -> list[str]:
    """What may run now, side by side, in the order in which it is handed out."""
    taken = []
    while (found := agenda.take()) is not None:
        taken.append(found.id)
    return taken


@given(work=strategies.work(), data=st.data())
def test_every_step_is_handed_out_once_after_its_predecessors(
    work: strategies.DrawnWork, data: st.DataObject
) -> None:
    steps = {name: step(name, weight, work.locks[name]) for name, weight in work.weights.items()}
    agenda = Agenda(steps.values(), edges(*work.edges))
    hands = data.draw(st.integers(1, 5))
    running: list[str] = []
    done: list[str] = []
    while len(done) < len(steps):
        while len(running) < hands and (taken := agenda.take()) is not None:
            assert taken.id not in running
            assert taken.id not in done
            before = {before for before, after in work.edges if after == taken.id and before in steps}
            assert before <= set(done)
            assert not any(set(work.locks[taken.id]) & set(work.locks[other]) for other in running)
            running.append(taken.id)
        # Nobody waits for ever: with nothing running, something is ready.
        assert agenda.waiting == bool(running)
        assert running
        if len(running) < hands:
            # Whoever is not handed out waits for a predecessor or for a lock.
            for name in steps.keys() - set(running) - set(done):
                assert any(
                    before in steps and before not in done for before, after in work.edges if after == name
                ) or any(set(work.locks[name]) & set(work.locks[other]) for other in running)
        finished = running.pop(data.draw(st.integers(0, len(running) - 1)))
        agenda.done(steps[finished])
        done.append(finished)
        assert len(agenda) == len(steps) - len(done)
    assert sorted(done) == sorted(steps)
    assert agenda.take() is None
    assert not agenda.waiting


def test_the_longest_remaining_path_goes_first() -> None:
    r"""By itself ``b`` is the heaviest; ``a`` has more behind it.

    ::

        a ── c ── d        b        e
        1    5    5        9        0
    """
    steps = [step("b", 9), step("e"), step("a", 1), step("c", 5), step("d", 5)]
    agenda = Agenda(steps, edges(("a", "c"), ("c", "d")))
    assert take_all(agenda) == ["a", "b", "e"]


def test_equally_urgent_steps_go_in_the_plans_order() -> None:
    assert take_all(Agenda([step("z"), step("a"), step("m")], ())) == ["z", "a", "m"]


def test_steps_that_lock_the_same_table_run_one_after_another() -> None:
    both, one, other, free = (
        step("both", 9, ("x", "y")),
        step("one", 8, ("x",)),
        step("other", 7, ("y",)),
        step("f"),
    )
    agenda = Agenda([both, one, other, free], ())
    assert take_all(agenda) == ["both", "f"]
    agenda.done(both)
    assert take_all(agenda) == ["one", "other"]


def test_a_step_that_waits_for_one_lock_does_not_hold_up_the_other() -> None:
    first, both, last = step("first", 9, ("x",)), step("both", 8, ("x", "y")), step("last", 7, ("y",))
    agenda = Agenda([first, both, last], ())
    assert take_all(agenda) == ["first", "last"]
    agenda.done(first)
    assert take_all(agenda) == []
    agenda.done(last)
    assert take_all(agenda) == ["both"]


def test_a_thousand_keys_of_one_table_are_handed_out_one_by_one() -> None:
    steps = [step(f"key {number}", number, ("hub", f"table {number}")) for number in range(1000)]
    agenda = Agenda(steps, ())
    order = []
    while len(agenda):
        (only,) = take_all(agenda)
        order.append(only)
        agenda.done(steps[int(only.removeprefix("key "))])
    assert order == [f"key {number}" for number in reversed(range(1000))]


def test_edges_of_other_stages_order_nothing_here() -> None:
    agenda = Agenda([step("a")], edges(("before", "a"), ("a", "after"), ("x", "y")))
    assert take_all(agenda) == ["a"]


def test_an_edge_with_two_reasons_is_waited_for_once() -> None:
    first, second = step("a"), step("b")
    twice = [Edge("a", "b", EdgeReason.DEFINITION), Edge("a", "b", EdgeReason.ROWS_FIRST)]
    agenda = Agenda([first, second], twice)
    assert take_all(agenda) == ["a"]
    agenda.done(first)
    assert take_all(agenda) == ["b"]


def test_no_steps_are_done_at_once() -> None:
    agenda = Agenda([], ())
    assert (agenda.take(), agenda.waiting, len(agenda)) == (None, False, 0)


def test_a_cycle_is_refused_by_name() -> None:
    steps = [step("a"), step("b"), step("c")]
    with pytest.raises(UsageError, match="2 steps of the plan wait for each other, b among them"):
        Agenda(steps, edges(("a", "b"), ("b", "c"), ("c", "b")))
