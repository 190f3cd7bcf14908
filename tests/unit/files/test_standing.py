"""What alters what was there before can be turned round, or says that it cannot."""

from __future__ import annotations

import pytest

from pilotage.files.standing import standing_change
from pilotage.model.plan import RunDdl, Stage


def ddl(kind: str, described: str, sql: str) -> RunDdl:
    return RunDdl(id="x", group="", reason="", stage=Stage.FINISH, kind=kind, object=described, sql=sql)


def undo(kind: str, described: str, sql: str) -> str:
    change = standing_change(ddl(kind, described, sql))
    assert change is not None
    return change.undo


def test_default_privileges_are_turned_round_last_first() -> None:
    sql = (
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE ALL ON FUNCTIONS FROM PUBLIC;\n"
        'ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON FUNCTIONS TO "a; b" WITH GRANT OPTION;\n'
    )
    assert undo("DEFAULT ACL", "DEFAULT PRIVILEGES FOR FUNCTIONS", sql) == (
        'ALTER DEFAULT PRIVILEGES FOR ROLE postgres REVOKE ALL ON FUNCTIONS FROM "a; b";\n'
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON FUNCTIONS TO PUBLIC;\n"
    )


def test_default_privileges_are_looked_up_by_role_schema_and_kind() -> None:
    sql = 'ALTER DEFAULT PRIVILEGES FOR ROLE "o w" IN SCHEMA "S" GRANT SELECT,USAGE ON SEQUENCES TO x;\n'
    change = standing_change(ddl("DEFAULT ACL", "S DEFAULT PRIVILEGES FOR SEQUENCES", sql))
    assert change is not None
    assert change.label == 'default privileges for sequences of role "o w" in schema "S"'
    assert "rolname = 'o w'" in change.is_new
    assert "to_regnamespace('\"S\"')" in change.is_new
    assert "defaclobjtype = 'S'" in change.is_new


@pytest.mark.parametrize(
    "sql",
    [
        "SET SESSION AUTHORIZATION x;\nGRANT USAGE ON SCHEMA public TO y;\nRESET SESSION AUTHORIZATION;\n",
        "GRANT USAGE ON SCHEMA public TO y;\nGRANT USAGE ON SCHEMA other TO y;\n",
    ],
)
def test_what_is_of_another_form_is_not_turned_round(sql: str) -> None:
    assert undo("ACL", "SCHEMA public", sql) == ""


def test_schema_public_is_given_what_a_new_database_gives_it() -> None:
    sql = 'REVOKE USAGE ON SCHEMA public FROM PUBLIC;\nGRANT ALL ON SCHEMA public TO "x y";\n'
    assert undo("ACL", "SCHEMA public", sql) == (
        'REVOKE ALL ON SCHEMA public FROM "x y", PUBLIC;\n'
        "GRANT USAGE ON SCHEMA public TO PUBLIC;\n"
        "GRANT ALL ON SCHEMA public TO pg_database_owner;\n"
    )


def test_what_goes_with_its_object_is_no_such_change() -> None:
    assert standing_change(ddl("ACL", "public TABLE t", "GRANT SELECT ON TABLE public.t TO x;\n")) is None
    assert standing_change(ddl("COMMENT", "SCHEMA other", "COMMENT ON SCHEMA other IS 'x';\n")) is None
