"""A large table's parts and what is done of it together are the whole table, and no block twice."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pilotage.execute.parts import LoadPart, StoredTable, is_complete, split, tables_to_split, whole_of
from pilotage.model.journal import Done
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.plan import CopyFormat, Cost, Edge, EdgeReason, LoadTable
from pilotage.model.review import LoadStrategy
from tests.catalogs import named

MEGABYTE = 1024 * 1024


def load(name: str, size: int, condition: str = "") -> LoadTable:
    return LoadTable(
        id=f"rows {name}",
        group="g",
        reason="r",
        cost=Cost(rows=size // 100, bytes=size, weight=size),
        locks=(TableLock(table=named(name), mode=LockMode.ACCESS_EXCLUSIVE),),
        table=named(name),
        columns=("a",),
        strategy=LoadStrategy.PLAIN,
        format=CopyFormat.BINARY,
        format_reason="",
        condition=condition,
    )


def done(first: int, end: int | None) -> Done:
    return Done(step="rows big", first_block=first, end_block=end, attempt=1)


@st.composite
def done_parts(draw: st.DrawFn) -> list[Done]:
    """Ranges that do not overlap, with gaps, the last of them perhaps without an end."""
    places = sorted(draw(st.sets(st.integers(0, 300_000), max_size=12)))
    parts = [done(first, end) for first, end in zip(places[::2], places[1::2], strict=False)]
    if len(places) % 2 and draw(st.booleans()):
        parts.append(done(places[-1], None))
    return draw(st.permutations(parts))


@given(done_parts(), st.integers(0, 400_000), st.integers(1, 64), st.integers(1, 4_000))
def test_parts_and_what_is_done_are_every_block_once(
    before: list[Done], blocks: int, jobs: int, megabytes: int
) -> None:
    step = load("big", megabytes * MEGABYTE)
    stored = {step.id: StoredTable(table=step.table, blocks=blocks, filenode=7)}
    steps, _ = split([step], [], stored, jobs, {step.id: before})
    parts = [each for each in steps if isinstance(each, LoadPart)]
    assert len(parts) == len(steps)
    ranges = [(part.first_block, part.end_block) for part in parts]
    ranges += [(part.first_block, part.end_block) for part in before]
    place: int | None = 0
    for first, end in sorted(ranges):
        assert first == place
        assert end is None or end > first
        place = end
    assert place is None
    together = [*before, *(done(part.first_block, part.end_block) for part in parts)]
    assert is_complete(together)
    assert is_complete(before) == (not parts)


def test_what_waits_for_a_table_waits_for_all_its_parts() -> None:
    step, other = load("big", 600 * MEGABYTE), load("small", MEGABYTE)
    edges = [
        Edge("create", step.id, EdgeReason.DEFINITION),
        Edge(step.id, "index", EdgeReason.ROWS_FIRST),
        Edge(other.id, "index", EdgeReason.ROWS_FIRST),
    ]
    stored = {step.id: StoredTable(table=step.table, blocks=76_800, filenode=7)}
    steps, new = split([step, other], edges, stored, 2, {})
    parts = [each.id for each in steps if isinstance(each, LoadPart)]
    assert len(parts) == 6
    assert {(edge.before, edge.after) for edge in new} == {
        *(("create", part) for part in parts),
        *((part, "index") for part in parts),
        (other.id, "index"),
    }
    assert [whole_of(each) for each in steps] == [step.id] * 6 + [other.id]
    assert sum(each.cost.bytes for each in steps[:-1]) == step.cost.bytes


def test_parts_hold_no_lock_against_each_other() -> None:
    step = load("big", 600 * MEGABYTE)
    stored = {step.id: StoredTable(table=step.table, blocks=76_800, filenode=7)}
    steps, _ = split([step], [], stored, 2, {})
    assert {lock.mode for each in steps for lock in each.locks} == {LockMode.ROW_EXCLUSIVE}


def test_only_a_table_that_is_large_beside_the_rest_is_split() -> None:
    big, middling, small = load("big", 900 * MEGABYTE), load("mid", 130 * MEGABYTE), load("s", MEGABYTE)
    ours = load("extensions", 900 * MEGABYTE, condition="WHERE mine")
    assert tables_to_split([big, middling, small], 2, {}) == [big]
    assert tables_to_split([big, middling, small], 1, {}) == []
    assert tables_to_split([ours], 8, {}) == []
    assert tables_to_split([small, middling], 1, {small.id: [done(0, 5)]}) == [small]


def test_an_empty_record_is_no_whole_table() -> None:
    assert not is_complete([])
    assert not is_complete([done(0, 10)])
    assert not is_complete([done(5, None)])
    assert is_complete([done(10, None), done(0, 10)])
    assert is_complete([msgspec.structs.replace(done(0, None), rows=5)])
