"""Where pg_dump's text names roles: found at exactly these places, however names look like other text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.roles import RoleUse
from pilotage.roles.places import _plain_privileges, _privileges, role_places
from pilotage.roles.words import UnreadableTextError, statements_in

HOSTILE = [
    "plain",
    "select",
    "PUBLIC",
    "current_user",
    'quo"te',
    'FROM "x',
    "a TO b;",
    "two\nlines",
    "-- no comment",
    "it's",
    "$$",
    "back\\slash",
    "USING (",
    "Ünï",
]


def roles_in(kind: str, sql: str) -> list[str]:
    return [place.role for place in role_places(kind, sql)]


@pytest.mark.parametrize("role", HOSTILE)
@pytest.mark.parametrize("other", HOSTILE)
def test_every_form_that_pg_dump_writes(role: str, other: str) -> None:
    one, two = quote_identifier(role), quote_identifier(other)
    table = f"public.{two}"
    assert roles_in("ACL", f"REVOKE ALL ON TABLE {table} FROM {one};\n") == [role]
    assert roles_in("ACL", f"GRANT SELECT({two}),UPDATE({two}) ON TABLE {table} TO {one};\n") == [role]
    assert roles_in("ACL", f"GRANT ALL ON FUNCTION public.f(a integer, {two} text) TO {one};\n") == [role]
    assert roles_in("ACL", f"GRANT USAGE ON SCHEMA {two} TO {one} WITH GRANT OPTION;\n") == [role]
    assert roles_in("ACL", f"REVOKE GRANT OPTION FOR ALL ON SCHEMA {two} FROM {one};\n") == [role]
    assert roles_in(
        "ACL",
        f"SET SESSION AUTHORIZATION {two};\nGRANT SELECT ON TABLE {table} TO {one};\n"
        "RESET SESSION AUTHORIZATION;\n",
    ) == [other, role]
    assert roles_in(
        "DEFAULT ACL",
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {one} IN SCHEMA {two} GRANT SELECT ON TABLES TO {two};\n"
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {one} REVOKE ALL ON FUNCTIONS FROM PUBLIC;\n",
    ) == [role, other, role]
    policy = (
        f"CREATE POLICY {two} ON {table} AS RESTRICTIVE FOR SELECT TO {one}, {two} USING (({two} = 1));\n"
    )
    assert roles_in("POLICY", policy) == [role, other]
    assert roles_in("POLICY", f"CREATE POLICY {two} ON {table} TO {one} WITH CHECK (true);\n") == [role]
    assert roles_in("POLICY", f"CREATE POLICY {two} ON {table} TO {one};\n") == [role]
    assert roles_in("POLICY", f"CREATE POLICY {two} ON {table} USING (true);\n") == []
    mapping = f"CREATE USER MAPPING FOR {one} SERVER {two} OPTIONS (\n    {two} {quote_literal(role)}\n);\n"
    assert roles_in("USER MAPPING", mapping) == [role]
    assert roles_in("USER MAPPING", f"DROP USER MAPPING FOR {one} SERVER {two};\n") == [role]
    function = (
        f"CREATE FUNCTION public.{two}() RETURNS integer\n    LANGUAGE sql\n"
        f"    SET role TO {quote_literal(role)}\n    AS $_$select 'SET role TO ''x'''$_$;\n"
    )
    assert roles_in("FUNCTION", function) == [role]
    assert roles_in(
        "DATABASE PROPERTIES",
        f"ALTER DATABASE {two} SET role TO 'nobody';\n"
        f"ALTER ROLE {one} IN DATABASE {two} SET work_mem TO '1MB';\n",
    ) == [role]


def test_everybody_is_no_role_and_a_role_in_capitals_is() -> None:
    assert roles_in(
        "ACL", 'GRANT SELECT ON TABLE a.b TO PUBLIC;\nGRANT SELECT ON TABLE a.b TO "PUBLIC";\n'
    ) == ["PUBLIC"]
    # The server's grammar takes the name, quoted or not, for everybody.
    assert roles_in("ACL", 'GRANT SELECT ON TABLE a.b TO "public";\n') == []
    assert roles_in("USER MAPPING", "CREATE USER MAPPING FOR public SERVER s;\n") == []


def test_each_place_says_what_the_role_is_there_for() -> None:
    uses = [
        place.use
        for place in role_places(
            "DEFAULT ACL", "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b;\n"
        )
    ]
    assert uses == [RoleUse.DEFAULT_PRIVILEGES, RoleUse.GRANTEE]


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("ACL", "GRANT SELECT ON TABLE a.b TO x TO y;\n"),
        ("ACL", "GRANT SELECT ON TABLE a.b TO x, y;\n"),
        ("ACL", "GRANT SELECT ON TABLE a.b TO (x);\n"),
        ("ACL", "GRANT SELECT ON TABLE a.b TO x GRANTED BY y;\n"),
        ("ACL", "GRANT SELECT ON TABLE a.b;\n"),
        ("ACL", "GRANT SELECT ON TABLE a.b TO x"),
        ("ACL", "ALTER TABLE a.b OWNER TO x;\n"),
        ("ACL", 'GRANT SELECT ON TABLE a.b TO "x;\n'),
        ("ACL", "SET SESSION AUTHORIZATION x y;\n"),
        ("DEFAULT ACL", "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO b;\n"),
        ("POLICY", "CREATE POLICY p ON a.b TO x y USING (true);\n"),
        ("POLICY", "CREATE POLICY p ON a.b TO x, USING (true);\n"),
        ("USER MAPPING", "CREATE USER MAPPING IF NOT EXISTS FOR x SERVER s;\n"),
    ],
)
def test_another_form_is_an_error_and_not_a_guess(kind: str, sql: str) -> None:
    with pytest.raises(UnreadableTextError):
        role_places(kind, sql)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda name: name != "public"
)


@given(NAMES, NAMES, NAMES)
def test_no_name_can_look_like_another_place(role: str, table: str, column: str) -> None:
    one, two, three = map(quote_identifier, (role, table, column))
    sql = f"GRANT SELECT({three}) ON TABLE {two}.{two} TO {one};\n"
    (place,) = role_places("ACL", sql)
    assert place.role == role
    assert sql[place.start : place.end] == one


@pytest.mark.parametrize(
    "sql",
    [
        "GRANT SELECT,INSERT ON TABLE public.t TO anon;\nREVOKE ALL ON SCHEMA app FROM PUBLIC;\n",
        "REVOKE ALL ON FOREIGN DATA WRAPPER w FROM a;\nGRANT ALL ON LARGE OBJECT x TO b WITH GRANT OPTION;\n",
        "GRANT ALL ON SCHEMA public TO public;\n",
        "GRANT USAGE ON LANGUAGE sql TO with_grant;\n",
    ],
)
def test_the_short_way_finds_what_the_long_way_finds(sql: str) -> None:
    short = _plain_privileges(sql)
    assert short is not None
    assert short == tuple(place for statement in statements_in(sql) for place in _privileges(statement))


@pytest.mark.parametrize(
    "sql",
    [
        "GRANT SELECT ON TABLE public.t TO a, b;\n",
        'GRANT SELECT ON TABLE public."t" TO a;\n',
        "GRANT SELECT(x) ON TABLE public.t TO a;\n",
        "GRANT ALL ON FUNCTION public.f() TO a;\n",
        "GRANT SELECT ON TABLE public.t TO a",
        "GRANT SELECT ON TABLE public.t TO a;\nSET SESSION AUTHORIZATION a;\n",
    ],
)
def test_the_short_way_is_for_the_plainest_form_alone(sql: str) -> None:
    assert _plain_privileges(sql) is None
