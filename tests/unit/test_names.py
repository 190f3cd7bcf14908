"""Names and texts are quoted so that SQL reads them back; what a real server says is an acceptance test."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotage.model.names import (
    KEYWORDS,
    QualifiedName,
    quote_identifier,
    quote_identifiers,
    quote_literal,
)

PLAIN = ["a", "_", "a1", "snake_case", "name", "language"]
QUOTED = {
    "": '""',
    "A": '"A"',
    "1a": '"1a"',
    "a b": '"a b"',
    "a$": '"a$"',
    "ä": '"ä"',
    "a\n": '"a\n"',
    'a"b': '"a""b"',
    "a.b": '"a.b"',
    "\\": '"\\"',
    "select": '"select"',
    "json_table": '"json_table"',
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_names_stay_bare(name: str) -> None:
    assert quote_identifier(name) == name


@pytest.mark.parametrize(("name", "quoted"), QUOTED.items())
def test_all_others_are_quoted(name: str, quoted: str) -> None:
    assert quote_identifier(name) == quoted


def test_keywords_are_quoted() -> None:
    assert {quote_identifier(word) for word in KEYWORDS} == {f'"{word}"' for word in KEYWORDS}


@given(st.text(st.characters(exclude_characters="\0")))
def test_a_quoted_name_ends_where_it_ends(name: str) -> None:
    quoted = quote_identifier(name)
    if quoted != name:
        assert (quoted[0], quoted[-1]) == ('"', '"')
        assert '"' not in quoted[1:-1].replace('""', "")
        assert quoted[1:-1].replace('""', '"') == name


@given(st.text(st.characters(exclude_characters="\0")))
@example("it's")
@example("back\\slash'")
def test_a_literal_ends_where_it_ends(text: str) -> None:
    quoted = quote_literal(text)
    escapes = quoted.startswith("E")
    body = quoted.removeprefix("E")
    assert (body[0], body[-1]) == ("'", "'")
    assert "'" not in body[1:-1].replace("''", "")
    inner = body[1:-1].replace("''", "'")
    assert escapes == ("\\" in text)
    assert (inner.replace("\\\\", "\\") if escapes else inner) == text


@pytest.mark.parametrize("quote", [quote_identifier, quote_literal])
def test_a_nul_is_refused(quote: object) -> None:
    assert callable(quote)
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")


def test_a_list_of_columns_is_separated_by_commas() -> None:
    assert quote_identifiers(("id", "Order", "a,b")) == 'id, "Order", "a,b"'


def test_a_qualified_name_prints_itself_quoted_and_sorts_by_schema() -> None:
    assert str(QualifiedName("we.ird", "t")) == '"we.ird".t'
    assert str(QualifiedName("we", "ird.t")) == 'we."ird.t"'
    assert QualifiedName("a", "z") < QualifiedName("b", "a")
