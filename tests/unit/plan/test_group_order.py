"""The order of groups is proved: kept where it can be, changed where it must, broken by the fewest keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import UsageError
from pilotage.model.names import QualifiedName
from pilotage.model.review import GroupOrder
from pilotage.plan.belonging import TableNeed
from pilotage.plan.group_order import order_groups
from tests.catalogs import named
from tests.unit.graph.brute_force import has_cycle, least_backward


def key(table: str, needed: str, name: str = "") -> TableNeed:
    """A foreign key. The first letter of a table's name is its group."""
    name = name or f"{table}_to_{needed}"
    return TableNeed(
        table=named(table), needed=named(needed), declared_on=named(table), constraint=name, through=name
    )


def definition(table: str, needed: str, through: str = "") -> TableNeed:
    """A table whose definition names another table, or what is made of it."""
    return TableNeed(
        table=named(table), needed=named(needed), declared_on=named(table), constraint=None, through=through
    )


def ordered(requested: str, *needs: TableNeed) -> GroupOrder:
    tables = {name for need in needs for name in (need.table, need.needed)}
    return order_groups(tuple(requested), {table: table.name[0] for table in tables}, needs)


def test_an_order_that_holds_is_kept() -> None:
    r"""
    ::

        a ◀── c ◀── d      b stands apart, and stays where it was asked for
    """
    order = ordered("abcd", key("c1", "a1"), key("d1", "c1"), key("d1", "a1"))
    assert (order.requested, order.planned) == (("a", "b", "c", "d"), ("a", "b", "c", "d"))
    assert (order.changes, order.deferred_keys) == ((), ())


def test_a_group_that_needs_a_later_one_changes_places_with_it() -> None:
    r"""
    ::

        a ◀── b ──▶ c      asked for: a, b, c, d
              ▲
              └── d
    """
    order = ordered("abcd", key("b1", "a1"), key("b1", "c1", "x"), key("b2", "c1", "y"), key("d1", "b1"))
    assert order.planned == ("a", "c", "b", "d")
    (change,) = order.changes
    assert (change.group, change.after) == ("b", "c")
    assert change.because == ("public.b1.x → public.c1", "public.b2.y → public.c1")
    assert order.deferred_keys == ()


def test_only_what_must_move_does() -> None:
    order = ordered("abcde", key("a1", "c1"))
    assert order.planned == ("b", "c", "a", "d", "e")
    assert [(change.group, change.after) for change in order.changes] == [("a", "c")]


def test_definitions_order_groups_as_keys_do() -> None:
    order = ordered("ab", definition("a1", "b1", "function public.f()"), key("a2", "b2", "k"))
    assert order.planned == ("b", "a")
    assert order.changes[0].because == (
        "public.a1 needs public.b1 through function public.f()",
        "public.a2.k → public.b2",
    )


def test_of_two_groups_in_a_circle_the_fewer_keys_are_deferred() -> None:
    r"""
    ::

        a ══▶ b      two keys one way, one the other
          ◀──
    """
    order = ordered("ab", key("a1", "b1"), key("a2", "b1"), key("b1", "a1", "back"))
    assert order.planned == ("b", "a")
    (deferred,) = order.deferred_keys
    assert (deferred.table, deferred.constraint, deferred.referenced) == (named("b1"), "back", named("a1"))
    assert deferred.circle == ("b", "a", "b")


def test_one_key_that_closes_two_circles_is_deferred_alone() -> None:
    r"""
    ::

        a ──▶ b ──▶ c ──▶ a
              │           ▲
              └──▶ d ─────┘
    """
    order = ordered(
        "abcd", key("a1", "b1", "only"), key("b1", "c1"), key("c1", "a1"), key("b1", "d1"), key("d1", "a1")
    )
    assert [each.constraint for each in order.deferred_keys] == ["only"]
    assert order.planned == ("a", "c", "d", "b")


def test_a_key_is_not_deferred_where_a_definition_needs_the_same() -> None:
    r"""
    ::

        a ┄┄▶ b      one key and one definition that way: the two keys back are deferred
          ◀══
    """
    order = ordered(
        "ab", key("a1", "b1"), definition("a2", "b2"), key("b1", "a1", "one"), key("b2", "a1", "two")
    )
    assert order.planned == ("b", "a")
    assert [each.constraint for each in order.deferred_keys] == ["one", "two"]


def test_definitions_in_a_circle_are_refused_with_each_edge() -> None:
    r"""
    ::

        a ┄┄▶ b ┄┄▶ c ┄┄▶ a
    """
    with pytest.raises(UsageError) as refused:
        ordered(
            "abc",
            definition("a1", "b1", "function public.f()"),
            definition("b1", "c1", "view public.v"),
            definition("c2", "a2"),
            key("c1", "b1"),
        )
    lines = str(refused.value).split("\n")
    assert sorted(lines[1:-1]) == [
        "  - a needs b: public.a1 needs public.b1 through function public.f()",
        "  - b needs c: public.b1 needs public.c1 through view public.v",
        "  - c needs a: public.c2 needs public.a2",
    ]
    assert lines[-1] == "Put these tables into one group."


def test_a_partitions_own_key_is_deferred_where_it_was_declared() -> None:
    need = TableNeed(
        table=named("a1"),
        needed=named("b1"),
        declared_on=QualifiedName("public", "a1_part"),
        constraint="k",
        through="k",
    )
    order = ordered("ab", need, key("b1", "a1"), key("b2", "a1"))
    (deferred,) = order.deferred_keys
    assert (deferred.table, deferred.constraint) == (QualifiedName("public", "a1_part"), "k")


def needs_of(drawn: Sequence[tuple[str, str, bool]]) -> list[TableNeed]:
    return [
        key(f"{one}1", f"{other}1", f"k{number}") if is_key else definition(f"{one}1", f"{other}1")
        for number, (one, other, is_key) in enumerate(drawn)
    ]


group = st.sampled_from("abcde")
# Definitions are rarer than keys, so that not every circle is one of definitions.
a_need = st.tuples(group, group, st.integers(0, 5).map(bool))


@given(st.permutations("abcde"), st.lists(a_need, max_size=12))
def test_every_order_is_valid_and_defers_the_fewest_keys(
    requested: list[str], drawn: list[tuple[str, str, bool]]
) -> None:
    pairs = [(one, other) for one, other, _ in drawn if one != other]
    weights: Mapping[tuple[str, str], int] = {pair: pairs.count(pair) for pair in pairs}
    fixed = {(one, other) for one, other, is_key in drawn if not is_key and one != other}
    least = least_backward(weights, set(weights) - fixed)
    try:
        order = ordered(
            "".join(requested), *needs_of(drawn), *(key(f"{each}1", f"{each}1") for each in "abcde")
        )
    except UsageError:
        assert least is None
        assert has_cycle("abcde", fixed)
        return
    assert least is not None
    assert sorted(order.planned) == sorted(requested)
    assert len(order.deferred_keys) == least[0]
    deferred = {each.constraint for each in order.deferred_keys}
    place = {name: number for number, name in enumerate(order.planned)}
    for number, (one, other, is_key) in enumerate(drawn):
        if one == other:
            continue
        if is_key and f"k{number}" in deferred:
            assert place[one] < place[other]
        else:
            assert place[one] > place[other]
    # An order in which nothing contradicts what was asked for is left as it is.
    asked = {name: number for number, name in enumerate(requested)}
    if all(asked[one] > asked[other] for one, other in pairs):
        assert order.planned == tuple(requested)
        assert order.changes == ()
    # Each change is one that a need forces.
    for change in order.changes:
        assert asked[change.group] < asked[change.after]
        assert place[change.group] > place[change.after]
        assert change.because
