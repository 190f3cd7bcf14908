"""Reading the waivers of a configuration; what a waiver means is said in :mod:`pilotage.model.waivers`.

Consumed by :mod:`pilotage.config.reader`. One that names a rule is for the linter, all others for the
comparison of two databases.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.config.document import TomlTable, found
from pilotage.config.records import Position
from pilotage.model.waivers import RuleWaiver, Waiver

_REQUIRED = {"object": "table app.orders", "reason": "the target's own role owns it"}


def read_waivers(tables: Sequence[TomlTable]) -> tuple[tuple[Waiver, ...], tuple[RuleWaiver, ...]]:
    """Return what is waived of differences and of findings; what is missing or said twice is reported."""
    waivers: list[Waiver] = []
    rule_waivers: list[RuleWaiver] = []
    seen: dict[tuple[str, str | None, str | None], Position] = {}
    for table in tables:
        for key, example in _REQUIRED.items():
            if key not in table:
                table.report(f'the waiver has no {key}; give it one, such as {key} = "{example}"')
        if "fact" in table and "rule" in table:
            table.report(
                "the waiver has a fact, which is of a difference, and a rule, which is of the linter; "
                "make it two, or remove one",
                "rule",
            )
        pattern, fact, rule = table.text("object"), table.text("fact"), table.text("rule")
        reason = table.text("reason")
        if pattern is None or reason is None:
            continue
        same = (pattern, fact, rule)
        if same in seen:
            table.report(f"the same is waived at {seen[same]} already; remove one of the two")
        seen.setdefault(same, table.position)
        written = f"{table.position}: object = {found(pattern)}"
        if rule is not None:
            written += f", rule = {found(rule)}"
            rule_waivers.append(RuleWaiver(rule=rule, object=pattern, reason=reason, written=written))
        else:
            written += "" if fact is None else f", fact = {found(fact)}"
            waivers.append(Waiver(object=pattern, fact=fact, reason=reason, written=written))
    return tuple(waivers), tuple(rule_waivers)
