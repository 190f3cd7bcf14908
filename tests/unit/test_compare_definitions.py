"""Definitions that mean the same compare equal, however a server printed them; no others do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.compare.definitions import (
    comparable,
    comparable_unqualified,
    prints_views_alike,
    without_state,
)

# Pairs as PostgreSQL 18 printed them before and after pg_dump and psql.
RELOADED = [
    (
        "CHECK (((k)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
        "CHECK (((k)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
    ),
    (
        "WHERE ((k)::text = ANY ((ARRAY['a'::character varying, (f2.b)::character varying])::text[]));",
        "WHERE ((k)::text = ANY (ARRAY[('a'::character varying)::text, ((f2.b)::character varying)::text]));",
    ),
    (
        "           FROM (VALUES (1), (2)) v",
        "           FROM ( VALUES (1), (2)) v",
    ),
    (
        "(at = ANY ((ARRAY[f(a, b[1]), c])::timestamp(3) with time zone[]))",
        "(at = ANY (ARRAY[(f(a, b[1]))::timestamp(3) with time zone, (c)::timestamp(3) with time zone]))",
    ),
]


@pytest.mark.parametrize(("before", "after"), RELOADED)
def test_a_definition_equals_its_reload(before: str, after: str) -> None:
    assert before != after
    assert comparable(before) == comparable(after)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CHECK ((a = 1))", "CHECK ((a = 2))"),
        ("CHECK ((a = 'x y'::text))", "CHECK ((a = 'x  y'::text))"),
        ("CHECK ((a = '( x'::text))", "CHECK ((a = '(x'::text))"),
        (r"CHECK ((a = E'\\'' b'::text))", r"CHECK ((a = E'\\''  b'::text))"),
        ('CHECK ("a b")', 'CHECK ("a  b")'),
        ("CHECK ((a OR b) AND c)", "CHECK (a OR (b AND c))"),
        ("((ARRAY['a'::character varying])::text[])", "((ARRAY['b'::character varying])::text[])"),
        ("((ARRAY['a'::character varying])::text[])", "((ARRAY['a'::character varying])::app.text[])"),
        ("((ARRAY['a', 'b'])::text[])", "((ARRAY['b', 'a'])::text[])"),
        ("((ARRAY['a, b'])::text[])", "((ARRAY['a', 'b'])::text[])"),
        ("((ARRAY[a])::text)", "((ARRAY[a])::text[])"),
        ("a < -1", "a <-1"),
    ],
)
def test_other_definitions_stay_different(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


def test_an_array_within_an_array_is_cast_too() -> None:
    assert comparable("((ARRAY[(ARRAY[a])::text[], b])::x[])") == comparable(
        "(ARRAY[(ARRAY[(a)::text])::x, (b)::x])"
    )


def test_a_view_compares_without_qualifiers_where_one_server_leaves_them_out() -> None:
    on_15 = " SELECT h.id,\n app.f(h.name) AS f,\n h.mood::app.mood\n   FROM app.hotels h\n WHERE (h.id > 1);"
    on_16 = " SELECT id,\n app.f(name) AS f,\n mood::app.mood\n   FROM app.hotels h\n WHERE (id > 1);"
    assert comparable(on_15) != comparable(on_16)
    assert comparable_unqualified(on_15) == comparable_unqualified(on_16)
    for change in (("id > 1", "id > 2"), ("app.f(", "other.f("), ("::app.mood", "::other.mood")):
        assert comparable_unqualified(on_15) != comparable_unqualified(on_16.replace(*change))


def test_qualifiers_of_whole_rows_and_quoted_names_are_dropped() -> None:
    assert comparable_unqualified('SELECT "A.b".* FROM x."t.t"') == comparable_unqualified(
        'SELECT * FROM "t.t"'
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"), [(15, 15, True), (15, 16, False), (18, 15, False), (16, 18, True)]
)
def test_views_print_alike_on_the_same_side_of_16(one: int, other: int, alike: bool) -> None:
    assert prints_views_alike(one, other) is alike


def test_states_that_are_facts_of_their_own_are_no_part_of_a_definition() -> None:
    assert without_state("FOREIGN KEY (a) REFERENCES b(c) NOT VALID") == "FOREIGN KEY (a) REFERENCES b(c)"
    assert without_state("FOREIGN KEY (a) REFERENCES b(c) NOT ENFORCED") == "FOREIGN KEY (a) REFERENCES b(c)"
    assert without_state("CHECK ((a <> ' NOT VALID'::text))") == "CHECK ((a <> ' NOT VALID'::text))"


_PIECES = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "ARRAY",
        "::",
        "text",
        ",",
        " ",
        "'a'",
        "'",
        '"',
        "\n",
        ".",
        "E'\\'",
        "(ARRAY[",
        "])::text[]",
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_has_a_comparable_form_that_equals_itself_reformatted(text: str) -> None:
    form = comparable(text)
    assert comparable(f"\n {text}") == form
    assert comparable(" ".join(form)) == form
