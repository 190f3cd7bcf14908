"""Choices about roles applied to an archive: exactly the places that name roles change."""

from __future__ import annotations

import pytest

from pilotage.errors import RefusedError, UsageError
from pilotage.model.archive import ArchiveEntry
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.roles.choosing import choose_roles, naming_texts
from tests.archives import archive, entry


def mapping(**roles: str) -> RoleChoices:
    return RoleChoices(
        mapping=tuple(RoleMapping(source=old, target=new) for old, new in sorted(roles.items()))
    )


def chosen(choices: RoleChoices, *entries: ArchiveEntry) -> list[ArchiveEntry]:
    return list(choose_roles(archive(*entries), choices).entries)


def definition(choices: RoleChoices, kind: str, sql: str, *, owner: str = "own") -> str:
    (found,) = chosen(choices, entry(1, kind, "t", definition=sql, owner=owner))
    return found.definition


def test_nothing_changes_where_nothing_was_chosen() -> None:
    entries = [
        entry(1, "TABLE", "t", definition="CREATE TABLE public.t ();\n", owner="own"),
        entry(2, "ACL", "TABLE t", definition='GRANT SELECT ON TABLE public.t TO "A b";\n', owner="own"),
        entry(3, "ACL", "TABLE t", definition="GRANT SOMETHING NEW;\n", owner="own"),
    ]
    assert chosen(RoleChoices(), *entries) == entries


def test_a_mapped_name_is_quoted_where_it_must_be() -> None:
    sql = 'REVOKE ALL ON TABLE public.a FROM a;\nGRANT SELECT(a) ON TABLE public.a TO "B";\n'
    assert definition(mapping(a='n"ew', B="b"), "ACL", sql) == (
        'REVOKE ALL ON TABLE public.a FROM "n""ew";\nGRANT SELECT(a) ON TABLE public.a TO b;\n'
    )


def test_a_swap_is_no_chain() -> None:
    sql = "GRANT a ON TABLE public.t TO a;\nGRANT b ON TABLE public.t TO b;\n"
    assert definition(mapping(a="b", b="a"), "ACL", sql) == (
        "GRANT a ON TABLE public.t TO b;\nGRANT b ON TABLE public.t TO a;\n"
    )


def test_a_policys_roles_that_become_one_are_named_once() -> None:
    sql = "CREATE POLICY p ON public.t FOR SELECT TO a, b, c, d USING (true);\n"
    assert definition(mapping(b="a", d="c"), "POLICY", sql) == (
        "CREATE POLICY p ON public.t FOR SELECT TO a, c USING (true);\n"
    )
    assert definition(mapping(a="x", b="x"), "POLICY", sql) == (
        "CREATE POLICY p ON public.t FOR SELECT TO x, c, d USING (true);\n"
    )


def test_what_another_has_granted_is_granted_under_set_role() -> None:
    sql = (
        "GRANT SELECT ON TABLE public.t TO g WITH GRANT OPTION;\n"
        "SET SESSION AUTHORIZATION g;\nGRANT SELECT ON TABLE public.t TO a;\nRESET SESSION AUTHORIZATION;\n"
    )
    assert definition(mapping(g="h"), "ACL", sql) == (
        "GRANT SELECT ON TABLE public.t TO h WITH GRANT OPTION;\n"
        "SET LOCAL ROLE h;\nGRANT SELECT ON TABLE public.t TO a;\nRESET ROLE;\n"
    )
    assert definition(RoleChoices(role='my"self'), "ACL", sql).endswith('SET LOCAL ROLE "my""self";\n')


def test_without_owners_nothing_is_given_and_owners_own_privileges_are_left_out() -> None:
    choices = RoleChoices(owners=False)
    (table,) = chosen(choices, entry(1, "TABLE", "t", definition="CREATE TABLE public.t ();\n", owner="own"))
    assert table.owner == ""
    sql = (
        "REVOKE ALL ON TABLE public.t FROM own;\nGRANT SELECT ON TABLE public.t TO own;\n"
        "GRANT SELECT ON TABLE public.t TO PUBLIC;\n"
    )
    assert definition(choices, "ACL", sql) == "GRANT SELECT ON TABLE public.t TO PUBLIC;\n"
    assert (
        chosen(choices, entry(1, "ACL", "t", definition="REVOKE ALL ON TABLE t FROM own;\n", owner="own"))
        == []
    )


def test_without_privileges_no_entry_of_them_is_left() -> None:
    kinds = ["ACL", "ACL LANGUAGE", "DEFAULT ACL", "POLICY"]
    entries = [entry(number, kind, "t", definition="x;\n") for number, kind in enumerate(kinds, 1)]
    assert [each.kind for each in chosen(RoleChoices(privileges=False), *entries)] == ["POLICY"]


def test_without_a_superuser_event_triggers_go_with_what_describes_them() -> None:
    entries = [
        entry(1, "EVENT TRIGGER", "e", definition="CREATE EVENT TRIGGER e;\n"),
        entry(
            2,
            "COMMENT",
            "EVENT TRIGGER e",
            definition="COMMENT ON EVENT TRIGGER e IS '';\n",
            needs=(1,),
        ),
        entry(
            3,
            "PUBLICATION",
            "all",
            definition="CREATE PUBLICATION \"all\" FOR ALL TABLES WITH (publish = '');\n",
        ),
        entry(4, "PUBLICATION", "some", definition="CREATE PUBLICATION some WITH (publish = ' FOR ALL ');\n"),
        entry(5, "TABLE", "t", definition="CREATE TABLE public.t ();\n"),
    ]
    assert [each.dump_id for each in chosen(RoleChoices(superuser=False), *entries)] == [4, 5]


def test_what_cannot_be_mapped_is_refused_by_name_all_at_once() -> None:
    entries = [
        entry(1, "ACL", "TABLE one", definition="GRANT SELECT ON TABLE a TO a GRANTED BY b;\n"),
        entry(2, "USER MAPPING", "USER MAPPING a SERVER s", definition="CREATE MAPPING a;\n"),
        entry(3, "ACL", "TABLE fine", definition="GRANT SELECT ON TABLE a TO a;\n"),
    ]
    with pytest.raises(RefusedError) as refused:
        chosen(mapping(a="b"), *entries)
    assert "TABLE one" in str(refused.value)
    assert "USER MAPPING a SERVER s" in str(refused.value)
    assert "fine" not in str(refused.value)


@pytest.mark.parametrize("role", ["public", "none", ""])
def test_a_name_that_no_role_can_have_is_refused(role: str) -> None:
    with pytest.raises(UsageError, match="the name of no role"):
        chosen(mapping(a=role))


def test_texts_that_name_a_mapped_role_are_found() -> None:
    entries = [
        entry(1, "FUNCTION", "f()", definition="CREATE FUNCTION f() AS $$select 'app'$$;\n"),
        entry(2, "FUNCTION", "g()", definition="CREATE FUNCTION g() SET role TO 'app' AS $$select 1$$;\n"),
        entry(3, "FUNCTION", "h()", definition="CREATE FUNCTION h() AS $$select apple, my_app$$;\n"),
        entry(
            4,
            "POLICY",
            "t p",
            definition="CREATE POLICY p ON s.t TO app USING ((CURRENT_USER = 'app'::name));\n",
        ),
        entry(5, "POLICY", "t q", definition="CREATE POLICY q ON s.t TO app USING (true);\n"),
        entry(6, "TABLE", "app", definition="CREATE TABLE s.app (app integer);\n"),
    ]
    found = [each.dump_id for each, _ in naming_texts(entries, mapping(app="x"))]
    assert found == [1, 4]
