from __future__ import annotations

from hypothesis import given

from pilotage.graph.waves import Blocker, DependencyOrder, analyse
from pilotage.model.names import QualifiedName
from tests.strategies import DrawnGraph, graphs
from tests.unit.graph.brute_force import (
    component_of_each,
    depth_of_each,
    reachable,
    without_self_references,
)

# In the drawings, an arrow leads from the referencing to the referenced node.


def test_nothing_has_no_waves() -> None:
    order: DependencyOrder[str] = analyse([], [])
    assert order.waves == ()
    assert order.roots == ()
    assert order.cycles == ()
    assert order.blockers == ()


def test_nodes_without_edges_are_one_wave_of_roots() -> None:
    order = analyse("cab", [])
    assert order.waves == (("a", "b", "c"),)
    assert order.roots == ("a", "b", "c")
    assert order.blockers == ()
    assert order.all_dependents == {"a": 0, "b": 0, "c": 0}


def test_a_chain_loads_one_after_the_other() -> None:
    """
    ::

        c ──▶ b ──▶ a
    """
    order = analyse("abc", [("c", "b"), ("b", "a")])
    assert order.waves == (("a",), ("b",), ("c",))
    assert order.roots == ("a",)
    assert order.direct_dependents == {"a": 1, "b": 1, "c": 0}
    assert order.all_dependents == {"a": 2, "b": 1, "c": 0}
    assert order.blockers == (Blocker("a", 1, 2), Blocker("b", 1, 1))
    assert order.dependents_of("a") == ("b", "c")
    assert order.closure_of(["b"]) == ("a", "b")


def test_depth_is_the_longest_way_down() -> None:
    """
    ::

        d ──▶ c ──▶ b ──▶ a
        └─────────────────▲
    """
    order = analyse("abcd", [("d", "a"), ("d", "c"), ("c", "b"), ("b", "a")])
    assert order.depths == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_both_sides_of_a_diamond_share_a_wave_and_its_top_counts_once() -> None:
    """
    ::

            ┌──▶ b ──┐
        d ──┤        ├──▶ a
            └──▶ c ──┘
    """
    order = analyse("abcd", [("d", "b"), ("d", "c"), ("b", "a"), ("c", "a")])
    assert order.waves == (("a",), ("b", "c"), ("d",))
    assert order.all_dependents["a"] == 3
    assert order.blockers == (Blocker("a", 2, 3), Blocker("b", 1, 1), Blocker("c", 1, 1))


def test_a_self_reference_adds_no_depth_and_blocks_nobody() -> None:
    """
    ::

        ┌──┐
        b ◀┘──▶ a
    """
    order = analyse("ab", [("b", "b"), ("b", "a")])
    assert order.depths == {"a": 0, "b": 1}
    assert order.self_references == ("b",)
    assert order.cycles == ()
    assert order.blockers == (Blocker("a", 1, 1),)


def test_a_self_reference_does_not_keep_a_table_from_being_a_root() -> None:
    order = analyse("a", [("a", "a")])
    assert order.roots == ("a",)
    assert order.self_references == ("a",)


def test_several_foreign_keys_between_two_tables_make_one_dependent() -> None:
    order = analyse("ab", [("b", "a"), ("b", "a"), ("b", "a")])
    assert order.direct_dependents["a"] == 1
    assert order.waves == (("a",), ("b",))


def test_two_tables_that_reference_each_other_are_a_cycle_and_no_roots() -> None:
    """
    ::

        a ⇄ b
    """
    order = analyse("ab", [("a", "b"), ("b", "a")])
    assert order.cycles == (("a", "b"),)
    assert order.waves == (("a", "b"),)
    assert order.roots == ()
    assert order.all_dependents == {"a": 1, "b": 1}


def test_a_cycle_counts_as_one_between_a_chain_above_and_a_chain_below() -> None:
    """
    ::

        f ──▶ e ──▶ b ──▶ c ──▶ d
                    │     │
                    └◀ a ◀┘
        and d ──▶ _
    """
    edges = [("f", "e"), ("e", "b"), ("b", "c"), ("c", "a"), ("a", "b"), ("c", "d"), ("d", "_")]
    order = analyse("_abcdef", edges)
    assert order.waves == (("_",), ("d",), ("a", "b", "c"), ("e",), ("f",))
    assert order.cycles == (("a", "b", "c"),)
    assert order.all_dependents == {"_": 6, "d": 5, "a": 4, "b": 4, "c": 4, "e": 1, "f": 0}
    assert order.blockers[0] == Blocker("b", 2, 4)


def test_a_cycle_at_the_bottom_is_not_a_root_but_has_depth_0() -> None:
    """
    ::

        c ──▶ a ⇄ b        d (alone)
    """
    order = analyse("abcd", [("c", "a"), ("a", "b"), ("b", "a")])
    assert order.waves == (("a", "b", "d"), ("c",))
    assert order.roots == ("d",)


def test_cycles_are_told_by_depth_and_then_by_name() -> None:
    """
    ::

        a ⇄ b ──▶ y ⇄ z        m ⇄ n
    """
    pairs = ["ab", "ba", "by", "yz", "zy", "mn", "nm"]
    order = analyse("abmnyz", [(pair[0], pair[1]) for pair in pairs])
    assert order.cycles == (("m", "n"), ("y", "z"), ("a", "b"))


def test_blockers_rank_by_direct_then_by_all_dependents_then_by_name() -> None:
    """
    ::

        f ──▶ e ──▶ c        d ──▶ b        d ──▶ a
    """
    order = analyse("abcdef", [("e", "c"), ("f", "e"), ("d", "b"), ("d", "a")])
    assert [blocker.key for blocker in order.blockers] == ["c", "a", "b", "e"]


def test_a_chain_of_twenty_thousand_nodes_has_as_many_waves() -> None:
    size = 20_000
    order = analyse(range(size), ((node, node - 1) for node in range(1, size)))
    assert len(order.waves) == size
    assert order.depths[size - 1] == size - 1
    assert order.all_dependents[0] == size - 1
    assert order.blockers[0] == Blocker(0, 1, size - 1)


def test_tables_of_several_schemas_are_keys_like_any_other() -> None:
    users, orders = QualifiedName("auth", "users"), QualifiedName("app", "orders")
    order = analyse([orders, users], [(orders, users)])
    assert order.waves == ((users,), (orders,))


@given(graphs())
def test_depth_is_the_longest_of_all_paths(drawn: DrawnGraph) -> None:
    assert analyse(drawn.nodes, drawn.edges).depths == depth_of_each(drawn)


@given(graphs())
def test_waves_hold_every_node_once_and_what_a_wave_needs_is_in_lower_ones(drawn: DrawnGraph) -> None:
    order = analyse(drawn.nodes, drawn.edges)
    assert sorted(node for wave in order.waves for node in wave) == sorted(drawn.nodes)
    assert all(wave == tuple(sorted(wave)) and wave for wave in order.waves)
    wave_of = {node: number for number, wave in enumerate(order.waves) for node in wave}
    component = component_of_each(drawn)
    for start, end in drawn.edges:
        if component[start] == component[end]:
            assert wave_of[start] == wave_of[end]
        else:
            assert wave_of[start] > wave_of[end]


@given(graphs())
def test_roots_cycles_and_self_references_are_what_their_names_say(drawn: DrawnGraph) -> None:
    order = analyse(drawn.nodes, drawn.edges)
    referencing = {start for start, _ in without_self_references(drawn.edges)}
    assert order.roots == tuple(sorted(set(drawn.nodes) - referencing))
    assert order.self_references == tuple(sorted({start for start, end in drawn.edges if start == end}))
    cycles = {members for members in component_of_each(drawn).values() if len(members) > 1}
    assert sorted(order.cycles) == sorted(tuple(sorted(members)) for members in cycles)


@given(graphs())
def test_dependents_are_counted_as_warshall_counts_them(drawn: DrawnGraph) -> None:
    order = analyse(drawn.nodes, drawn.edges)
    reach = reachable(drawn.nodes, drawn.edges)
    edges = without_self_references(drawn.edges)
    direct = {node: sum(end == node for _, end in edges) for node in drawn.nodes}
    everyone = {
        node: sum(other != node and node in reach[other] for other in drawn.nodes) for node in drawn.nodes
    }
    assert order.direct_dependents == direct
    assert order.all_dependents == everyone
    ranked = sorted(
        (node for node in drawn.nodes if direct[node]),
        key=lambda node: (-direct[node], -everyone[node], node),
    )
    assert order.blockers == tuple(Blocker(node, direct[node], everyone[node]) for node in ranked)


@given(graphs())
def test_the_same_graph_in_another_order_is_analysed_the_same(drawn: DrawnGraph) -> None:
    assert analyse(drawn.nodes, drawn.edges) == analyse(drawn.nodes[::-1], drawn.edges[::-1])
