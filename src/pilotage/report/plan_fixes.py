"""On the screen of a plan: the fixes that it takes in, and what else the linter has found at the source.

Consumed by ``plan``. The whole is in MIGRATION_ORDER.md, and what ``pilotage lint`` prints.
"""

from __future__ import annotations

from collections import Counter

from rich.console import Group as Screen
from rich.console import RenderableType
from rich.text import Text

from pilotage.lint.for_migration import is_for_migrations
from pilotage.model.lint import Finding, Linting
from pilotage.model.plan import Plan
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted
from pilotage.report.layout import facts, heading, plain_table

_LEFT_SHOWN = 8


def fixes_summary(plan: Plan) -> RenderableType:
    """Return what each chosen rule's fixes mend, and what they do not, with the reasons."""
    mended: Counter[str] = Counter()
    for fix in plan.fixes:
        mended.update(each.rule for each in fix.findings)
    rows: list[tuple[str, RenderableType]] = [
        (rule, f"{counted(number, 'finding')} mended") for rule, number in sorted(mended.items())
    ]
    left: dict[tuple[str, str], list[str]] = {}
    for each in plan.left_fixes:
        left.setdefault((each.rule, each.reason), []).append(each.object)
    for (rule, reason), objects in list(left.items())[:_LEFT_SHOWN]:
        more = f" and {count(len(objects) - 1)} more" if len(objects) > 1 else ""
        text = f"not mended: {terminal_text(objects[0])}{more}: {terminal_text(reason)}"
        rows.append((rule, Text(text, style="yellow")))
    rest = sum(map(len, list(left.values())[_LEFT_SHOWN:]))
    if rest:
        rows.append(("", f"and {count(rest)} more that are not mended, in MIGRATION_ORDER.md"))
    title = heading(f"Chosen fixes ({count(sum(mended.values()))})")
    nothing = Text("none: nothing was found that they mend", style="dim")
    return Screen(Text(), title, facts(rows) if rows else nothing)


def lint_summary(linting: Linting) -> RenderableType:
    """Return for each rule that found something how much, and how much of it a migration could mend."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in linting.findings:
        if finding.waived is None:
            by_rule.setdefault(finding.name, []).append(finding)
    parts: list[RenderableType] = [Text(), heading(f"Lint of the source ({count(linting.counting)})")]
    if by_rule:
        table = plain_table("rule", "level", "findings>", "for --with-fixes>")
        for name, findings in by_rule.items():
            mendable = sum(is_for_migrations(finding.fix) for finding in findings)
            level = Text(findings[0].level.value)
            table.add_row(Text(name), level, count(len(findings)), count(mendable) if mendable else "")
        parts.append(table)
    else:
        parts.append(Text("no findings", style="dim"))
    said = "pilotage lint says what each costs and how it is mended"
    if any(is_for_migrations(finding.fix) for found in by_rule.values() for finding in found):
        said += "; plan --with-fixes RULE takes what mends it into the migration's files, where it is proved"
    if by_rule:
        parts.append(Text(f"{said}."))
    if linting.not_checked:
        parts.append(Text(f"Not checked: {count(len(linting.not_checked))}; pilotage lint names it."))
    return Screen(*parts)


def lint_missing(reason: str) -> RenderableType:
    """Return that the rules could not be asked, and why."""
    return Screen(
        Text(), heading("Lint of the source"), Text(f"not checked: {terminal_text(reason)}", style="dim")
    )
