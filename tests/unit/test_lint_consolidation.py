"""Policies merged without a server: what becomes of expressions, roles, names and comments."""

from __future__ import annotations

import pytest

from pilotage.lint.consolidation import (
    Consolidation,
    Policy,
    UndecidedError,
    consolidated,
    consolidation_fix,
)
from pilotage.lint.reading import PolicyRoles, RestrainedRole
from pilotage.model.names import QualifiedName

TABLE = QualifiedName("public", "t")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def role(name: str, *inherits: str, actions: tuple[str, ...] = ALL, named: bool = True) -> RestrainedRole:
    return RestrainedRole(name=name, inherits=inherits, actions=actions, named=named)


def policy(name: str, command: str, roles: str, using: str | None = None, **more: str | bool) -> Policy:
    return Policy(name=name, command=command, roles=tuple(roles.split()), using=using, **more)  # type: ignore[arg-type]


def merged(
    *policies: Policy,
    roles: tuple[RestrainedRole, ...] = (role("a"), role("b"), role("c", named=False)),
    table: QualifiedName = TABLE,
    granted_to_public: tuple[str, ...] = (),
) -> Consolidation | None:
    return consolidated(
        table, policies, PolicyRoles(table=table, roles=roles, granted_to_public=granted_to_public)
    )


def shown(what: Consolidation | None) -> list[tuple[str, str, str | None, str | None]]:
    assert what is not None
    return [(each.command, " ".join(each.roles), each.using, each.with_check) for each in what.created]


def test_using_and_with_check_are_kept_apart_and_one_that_is_missing_means_using() -> None:
    what = merged(policy("p", "ALL", "a", "x"), policy("q", "UPDATE", "a", "y", with_check="z"))
    assert shown(what) == [
        ("SELECT", "a", "x", None),
        ("INSERT", "a", None, "x"),
        ("UPDATE", "a", "(x) OR (y)", "(x) OR (z)"),
        ("DELETE", "a", "x", None),
    ]


def test_what_has_no_expression_adds_nothing() -> None:
    what = merged(
        policy("p", "UPDATE", "a", with_check="x"),
        policy("q", "UPDATE", "a", "y"),
        policy("r", "ALL", "b"),
        policy("s", "DELETE", "b"),
    )
    assert shown(what) == [("UPDATE", "a", "y", "(x) OR (y)")]


def test_restrictive_policies_and_those_that_share_no_role_stay() -> None:
    what = merged(
        policy("p", "SELECT", "a", "x"),
        policy("q", "SELECT", "a", "y"),
        policy("r", "ALL", "a", "z", permissive=False),
        policy("s", "ALL", "b", "w"),
    )
    assert what is not None
    assert [each.name for each in what.dropped] == ["p", "q"]
    assert shown(what) == [("SELECT", "a", "(x) OR (y)", None)]
    assert merged(policy("p", "SELECT", "a", "x"), policy("r", "ALL", "a", "z", permissive=False)) is None


def test_beside_a_named_role_public_becomes_the_others_with_rights() -> None:
    roles = (
        role("a"),
        role("member", "a", named=False),
        role("c", named=False),
        role("under_c", "c", named=False),
        role("no_reader", actions=("INSERT",), named=False),
    )
    what = merged(policy("p", "SELECT", "public", "x"), policy("q", "SELECT", "a", "y"), roles=roles)
    assert shown(what) == [("SELECT", "a", "(x) OR (y)", None), ("SELECT", "c under_c", "x", None)]
    assert what is not None
    assert what.instead_of_public == ("c", "under_c")
    with pytest.raises(UndecidedError, match="PUBLIC's: grant it to roles"):
        merged(
            policy("p", "SELECT", "public", "x"),
            policy("q", "SELECT", "a", "y"),
            granted_to_public=("SELECT",),
        )


def test_what_adds_nothing_to_what_everybody_has_is_left_out() -> None:
    what = merged(policy("p", "SELECT", "public", "true"), policy("q", "SELECT", "a", "y"))
    assert shown(what) == [("SELECT", "public", "true", None)]
    assert what is not None
    assert what.instead_of_public is None


def test_members_are_not_given_what_they_have_by_membership() -> None:
    roles = (role("a"), role("b", "a"))
    with pytest.raises(UndecidedError, match=r"role b has policies as a member too \(of a\)"):
        merged(policy("p", "SELECT", "a", "x"), policy("q", "SELECT", "b", "y"), roles=roles)
    same = merged(policy("p", "SELECT", "a b", "x"), policy("q", "SELECT", "a b", "y"), roles=roles)
    assert shown(same) == [("SELECT", "a b", "(x) OR (y)", None)]


def test_names_fit_and_are_not_taken() -> None:
    what = merged(
        policy("t_select_a", "SELECT", "a", "x"),
        policy("t_select_a_2", "SELECT", "a", "y", permissive=False),
        policy("z", "SELECT", "a", "z"),
    )
    assert what is not None
    assert [each.name for each in what.created] == ["t_select_a_3"]
    long = QualifiedName("public", "\u00e9" * 31)
    what = merged(policy("p", "ALL", "a", "x"), policy("q", "ALL", "a", "y"), table=long)
    assert what is not None
    assert all(len(each.name.encode()) <= 63 for each in what.created)
    assert len({each.name for each in what.created}) == 4


def test_names_and_comments_are_kept_and_what_is_new_comes_first() -> None:
    what = merged(policy("Their own", "SELECT", "a", "x", comment="it's so"), policy("q", "SELECT", "a", "y"))
    assert what is not None
    fix = consolidation_fix(TABLE, what)
    assert fix.statements == (
        "CREATE POLICY t_select_a ON public.t FOR SELECT TO a USING ((x) OR (y))",
        "COMMENT ON POLICY t_select_a ON public.t IS 'Their own: it''s so\nq'",
        'DROP POLICY "Their own" ON public.t',
        "DROP POLICY q ON public.t",
    )
    assert fix.reverse == (
        'CREATE POLICY "Their own" ON public.t FOR SELECT TO a USING (x)',
        "COMMENT ON POLICY \"Their own\" ON public.t IS 'it''s so'",
        "CREATE POLICY q ON public.t FOR SELECT TO a USING (y)",
        "DROP POLICY t_select_a ON public.t",
    )
