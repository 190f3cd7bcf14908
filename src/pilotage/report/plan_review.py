"""What there is to review of a plan with files: its order, its files, its findings, each in a few lines.

Consumed by the screen of a plan. The whole is in MIGRATION_ORDER.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rich.console import RenderableType
from rich.text import Text

from pilotage.model.plan import Plan
from pilotage.model.review import Finding, FindingKind
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted
from pilotage.report.layout import FittingList, facts, heading

_WHOLE = (FindingKind.EXPECTATION, FindingKind.GROUP_MOVED, FindingKind.KEY_DEFERRED, FindingKind.STRATEGY)
"""Kinds of which each finding has its own line: what was believed, or asked for, is not so."""

_WHOLE_SHOWN = 4


def numbers_of_groups(plan: Plan) -> Mapping[str, str]:
    """Return for each group the numbers of its files, in the order in which they run: ``01, 10``."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for file in plan.files:
        numbers[file.group].append(file.name.partition("-")[0])
    return {group: ", ".join(found) for group, found in numbers.items()}


def order_and_files(plan: Plan) -> RenderableType:
    """Return the order that was asked for where it is another one, and the files that are of no group."""
    rows: list[tuple[str, RenderableType]] = []
    order = plan.order
    if order is not None and order.requested != order.planned:
        rows.append(("asked for", terminal_text(", ".join(order.requested))))
        rows.append(("planned", terminal_text(", ".join(order.planned))))
    others = [file.name for file in plan.files if not file.group]
    said = f"{counted(len(plan.files), 'file')}, in the order of their numbers"
    if others:
        said += f"{'; at last' if plan.groups else ':'} {', '.join(others)}"
    rows.append(("files", said))
    return facts(rows)


def findings_by_kind(plan: Plan) -> list[RenderableType]:
    """Return each kind of finding with how many there are, and the first few."""
    by_kind: dict[FindingKind, list[Finding]] = {}
    for finding in plan.findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    rows: list[tuple[str, RenderableType]] = []
    for kind in FindingKind:
        found = by_kind.get(kind, [])
        if kind in _WHOLE:
            rows += [(kind.value, _whole(finding)) for finding in found[:_WHOLE_SHOWN]]
            if len(found) > _WHOLE_SHOWN:
                rows.append((kind.value, f"and {count(len(found) - _WHOLE_SHOWN)} more"))
        elif found:
            objects = dict.fromkeys(terminal_text(finding.object) for finding in found)
            rows.append((f"{kind.value} ({count(len(found))})", FittingList(list(objects))))
    return [heading(f"Findings ({count(len(plan.findings))})"), facts(rows) if rows else _none()]


def _whole(finding: Finding) -> str:
    text = f"{terminal_text(finding.object)}: {terminal_text(finding.message)}"
    if finding.kind is FindingKind.EXPECTATION and finding.found:
        text += f" ({_number(finding.found)}, not {_number(finding.expected)})"
    return text


def _number(text: str) -> str:
    return count(int(text)) if text.isascii() and text.isdigit() else terminal_text(text)


def _none() -> Text:
    return Text("none", style="dim")
