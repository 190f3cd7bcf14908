from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pilotage.model.names import QualifiedName
from pilotage.report.escape import (
    elided,
    markdown_code,
    markdown_identifier,
    markdown_name,
    markdown_text,
    short_names,
    terminal_text,
    visible_identifier,
    visible_name,
)

names = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=30)
hostile = st.lists(
    st.sampled_from(
        [
            "`",
            "``",
            "|",
            "\\",
            "\n",
            "\r",
            "\x1b[2J",
            "</script>",
            "<b>",
            "&amp;",
            "*",
            "_",
            "a",
            " ",
            "[x](y)",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("hotels", "hotels"),
        ("Hotels", '"Hotels"'),
        ("order", '"order"'),
        ('a"b', '"a""b"'),
        ("two\nlines", r'U&"two\000Alines"'),
        ("back\\slash", r'"back\slash"'),
        ("back\\slash\tand tab", r'U&"back\\slash\0009and tab"'),
        ("\x1b[31mred", r'U&"\001B[31mred"'),
        ("\u202etxt.exe", r'U&"\202Etxt.exe"'),
        ("no\u00a0break", r'U&"no\00A0break"'),
        ("tag\U000e0041", r'U&"tag\+0E0041"'),
        ("größe", '"größe"'),
    ],
)
def test_a_name_is_shown_as_sql_reads_it_and_nothing_in_it_is_invisible(name: str, shown: str) -> None:
    assert visible_identifier(name) == shown


@given(names)
def test_no_name_brings_a_control_character_or_a_second_line(name: str) -> None:
    for text in (
        visible_identifier(name),
        terminal_text(name),
        markdown_identifier(name),
        markdown_text(name),
    ):
        assert len(text.splitlines()) <= 1
        assert not any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text)


@given(names, names)
def test_two_names_never_look_the_same(one: str, other: str) -> None:
    assert (visible_identifier(one) == visible_identifier(other)) == (one == other)


def test_text_shows_its_controls_as_escapes() -> None:
    assert terminal_text("a\n\t\x1b[0m\x9b\u2028b") == r"a\n\t\x1b[0m\x9b\u2028b"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 5, "short"),
        ("abcdefghij", 7, "abc…hij"),
        ("abcdefghij", 6, "abc…ij"),
        ("abcdefghij", 1, "…"),
    ],
)
def test_long_text_keeps_its_ends(text: str, width: int, shown: str) -> None:
    assert elided(text, width) == shown
    assert len(shown) <= width


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (QualifiedName("public", "hotels"), "`public.hotels`"),
        (QualifiedName("public", "Two Words"), '`public."Two Words"`'),
        (QualifiedName("public", "a|b"), "<code>public&#46;&#34;a&#124;b&#34;</code>"),
        (QualifiedName("a`b", "c"), "<code>&#34;a&#96;b&#34;&#46;c</code>"),
        (
            QualifiedName("public", "</script>"),
            "<code>public&#46;&#34;&#60;&#47;script&#62;&#34;</code>",
        ),
    ],
)
def test_a_name_in_markdown_is_code_and_stays_it(name: QualifiedName, shown: str) -> None:
    assert markdown_name(name) == shown


@given(hostile | names)
def test_markdown_shows_a_name_as_it_is_within_a_tables_cell(name: str) -> None:
    source = f"| a | b |\n| - | - |\n| {markdown_identifier(name)} | {markdown_text(name)} |\n| x | y |\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 6
    code, text = cells[2], cells[3]
    shown = "".join(
        child.content for child in code.children or () if child.content not in {"<code>", "</code>"}
    )
    assert shown == visible_identifier(name)
    assert {child.type for child in text.children or ()} <= {"text", "text_special"}
    assert "".join(child.content for child in text.children or ()).split() == terminal_text(name).split()


def test_code_that_is_only_blank_is_still_shown() -> None:
    assert markdown_code("  ") == "<code>  </code>"


def test_an_underscore_within_a_word_needs_no_escape() -> None:
    assert markdown_text("security_invoker=true _x_") == r"security_invoker=true \_x\_"


def test_names_are_short_where_no_other_is_a_namesake() -> None:
    hotels, a, b = (QualifiedName(*parts) for parts in (("public", "hotels"), ("a", "t"), ("b", "t")))
    assert short_names([hotels, a, b]) == {hotels: "hotels", a: "a.t", b: "b.t"}
    assert visible_name(hotels) == "public.hotels"
