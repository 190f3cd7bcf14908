"""Rows on loops, against brute force: what is left of a graph when those go that nobody references."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from pilotage.verify.soundness.loops import rows_left

LINKS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30)


def peeled(links: list[tuple[int, int]]) -> int:
    return rows_left(array("i", [child for child, _ in links]), array("i", [parent for _, parent in links]))


def reached(links: list[tuple[int, int]], row: int) -> set[int]:
    """The rows to which references lead from a row, itself only where they lead back."""
    found: set[int] = set()
    going = [row]
    while going:
        here = going.pop()
        new = {parent for child, parent in links if child == here} - found
        found |= new
        going.extend(new)
    return found


@given(LINKS)
def test_what_is_left_is_on_a_loop_or_above_one(links: list[tuple[int, int]]) -> None:
    rows = {row for link in links for row in link}
    on_loops = {row for row in rows if row in reached(links, row)}
    assert peeled(links) == len(on_loops | {above for row in on_loops for above in reached(links, row)})


def test_a_tree_is_peeled_whole_and_a_loop_is_left() -> None:
    assert peeled([]) == 0
    assert peeled([(3, 2), (2, 1), (4, 2)]) == 0
    assert peeled([(1, 2), (2, 3), (3, 1), (4, 1)]) == 3
