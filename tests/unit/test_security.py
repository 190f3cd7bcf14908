"""What policies ask of a request, what acts outside of a transaction, and how conditions are put together."""

from __future__ import annotations

import pytest

from pilotage.model.names import QualifiedName
from pilotage.security.claims import Comparison, Source, comparisons_in, sources_in
from pilotage.security.outside import Calls, leading_outside
from pilotage.security.records import AppliedPolicy, Routine
from pilotage.security.rule import NOTHING, Action, condition


def _routine(
    name: str,
    body: str,
    *,
    language: str = "sql",
    trusted: bool = True,
    distrusted: bool = False,
    hidden: bool = False,
    extension: str | None = None,
) -> Routine:
    return Routine(
        name=QualifiedName("auth", name),
        language=language,
        trusted=trusted,
        distrusted=distrusted,
        hidden=hidden,
        body=body,
        extension=extension,
    )


UID = _routine(
    "uid",
    "SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),"
    " nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid",
)
JWT = _routine("jwt", "SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb")
CALLS = Calls([UID, JWT])
SUB = (Source("request.jwt.claim.sub"), Source("request.jwt.claims", ("sub",)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "(tenant_id = (current_setting('app.tenant_id'::text, true))::uuid)",
            [Comparison(Source("app.tenant_id"), "tenant_id", None)],
        ),
        (
            '((current_setting(\'app.t\'::text))::character varying(20) = "Ten""ant")',
            [Comparison(Source("app.t"), 'Ten"ant', None)],
        ),
        (
            "(( SELECT auth.uid() AS uid) = unit.user_id)",
            [Comparison(source, "user_id", None) for source in SUB],
        ),
        ("(user_id = auth.uid())", [Comparison(source, "user_id", None) for source in SUB]),
        (
            "(((auth.jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'editor''s'::text)",
            [Comparison(Source("request.jwt.claims", ("app_metadata", "role")), None, "editor's")],
        ),
        ("(tenant_id > 3) -- = auth.uid()", []),
    ],
)
def test_what_a_policy_compares_with_a_setting(text: str, expected: list[Comparison]) -> None:
    assert list(comparisons_in(text, CALLS)) == expected


def test_sources_are_found_though_nothing_is_compared() -> None:
    assert sources_in("auth.uid() IS NOT NULL", CALLS) == SUB
    assert sources_in("app.may(tenant_id)", CALLS) == ()


def test_what_no_identity_can_set_is_no_source() -> None:
    text = "current_setting('is_superuser') = 'on' OR x = current_setting('app.' || x)"
    assert sources_in(f"{text} OR current_setting('a.b$c') = ''", CALLS) == (Source("a.b$c"),)


def test_functions_that_call_each_other_end() -> None:
    calls = Calls(
        [_routine("a", "SELECT auth.b()"), _routine("b", "SELECT auth.a() = current_setting('x.y')")]
    )
    assert sources_in("auth.a()", calls) == (Source("x.y"),)
    assert [each.name.name for each in calls.reached("auth.a()")] == ["a", "b"]


NOT_OURS = ", where not every owner is a superuser as we are"


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("id > 0", None),
        ("auth.uid() = user_id", None),
        ("nextval('app.s'::regclass) > 0", None),  # which READ ONLY refuses
        ("(pg_read_file('x'::text) = 'y'::text)", "pg_read_file"),
        ("auth.reads()", "pg_ls_dir in auth.reads"),
        ("auth.copies()", "COPY in auth.copies"),
        ("auth.python()", "auth.python, written in plpython3u"),
        ("extensions.dblink_exec('x', 'y') = ''", "dblink_exec"),
        ("auth.post()", "auth.post of the extension pg_net"),
        ("my_pg_read_file = 1", None),
        ("set_config('app.tenant', 'x', true) = 'x'", None),  # an application's own
        ("(set_config(('ro' || 'le'), 'x'::text, true) = 'x'::text)", "set_config"),
        ("auth.becomes()", "SET LOCAL ROLE in auth.becomes"),
        ("auth.makes()", None),
        ("auth.makes_as_us()", f"EXECUTE in auth.makes_as_us{NOT_OURS}"),
        ("auth.names_as_us()", f"execute in auth.names_as_us{NOT_OURS}"),
        ("auth.hides_as_us()", f'U&" in auth.hides_as_us{NOT_OURS}'),
        ("auth.calls_as_us()", f"EXECUTE in auth.makes{NOT_OURS}"),
        ("auth.asks_a_row()", f"EXECUTE in auth.makes_as_us{NOT_OURS}"),
        ("auth.does_as_us()", f"DO $ in auth.does_as_us{NOT_OURS}"),
        ("auth.takes_on()", "set_config in auth.takes_on"),
    ],
)
def test_what_acts_outside_of_the_transaction(text: str, outside: str | None) -> None:
    calls = Calls(
        [
            UID,
            _routine("reads", "BEGIN PERFORM auth.inner(); END", language="plpgsql"),
            _routine("inner", "x"),
            _routine("reads", "BEGIN RETURN pg_ls_dir('.'); END", language="plpgsql"),
            _routine("becomes", "BEGIN SET LOCAL  ROLE x; END", language="plpgsql"),
            _routine("makes", "BEGIN EXECUTE 'x'; END", language="plpgsql"),
            _routine("makes_as_us", "BEGIN EXECUTE 'x'; END", language="plpgsql", distrusted=True),
            _routine("names_as_us", "BEGIN execute procedure; END", language="plpgsql", distrusted=True),
            _routine("hides_as_us", 'SELECT U&"set\\005fconfig"(1)', distrusted=True),
            _routine("calls_as_us", "SELECT auth.makes()", distrusted=True),
            _routine(
                "asks_a_row", "BEGIN RETURN (SELECT r.Makes_As_Us FROM t AS r); END", language="plpgsql"
            ),
            _routine("does_as_us", "BEGIN DO $a$ x $a$; END", language="plpgsql", distrusted=True),
            _routine("takes_on", "SELECT pg_catalog.\"set_config\"('role', 'x', true)"),
            _routine("copies", "BEGIN COPY t TO PROGRAM 'x'; END", language="plpgsql"),
            _routine("python", "return True", language="plpython3u", trusted=False),
            _routine("post", "post", language="c", extension="pg_net"),
        ]
    )
    assert calls.outside(text) == outside


def test_who_writes_a_policy_need_own_no_function() -> None:
    calls = Calls([_routine("makes", "BEGIN EXECUTE 'x'; END", language="plpgsql")])
    assert calls.outside("auth.makes()") is None
    assert calls.outside("auth.makes()", distrusted=True) == f"EXECUTE in auth.makes{NOT_OURS}"
    assert calls.outside("query_to_xml('x'::text)", distrusted=True) == f"query_to_xml{NOT_OURS}"


def test_what_is_called_by_no_name_may_be_called_anywhere() -> None:
    harmless = _routine("harmless", "SELECT 1", hidden=True, distrusted=True)
    by_name = _routine("by_name", "BEGIN EXECUTE 'x'; END", language="plpgsql", distrusted=True)
    ours = _routine("ours", "BEGIN EXECUTE 'x'; END", language="plpgsql", hidden=True)
    assert Calls([harmless, by_name, ours]).hidden() is None
    leading = _routine("leading", "SELECT auth.by_name()", hidden=True, distrusted=True)
    assert Calls([harmless, by_name, leading]).hidden() == f"EXECUTE in auth.by_name{NOT_OURS}"
    copying = _routine("copying", "BEGIN COPY t TO PROGRAM 'x'; END", hidden=True, distrusted=True)
    assert Calls([copying]).hidden() == "COPY in auth.copying"


def test_what_reads_a_relation_that_acts_outside_is_left_alone_too() -> None:
    secret, view, other, free = (QualifiedName("app", name) for name in ("secret", "view", "other", "free"))
    found = leading_outside(
        {
            secret: ["pg_read_file('x') = ''"],
            view: [" SELECT id FROM app.secret"],
            other: ["EXISTS ( SELECT 1 FROM app.view)"],
            free: ["EXISTS ( SELECT 1 FROM app.secrets)"],
        },
        CALLS,
    )
    assert found == {
        secret: "pg_read_file",
        view: "pg_read_file through app.secret",
        other: "pg_read_file through app.secret through app.view",
    }


def _policy(name: str, command: str, *, permissive: bool = True, check: str | None = None) -> AppliedPolicy:
    return AppliedPolicy(
        table=QualifiedName("app", "t"),
        name=name,
        command=command,
        permissive=permissive,
        using=None if command == "insert" else f"u_{name}",
        with_check=check,
        applies_to=frozenset(("one",)),
    )


def test_a_condition_is_made_as_postgresql_makes_it() -> None:
    policies = [
        _policy("a", "all"),
        _policy("b", "update", check="c_b"),
        _policy("r", "all", permissive=False),
        _policy("i", "insert", check="c_i"),
    ]
    assert condition(Action.SEE, "one", policies) == "((u_r)) IS TRUE AND ((u_a)) IS TRUE"
    assert condition(Action.UPDATE, "one", policies) == "((u_r)) IS TRUE AND ((u_a) OR (u_b)) IS TRUE"
    assert condition(Action.REPLACE, "one", policies) == "((u_r)) IS TRUE AND ((c_b) OR (u_a)) IS TRUE"
    assert condition(Action.INSERT, "one", policies) == "((u_r)) IS TRUE AND ((c_i) OR (u_a)) IS TRUE"
    assert condition(Action.DELETE, "other", policies) == NOTHING
    assert condition(Action.SEE, "one", policies[2:]) == NOTHING
