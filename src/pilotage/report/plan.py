"""A plan on one screen: its groups, what its stages do, and what a person must know or allow.

Consumed by ``plan``. What came of it is shown by :mod:`pilotage.report.migration`; what only a plan with
files has is in :mod:`pilotage.report.plan_review`.
"""

from __future__ import annotations

from collections import Counter

from rich.console import Group as Screen
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from pilotage.model.plan import LoadTable, Plan, Stage
from pilotage.report.copy_formats import formats_of_rows
from pilotage.report.escape import short_names, terminal_text, visible_identifier
from pilotage.report.figures import count, counted, size, span
from pilotage.report.hazards import hazard_list
from pilotage.report.layout import FittingList, facts, heading, plain_table
from pilotage.report.plan_fixes import fixes_summary
from pilotage.report.plan_review import findings_by_kind, numbers_of_groups, order_and_files
from pilotage.report.steps import step_kind

_GROUPS_SHOWN = 16
_HAZARDS_SHOWN = 12
_FINGERPRINT_SHOWN = 16


def plan_summary(plan: Plan) -> RenderableType:
    """Return one screen: the groups in their order, the steps of each stage by kind, the hazards.

    Of a plan for review also its files, what differs from what was asked for, and the findings.
    """
    parts: list[RenderableType] = [_title(plan), Text(), _groups(plan)]
    if len(plan.groups) > _GROUPS_SHOWN:
        parts.append(Text(f"and {counted(len(plan.groups) - _GROUPS_SHOWN, 'more group')}, in plan.json"))
    stages = [(stage.value, kinds) for stage in Stage if (kinds := _kinds(plan, stage))]
    parts += [Text(), facts([*stages, *formats_of_rows(plan)])]
    if plan.files:
        parts += [Text(), order_and_files(plan), Text(), *findings_by_kind(plan)]
    if plan.fixes or plan.left_fixes:
        parts.append(fixes_summary(plan))
    hazards = sorted(plan.all_hazards, key=lambda hazard: not hazard.must_allow)
    parts += [Text(), heading(f"Hazards ({count(len(hazards))})")]
    parts.append(hazard_list(hazards, limit=_HAZARDS_SHOWN) if hazards else Text("none", style="dim"))
    return Screen(*parts)


def _title(plan: Plan) -> RenderableType:
    title = Text("Plan for ").append(visible_identifier(plan.source.database), style="bold")
    title.append(
        f" on PostgreSQL {terminal_text(plan.source.version)}: {counted(len(plan.steps), 'step')},"
        f" {counted(len(plan.edges), 'edge')}, fingerprint {plan.fingerprint[:_FINGERPRINT_SHOWN]}"
    )
    return title


def _groups(plan: Plan) -> Table:
    costs = {step.table: step.cost for step in plan.steps if isinstance(step, LoadTable)}
    short = short_names(name for group in plan.groups for name in group.tables)
    numbers = numbers_of_groups(plan)
    files = ("files",) if plan.files else ()
    table = plain_table("group", *files, "depth>", "tables>", "rows>", "size>", "tables, largest first")
    for group in plan.groups[:_GROUPS_SHOWN]:
        largest = sorted(group.tables, key=lambda name: (-costs[name].bytes if name in costs else 0, name))
        table.add_row(
            Text(terminal_text(group.name)),
            *([numbers.get(group.name, "")] if files else []),
            span(*group.depth),
            count(len(group.tables)),
            count(group.rows),
            size(group.bytes),
            FittingList([short[name] for name in largest]),
        )
    return table


def _kinds(plan: Plan, stage: Stage) -> str:
    kinds = Counter(step_kind(step) for step in plan.steps_of(stage))
    return ", ".join(counted(number, kind.one, kind.many) for kind, number in kinds.items())
