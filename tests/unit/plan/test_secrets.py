"""Passwords in definitions are found in every form that pg_dump writes, and nothing else is touched."""

from __future__ import annotations

import pytest

from pilotage.model.secrets import MARK
from pilotage.plan.secrets import without_secrets_in


@pytest.mark.parametrize(
    ("kind", "sql", "without", "names"),
    [
        (
            "USER MAPPING",
            """CREATE USER MAPPING FOR a SERVER s OPTIONS (\n    password 'it''s',\n    "user" 'u'\n);\n""",
            f"""CREATE USER MAPPING FOR a SERVER s OPTIONS (\n    password '{MARK}',\n    "user" 'u'\n);\n""",
            ("password",),
        ),
        (
            "USER MAPPING",
            r"CREATE USER MAPPING FOR pwd SERVER s OPTIONS (sslpassword E'a\\b''c', password_required 'f');",
            f"CREATE USER MAPPING FOR pwd SERVER s OPTIONS (sslpassword '{MARK}', password_required 'f');",
            ("sslpassword",),
        ),
        (
            "SERVER",
            "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS "
            "(host 'pwd ''x''', api_key 'k', \"a Secret\" 't');",
            "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS "
            f"(host 'pwd ''x''', api_key '{MARK}', \"a Secret\" '{MARK}');",
            ("api_key", "a Secret"),
        ),
        (
            "SUBSCRIPTION",
            "CREATE SUBSCRIPTION s CONNECTION 'host=h password=''a \\''b'' user=u' PUBLICATION p;",
            f"CREATE SUBSCRIPTION s CONNECTION 'host=h password={MARK} user=u' PUBLICATION p;",
            ("password",),
        ),
        (
            "SUBSCRIPTION",
            "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:pw%40@h?a=b&sslpassword=x' PUBLICATION;",
            f"CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:{MARK}@h?a=b&sslpassword={MARK}' PUBLICATION;",
            ("password", "sslpassword"),
        ),
        (
            "DATABASE PROPERTIES",
            "ALTER DATABASE d SET \"app.jwt_secret\" TO 'x';",
            f"ALTER DATABASE d SET \"app.jwt_secret\" TO '{MARK}';",
            ("app.jwt_secret",),
        ),
    ],
)
def test_secrets_are_marked(kind: str, sql: str, without: str, names: tuple[str, ...]) -> None:
    assert without_secrets_in(kind, sql) == (without, names)
    assert without_secrets_in(kind, without) == (without, ())


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (
            "SUBSCRIPTION",
            "CREATE SUBSCRIPTION s CONNECTION 'host=password options=''-c a=1''' PUBLICATION p;",
        ),
        (
            "SUBSCRIPTION",
            "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u@h/d?user=token' PUBLICATION p;",
        ),
        ("SERVER", "CREATE SERVER password FOREIGN DATA WRAPPER w OPTIONS (host 'h', sslkey '/k');"),
        ("DATABASE", "ALTER DATABASE d SET search_path TO 'password', 'x';"),
        ("FUNCTION", "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT password ''x''';"),
    ],
)
def test_what_is_no_secret_stays_as_it_is(kind: str, sql: str) -> None:
    assert without_secrets_in(kind, sql) == (sql, ())
