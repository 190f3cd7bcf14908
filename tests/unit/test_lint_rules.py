"""Rules as such: which there are, which are chosen, and what a finding of one is."""

from __future__ import annotations

import pytest

from pilotage.errors import UsageError
from pilotage.lint import RULES, chosen_rules, ensure_rules_exist
from pilotage.lint.rule import Found
from pilotage.model.lint import Level
from pilotage.model.waivers import RuleWaiver

RULE = {rule.name: rule for rule in RULES}


def waiver(rule: str) -> RuleWaiver:
    return RuleWaiver(rule=rule, object="*", reason="so", written=f'pilotage.toml:3: rule = "{rule}"')


def found(*key: str, level: Level | None = None) -> Found:
    return Found(kind="table", object="public.t", detail="it is so", metadata={}, key=key, level=level)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("unlogged_tables", 'there is no rule "unlogged_tables"; did you mean unlogged_table?'),
        ("Unlogged_Table", "did you mean unlogged_table?"),
        ("zzz*", 'there is no rule "zzz*"; the rules are unindexed_foreign_keys, '),
        ("a\x1bb", 'there is no rule "a\\x1bb"; the rules are '),
    ],
)
def test_a_waiver_for_no_rule_is_refused_with_its_place(rule: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        ensure_rules_exist((waiver("unlogged_table"), waiver(rule)))
    assert str(caught.value).startswith("pilotage.toml:3: ")
    assert says in str(caught.value)


def test_a_waiver_for_some_rule_is_taken() -> None:
    ensure_rules_exist((waiver("unlogged_table"), waiver("no_*"), waiver("*")))


def test_rules_are_chosen_by_name_and_misspelled_ones_are_told() -> None:
    assert [rule.name for rule in chosen_rules(("table_bloat", "no_primary_key"), ("no_primary_key",))] == [
        "table_bloat"
    ]
    with pytest.raises(UsageError, match="did you mean table_bloat"):
        chosen_rules((), ("tablebloat",))
    with pytest.raises(UsageError, match="no rule is left"):
        chosen_rules(("table_bloat",), ("table_bloat",))


def test_a_finding_may_be_more_severe_than_its_rule_is_otherwise() -> None:
    rule = RULE["unused_replication_slot"]
    assert (rule.level, rule.worst) == (Level.WARN, Level.ERROR)
    assert rule.finding(found("a", "unreserved")).level is Level.WARN
    assert rule.finding(found("a", "lost", level=Level.ERROR)).level is Level.ERROR
    assert all(each.worst is each.level for each in RULES if each is not rule)


def test_keys_are_those_of_the_linter_that_people_know() -> None:
    keys = {name: RULE[name].finding(found("public", "t")).cache_key for name in RULE}
    odd = {name: key for name, key in keys.items() if key != f"{name}_public_t"}
    assert odd == {
        "auth_rls_initplan": "auth_rls_init_plan_public_t",
        "insecure_queue_exposed_in_api": "rls_disabled_in_public_public_t",
    }
