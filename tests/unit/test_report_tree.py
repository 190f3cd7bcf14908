from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.catalog import Catalog
from pilotage.plan.order import order_tables
from pilotage.report.tree import LEVELS, dependency_tree
from tests.catalogs import catalog, foreign_key, harbour, table
from tests.unit.screens import expect_transcript


def tree_of(source: Catalog) -> list[str]:
    """The tree's lines without its head."""
    return dependency_tree(source, order_tables(source)).splitlines()[4:]


def test_the_tree_of_a_small_database(tmp_path: Path) -> None:
    source = harbour()
    expect_transcript("dependency_tree.txt", dependency_tree(source, order_tables(source)), tmp_path)


def test_a_table_stands_in_full_below_the_deepest_table_that_it_references() -> None:
    #  a ◀── b ◀── c
    #  ▲───────────┘
    source = catalog("abc", [foreign_key("b", "a"), foreign_key("c", "b"), foreign_key("c", "a")])
    assert tree_of(source) == [
        "public.a (depth 0, 0 rows)",
        "├── public.b (depth 1, 0 rows)",
        "│   └── public.c (depth 2, 0 rows)",
        "└── public.c (see above)",
    ]


def test_several_keys_between_two_tables_are_one_line() -> None:
    keys = [foreign_key("b", "a", columns=(column,)) for column in ("x", "y")]
    assert tree_of(catalog("ab", keys)) == ["public.a (depth 0, 0 rows)", "└── public.b (depth 1, 0 rows)"]


def test_a_line_says_when_the_full_one_comes_later() -> None:
    # m stands below z, which is the deeper of the two that it references and comes after b.
    keys = [foreign_key("b", "a"), foreign_key("m", "b"), foreign_key("z", "y"), foreign_key("y", "a")]
    assert tree_of(catalog("abmyz", [*keys, foreign_key("m", "z")])) == [
        "public.a (depth 0, 0 rows)",
        "├── public.b (depth 1, 0 rows)",
        "│   └── public.m (see below)",
        "└── public.y (depth 1, 0 rows)",
        "    └── public.z (depth 2, 0 rows)",
        "        └── public.m (depth 3, 0 rows)",
    ]


def test_a_cycle_is_one_branch_with_its_tables_below_it() -> None:
    keys = [foreign_key("b", "c"), foreign_key("c", "b"), foreign_key("b", "a"), foreign_key("d", "c")]
    assert tree_of(catalog("abcd", keys)) == [
        "public.a (depth 0, 0 rows)",
        "└── cycle of 2 tables that need each other (depth 1)",
        "    ├── public.b (depth 1, 0 rows, in the cycle by public.c)",
        "    └── public.c (depth 1, 0 rows, in the cycle by public.b)",
        "        └── public.d (depth 2, 0 rows)",
    ]


def test_a_cycle_that_references_nothing_is_a_root() -> None:
    keys = [foreign_key("a", "b"), foreign_key("b", "a")]
    assert tree_of(catalog("ab", keys))[0] == "cycle of 2 tables that need each other (depth 0)"


def test_tables_without_keys_stand_apart() -> None:
    source = catalog(
        [table("log", rows=1), "a", "b", "tree"],
        [foreign_key("b", "a"), foreign_key("tree", "tree", columns=("parent",))],
    )
    assert tree_of(source) == [
        "public.a (depth 0, 0 rows)",
        "└── public.b (depth 1, 0 rows)",
        "",
        "Tables that reference no other table and that none references (2)",
        "  public.log (depth 0, 1 row)",
        "  public.tree (depth 0, 0 rows, references itself by parent)",
    ]


def test_a_deep_branch_continues_at_the_margin() -> None:
    names = [f"t{number:04}" for number in range(1_200)]
    keys = [foreign_key(below, above) for above, below in pairwise(names)]
    lines = tree_of(catalog(names, keys))
    assert max(map(len, lines)) < 4 * LEVELS + 80
    continued = [line.partition(".")[2].partition(" ")[0] for line in lines if line.endswith("(continued)")]
    announced = [
        line.partition(".")[2].partition(" ")[0] for line in lines if line.endswith("continued below")
    ]
    assert continued == announced
    assert len(continued) == (1_200 - 2) // LEVELS


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    names = [f"t{number}" for number in range(draw(st.integers(1, 25)))]
    ends = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=60, unique=True))
    return catalog(names, [foreign_key(start, end) for start, end in ends])


@given(catalogs())
def test_every_table_stands_in_full_exactly_once_and_every_edge_is_drawn(source: Catalog) -> None:
    order = order_tables(source)
    lines = tree_of(source)
    for name in order.graph.nodes:
        assert sum(f"{name} (depth " in line for line in lines) == 1
    for number, line in enumerate(lines):
        if "(see " in line and "the cycle of" not in line:
            shown = line.partition("public.")[2].partition(" ")[0]
            place = next(at for at, other in enumerate(lines) if f"public.{shown} (depth " in other)
            assert line.endswith("(see above)") == (place < number)
    if not order.cycles:
        drawn = sum(line.lstrip("│ ").startswith(("├── ", "└── ")) for line in lines)
        assert drawn == sum(len(order.graph.references_of(name)) for name in order.graph.nodes)


@pytest.mark.parametrize("rows", [None, 0, 1, 1_234_567])
def test_rows_are_told_or_said_not_to_be_counted(rows: int | None) -> None:
    said = {None: "rows not counted", 0: "0 rows", 1: "1 row", 1_234_567: "1,234,567 rows"}[rows]
    assert tree_of(catalog([table("a", rows=rows)]))[-1] == f"  public.a (depth 0, {said})"
