"""Blockers: the tables that others wait for, ranked, and what each holds up.

Consumed by the migration's document. The ranking is the graph's.
"""

from __future__ import annotations

from pilotage.graph import Blocker
from pilotage.model.names import QualifiedName
from pilotage.report.escape import markdown_text
from pilotage.report.figures import count, counted
from pilotage.report.markdown import bullets, heading, paragraph, table
from pilotage.report.migration_facts import MigrationFacts

_SHOWN = 20
"""Blockers in the table; with thousands of tables nobody reads them all."""
_IN_FULL = 8
"""Blockers whose dependents are named."""
_NAMED = 12


def blockers_section(facts: MigrationFacts) -> list[str]:
    """Return the blockers by direct dependents, then by all, and what the first of them hold up."""
    blockers = facts.order.blockers
    shown = blockers[:_SHOWN]
    rest = len(blockers) - len(shown)
    text = [
        *heading(2, f"Blockers ({count(len(blockers))})"),
        *paragraph(
            "Tables that others wait for: *direct* counts the tables that reference it, *all* also those that"
            " wait through them. *Rows held up* are those of all that wait."
        ),
        *table(
            ("#>", "Table", "Depth>", "Direct>", "All>", "Rows held up>", "Groups held up"),
            (_line(facts, number, blocker) for number, blocker in enumerate(shown, 1)),
        ),
    ]
    if rest > 0:
        text += paragraph(f"And {count(rest)} more, with fewer direct dependents.")
    if shown:
        text += bullets(_in_full(facts, blocker) for blocker in shown[:_IN_FULL])
    return text


def _line(facts: MigrationFacts, number: int, blocker: Blocker[QualifiedName]) -> tuple[str, ...]:
    waiting = facts.order.dependents_of(blocker.key)
    groups = sorted({facts.number_of[facts.group_of[name]] for name in waiting if name in facts.group_of})
    return (
        str(number),
        facts.code(blocker.key),
        count(facts.census.depth_of(blocker.key)),
        count(blocker.direct),
        count(blocker.all),
        count(facts.rows_of(waiting)),
        ", ".join(map(str, groups)),
    )


def _in_full(facts: MigrationFacts, blocker: Blocker[QualifiedName]) -> str:
    graph = facts.order.graph
    waiting = facts.order.dependents_of(blocker.key)
    direct = [name for name in waiting if blocker.key in graph.references_of(name)]
    needs = [name for name in graph.references_of(blocker.key) if name != blocker.key]
    group = facts.group_of.get(blocker.key)
    place = f" (group {facts.number_of[group]}, {markdown_text(facts.title(group))})" if group else ""
    before = f"loads after {facts.codes(needs)}" if needs else "needs no other table"
    return (
        f"{facts.code(blocker.key)}{place} {before}. It blocks {counted(len(direct), 'table')} directly: "
        f"{_some(facts, direct)}"
        + (
            f"; and {counted(blocker.all - blocker.direct, 'more', 'more')} through them."
            if blocker.all > blocker.direct
            else "."
        )
    )


def _some(facts: MigrationFacts, names: list[QualifiedName]) -> str:
    rest = len(names) - _NAMED
    return facts.codes(names[:_NAMED]) + (f" and {count(rest)} more" if rest > 0 else "")
