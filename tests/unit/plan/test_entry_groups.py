"""The group in which each archive entry is created: with its table, or where it is first needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.archive import ArchiveEntry
from pilotage.plan.belonging import Belonging
from pilotage.plan.entry_groups import group_entries
from tests.archives import entry
from tests.catalogs import catalog, named

FIRST, SECOND, THIRD, BEHIND_ALL = 0, 1, 2, 3
ONE, TWO, THREE = 101, 102, 103
"""Tables, one in each group; what needs them stands after them, what they need before."""


def places(*entries: ArchiveEntry, one: tuple[int, ...] = (), two: tuple[int, ...] = ()) -> dict[int, int]:
    """The places of these entries. Those numbered below 100 stand before the tables, the others after."""
    source = catalog(("one", "two", "three"))
    tables = [
        entry(ONE, "TABLE", "one", needs=one),
        entry(TWO, "TABLE", "two", needs=two),
        entry(THREE, "TABLE", "three"),
    ]
    before = [each for each in entries if each.dump_id < 100]
    after = [each for each in entries if each.dump_id > 110]
    everything = (*before, *tables, *after)
    place = {named("one"): FIRST, named("two"): SECOND, named("three"): THIRD}
    found = group_entries(everything, Belonging(source, everything), place, behind_all=BEHIND_ALL)
    assert {number: found[number] for number in (ONE, TWO, THREE)} == {ONE: FIRST, TWO: SECOND, THREE: THIRD}
    return found


def test_a_type_goes_to_the_first_group_that_needs_it() -> None:
    mood = entry(1, "TYPE", "mood")
    assert places(mood, two=(1,))[1] == SECOND
    assert places(mood, one=(1,), two=(1,))[1] == FIRST
    # One that no table needs is in the first, where whatever programs do finds it.
    assert places(mood)[1] == FIRST


def test_what_a_needed_function_needs_comes_with_it() -> None:
    function = entry(2, "FUNCTION", "f(mood)", needs=(1,))
    found = places(entry(1, "TYPE", "mood"), function, two=(2,))
    assert (found[1], found[2]) == (SECOND, SECOND)


def test_a_function_that_no_table_needs_does_not_draw_a_type_to_the_first_group() -> None:
    function = entry(2, "FUNCTION", "f(mood)", needs=(1,))
    found = places(entry(1, "TYPE", "mood"), function, two=(1,))
    assert (found[1], found[2]) == (SECOND, SECOND)


def test_a_view_stands_with_the_last_table_that_it_reads() -> None:
    found = places(
        entry(111, "VIEW", "v", needs=(ONE, TWO)),
        entry(112, "VIEW", "over_v", needs=(111, ONE)),
        entry(113, "INDEX", "v_index", needs=(111,)),
    )
    assert (found[111], found[112], found[113]) == (SECOND, SECOND, SECOND)


def test_what_belongs_to_a_table_follows_what_it_names_into_a_later_group() -> None:
    found = places(
        entry(111, "POLICY", "one reads_three", needs=(ONE, THREE)),
        entry(112, "COMMENT", "POLICY reads_three ON one", needs=(111,)),
        entry(113, "TRIGGER", "one touch", needs=(ONE,)),
        entry(114, "ACL", "TABLE two", needs=(TWO,)),
    )
    assert (found[111], found[112], found[113], found[114]) == (THIRD, THIRD, FIRST, SECOND)


def test_schemas_extensions_and_languages_come_first() -> None:
    found = places(
        entry(1, "SCHEMA", "app", schema=""),
        entry(2, "EXTENSION", "vector", schema=""),
        entry(3, "PROCEDURAL LANGUAGE", "plfoo", schema=""),
        entry(4, "COMMENT", "EXTENSION vector", schema="", needs=(2,)),
        two=(1, 2, 3),
    )
    assert [found[number] for number in (1, 2, 3, 4)] == [FIRST] * 4


def test_what_acts_on_the_whole_database_is_in_no_group() -> None:
    kinds = ("DEFAULT ACL", "EVENT TRIGGER", "PUBLICATION", "SUBSCRIPTION")
    found = places(
        *(entry(111 + number, kind, "x", schema="") for number, kind in enumerate(kinds)),
        entry(120, "PUBLICATION TABLE", "x one", needs=(ONE, 113)),
        entry(121, "COMMENT", "PUBLICATION x", schema="", needs=(113,)),
    )
    assert {place for number, place in found.items() if number > 110} == {BEHIND_ALL}


@given(st.data())
def test_nothing_comes_before_what_it_needs(data: st.DataObject) -> None:
    """Whatever stands between the tables, as long as the order of the groups holds for the tables."""
    kinds = ("TABLE", "TYPE", "FUNCTION", "VIEW", "INDEX", "POLICY", "COMMENT", "SCHEMA", "PUBLICATION")
    entries: list[ArchiveEntry] = []
    reads: dict[int, int] = {}
    place = {}
    for number in range(1, data.draw(st.integers(1, 14)) + 1):
        kind = data.draw(st.sampled_from(kinds))
        possible = [each for each in reads if entries[each - 1].kind not in {"COMMENT", "PUBLICATION"}]
        needs = tuple(sorted(data.draw(st.sets(st.sampled_from(possible), max_size=3)))) if possible else ()
        reads[number] = max((reads[each] for each in needs), default=0)
        if kind == "TABLE":
            reads[number] = data.draw(st.integers(reads[number], 3))
            place[named(f"t{number}")] = reads[number]
        tag = f"t{number}" if kind == "TABLE" else f"t{min(needs, default=0)} x{number}"
        entries.append(entry(number, kind, tag, needs=needs))
    belonging = Belonging(catalog([table.name for table in place]), entries)
    found = group_entries(entries, belonging, place, behind_all=4)
    for each in entries:
        for needed in each.dependencies:
            assert found[needed] <= found[each.dump_id]
        if each.kind == "TABLE":
            assert found[each.dump_id] == place[named(each.tag)]
