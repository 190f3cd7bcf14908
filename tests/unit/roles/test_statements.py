"""Statements made around pg_dump's: comments on what others own, defaults set aside, the database."""

from __future__ import annotations

import pytest

from pilotage.model.plan import RunDdl, Stage
from pilotage.roles.database import database_changes, parameters_set, statements_of_change
from pilotage.roles.default_privileges import (
    RESET,
    put_back,
    reset_of,
    set_aside,
    with_defaults_aside,
)
from pilotage.roles.standing_comments import sql_where_owned
from pilotage.roles.words import UnreadableTextError
from tests.archives import entry


def ddl(kind: str, sql: str = "x;\n", *, object: str = "t") -> RunDdl:  # noqa: A002 - the record's own word
    return RunDdl(id=kind, group="", reason="", stage=Stage.STRUCTURE, kind=kind, object=object, sql=sql)


@pytest.mark.parametrize(
    ("object_", "name"), [("EXTENSION x", "x"), ('EXTENSION "a b"', '"a b"'), ("SCHEMA public", "public")]
)
def test_a_comment_on_what_others_may_own_asks_first(object_: str, name: str) -> None:
    kind = object_.partition(" ")[0]
    sql = f"COMMENT ON {kind} {name} IS E'it''s {{{{name}}}} \\\\ $pilotage$';\n"
    made = sql_where_owned(ddl("COMMENT", sql, object=object_))
    assert made.startswith("DO $pilotage_2$")
    assert "pg_has_role" in made
    assert "{{name}} \\\\ $pilotage$" in made


@pytest.mark.parametrize(
    "step",
    [
        ddl("COMMENT", "COMMENT ON SCHEMA app IS 'x';\n", object="SCHEMA app"),
        ddl("COMMENT", "COMMENT ON TABLE public.t IS 'x';\n", object="TABLE t"),
        ddl("COMMENT", "COMMENT ON EXTENSION x IS 'y'; DROP TABLE t;\n", object="EXTENSION x"),
        ddl("TABLE", "CREATE TABLE t ();\n", object="EXTENSION x"),
    ],
)
def test_any_other_statement_stays_as_it_is(step: RunDdl) -> None:
    assert sql_where_owned(step) == step.sql


def test_default_privileges_are_aside_while_objects_are_created_and_back_before_others_are_set() -> None:
    table, grant, reset, default = ddl("TABLE"), ddl("ACL"), ddl(RESET), ddl("DEFAULT ACL")
    assert with_defaults_aside([table, grant]) == ([table, grant], [])
    assert with_defaults_aside([table, reset, default]) == ([table], [reset, default])
    assert with_defaults_aside([grant, default]) == ([], [grant, default])
    assert with_defaults_aside([]) == ([], [])


def test_what_is_set_aside_is_put_back_from_the_same_place() -> None:
    assert "set_config('pilotage.default_privileges', restoring, true)" in set_aside()
    assert "current_setting('pilotage.default_privileges')" in put_back()


def test_only_the_one_row_is_reset() -> None:
    sql = (
        'ALTER DEFAULT PRIVILEGES FOR ROLE "o\'r" IN SCHEMA "IN s" REVOKE ALL ON LARGE OBJECTS FROM PUBLIC;\n'
    )
    made = reset_of(sql)
    assert "owner.rolname = 'o''r' AND namespace.nspname = 'IN s'" in made
    assert "defaults.defaclobjtype = 'L'" in made
    everywhere = reset_of("ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT SELECT ON TABLES TO x;\n")
    assert "owner.rolname = 'r' AND namespace.nspname IS NULL" in everywhere
    with pytest.raises(UnreadableTextError):
        reset_of("ALTER DEFAULT PRIVILEGES FOR ROLE r GRANT SELECT ON MOODS TO x;\n")


def test_the_databases_name_is_the_only_thing_that_changes() -> None:
    name = '"DATABASE ""x"" SET"'
    sql = (
        f"ALTER DATABASE {name} CONNECTION LIMIT = 7;\n"
        f"ALTER DATABASE {name} SET \"my.rate\" TO '100% %I $pilotage$';\n"
        f"ALTER DATABASE {name} SET search_path TO 'a b', 'public';\n"
        f"ALTER ROLE {name} IN DATABASE {name} SET jit TO 'off';\n"
    )
    changes = list(database_changes(entry(1, "DATABASE PROPERTIES", "x", definition=sql)))
    assert [change.object for change in changes] == [
        "DATABASE",
        "SETTINGS OF DATABASE",
        f"SETTINGS OF ROLE {name} IN DATABASE",
    ]
    assert [statement for change in changes for statement in statements_of_change(change.sql)] == [
        "ALTER DATABASE x CONNECTION LIMIT = 7",
        "ALTER DATABASE x SET \"my.rate\" TO '100% %I $pilotage$'",
        "ALTER DATABASE x SET search_path TO 'a b', 'public'",
        f"ALTER ROLE {name} IN DATABASE x SET jit TO 'off'",
    ]
    assert [list(parameters_set(change.sql)) for change in changes] == [
        [],
        ["my.rate", "search_path"],
        ["jit"],
    ]


def test_an_unknown_statement_about_a_database_is_an_error() -> None:
    sql = "ALTER DATABASE x REFRESH COLLATION VERSION;\n"
    with pytest.raises(UnreadableTextError):
        list(database_changes(entry(1, "DATABASE PROPERTIES", "x", definition=sql)))
