"""The agenda hands out every step once, when its predecessors are done, the most urgent first."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import UsageError
from pilotage.execute.agenda import SMALL, STEPS_PER_BATCH, Agenda
from pilotage.execute.held_locks import HeldLocks
from pilotage.execute.limits import Limits
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.plan import (
    BuildIndex,
    CopyFormat,
    Cost,
    Edge,
    EdgeReason,
    LoadTable,
    RefreshView,
    RunDdl,
    Stage,
    Step,
)
from pilotage.model.review import LoadStrategy
from pilotage.model.run import Wait, WaitReason
from pilotage.plan.costs import STEP_OVERHEAD
from tests import strategies
from tests.catalogs import named

LARGE = SMALL + STEP_OVERHEAD + 1
WIDE = Limits(jobs=50, index_jobs=50)


def exclusive(*tables: str) -> tuple[TableLock, ...]:
    return tuple(TableLock(table=named(table), mode=LockMode.ACCESS_EXCLUSIVE) for table in tables)


def step(name: str, weight: int = 0, locks: tuple[TableLock, ...] = ()) -> Step:
    """A definition, which comes alone whatever it weighs."""
    return RunDdl(
        id=name,
        group="",
        reason="",
        cost=Cost(weight=weight),
        locks=locks,
        stage=Stage.DATA,
        kind="TABLE",
        object=name,
        sql="",
    )


def load(name: str, weight: int = STEP_OVERHEAD) -> Step:
    return LoadTable(
        id=name,
        group="",
        reason="",
        cost=Cost(weight=weight),
        locks=exclusive(name),
        table=named(name),
        columns=(),
        strategy=LoadStrategy.PLAIN,
        format=CopyFormat.BINARY,
        format_reason="",
    )


def index(name: str, table: str, weight: int = STEP_OVERHEAD, mode: LockMode = LockMode.SHARE) -> Step:
    return BuildIndex(
        id=name,
        group="",
        reason="",
        cost=Cost(weight=weight),
        locks=(TableLock(table=named(table), mode=mode),),
        index=named(name),
        table=named(table),
        method="btree",
        sql="",
    )


def edges(*pairs: tuple[str, str]) -> list[Edge]:
    return [Edge(before, after, EdgeReason.DEFINITION) for before, after in pairs]


def ids(batch: tuple[Step, ...]) -> list[str]:
    return [step.id for step in batch]


def take_all(agenda: Agenda) -> list[str]:
    """What may run now, side by side, in the order in which it is handed out."""
    taken = []
    while batch := agenda.take():
        taken += ids(batch)
    return taken


# --- everything, at random -----------------------------------------------------------------------------


@dataclasses.dataclass
class Out:
    """What is out, seen from the outside."""

    batches: list[tuple[Step, ...]] = dataclasses.field(default_factory=list)

    @property
    def steps(self) -> set[str]:
        return {step.id for batch in self.batches for step in batch}

    def holds(self) -> HeldLocks:
        held = HeldLocks()
        for batch in self.batches:
            for each in batch:
                held.add(each.id, each.locks)
        return held

    def counts(self, kind: type) -> int:
        return sum(any(isinstance(each, kind) for each in batch) for batch in self.batches)


@given(work=strategies.work(), data=st.data())
def test_every_step_is_handed_out_once_after_its_predecessors(
    work: strategies.DrawnWork, data: st.DataObject
) -> None:
    steps = {each.id: each for each in work.steps}
    done: list[str] = data.draw(st.lists(st.sampled_from(sorted(steps)), unique=True)) if steps else []
    before = {
        name: {edge[0] for edge in work.edges if edge[1] == name and edge[0] in steps} for name in steps
    }
    limits = Limits(jobs=data.draw(st.integers(1, 3)), index_jobs=data.draw(st.integers(1, 3)))
    agenda = Agenda(steps.values(), edges(*work.edges), limits, frozenset(done))
    out = Out()
    failed: set[str] = set()
    alone: set[str] = set()
    while True:
        while batch := agenda.take():
            held = out.holds()
            for place, each in enumerate(batch):
                assert each.id not in {*out.steps, *done, *failed}
                assert before[each.id] <= {*done, *ids(batch[:place])}
                assert held.obstacle(each.locks) is None
                assert len(batch) == 1 or each.id not in alone
            out.batches.append(batch)
            assert len(out.batches) <= limits.connections
            assert out.counts(LoadTable) <= limits.jobs
            assert out.counts(RefreshView) <= limits.index_jobs
        assert agenda.waiting == bool(out.batches)
        assert len(agenda) == len(steps) - len(done)
        # Nobody waits for ever: who is not handed out waits for a predecessor, a lock or a limit.
        held = out.holds()
        for name in steps.keys() - out.steps - set(done) - failed:
            assert (
                before[name] - set(done)
                or held.obstacle(steps[name].locks) is not None
                or len(out.batches) == limits.connections
                or (isinstance(steps[name], LoadTable) and out.counts(LoadTable) == limits.jobs)
                or out.batches  # as many index builds as may be
            )
        if not out.batches:
            break
        batch = out.batches.pop(data.draw(st.integers(0, len(out.batches) - 1)))
        match data.draw(st.sampled_from(["done", "done", "done", "half", "back", "failed"])):
            case "half":
                agenda.done(batch[:1])
                agenda.give_back(batch[1:])
                done += ids(batch[:1])
                alone |= set(ids(batch[1:]))
            case "back" if not alone & set(ids(batch)):
                agenda.give_back(batch)
                alone |= set(ids(batch))
            case "failed":
                agenda.failed(batch)
                failed |= set(ids(batch))
            case _:
                agenda.done(batch)
                done += ids(batch)
    behind_failed = set(failed)
    for name in steps:  # in a topological order
        if before[name] & behind_failed:
            behind_failed.add(name)
    assert set(done) | behind_failed == set(steps) or failed
    assert not set(done) & failed
    if not failed:
        assert sorted(done) == sorted(steps)


# --- order ---------------------------------------------------------------------------------------------


def test_the_longest_remaining_path_goes_first() -> None:
    r"""By itself ``b`` is the heaviest; ``a`` has more behind it.

    ::

        a ── c ── d        b        e
        1    5    5        9        0
    """
    steps = [step("b", 9), step("e"), step("a", 1), step("c", 5), step("d", 5)]
    agenda = Agenda(steps, edges(("a", "c"), ("c", "d")), WIDE)
    assert take_all(agenda) == ["a", "b", "e"]


def test_equally_urgent_steps_go_in_the_plans_order() -> None:
    assert take_all(Agenda([step("z"), step("a"), step("m")], (), WIDE)) == ["z", "a", "m"]


def test_edges_of_other_stages_order_nothing_here() -> None:
    agenda = Agenda([step("a")], edges(("before", "a"), ("a", "after"), ("x", "y")), WIDE)
    assert take_all(agenda) == ["a"]


def test_what_is_done_already_is_waited_for_no_more() -> None:
    steps = [step("a"), step("b"), step("c")]
    agenda = Agenda(steps, edges(("a", "b"), ("b", "c")), WIDE, frozenset({"a"}))
    assert len(agenda) == 2
    assert take_all(agenda) == ["b"]


def test_an_edge_with_two_reasons_is_waited_for_once() -> None:
    first, second = step("a"), step("b")
    twice = [Edge("a", "b", EdgeReason.DEFINITION), Edge("a", "b", EdgeReason.ROWS_FIRST)]
    agenda = Agenda([first, second], twice, WIDE)
    assert take_all(agenda) == ["a"]
    agenda.done([first])
    assert take_all(agenda) == ["b"]


def test_no_steps_are_done_at_once() -> None:
    agenda = Agenda([], (), WIDE)
    assert (agenda.take(), agenda.waiting, len(agenda)) == ((), False, 0)
    assert agenda.blocked_by() == ()


def test_a_cycle_is_refused_by_name() -> None:
    steps = [step("a"), step("b"), step("c")]
    with pytest.raises(UsageError, match="2 steps of the plan wait for each other, b among them"):
        Agenda(steps, edges(("a", "b"), ("b", "c"), ("c", "b")), WIDE)


def test_what_failed_holds_up_what_waits_for_it_and_nothing_else() -> None:
    steps = [step("a", 2, exclusive("x")), step("b"), step("c", 1, exclusive("x")), step("d")]
    agenda = Agenda(steps, edges(("a", "b")), WIDE)
    assert take_all(agenda) == ["a", "d"]
    agenda.failed([steps[0]])
    assert take_all(agenda) == ["c"]
    agenda.done([steps[2], steps[3]])
    assert (agenda.take(), agenda.waiting, len(agenda)) == ((), False, 2)


# --- locks ---------------------------------------------------------------------------------------------


def test_steps_that_lock_the_same_table_run_one_after_another() -> None:
    both, one, other, free = (
        step("both", 9, exclusive("x", "y")),
        step("one", 8, exclusive("x")),
        step("other", 7, exclusive("y")),
        step("f"),
    )
    agenda = Agenda([both, one, other, free], (), WIDE)
    assert take_all(agenda) == ["both", "f"]
    agenda.done([both])
    assert take_all(agenda) == ["one", "other"]


def test_a_step_that_waits_for_one_lock_does_not_hold_up_the_other() -> None:
    first, both, last = (
        step("first", 9, exclusive("x")),
        step("both", 8, exclusive("x", "y")),
        step("last", 7, exclusive("y")),
    )
    agenda = Agenda([first, both, last], (), WIDE)
    assert take_all(agenda) == ["first", "last"]
    agenda.done([first])
    assert take_all(agenda) == []
    agenda.done([last])
    assert take_all(agenda) == ["both"]


def test_a_thousand_keys_of_one_table_are_handed_out_one_by_one() -> None:
    steps = [step(f"key {number}", number, exclusive("hub", f"table {number}")) for number in range(1000)]
    agenda = Agenda(steps, (), WIDE)
    order = []
    while len(agenda):
        (only,) = take_all(agenda)
        order.append(only)
        agenda.done([steps[int(only.removeprefix("key "))]])
    assert order == [f"key {number}" for number in reversed(range(1000))]


def test_indexes_of_a_table_are_built_side_by_side_and_its_key_is_attached_between() -> None:
    one, two = index("one", "t", 9 * LARGE), index("two", "t", 8 * LARGE)
    key = step("key", 7, (TableLock(table=named("t"), mode=LockMode.ACCESS_EXCLUSIVE),))
    agenda = Agenda([one, two, key], (), WIDE)
    assert take_all(agenda) == ["one", "two"]
    agenda.done([one])
    assert take_all(agenda) == []
    agenda.done([two])
    assert take_all(agenda) == ["key"]


def test_what_locks_a_whole_tree_waits_for_its_partitions() -> None:
    mode = LockMode.SHARE
    part = step("part", 9, (TableLock(table=named("p1"), mode=mode, partition_of=named("p")),))
    above = step("above", 8, exclusive("p"))
    tree = step(
        "tree", 7, (TableLock(table=named("p"), mode=LockMode.ACCESS_EXCLUSIVE, with_partitions=True),)
    )
    other = step("other", 6, (TableLock(table=named("p2"), mode=mode, partition_of=named("p")),))
    agenda = Agenda([part, above, tree, other], (), WIDE)
    assert take_all(agenda) == ["part", "above", "other"]
    agenda.done([part])
    agenda.done([above])
    assert take_all(agenda) == []
    agenda.done([other])
    assert take_all(agenda) == ["tree"]


# --- limits --------------------------------------------------------------------------------------------


def test_copies_and_builds_have_limits_of_their_own() -> None:
    loads = [load(f"rows {number}", LARGE) for number in range(3)]
    builds = [index(f"index {number}", f"t{number}", LARGE) for number in range(3)]
    agenda = Agenda([*builds, *loads], (), Limits(jobs=2, index_jobs=1))
    assert take_all(agenda) == ["index 0", "rows 0", "rows 1"]
    assert agenda.blocked_by() == (
        Wait(reason=WaitReason.BUILDS, steps=2, first="index 1", by=("index 0",)),
        Wait(reason=WaitReason.COPIES, steps=1, first="rows 2", by=("rows 0", "rows 1")),
    )
    agenda.done([loads[0]])
    assert take_all(agenda) == ["rows 2"]


def test_small_builds_come_in_between_long_ones() -> None:
    long, other = index("long", "t", LARGE), index("other long", "t", LARGE)
    small = index("small", "u")
    agenda = Agenda([long, other, small], (), Limits(jobs=1, index_jobs=1))
    assert take_all(agenda) == ["long", "small"]


def test_a_refresh_of_unknown_size_counts_and_comes_alone() -> None:
    views = [RefreshView(id=name, group="", reason="", view=named(name), sql="") for name in ("one", "two")]
    agenda = Agenda(views, (), Limits(jobs=3, index_jobs=1))
    assert take_all(agenda) == ["one"]


def test_what_waits_for_a_table_is_told_with_who_has_it() -> None:
    build, key = index("build", "t", LARGE), step("key", 1, exclusive("t"))
    agenda = Agenda([build, key], (), WIDE)
    take_all(agenda)
    assert agenda.blocked_by() == (
        Wait(reason=WaitReason.TABLE, steps=1, first="key", object="relation public.t", by=("build",)),
    )


def test_where_nothing_is_held_back_it_is_told_what_is_missing() -> None:
    agenda = Agenda([step("a"), step("b"), step("c")], edges(("a", "b"), ("b", "c")), WIDE)
    take_all(agenda)
    assert agenda.blocked_by() == (Wait(reason=WaitReason.STEP, steps=2, first="b", by=("a",)),)


# --- batches -------------------------------------------------------------------------------------------


def test_a_small_table_comes_with_its_indexes() -> None:
    steps = [load("t"), index("i", "t"), index("j", "t")]
    agenda = Agenda(steps, edges(("t", "i"), ("t", "j")), WIDE)
    assert ids(agenda.take()) == ["t", "i", "j"]


def test_what_also_waits_for_a_step_elsewhere_does_not_join() -> None:
    big, small, key = load("big", LARGE), load("small"), index("key", "small")
    agenda = Agenda([big, small, key], edges(("big", "key"), ("small", "key")), WIDE)
    assert ids(agenda.take()) == ["big"]
    assert ids(agenda.take()) == ["small"]
    agenda.done([small])
    assert agenda.take() == ()
    agenda.done([big])
    assert ids(agenda.take()) == ["key"]


def test_what_a_batch_locks_does_not_hold_up_itself_but_others() -> None:
    keys = [index(f"key {number}", "hub", mode=LockMode.SHARE_ROW_EXCLUSIVE) for number in range(3)]
    late = index("late", "hub", LARGE, LockMode.SHARE)
    agenda = Agenda([*keys, late], edges(("key 0", "late")), WIDE)
    batch = agenda.take()
    assert ids(batch) == ["key 0", "key 1", "key 2"]
    agenda.done(batch[:1])
    assert agenda.take() == ()
    agenda.done(batch[1:])
    assert ids(agenda.take()) == ["late"]


def test_a_step_of_large_weight_comes_alone() -> None:
    agenda = Agenda([load("big", LARGE), load("a"), load("b")], (), WIDE)
    assert [ids(agenda.take()), ids(agenda.take())] == [["big"], ["a", "b"]]


def test_a_batch_that_is_given_back_comes_step_by_step() -> None:
    steps = [load("a"), index("i", "a"), load("b")]
    agenda = Agenda(steps, edges(("a", "i")), Limits(jobs=1, index_jobs=1))
    batch = agenda.take()
    assert len(batch) == 3
    agenda.give_back(batch)
    assert not agenda.waiting
    for name in ("a", "i", "b"):
        (only,) = agenda.take()
        assert only.id == name
        agenda.done([only])
    assert len(agenda) == 0


def test_batches_get_smaller_so_that_all_connections_end_together() -> None:
    steps = [load(f"t{number}") for number in range(4000)]
    agenda = Agenda(steps, (), Limits(jobs=2, index_jobs=2))
    sizes = []
    while batch := agenda.take():
        sizes.append(len(batch))
        agenda.done(batch)
    assert sum(sizes) == 4000
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == min(500, STEPS_PER_BATCH)
    assert 10 <= len(sizes) <= 20
    assert sizes[-1] <= 4000 / 20


def test_a_hundred_small_tables_become_a_handful_of_batches() -> None:
    steps = []
    waits = []
    for number in range(41):
        steps += [load(f"t{number}", 4 * STEP_OVERHEAD)]
        for each in range(4):
            steps.append(index(f"i{number}.{each}", f"t{number}"))
            waits.append((f"t{number}", f"i{number}.{each}"))
    agenda = Agenda(steps, edges(*waits), Limits(jobs=2, index_jobs=2))
    batches = 0
    while batch := agenda.take():
        agenda.done(batch)
        batches += 1
    assert len(agenda) == 0
    assert batches <= 8
