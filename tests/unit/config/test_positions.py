"""The locator finds the line of every key and element, whatever the style of the TOML around it."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import event, given

from pilotage.config.positions import KeyPath, locate
from tests.unit.config.drawn import DrawnToml, toml_documents


def paths_of(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Every key and element of what tomllib read."""
    children: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for key, child in children:
        yield (*path, key), child
        yield from paths_of(child, (*path, key))


def marker_of(path: KeyPath, value: object) -> str | None:
    """What must stand on the line; None for an element that begins with a bracket."""
    key = path[-1]
    if isinstance(key, str):
        return key.split("m")[1].join("mm")
    match value:
        case str():
            return value.split("m")[1].join("mm")
        case datetime.datetime():
            return f"{value.microsecond:06}"
        case int():
            return str(value)
        case _:
            return None


@given(toml_documents())
def test_the_line_of_every_key_and_element_holds_it(drawn: DrawnToml) -> None:
    lines = drawn.text.split("\n")
    positions = locate(drawn.text)
    everything = list(paths_of(tomllib.loads(drawn.text)))
    event(f"{min(len(everything), 30) // 10 * 10} paths or more")
    for path, value in everything:
        assert path in positions
        marker = marker_of(path, value)
        if marker is not None:
            assert marker in lines[positions.line_of(path) - 1]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("a", "b c"), 2),
        (("a", "b c", 0), 3),
        (("a", "b c", 1), 5),
        (("a", "b c", 1, 0), 5),
        (("a", "b c", 1, 1), 6),
        (("inline",), 8),
        (("inline", "x", "y"), 8),
        (("inline", "list", 0), 8),
        (("group",), 10),
        (("group", 0), 10),
        (("group", 0, "tables", 0), 11),
        (("group", 1), 12),
        (("group", 1, "sub"), 13),
        (("group", 1, "sub", "k"), 14),
    ],
)
def test_lines_of_a_text_written_out(path: KeyPath, line: int) -> None:
    text = "\n".join(
        [
            '# ["a"]',
            'a."b c" = [ # [',
            '  "]", # ,',
            "",
            '  ["""x',
            'y""", 2],',
            "]",
            "inline = {x.y = 1, list = [1]}",
            "",
            "[[group]]",
            'tables = ["#"]',
            "[[ 'group' ]]",
            "[group.sub]",
            'k = ""',
        ]
    )
    assert locate(text).line_of(path) == line


def test_a_key_that_is_missing_is_where_its_table_is() -> None:
    positions = locate("a = 1\n[[group]]\n[[group]]\nname = 'x'\n")
    assert positions.line_of(("group", 1, "tables", 3)) == 3
    assert positions.line_of(("nothing",)) == 1
    assert ("group", 1, "tables") not in positions
