"""Calls put into subqueries: only they change, or nothing is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.lint.expressions import calls_of
from pilotage.lint.wrapping import wrapped


def wrap_all(text: str) -> str | None:
    return wrapped(text, calls_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(u = auth.uid())", "(u = (SELECT auth.uid()))"),
        (
            "((é = 'é(') AND (e = (auth.jwt() ->> 'email'::text)))",
            "((é = 'é(') AND (e = ((SELECT auth.jwt()) ->> 'email'::text)))",
        ),
        (
            "(t = (current_setting('app.t'::text, true))::uuid)",
            "(t = ((SELECT current_setting('app.t'::text, true)))::uuid)",
        ),
        ("may(auth.uid(), 'x)')", "(SELECT may(auth.uid(), 'x)'))"),
        ('"a (b"."c"")"(1) IS NULL', '(SELECT "a (b"."c"")"(1)) IS NULL'),
        (
            "(EXISTS ( SELECT\n   FROM s WHERE ((s.u = f()) AND (s.g = t.g))))",
            "(EXISTS ( SELECT\n   FROM s WHERE ((s.u = (SELECT f())) AND (s.g = t.g))))",
        ),
        (
            "a = ANY (ARRAY[f(), 2]) OR a IN (f(), 2)",
            "a = ANY (ARRAY[(SELECT f()), 2]) OR a IN ((SELECT f()), 2)",
        ),
    ],
)
def test_a_call_gets_a_subquery_and_all_else_stays(text: str, expected: str) -> None:
    assert wrap_all(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a = ANY (mine())",  # ANY (SELECT …) would be another question
        "EXISTS (SELECT FROM mine() AS m WHERE m.m = t.a)",
        "d = ('2020-01-01'::timestamptz AT TIME ZONE 'x')",
        # made, or failing, only where what stands before it says so; a subquery may be evaluated in any case
        "CASE WHEN current_setting('a', true) IS NULL THEN true ELSE t = current_setting('a') END",
        "CASE WHEN b THEN f() WHEN g() THEN a END",
        "coalesce(t, f()) = 1",
        "current_setting('a', true) IS NOT NULL AND t = current_setting('a')",
        "a OR (b AND NOT current_setting('a')::bool)",
    ],
)
def test_what_cannot_stand_in_a_subquery_is_left_to_people(text: str) -> None:
    assert wrap_all(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "coalesce(f(), t) = 1",
        "CASE WHEN f() THEN a WHEN b THEN c END",
        "CASE f() WHEN 1 THEN a END",
        "CASE WHEN b THEN current_setting('a', true) = t END",
        "t = current_setting('a') AND (b OR t = current_setting('a'))",
        "a AND t = f()",
    ],
)
def test_a_call_that_is_made_in_any_case_or_cannot_fail_gets_its_subquery(text: str) -> None:
    assert "(SELECT " in (wrap_all(text) or "")


def test_only_the_calls_that_are_asked_for_change() -> None:
    text = "f() = g() AND g() = f()"
    assert wrapped(text, [call for call in calls_of(text) if call.name == "g"]) == (
        "f() = (SELECT g()) AND (SELECT g()) = f()"
    )
    assert wrapped(text, []) == text


CALLS = st.sampled_from(["f()", "s.g('é)', 1)", "current_setting('(', true)", '"q("(f(), 2)'])
EXPRESSIONS = st.recursive(
    st.one_of(CALLS, st.sampled_from(["a", "'é''('", "t.b::text"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" = ", " AND ", "||"]), inner).map(
            lambda each: f"({''.join(each)})"
        ),
        inner.map(lambda each: f"CASE WHEN {each} THEN a END"),
        inner.map(lambda each: f"(({each})::text)"),
        inner.map(lambda each: f"EXISTS (SELECT 1 FROM s WHERE {each})"),
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_wrapped_once_nothing_is_called_for_each_row(text: str) -> None:
    new = wrap_all(text)
    assert new is not None
    assert all(call.once for call in calls_of(new) if not call.depends_on_row)
