"""What was asked for and what the plan does instead, and everything else that was found.

Consumed by the migration's document. What is found is decided in planning and in the census.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from pilotage.model.plan import Hazard
from pilotage.model.review import Finding, FindingKind
from pilotage.report.escape import markdown_code, markdown_text, terminal_text, visible_identifier
from pilotage.report.figures import count, counted
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts

_OTHERWISE = (
    FindingKind.TABLE_PLACED,
    FindingKind.FILE_RENUMBERED,
    FindingKind.EXPECTATION,
)
"""What differs from what was asked for, besides the order of groups and the keys put off."""

_LISTED = 60


def requested_section(facts: MigrationFacts) -> list[str]:
    """Return each difference between what was asked for and what is planned, with its reason."""
    order = facts.plan.order
    text = heading(2, "What was asked for, and what the plan does instead")
    if order is not None and order.requested != order.planned:
        text += table(
            ("Place>", "Asked for", "Planned"),
            (
                (str(place), markdown_text(facts.title(wanted)), markdown_text(facts.title(given)))
                for place, (wanted, given) in enumerate(zip(order.requested, order.planned, strict=False), 1)
            ),
        )
    said = [
        *_changes(facts),
        *_deferred(facts),
        *(_finding(each) for kind in _OTHERWISE for each in _of_kind(facts, kind)),
    ]
    if not said:
        return [*text, *paragraph("The plan does what was asked for; nothing had to differ.")]
    return [*text, *bullets(said)]


def _changes(facts: MigrationFacts) -> Iterable[str]:
    for change in facts.plan.order.changes if facts.plan.order else ():
        because = ", ".join(markdown_code(facts.reason(text)) for text in change.because)
        yield (
            f"Order: **{markdown_text(facts.title(change.group))}** stands after"
            f" **{markdown_text(facts.title(change.after))}**, not before it, because of {because}"
        )


def _deferred(facts: MigrationFacts) -> Iterable[str]:
    keys = {(key.table, key.name): key for key in facts.catalog.foreign_keys}
    for each in facts.plan.order.deferred_keys if facts.plan.order else ():
        key = keys.get((each.table, each.constraint))
        shown = (
            facts.key(key)
            if key is not None
            else f"{facts.name(each.table)} {visible_identifier(each.constraint)}"
        )
        circle = " → ".join(markdown_text(facts.title(name)) for name in each.circle)
        yield (
            f"Foreign key: {markdown_code(shown)} is created after all rows, because the groups need each"
            f" other: {circle}"
        )


def _of_kind(facts: MigrationFacts, kind: FindingKind) -> list[Finding]:
    return [finding for finding in facts.plan.findings if finding.kind is kind]


def _finding(finding: Finding) -> str:
    kind = finding.kind.value.capitalize()
    text = f"{kind}: {markdown_code(finding.object)}: {markdown_text(finding.message)}"
    if finding.kind is FindingKind.EXPECTATION and finding.expected and finding.found:
        text += f" (expected {_number(finding.expected)}, found {_number(finding.found)})"
    if finding.kind is FindingKind.FILE_RENUMBERED and finding.expected:
        text += f" (asked for {markdown_text(finding.expected)})"
    return text


def _number(text: str) -> str:
    return count(int(text)) if text.isascii() and text.isdigit() else markdown_text(text)


def findings_section(facts: MigrationFacts) -> list[str]:
    """Return everything that a careful colleague would point out before this migration runs."""
    census = facts.census
    empty = [name for name in facts.roots if census.rows_of(name) == 0]
    hazards = facts.plan.all_hazards
    others = [
        finding
        for finding in facts.plan.findings
        if finding.kind
        not in {
            *_OTHERWISE,
            FindingKind.GROUP_MOVED,
            FindingKind.KEY_DEFERRED,
            FindingKind.UNINDEXED_KEY,
            FindingKind.EMPTY_TABLE,
        }
    ]
    expectations = _of_kind(facts, FindingKind.EXPECTATION)
    return [
        *heading(2, "Findings"),
        *heading(3, f"Differences from what was expected ({count(len(expectations))})"),
        *bullets(map(_finding, expectations)),
        *heading(3, f"Foreign keys without an index ({count(len(census.unindexed))})"),
        *paragraph(
            "Deleting or updating a referenced row reads the whole referencing table. They migrate as they"
            " are."
        ),
        *bullets(_cut([markdown_code(facts.key(key)) for key in census.unindexed])),
        *heading(3, f"Tables without rows ({count(len(empty))})"),
        *paragraph((facts.codes(empty[:_LISTED]) + _and_more(len(empty) - _LISTED)) if empty else "None."),
        *heading(3, f"Hazards ({count(len(hazards))})"),
        *bullets(_cut([_hazard(hazard) for hazard in hazards])),
        *heading(3, "Besides"),
        *bullets(
            chain(
                map(_finding, others),
                (
                    f"{markdown_text(each.statement)} "
                    + ", ".join(map(markdown_code, each.objects[:_LISTED]))
                    + _and_more(len(each.objects) - _LISTED)
                    for each in census.findings
                ),
            )
        ),
    ]


def _hazard(hazard: Hazard) -> str:
    allow = ", must be allowed" if hazard.must_allow else ""
    return (
        f"{markdown_code(terminal_text(hazard.object))} {hazard.kind.value}{allow}:"
        f" {markdown_text(hazard.message)}"
    )


def _cut(items: Sequence[str]) -> list[str]:
    rest = len(items) - _LISTED
    return [*items[:_LISTED], *([f"and {counted(rest, 'more', 'more')}, in `plan.json`"] if rest > 0 else [])]


def _and_more(rest: int) -> str:
    return f" and {count(rest)} more" if rest > 0 else ""
