"""The drawing of the dependency graph: valid, self-contained, and with nothing on top of anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.order import order_tables, partition_root
from pilotage.plan.waves import waves
from pilotage.report.arc_layout import stack_boxes
from pilotage.report.graph_drawing import MOST_TABLES, dependency_graph_svg
from pilotage.report.layered_layout import Box, Link, place_boxes
from pilotage.report.text_widths import fitted, text_width
from tests.catalogs import catalog, foreign_key, harbour, named, table
from tests.unit.review_plans import group_of_tables

SVG = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]


def drawing(source: Catalog) -> ET.Element:
    order = order_tables(source)
    groups = waves(source, order, partition_root(source))
    return ET.fromstring(dependency_graph_svg(source, order, groups))  # noqa: S314 - our own output


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def rectangle(element: ET.Element) -> Rectangle:
    x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def boxes(root: ET.Element) -> list[Rectangle]:
    return [rectangle(each) for each in of_class(root, "box")]


def apart(one: Rectangle, other: Rectangle) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def title_of(element: ET.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


def node(root: ET.Element, name: str) -> ET.Element:
    (found,) = [each for each in of_class(root, "node") if title_of(each).startswith(f"{name}\n")]
    return found


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    names = [f"{stem}_{number}" for number, stem in enumerate(draw(st.lists(STEMS, min_size=1, max_size=30)))]
    ends = st.integers(0, len(names) - 1)
    keys = draw(st.lists(st.tuples(ends, ends), max_size=60, unique=True))
    return catalog(
        [table(name, rows=number**6) for number, name in enumerate(names)],
        [foreign_key(names[one], names[other]) for one, other in keys],
    )


STEMS = st.sampled_from(["t", "guest_reservations", "Ünïcode", "MMMMMMMM", "表", "iiiiiiiiii", "x" * 50])


def many(tables: int) -> Catalog:
    """Modules of chained tables, each table of which also references the one before it in the next module."""
    names = [f"{'abcdefgh'[number % 8]}_{number:04}" for number in range(tables)]
    return catalog(
        [table(name, rows=1) for name in names],
        [
            foreign_key(names[number], names[number - back])
            for number in range(tables)
            for back in (8, 9)
            if number >= back
        ],
    )


# --- the picture ------------------------------------------------------------------------------------------


@given(catalogs())
@settings(max_examples=60, deadline=None)
def test_boxes_do_not_overlap_and_text_fits_and_all_is_inside(source: Catalog) -> None:
    root = drawing(source)
    placed = boxes(root)
    assert len(placed) == len(source.tables)
    assert all(apart(one, other) for one, other in combinations(placed, 2))
    width, height = (float(root.get(name, "0")) for name in ("width", "height"))
    for each in of_class(root, "node"):
        left, top, right, bottom = rectangle(of_class(each, "box")[0])
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
        for kind, size in (("name", 12.5), ("line", 10.5)):
            (text,) = of_class(each, kind)
            assert float(text.get("x", "0")) + text_width(text.text or "", size) <= right
    for each in (*of_class(root, "title"), *of_class(root, "note")):
        assert float(each.get("x", "0")) + text_width(each.text or "", 12) <= width


@given(catalogs())
@settings(max_examples=20, deadline=None)
def test_the_same_catalog_gives_the_same_drawing(source: Catalog) -> None:
    order = order_tables(source)
    groups = waves(source, order, partition_root(source))
    assert dependency_graph_svg(source, order, groups) == dependency_graph_svg(
        source, order_tables(source), groups
    )


@pytest.mark.parametrize("source", [harbour(), catalog(), many(300)], ids=["small", "empty", "large"])
def test_the_drawing_needs_and_runs_nothing(source: Catalog) -> None:
    root = drawing(source)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        *("svg", "title", "style", "rect", "text", "line", "path", "g"),
    }
    text = ET.tostring(root, encoding="unicode")
    assert not re.search(r"href|url\(|@import|@font-face|\son\w+=", text)


def test_columns_are_depths() -> None:
    source = catalog(
        ["a", "b", "c", "d"], [foreign_key("b", "a"), foreign_key("c", "b"), foreign_key("d", "a")]
    )
    root = drawing(source)
    left = {name: rectangle(of_class(node(root, f"public.{name}"), "box")[0])[0] for name in "abcd"}
    assert left["a"] < left["b"] == left["d"] < left["c"]
    assert [each.text for each in of_class(root, "column")] == ["depth 0", "depth 1", "depth 2"]


def test_a_table_without_keys_stands_below_the_others() -> None:
    root = drawing(catalog(["a", "b", "alone"], [foreign_key("b", "a")]))
    lowest = max(rectangle(of_class(node(root, f"public.{name}"), "box")[0])[3] for name in "ab")
    assert rectangle(of_class(node(root, "public.alone"), "box")[0])[1] > lowest


def test_groups_have_colours_numbers_and_a_legend() -> None:
    source = catalog([table("a", rows=5), table("b", rows=7)], [foreign_key("b", "a")])
    groups = [
        group_of_tables(source, "first", named("a"), title="Base <data> & more"),
        group_of_tables(source, "second", named("b")),
    ]
    root = ET.fromstring(dependency_graph_svg(source, order_tables(source), groups))  # noqa: S314
    legend = [title_of(each) for each in root.iter(f"{SVG}g") if not each.get("class")]
    assert legend == ["Base <data> & more: 1 table, 5 rows", "Second: 1 table, 7 rows"]
    strokes = [of_class(node(root, f"public.{name}"), "box")[0].get("stroke") for name in "ab"]
    assert len(set(strokes)) == 2
    assert [of_class(node(root, f"public.{name}"), "number")[0].text for name in "ab"] == ["1", "2"]


def test_self_references_are_loops_and_their_columns_are_told() -> None:
    root = drawing(harbour())
    crew = node(root, "public.crew")
    assert len(of_class(crew, "loop")) == 1
    assert "2 keys" in [each.text for each in of_class(crew, "keys")]
    assert "references itself: (ship, mate)" in title_of(crew)
    assert of_class(node(root, "public.ships"), "loop") == []


def test_several_keys_between_two_tables_are_one_wider_line() -> None:
    root = drawing(harbour())
    (line,) = [each for each in of_class(root, "tie") if "public.voyages.origin" in title_of(each)]
    assert title_of(line).splitlines() == [
        "public.voyages.destination → public.ports",
        "public.voyages.origin → public.ports",
    ]
    (single,) = [each for each in of_class(root, "tie") if title_of(each).startswith("public.ships.home")]
    assert width_of(line) > width_of(single)


def width_of(line: ET.Element) -> float:
    return float(line.findall(f"{SVG}path")[0].get("stroke-width", "0"))


def test_lines_within_a_cycle_are_dashed() -> None:
    root = drawing(harbour())
    dashed = {
        title_of(each)
        for each in of_class(root, "tie")
        if each.findall(f"{SVG}path")[0].get("stroke-dasharray")
    }
    assert dashed == {"tariff.rates.zones_id → tariff.zones", "tariff.zones.rates_id → tariff.rates"}


def test_lines_to_a_hub_are_faint_and_the_hub_is_named() -> None:
    names = [f"t{number}" for number in range(12)]
    source = catalog(
        ["hub", *names], [*(foreign_key(name, "hub") for name in names[:6]), foreign_key("t7", "t0")]
    )
    root = drawing(source)
    assert {title_of(each) for each in of_class(root, "faint")} == {
        f"t{number}.hub_id → hub" for number in range(6)
    }
    assert any("Faint: lines to hub." in (each.text or "") for each in of_class(root, "note"))


def test_a_long_name_is_elided_and_told_in_full() -> None:
    name = "a_very_long_name_" + "w" * 46
    root = drawing(catalog([name]))
    (text,) = of_class(root, "name")
    assert "…" in (text.text or "")
    assert title_of(node(root, f"public.{name}")).startswith(f"public.{name}\n")


def test_hostile_names_stay_text() -> None:
    name = '</text><script>alert("x")</script>&amp;]]>\x07\n\ufffe'
    source = catalog(
        [table(QualifiedName("public", name)), table("b")], [foreign_key("b", QualifiedName("public", name))]
    )
    root = drawing(source)
    assert list(root.iter(f"{SVG}script")) == []
    assert any(r"\0007\000A" in title_of(each) for each in of_class(root, "node"))


# --- past the limit ---------------------------------------------------------------------------------------


def test_past_a_limit_groups_are_drawn_and_not_tables() -> None:
    at_limit, beyond = many(MOST_TABLES), many(MOST_TABLES + 1)
    assert len(of_class(drawing(at_limit), "node")) == MOST_TABLES
    root = drawing(beyond)
    assert len(of_class(root, "node")) == len(order_tables(beyond).waves)
    placed = boxes(root)
    assert all(apart(one, other) for one, other in combinations(placed, 2))


def test_lines_between_groups_are_wider_for_more_keys_and_dashed_against_the_order() -> None:
    chained = many(MOST_TABLES + 40)
    source = catalog(chained.tables, [*chained.foreign_keys, foreign_key("c_0010", "a_0000")])
    names = [each.name for each in source.tables]
    groups = [
        group_of_tables(source, f"group-{letter}", *(name for name in names if name.name.startswith(letter)))
        for letter in "abcdefgh"
    ]
    root = ET.fromstring(dependency_graph_svg(source, order_tables(source), groups))  # noqa: S314
    ties = {title_of(each): each for each in of_class(root, "tie")}
    assert set(ties) == {
        *(
            f"19 foreign keys: Group-{one} → Group-{other}"
            for one, other in zip("bcdefgh", "abcdefg", strict=True)
        ),
        "18 foreign keys: Group-a → Group-h",
        "1 foreign key: Group-c → Group-a",
    }
    back = ties["18 foreign keys: Group-a → Group-h"].findall(f"{SVG}path")[0]
    ahead = ties["19 foreign keys: Group-b → Group-a"].findall(f"{SVG}path")[0]
    assert back.get("stroke-dasharray") is not None
    assert ahead.get("stroke-dasharray") is None
    assert width_of(ties["1 foreign key: Group-c → Group-a"]) < width_of(
        ties["19 foreign keys: Group-b → Group-a"]
    )
    right = boxes(root)[0][2]
    assert all(x >= right for x in numbers(ahead)[::2])
    assert all(0 <= x <= boxes(root)[0][0] for x in numbers(back)[:1])


def numbers(path: ET.Element) -> list[float]:
    return [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", path.get("d", ""))]


# --- where things go --------------------------------------------------------------------------------------


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[Box], list[Link]]:
    columns = draw(st.lists(st.integers(0, 5), min_size=2, max_size=24))
    known = sorted(set(columns))
    found = [Box(known.index(column), 60.0 + 10 * column, 40.0) for column in columns]
    ends = st.integers(0, len(found) - 1)
    pairs = draw(st.lists(st.tuples(ends, ends, st.booleans()), max_size=40))
    return found, [Link(one, other, loose) for one, other, loose in pairs if one != other]


@given(layered())
@settings(max_examples=150, deadline=None)
def test_a_line_that_passes_a_column_passes_no_box_there(drawn: tuple[list[Box], list[Link]]) -> None:
    found, links = drawn
    placed = place_boxes(found, links)
    rectangles = [
        (x, y, x + box.width, y + box.height) for (x, y), box in zip(placed.boxes, found, strict=True)
    ]
    assert all(apart(one, other) for one, other in combinations(rectangles, 2))
    for link, points in zip(links, placed.lines, strict=True):
        assert touches(points[0], rectangles[link.start])
        assert touches(points[-1], rectangles[link.end])
        for (x, y), (next_x, next_y) in level_pieces(points):
            assert y == next_y
            low, high = sorted((x, next_x))
            assert all(
                high <= left or right <= low or not top < y < bottom
                for left, top, right, bottom in rectangles
            )


def level_pieces(points: Sequence[tuple[float, float]]) -> Iterable[tuple[tuple[float, float], ...]]:
    return zip(points[1::2], points[2::2], strict=False)


def touches(point: tuple[float, float], box: Rectangle) -> bool:
    return point[0] in {box[0], box[2]} and box[1] <= point[1] <= box[3]


def test_lines_are_untangled_where_that_is_possible() -> None:
    # Given in an order that crosses three times: each box on the right references the one across.
    found = [Box(0, 80, 40) for _ in range(3)] + [Box(1, 80, 40) for _ in range(3)]
    placed = place_boxes(found, [Link(3, 2), Link(4, 1), Link(5, 0)])
    heights = [y for _, y in placed.boxes]
    assert [heights[3] == heights[2], heights[4] == heights[1], heights[5] == heights[0]] == [True] * 3


def test_stacked_boxes_keep_their_order_and_lines_their_side() -> None:
    found = [Box(0, 100, 40) for _ in range(4)]
    placed = stack_boxes(found, [Link(3, 0), Link(1, 2)])
    assert [y for _, y in placed.boxes] == sorted(y for _, y in placed.boxes)
    left = placed.boxes[0][0]
    assert {x for x, _ in placed.lines[0]} == {left + 100}
    assert {x for x, _ in placed.lines[1]} == {left}


@given(st.text(max_size=80), st.integers(1, 300))
def test_a_fitted_text_is_no_wider_than_asked_unless_a_single_character_is(text: str, width: int) -> None:
    found = fitted(text, 12, width)
    assert len(found) <= 1 or text_width(found, 12) <= width
    assert found == text or text_width(text, 12) > width
