"""Bodies of functions, read by the server's own scanner."""

from __future__ import annotations

import pytest

from pilotage.lint import RULES
from pilotage.lint.bodies import Token, is_taken_into_queries, operators_meant, words_of
from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level


def test_words_are_as_the_server_looks_them_up_and_comments_are_none() -> None:
    body = """
    DECLARE "It""s" public.T%ROWTYPE; -- item
    BEGIN /* item */ RETURN ÄB != 'it''s' || $q$item$q$; END
    """
    assert [(token.kind, token.text) for token in words_of(body)] == [
        ("word", "declare"),
        ("word", 'It"s'),
        ("word", "public"),
        ("sign", "."),
        ("word", "t"),
        ("operator", "%"),
        ("word", "rowtype"),
        ("sign", ";"),
        ("word", "begin"),
        ("word", "return"),
        ("word", "Äb"),
        ("operator", "<>"),
        ("constant", "it's"),
        ("operator", "||"),
        ("constant", "$q$item$q$"),
        ("sign", ";"),
        ("keyword", "end"),
    ]


def test_names_with_escapes_are_not_read() -> None:
    assert [token.kind for token in words_of('SELECT U&"\\0061"')] == ["keyword", "unreadable"]


def test_words_stand_for_operators() -> None:
    assert operators_meant(Token("keyword", "like")) == ("~~", "!~~")
    assert operators_meant(Token("constant", "like")) == ()
    assert operators_meant(Token("operator", "@>")) == ("@>",)


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ("SELECT $1 + 1", True),
        ("SELECT extract(epoch FROM $1)", True),
        ("SELECT a FROM public.t", False),
        ("SELECT EXISTS (SELECT 1 FROM public.t)", False),
        ("SELECT 1; SELECT 2", False),
        ("UPDATE public.t SET a = 1", False),
    ],
)
def test_what_may_be_one_expression_is_taken_into_queries(body: str, taken: bool) -> None:
    assert is_taken_into_queries(body) is taken


def test_every_rule_says_what_a_person_has_to_decide() -> None:
    assert [each.name for each in RULES if len(each.decide) < 20] == []
    with pytest.raises(ValueError, match="a paragraph each of Cost, Fine, Remedy, Decide"):
        rule(
            "a.b",
            "A line.\n\nCost: a.\n\nFine: b.\n\nRemedy: c.",
            title="B",
            level=Level.INFO,
            categories=(Category.SECURITY,),
        )
