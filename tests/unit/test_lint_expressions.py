"""Calls in expressions: which are evaluated once, which depend on the row, and what is always true."""

from __future__ import annotations

import pytest

from pilotage.lint.expressions import (
    ROW,
    UnparsableError,
    calls_of,
    columns_of,
    condition_of,
    is_always_true,
    named_roles,
    parse_expression,
)


def seen(text: str) -> list[tuple[str, bool, set[str]]]:
    return [(call.name, call.once, set(call.reads)) for call in calls_of(text)]


@pytest.mark.parametrize(
    "text",
    [
        "(user_id = ( SELECT auth.uid() AS uid))",
        "(user_id IN ( SELECT auth.uid() AS uid))",
        "(( SELECT (auth.uid() IS NOT NULL)) AND true)",
        "(a = ANY (ARRAY( SELECT auth.uid() AS uid)))",
        "(EXISTS ( SELECT 1 FROM public.s WHERE ((s.u = ( SELECT auth.uid() AS uid)) AND (s.g = t.g))))",
        "(a IN ( WITH me AS ( SELECT auth.uid() AS id) SELECT me.id FROM me))",
        "(a IN ( SELECT x.x FROM auth.uid() x(x)))",
        "(a IN ( SELECT x.x FROM (public.s JOIN auth.uid() x(x) ON ((s.a = x.x)))))",
        "(a IN ( SELECT auth.uid() AS uid UNION SELECT 1))",
    ],
)
def test_a_call_that_stands_alone_in_a_subquery_is_evaluated_once(text: str) -> None:
    assert seen(text) == [("uid", True, set())]


@pytest.mark.parametrize(
    "text",
    [
        "(user_id = auth.uid())",
        "(((auth.uid())::text || 'x'::text) = a)",
        "(( SELECT (auth.uid() = t.user_id)) AND true)",
        "(EXISTS ( SELECT 1 FROM public.s WHERE (s.u = auth.uid())))",
        "(a = ( SELECT max(s.a) AS max FROM public.s WHERE (s.u = auth.uid())))",
        "(a IN ( SELECT s.a FROM (public.s JOIN public.r ON ((r.u = auth.uid())))))",
        "(a IN ( SELECT s.a FROM public.s, LATERAL ( SELECT auth.uid() AS u WHERE s.a > 1) x))",
    ],
)
def test_a_call_that_stands_with_rows_is_not(text: str) -> None:
    assert ("uid", False, set()) in seen(text)


def test_what_a_call_reads_is_told_from_what_is_its_own() -> None:
    assert seen("public.f(a, 1)") == [("f", False, {ROW})]
    assert seen("public.f(( SELECT max(s.a) AS max FROM public.s))")[0] == ("f", False, set())
    assert seen("public.f(( SELECT max(s.a) AS max FROM public.s x))")[0] == ("f", False, {"s"})
    assert seen("(EXISTS ( SELECT 1 FROM public.s WHERE public.f(s.a)))") == [("f", False, {"s"})]


def test_names_and_texts_are_no_calls() -> None:
    assert calls_of("""("auth.uid()" = 'auth.uid()'::text)""") == ()
    assert [(call.schema, call.name, call.text) for call in calls_of("""(a = "My Auth"."my uid"())""")] == [
        ("My Auth", "my uid", '"My Auth"."my uid"()')
    ]


@pytest.mark.parametrize(
    "text", ["true", "(1 = 1)", "((a = 1) OR true)", "(true AND ('a'::text = 'a'::text))"]
)
def test_what_is_always_true(text: str) -> None:
    assert is_always_true(parse_expression(text))


@pytest.mark.parametrize(
    "text",
    [
        "false",
        "(a = 1)",
        "(1 = 2)",
        "(NOT true)",
        "((a = 1) AND true)",
        "(NULL::text = NULL::text)",
        "(a = a)",
    ],
)
def test_what_is_not(text: str) -> None:
    assert not is_always_true(parse_expression(text))


def test_roles_are_named_beside_the_user_and_in_questions_for_membership() -> None:
    text = """
        ((CURRENT_USER = 'a'::name) OR ('b'::name <> SESSION_USER)
        OR (( SELECT auth.role() AS role) = 'c'::text) OR (CURRENT_USER = ANY (ARRAY['d'::name, 'e'::name]))
        OR pg_has_role('f'::name, 'g'::text) OR (x = 'h'::text))
    """
    assert named_roles(parse_expression(text)) == ("a", "b", "c", "d", "e", "f")
    when = "((CURRENT_USER = 'a'::name))"
    trigger = f"CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW WHEN {when} EXECUTE FUNCTION f()"
    assert named_roles(condition_of(trigger)) == ("a",)


def test_columns_are_named_by_their_last_part() -> None:
    assert columns_of(parse_expression("((a = t.b) AND (s.t.c = 1))")) == {"a", "b", "c"}


def test_what_no_grammar_knows_is_said() -> None:
    with pytest.raises(UnparsableError, match="cannot be parsed"):
        calls_of("(a =")
