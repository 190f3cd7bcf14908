"""Locks conflict as PostgreSQL's do; a partitioned table stands for its partitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.execute.held_locks import HeldLocks
from pilotage.model.locks import LockMode, TableLock, conflicts_of
from tests import strategies
from tests.catalogs import named

P = named("p")

# Table 13.2 of PostgreSQL's documentation as it is printed there: requested modes by row, held by column.
DOCUMENTED = """
    . . . . . . . X
    . . . . . . X X
    . . . . X X X X
    . . . X X X X X
    . . X X . X X X
    . . X X X X X X
    . X X X X X X X
    X X X X X X X X
"""


def test_modes_conflict_as_the_documentation_has_it() -> None:
    found = [["X" if held in conflicts_of(wanted) else "." for held in LockMode] for wanted in LockMode]
    assert found == [line.split() for line in DOCUMENTED.strip().splitlines()]


def itself(table: str, mode: LockMode = LockMode.SHARE_ROW_EXCLUSIVE) -> TableLock:
    return TableLock(table=named(table), mode=mode)


def partition(table: str, mode: LockMode = LockMode.SHARE_ROW_EXCLUSIVE) -> TableLock:
    return TableLock(table=named(table), mode=mode, partition_of=P)


def tree(mode: LockMode = LockMode.SHARE_ROW_EXCLUSIVE) -> TableLock:
    return TableLock(table=P, mode=mode, with_partitions=True)


@pytest.mark.parametrize(
    ("held", "wanted", "can_be_had"),
    [
        (itself("t"), itself("t"), False),
        (itself("t"), itself("u"), True),
        (partition("p1"), partition("p1"), False),
        (partition("p1"), partition("p2"), True),
        (partition("p1"), itself("p"), True),
        (itself("p"), partition("p1"), True),
        (tree(), itself("p"), False),
        (tree(), partition("p1"), False),
        (itself("p"), tree(), False),
        (partition("p1"), tree(), False),
        (tree(), tree(), False),
        (partition("p1", LockMode.SHARE), tree(LockMode.SHARE), True),
        (partition("p1", LockMode.ACCESS_SHARE), tree(LockMode.ACCESS_EXCLUSIVE), False),
    ],
)
def test_a_partition_is_locked_with_its_tree_and_not_with_its_parent_alone(
    held: TableLock, wanted: TableLock, can_be_had: bool
) -> None:
    locks = HeldLocks()
    locks.add("step", [held])
    assert locks.obstacle([wanted]) == (None if can_be_had else wanted)
    assert locks.in_the_way_of(wanted) == (() if can_be_had else ("step",))
    locks.remove("step", [held])
    assert locks.obstacle([wanted]) is None


@given(one=strategies.table_locks(), other=strategies.table_locks())
def test_who_comes_first_does_not_matter(one: TableLock, other: TableLock) -> None:
    locks, reverse = HeldLocks(), HeldLocks()
    locks.add("one", [one])
    reverse.add("other", [other])
    assert (locks.obstacle([other]) is None) == (reverse.obstacle([one]) is None)


@given(held=st.lists(st.tuples(st.sampled_from("abc"), strategies.table_locks()), max_size=8))
def test_when_all_is_given_back_nothing_is_held(held: list[tuple[str, TableLock]]) -> None:
    locks = HeldLocks()
    for holder, lock in held:
        locks.add(holder, [lock])
    for number, (holder, lock) in enumerate(held):
        assert holder in locks.in_the_way_of(
            TableLock(table=lock.topmost, mode=LockMode.ACCESS_EXCLUSIVE, with_partitions=True)
        )
        locks.remove(holder, [lock])
        left = {(other, each) for other, each in held[number + 1 :]}
        still = locks.obstacle([TableLock(table=lock.table, mode=LockMode.ACCESS_EXCLUSIVE)])
        assert still is None or any(each.topmost == lock.topmost for _, each in left)
    assert vars(locks) == vars(HeldLocks())
