"""Which roles a target needs, and what is made of several that become one."""

from __future__ import annotations

import msgspec

from pilotage.model.roles import Membership, Role, RoleChoices, RoleMapping, RoleNeed, RoleUse
from pilotage.roles.creation import creating_statement, setting_clause
from pilotage.roles.needs import mapped_roles, roles_needed, with_connecting
from tests.archives import entry


def role(name: str, *member_of: str, login: bool = False, superuser: bool = False) -> Role:
    return Role(
        name=name,
        superuser=superuser,
        inherit=True,
        create_role=False,
        create_database=False,
        login=login,
        replication=False,
        bypass_row_security=False,
        member_of=tuple(Membership(role=each, admin=False, inherit=True, set=True) for each in member_of),
    )


def need(name: str) -> RoleNeed:
    return RoleNeed(role=name, uses=(RoleUse.GRANTEE,))


def test_each_role_is_needed_once_with_all_its_uses() -> None:
    entries = [
        msgspec.structs.replace(entry(1, "TABLE", "t", owner="a"), drop_statement="DROP TABLE t;\n"),
        entry(2, "ACL", "TABLE t", definition="GRANT SELECT ON TABLE t TO a;\n", owner="z"),
        entry(3, "POLICY", "t p", definition="CREATE POLICY p ON s.t TO a, b;\n", owner="z"),
        entry(4, "COMMENT", "TABLE t", definition="COMMENT ON TABLE t IS '';\n", owner="z"),
        entry(5, "ACL", "DATABASE d", definition="GRANT CREATE ON DATABASE d TO c;\n", owner="z", schema=""),
    ]
    expected = [("a", (RoleUse.OWNER, RoleUse.GRANTEE, RoleUse.POLICY)), ("b", (RoleUse.POLICY,))]
    found = [(each.role, each.uses) for each in roles_needed(entries, with_database=False)]
    assert found == expected
    found = [(each.role, each.uses) for each in roles_needed(entries, with_database=True)]
    assert found == [*expected, ("c", (RoleUse.GRANTEE,))]


def test_a_role_between_two_that_are_needed_is_needed() -> None:
    roles = [role("login", "a"), role("a", "b", "aside"), role("b", "top"), role("top"), role("aside")]
    found = with_connecting([need("login"), need("top")], roles)
    assert [each.role for each in found] == ["a", "b", "login", "top"]
    assert {each.role: each.uses for each in found}["b"] == (RoleUse.MEMBERSHIP,)


def test_a_role_that_leads_to_what_every_server_has_is_needed() -> None:
    roles = [role("login", "readers"), role("readers", "pg_read_all_data"), role("pg_read_all_data")]
    assert [each.role for each in with_connecting([need("login")], roles)] == ["login", "readers"]


def test_memberships_that_end_nowhere_and_circles_need_nothing() -> None:
    roles = [role("login", "a"), role("a", "b"), role("b", "a")]
    assert [each.role for each in with_connecting([need("login")], roles)] == ["login"]


def test_roles_that_become_one_have_what_all_of_them_have() -> None:
    roles = [
        role("a", "team", "boss", login=True, superuser=True),
        role("b", "team", "c", login=True),
        role("c", "a"),
    ]
    mapping = (RoleMapping(source="a", target="one"), RoleMapping(source="b", target="one"))
    one, third = sorted(
        mapped_roles(roles, RoleChoices(mapping=mapping)), key=lambda each: each.name != "one"
    )
    assert (one.name, one.login, one.superuser) == ("one", True, False)
    assert [each.role for each in one.member_of] == ["team"]
    assert [each.role for each in third.member_of] == ["one"]


def test_a_role_is_no_member_of_itself() -> None:
    mapping = (RoleMapping(source="a", target="one"), RoleMapping(source="b", target="one"))
    (one,) = mapped_roles([role("a", "b"), role("b")], RoleChoices(mapping=mapping))
    assert one.member_of == ()


def test_settings_are_written_as_they_are_read() -> None:
    assert setting_clause("work_mem=7MB") == "work_mem TO '7MB'"
    assert setting_clause('search_path="a b", public, "q""x"') == """search_path TO 'a b', 'public', 'q"x'"""
    assert setting_clause('search_path=""') == "search_path TO ''"
    assert setting_clause("my.thing=a=b'c") == "my.thing TO 'a=b''c'"


def test_what_every_server_has_is_not_created_and_no_name_ends_the_statement() -> None:
    sql = creating_statement([role("pg_monitor"), role("$pilotage$ {{further}} '", "pg_monitor")])
    assert "'pg_monitor', 'NOLOGIN" not in sql
    assert sql.startswith("DO $pilotage_2$\n")
    assert sql.count("'$pilotage$ {{further}} '''") == 2
