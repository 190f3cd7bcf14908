"""The check of facts tells what no other check does; what the user chose to leave out is no difference."""

from __future__ import annotations

import pytest

from pilotage.model.facts import Described, Facts
from pilotage.model.roles import RoleChoices, RoleMapping
from pilotage.model.verdict import Outcome
from pilotage.verify.checks.facts import check_facts


def facts(*described: Described) -> Facts:
    return Facts(
        major=18, whole=True, objects={"types": described}, additions={}, not_read={}, unknown_catalogs=()
    )


def thing(kind: str, name: str, /, **values: str) -> Described:
    return Described(
        kind=kind,
        object=name,
        within=(),
        facts={key.replace("_", " "): value for key, value in values.items()},
    )


def told(source: Facts, target: Facts, roles: RoleChoices | None = None) -> list[tuple[str, str, str, str]]:
    check = check_facts(source, target, roles)
    assert check.outcome is (Outcome.DIFFERENT if check.differences else Outcome.EQUAL)
    return [(each.object, each.fact, each.expected, each.found) for each in check.differences]


def test_what_another_check_tells_is_passed_over() -> None:
    source = facts(thing("table", "app.t", owner="a", comment="x"), thing("function", "app.f()", cost="1"))
    target = facts(thing("table", "app.t", owner="b", comment="y"), thing("function", "app.f()", cost="2"))
    assert told(source, target) == [("table app.t", "comment", "x", "y")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("table column", []), ("view column", [("view column app.t.c", "default", "1", "none")])],
)
def test_that_there_is_a_default_is_told_once(kind: str, expected: list[tuple[str, ...]]) -> None:
    assert told(facts(thing(kind, "app.t.c", default="1")), facts(thing(kind, "app.t.c"))) == expected
    assert told(facts(thing(kind, "app.t.c", default="1")), facts(thing(kind, "app.t.c", default="2"))) == [
        (f"{kind} app.t.c", "default", "1", "2")
    ]


def test_a_shell_type_that_is_missing_is_told() -> None:
    assert told(facts(thing("type", "app.s", kind="shell")), facts()) == [
        ("type app.s", "exists", "yes", "no")
    ]
    assert told(facts(thing("type", "app.e", kind="enum")), facts()) == []


def test_a_subscription_that_a_migration_leaves_disabled_is_said() -> None:
    source = facts(thing("subscription", "s", enabled="true"))
    check = check_facts(source, facts(thing("subscription", "s", enabled="false")))
    assert check.outcome is Outcome.EQUAL
    assert (
        "subscriptions that are enabled in the source: a migration creates them disabled" in check.not_checked
    )
    assert told(facts(thing("subscription", "s", enabled="false")), source) == [
        ("subscription s", "enabled", "false", "true")
    ]


def test_roles_are_compared_as_mapped() -> None:
    mapping = RoleChoices(mapping=(RoleMapping(source="App", target="app_2"),))
    source = facts(
        thing("operator", "app.+(integer,integer)", owner="App"),
        Described(
            kind="table",
            object="app.t",
            within=(),
            facts={'privileges of "App"': "SELECT", "privileges of x": 'INSERT GRANTED BY "App"'},
        ),
        thing("default acl", 'for role "App" on tables'),
        thing("user mapping", '"App" on server s'),
    )
    target = facts(
        thing("operator", "app.+(integer,integer)", owner="app_2"),
        Described(
            kind="table",
            object="app.t",
            within=(),
            facts={"privileges of app_2": "SELECT", "privileges of x": "INSERT GRANTED BY app_2"},
        ),
        thing("default acl", "for role app_2 on tables"),
        thing("user mapping", "app_2 on server s"),
    )
    assert told(source, target, mapping) == []
    assert len(told(source, target)) == 7


def test_owners_and_privileges_that_were_left_behind_are_no_difference() -> None:
    source = facts(
        thing("operator", "app.+(integer,integer)", owner="a"), thing("table", "t", privileges_of_x="ALL")
    )
    target = facts(thing("operator", "app.+(integer,integer)", owner="b"), thing("table", "t"))
    assert len(told(source, target)) == 2
    assert told(source, target, RoleChoices(owners=False, privileges=False)) == []
