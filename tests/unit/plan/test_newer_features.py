"""Few statements are read closely: those with a word that tells. No feature may lack such a word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.plan import newer_features

PATTERNS = [
    *(re.compile(text, re.MULTILINE) for _, text, _, _ in newer_features._CLAUSES),
    newer_features._CALL,
    newer_features._SET,
    *newer_features._EXPRESSION.values(),
]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:40])
@given(data=st.data())
@settings(max_examples=50)
def test_whatever_has_a_newer_feature_has_a_telling_word(
    pattern: re.Pattern[str], data: st.DataObject
) -> None:
    statement = data.draw(st.from_regex(pattern))
    assert pattern.search(statement)
    assert not newer_features._TELLING.isdisjoint(newer_features._WORD.findall(statement))


def test_what_most_statements_are_has_no_telling_word() -> None:
    statement = (
        "CREATE UNIQUE INDEX orders_customer ON shop.orders USING btree (customer_id) WHERE (total > 0);"
    )
    assert newer_features._TELLING.isdisjoint(newer_features._WORD.findall(statement))
