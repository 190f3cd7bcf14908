"""Waivers: read with every problem said, and covering what they say and no more."""

from __future__ import annotations

import pytest

from pilotage.config.reader import parse_configuration
from pilotage.config.writer import configuration_toml
from pilotage.errors import UsageError
from pilotage.model.waivers import Waiver


def waiver(object_: str, fact: str | None = None) -> Waiver:
    return Waiver(object=object_, fact=fact, reason="known", written="")


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("table app.orders", True),
        ("app.orders", True),
        ("app.*", True),
        ("table *", True),
        ("*", True),
        ("app.order?", True),
        ("app.orders?", False),
        ("app", False),
        ("table", False),
        ("view app.orders", False),
        ("APP.orders", False),
        ("app[.]orders", False),
    ],
)
def test_a_pattern_covers_an_object_with_or_without_its_kind(pattern: str, covered: bool) -> None:
    assert waiver(pattern).covers("table", "app.orders", "owner") is covered


def test_nothing_between_double_quotes_is_a_wildcard() -> None:
    assert waiver('app."a*"').covers("table", 'app."a*"', "owner")
    assert not waiver('app."a*"').covers("table", 'app."abc"', "owner")
    assert waiver('app."a""*"*').covers("table column", 'app."a""*".id', "type")
    assert waiver("app.*").covers("table", 'app."two\nlines"', "owner")


def test_a_fact_is_a_pattern_too() -> None:
    assert waiver("*", "privileges of *").covers("table", "app.t", "privileges of anon")
    assert not waiver("*", "privileges of *").covers("table", "app.t", "owner")


def test_waivers_are_read_with_where_they_stand_and_written_back() -> None:
    text = """
[[waive]]
object = "table app.*"
fact = "owner"
reason = "another role"

[[waive]]
object = "role ci"
reason = "only there"
"""
    configuration = parse_configuration(text, "pilotage.toml")
    assert [each.written for each in configuration.waivers] == [
        'pilotage.toml:2: object = "table app.*", fact = "owner"',
        'pilotage.toml:7: object = "role ci"',
    ]
    again = parse_configuration(configuration_toml(configuration), "again.toml").waivers
    assert [(each.object, each.fact, each.reason) for each in again] == [
        ("table app.*", "owner", "another role"),
        ("role ci", None, "only there"),
    ]


def test_everything_that_is_wrong_with_waivers_is_said_at_once() -> None:
    text = """
[[waive]]
object = "a"
reason = "r"

[[waive]]
object = "a"
reason = "other"

[[waive]]
objekt = "b"
reason = ""

[[waive]]
object = 3
facts = "x"
reason = "r"
"""
    with pytest.raises(UsageError) as refused:
        parse_configuration(text, "pilotage.toml")
    assert str(refused.value).splitlines() == [
        "pilotage.toml:6: the same is waived at pilotage.toml:2 already; remove one of the two",
        'pilotage.toml:10: the waiver has no object; give it one, such as object = "table app.orders"',
        'pilotage.toml:11: unknown key "objekt"; did you mean object?',
        "pilotage.toml:12: waive.reason is an empty text; write one",
        "pilotage.toml:15: waive.object is 3; write a text in double quotes",
        'pilotage.toml:16: unknown key "facts"; did you mean fact?',
    ]


def test_a_waiver_that_names_a_rule_is_the_linters() -> None:
    text = """
[[waive]]
rule = "no_*"
object = "table app.*"
reason = "logs"

[[waive]]
object = "table app.*"
reason = "another role"
"""
    configuration = parse_configuration(text, "pilotage.toml")
    assert [each.written for each in configuration.waivers] == ['pilotage.toml:7: object = "table app.*"']
    (waiver,) = configuration.rule_waivers
    assert waiver.written == 'pilotage.toml:2: object = "table app.*", rule = "no_*"'
    assert waiver.covers("no_primary_key", "table", "app.log")
    assert not waiver.covers("unlogged_table", "table", "app.log")
    assert not waiver.covers("no_primary_key", "view", "app.log")
    (again,) = parse_configuration(configuration_toml(configuration), "again.toml").rule_waivers
    assert (again.rule, again.object, again.reason) == (waiver.rule, waiver.object, waiver.reason)


def test_a_waiver_is_of_a_fact_or_of_a_rule() -> None:
    text = '[[waive]]\nobject = "*"\nfact = "owner"\nrule = "no_*"\nreason = "r"\n'
    with pytest.raises(UsageError, match=r"pilotage\.toml:4: the waiver has a fact, .* and a rule"):
        parse_configuration(text, "pilotage.toml")
