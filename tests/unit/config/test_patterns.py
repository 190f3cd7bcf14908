"""Names and patterns mean what the documentation says, whatever a name holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotage.config.patterns import parse_pattern
from pilotage.model.names import QualifiedName, quote_identifier
from tests.unit.config.drawn import hostile_text

short_text = st.text("ab*?", max_size=7)


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("hotels", ["public.hotels", "old.hotels"], ["public.hotel", "public.Hotels", "public.xhotels"]),
        ("public.hotels", ["public.hotels"], ["old.hotels"]),
        ("sire_*", ["public.sire_", "public.sire_logs", "x.sire_a\nb"], ["public.sire", "public.a_sire_"]),
        ("log_??", ["public.log_01"], ["public.log_1", "public.log_001"]),
        ("*.hotels", ["public.hotels", "old.hotels"], ["old.hotel"]),
        ("audit.*", ["audit.a", "audit."], ["audits.a"]),
        ("*_*_*", ["p.__", "p.a_b_c"], ["p.a_b"]),
        ("a*b*b", ["p.abb", "p.axbxb"], ["p.ab", "p.abbx"]),
        ('"na*me"', ["p.na*me"], ["p.name", "p.naxme"]),
        ('"Ho""t"els', ['p.Ho"tels'], ["p.Hotels"]),
        ('x"*"*', ["p.x*", "p.x*y"], ["p.xy"]),
        ("Ünï", ["p.Ünï"], ["p.ünï"]),
    ],
)
def test_a_pattern_means(pattern: str, matching: list[str], others: list[str]) -> None:
    parsed = parse_pattern(pattern)
    for name in matching:
        assert parsed.matches(QualifiedName(*name.split(".")))
    for name in others:
        assert not parsed.matches(QualifiedName(*name.split(".")))


def test_a_quoted_dot_belongs_to_the_name() -> None:
    assert parse_pattern('"we.ird"."na*me"').matches(QualifiedName("we.ird", "na*me"))
    assert not parse_pattern('"we.ird"').matches(QualifiedName("we", "ird"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a part of it is empty"),
        ('""', "a part of it is empty"),
        (".hotels", "a part of it is empty"),
        ("public.", "a part of it is empty"),
        ("a.b.c", "it has 3 parts"),
        ('"open', "double quotes are not closed"),
        ('"a""', "double quotes are not closed"),
        (" hotels", "begins or ends with a space"),
        ("public .hotels", "begins or ends with a space"),
        ("a\0", "NUL"),
    ],
)
def test_what_means_nothing_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_pattern(text)


@given(hostile_text, hostile_text)
def test_a_name_as_sql_quotes_it_means_exactly_that_table(schema: str, name: str) -> None:
    table = QualifiedName(schema, name)
    parsed = parse_pattern(str(table))
    assert parsed.is_exact
    assert parsed.matches(table)
    assert not parsed.matches(QualifiedName(schema, name + "x"))
    assert parse_pattern(quote_identifier(name)).matches(table)


@given(short_text.filter(bool), st.text("ab", max_size=7))
@example("*a*ab*", "aab")
def test_wildcards_mean_what_a_plain_regular_expression_says(pattern: str, name: str) -> None:
    plain = pattern.replace("*", "[ab]*").replace("?", "[ab]")
    expected = re.fullmatch(plain, name) is not None
    assert parse_pattern(pattern).matches(QualifiedName("public", name)) is expected


def test_a_pattern_of_many_stars_is_no_trap() -> None:
    # A backtracking matcher would try some 10^15 ways here and not come back.
    assert not parse_pattern("*a" * 25 + "*b").matches(QualifiedName("public", "a" * 63))


def test_equal_meanings_are_equal() -> None:
    assert parse_pattern('"hotels"') == parse_pattern("hotels")
    assert parse_pattern("a**") == parse_pattern("a*")
    assert parse_pattern("public.hotels") != parse_pattern("hotels")
    assert parse_pattern('"a*"') != parse_pattern("a*")
