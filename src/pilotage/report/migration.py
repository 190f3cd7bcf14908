"""What came of a run, on one screen: the groups, what was built around them, the verdict, the artifacts.

Consumed by the command line after ``migrate`` and the demo. The progress while it runs is
:mod:`pilotage.report.progress`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

import msgspec
from rich.console import Group as Screen
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from pilotage.model.names import QualifiedName
from pilotage.model.plan import AnalyzeTable, Group, HazardKind, LoadLargeObjects, LoadTable, Step
from pilotage.model.run import RunResult, StepResult
from pilotage.model.verdict import Outcome, Verdict
from pilotage.report.escape import short_names, terminal_text, visible_identifier
from pilotage.report.figures import count, counted, duration, rate, size, size_rate, span
from pilotage.report.hazards import hazard_list
from pilotage.report.layout import FittingList, heading, plain_table
from pilotage.report.steps import Kind, step_kind, step_object
from pilotage.report.verdict import differences_table, not_checked, verdict_line

_GROUPS_SHOWN = 16
_DIFFERENCES_SHOWN = 10
_HAZARDS_SHOWN = 8
_LARGEST = 4
_NOTE = "A time runs from the first start to the last end; groups and kinds overlap."


class _Work(msgspec.Struct, frozen=True):
    """Steps that belong together and what came of them, in the plan's order."""

    done: tuple[tuple[Step, StepResult], ...]

    @property
    def rows(self) -> int:
        return sum(result.rows for _, result in self.done)

    @property
    def bytes(self) -> int:
        return sum(result.bytes for _, result in self.done)

    @property
    def seconds(self) -> float:
        """From the first start to the last end."""
        if not self.done:
            return 0.0
        first = min(result.started for _, result in self.done)
        return max(result.started + result.seconds for _, result in self.done) - first


def migration_screen(
    result: RunResult, verdict: Verdict | None = None, *, artifacts: Sequence[PurePath | str] = ()
) -> RenderableType:
    """Return what a run did, as one screen.

    Args:
        result: the complete run.
        verdict: what verification found afterwards; None where it did not run, and the screen says so.
        artifacts: the paths that were written, as they are to be shown.
    """
    parts: list[RenderableType] = [_title(result, verdict), Text(), _groups(result), Text(), _around(result)]
    hazards = [hazard for hazard in result.plan.all_hazards if hazard.kind in _LASTING]
    if hazards:
        parts += [Text(), heading("To know"), hazard_list(hazards, limit=_HAZARDS_SHOWN)]
    parts += [Text(), *_verdict(verdict)]
    if artifacts:
        parts += [Text(), heading("Artifacts")]
        parts += [Text("  " + terminal_text(str(path)), overflow="fold") for path in artifacts]
    return Screen(*parts)


# What remains true of the target after the run; the other hazards were of the moment.
_LASTING = frozenset({HazardKind.NOT_MIGRATED, HazardKind.UNVALIDATED, HazardKind.LEFT_DISABLED})


def _title(result: RunResult, verdict: Verdict | None) -> RenderableType:
    source = result.plan.source
    way = f"PostgreSQL {terminal_text(source.version)}"
    if verdict is not None:
        way += f" to {terminal_text(verdict.target.server.version)}"
    title = Text("Migrated ").append(visible_identifier(source.database), style="bold")
    title.append(f", {way}, in {duration(result.seconds)}")
    if result.attempt > 1:
        title.append(f" of run {result.attempt}, which went on where the one before ended")
    copied = _Work(tuple(pair for pair in _done(result) if isinstance(pair[0], LoadTable)))
    moved = (
        f"{counted(len(copied.done), 'table')}, {counted(copied.rows, 'row')} and {size(copied.bytes)} copied"
    )
    if result.attempt == 1:
        moved += (
            f" in {duration(copied.seconds)} over {counted(result.jobs, 'connection')}:"
            f" {rate(copied.rows, copied.seconds, 'rows')}, {size_rate(copied.bytes, copied.seconds)}"
        )
    if result.again:
        tables = ", ".join(str(each.table) for each in result.again[:_LARGEST])
        more = f" and {len(result.again) - _LARGEST} more" if len(result.again) > _LARGEST else ""
        moved += terminal_text(
            f"; {counted(len(result.again), 'table')} copied again, since the source may have changed there "
            f"since an earlier run: {tables}{more}"
        )
    large_objects = [step for step, _ in _done(result) if isinstance(step, LoadLargeObjects)]
    if not large_objects:
        return Screen(title, Text(moved))
    work = _Work(tuple(pair for pair in _done(result) if isinstance(pair[0], LoadLargeObjects)))
    number = sum(step.number for step in large_objects)
    contents = f"{size(work.bytes)} of contents in {duration(work.seconds)}"
    besides = f"{counted(number, 'large object')} and {contents}"
    return Screen(title, Text(moved), Text(besides))


def _groups(result: RunResult) -> Table:
    loads: dict[QualifiedName, tuple[Step, StepResult]] = {}
    for step, done in _done(result):
        if isinstance(step, LoadTable):
            loads[step.table] = (step, done)
    short = short_names(loads)
    table = plain_table("group", "depth>", "tables>", "rows>", "copied>", "time>", "largest tables")
    groups = result.plan.groups
    shown = groups if len(groups) <= _GROUPS_SHOWN else groups[: _GROUPS_SHOWN - 1]
    for group in shown:
        _add_group(table, terminal_text(group.name), (group,), loads, short)
    rest = groups[len(shown) :]
    if rest:
        _add_group(table, f"{counted(len(rest), 'more group')}", rest, loads, short)
    table.add_section()
    work = _Work(tuple(loads.values()))
    depths = [depth for group in groups for depth in group.depth] or [0]
    table.add_row(
        "all groups",
        span(min(depths), max(depths)),
        count(len(loads)),
        count(work.rows),
        size(work.bytes),
        duration(work.seconds),
        "",
        style="bold",
    )
    return table


def _add_group(
    table: Table,
    title: str,
    groups: Sequence[Group],
    loads: Mapping[QualifiedName, tuple[Step, StepResult]],
    short: Mapping[QualifiedName, str],
) -> None:
    names = [name for group in groups for name in group.tables]
    done = {name: loads[name] for name in names if name in loads}
    work = _Work(tuple(done.values()))
    largest = sorted(done, key=lambda name: (-done[name][1].bytes, -done[name][1].rows, name))[:_LARGEST]
    filled = [f"{short[name]} {count(done[name][1].rows)}" for name in largest if done[name][1].rows]
    table.add_row(
        Text(title),
        span(min(group.depth[0] for group in groups), max(group.depth[1] for group in groups)),
        count(len(names)),
        count(work.rows),
        size(work.bytes),
        duration(work.seconds),
        FittingList(filled, besides=len(names) - len(filled)) if filled else Text("no rows", style="dim"),
    )


def _around(result: RunResult) -> RenderableType:
    """Everything that is not rows, by kind, in the plan's order."""
    kinds: dict[Kind, list[tuple[Step, StepResult]]] = {}
    for step, done in _done(result):
        if not isinstance(step, LoadTable):
            kinds.setdefault(step_kind(step), []).append((step, done))
    table = plain_table("besides the rows", "done>", "time>", "the longest")
    for kind, done_of_kind in kinds.items():
        step, longest = max(done_of_kind, key=lambda pair: pair[1].seconds)
        work = _Work(tuple(done_of_kind))
        table.add_row(
            Text(kind.many),
            count(len(work.done)),
            duration(work.seconds),
            Text(
                f"{duration(longest.seconds)} {step_object(step)}",
                style="dim",
                no_wrap=True,
                overflow="ellipsis",
            ),
        )
    taken = result.statistics_taken
    if taken:
        others = sum(isinstance(step, AnalyzeTable) for step in result.plan.steps) - taken
        # Nobody remembers what earlier runs did.
        besides = " by this run" if result.attempt > 1 else f"; of {count(others)} gathered" if others else ""
        statistics = f"Statistics of {counted(taken, 'table')} were taken over from the source{besides}."
        return Screen(table, Text(statistics, style="dim"), Text(_NOTE, style="dim"))
    return Screen(table, Text(_NOTE, style="dim"))


def _verdict(verdict: Verdict | None) -> list[RenderableType]:
    if verdict is None:
        return [Text("Verdict: none. Source and target were not compared; pilotage verify does that.")]
    parts: list[RenderableType] = [verdict_line(verdict)]
    parts += [
        Text(f"  incomplete: {terminal_text(check.title)}")
        for check in verdict.checks
        if check.outcome is Outcome.INCOMPLETE
    ]
    if verdict.differences:
        parts.append(differences_table(verdict.differences, limit=_DIFFERENCES_SHOWN))
    if verdict.not_checked:
        parts += [Text("Not checked:"), not_checked(verdict)]
    return parts


def _done(result: RunResult) -> list[tuple[Step, StepResult]]:
    results = {done.step: done for done in result.steps}
    return [(step, results[step.id]) for step in result.plan.steps if step.id in results]
