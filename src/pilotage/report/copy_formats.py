"""Which tables are copied as text, and why; consumed by the screen of a plan and the migration's document."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.plan import CopyFormat, LoadTable, Plan
from pilotage.report.escape import markdown_text, terminal_text, visible_name
from pilotage.report.figures import count, counted
from pilotage.report.markdown import bullets, heading, paragraph
from pilotage.report.migration_facts import MigrationFacts

_SHOWN = 4


def _as_text(plan: Plan) -> Sequence[LoadTable]:
    loads = (step for step in plan.steps if isinstance(step, LoadTable))
    return [step for step in loads if step.format is CopyFormat.TEXT]


def formats_of_rows(plan: Plan) -> list[tuple[str, str]]:
    """Return lines of a screen: how many tables are copied as binary, and the first of those that are not."""
    loads = sum(isinstance(step, LoadTable) for step in plan.steps)
    as_text = _as_text(plan)
    if not loads:
        return []
    lines = [("binary COPY", counted(loads - len(as_text), "table"))]
    lines += [
        ("text COPY", f"{visible_name(step.table)} ({terminal_text(step.format_reason)})")
        for step in as_text[:_SHOWN]
    ]
    if len(as_text) > _SHOWN:
        lines.append(("text COPY", f"and {count(len(as_text) - _SHOWN)} more, in plan.json"))
    return lines


def formats_section(facts: MigrationFacts) -> list[str]:
    """Return the tables that are copied as text, each with the reason; nothing where there are none."""
    as_text = _as_text(facts.plan)
    if not as_text:
        return []
    return [
        *heading(2, f"Tables copied as text ({count(len(as_text))})"),
        *paragraph(
            "`pilotage migrate` copies rows from server to server in PostgreSQL's binary format. Of these "
            "tables it copies them as text, which is slower. In SQL files, all rows are text."
        ),
        *bullets(f"{facts.code(step.table)}: {markdown_text(step.format_reason)}" for step in as_text),
    ]
