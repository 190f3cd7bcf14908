"""What psql would take for its own is told from what is the server's."""

from __future__ import annotations

import pytest

from pilotage.errors import RefusedError
from pilotage.files.psql_text import as_psql_reads

HARMLESS = [
    "SELECT 'a :b' || E'it\\'s :c' || $$ \\! d :e $$;",
    'CREATE TABLE "\\! touch pwned" ("a:b" int, ":c" text);',
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$\n\\! touch pwned\n\\connect x\nSELECT 1$_$;",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ $a$ \\q $a$ $$;",
    "COMMENT ON TABLE t IS 'first\n\\! touch pwned\nit''s third';",
    "SELECT a::text, b := 2, c$d$ FROM t; -- it's \\! a comment :x",
    "/* outer /* inner \\! */ still :x it's */ SELECT 1;",
    "SELECT U&'d\\0061t\\+000061', B'1', x'1f';",
    "SELECT E'a'\n  'b\\'c';",
    "SELECT somee'a\\';",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_psql_passes_on_stays_as_it_is(sql: str) -> None:
    assert as_psql_reads(sql, what="t") == sql


@pytest.mark.parametrize(
    ("sql", "safe"),
    [
        ("SELECT a[1:n];", "SELECT a[1: n];"),
        ('SELECT a[b:"DBNAME"];', 'SELECT a[b: "DBNAME"];'),
        ("SELECT a[:1];", "SELECT a[: 1];"),
        ("SELECT :'x', :{?y};", "SELECT : 'x', : {?y};"),
        ("SELECT a[(b)::int:c];", "SELECT a[(b)::int: c];"),
    ],
)
def test_a_colon_is_parted_from_what_psql_would_take_for_a_variable(sql: str, safe: str) -> None:
    assert as_psql_reads(sql, what="t") == safe


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;\n\\! touch pwned\n",
        "SELECT 'a\\'; \\! touch pwned",
        "SELECT E'a\\'; \\! touch pwned",
        "SELECT 'open",
        'SELECT "open',
        "SELECT $a$ open $b$",
        "/* open /* */ SELECT 1;",
        "-- a comment\r\\! touch pwned\nSELECT 1;",
    ],
)
def test_what_only_psql_would_run_is_refused_by_name(sql: str) -> None:
    with pytest.raises(RefusedError, match="function public f"):
        as_psql_reads(sql, what="function public f")


def test_statements_are_joined_where_one_ends_outside_of_quotes() -> None:
    sql = "CREATE TABLE a (\n    b text DEFAULT ';\n'\n);\nALTER TABLE a OWNER TO x;\n"
    assert as_psql_reads(sql, what="t", joint="; <> ") == (
        "CREATE TABLE a (\n    b text DEFAULT ';\n'\n); <> ALTER TABLE a OWNER TO x;\n"
    )
