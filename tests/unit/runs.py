"""Plans, runs and verdicts made from a catalog; consumed by the tests of the reports."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from pilotage.graph import DependencyOrder
from pilotage.model.catalog import Catalog, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddForeignKey,
    AnalyzeTable,
    BuildIndex,
    CopyFormat,
    Cost,
    Group,
    Hazard,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
    Stage,
    Step,
)
from pilotage.model.review import LoadStrategy
from pilotage.model.run import RunResult, StepResult
from pilotage.model.verdict import Asked, Check, Difference, Outcome, Side, Verdict
from pilotage.plan.order import partition_root
from tests.catalogs import server

MEGABYTE = 1024 * 1024


def plan_of(catalog: Catalog, order: DependencyOrder[QualifiedName], hazards: Sequence[Hazard] = ()) -> Plan:
    """One wave a group, and a step of every kind."""
    number = count(1)

    def next_id() -> str:
        return f"step-{next(number)}"

    steps: list[Step] = [
        RunDdl(
            id=next_id(),
            group="",
            reason="",
            stage=Stage.STRUCTURE,
            kind="TABLE",
            object=str(table.name),
            sql="…",
        )
        for table in catalog.tables
    ]
    steps += [
        LoadTable(
            id=next_id(),
            group="",
            reason="",
            table=table.name,
            columns=("id",),
            strategy=LoadStrategy.PLAIN,
            format=CopyFormat.BINARY,
            format_reason="",
            cost=Cost(rows=table.rows or 0, bytes=table.bytes, weight=table.bytes),
        )
        for table in catalog.tables
    ]
    steps += [
        BuildIndex(
            id=next_id(),
            group="",
            reason="",
            index=index.name,
            table=index.table,
            method=index.method,
            sql="…",
            cost=Cost(weight=index.bytes),
        )
        for index in catalog.indexes
    ]
    steps += [
        AddForeignKey(
            id=next_id(),
            group="",
            reason="",
            constraint=key.name,
            table=key.table,
            referenced=key.referenced,
            sql="…",
        )
        for key in catalog.foreign_keys
    ]
    steps += [
        SetSequence(
            id=next_id(), group="", reason="", sequence=each.name, last_value=each.last_value, is_called=True
        )
        for each in catalog.sequences
    ]
    steps += [
        RunDdl(
            id=next_id(),
            group="",
            reason="",
            stage=Stage.FINISH,
            kind="POLICY",
            object=f"{each.table} {each.name}",
            sql="…",
        )
        for each in catalog.policies
    ]
    steps += [
        RefreshView(id=next_id(), group="", reason="", view=view.name, sql="…")
        for view in catalog.views
        if view.kind is ViewKind.MATERIALIZED
    ]
    steps += [AnalyzeTable(id=next_id(), group="", reason="", table=table.name) for table in catalog.tables]
    root = partition_root(catalog)
    waves = [[table for table in catalog.tables if root[table.name] in wave] for wave in order.waves]
    return Plan(
        pilotage="0.1.0",
        fingerprint="0123456789abcdef" * 4,
        source=catalog.server,
        scope=catalog.scope,
        preamble="",
        groups=tuple(
            Group(
                name=f"wave {depth}",
                title=f"Wave {depth}",
                tables=tuple(table.name for table in wave),
                depth=(depth, depth),
                rows=sum(table.rows or 0 for table in wave),
                bytes=sum(table.bytes for table in wave),
            )
            for depth, wave in enumerate(waves)
        ),
        steps=tuple(steps),
        edges=(),
        hazards=tuple(hazards),
    )


def run_of(plan: Plan) -> RunResult:
    """A run in which a step takes a millisecond and a second for every 64 MB, two steps side by side."""
    results: list[StepResult] = []
    began = 0.0
    for step in plan.steps:
        seconds = 0.001 + step.cost.bytes / (64 * MEGABYTE)
        moves = isinstance(step, LoadTable)
        results.append(
            StepResult(
                step=step.id,
                started=began,
                seconds=seconds,
                rows=step.cost.rows if moves else 0,
                bytes=step.cost.bytes * 3 // 4 if moves else 0,
            )
        )
        began += seconds / 2
    ended = max((result.started + result.seconds for result in results), default=0.0)
    return RunResult(
        plan=plan, snapshot="00000003-00000002-1", jobs=2, steps=tuple(results), seconds=ended + 0.5,
        statistics_taken=9,
    )  # fmt: skip


def check(
    name: str,
    title: str,
    compared: int,
    differences: Sequence[Difference] = (),
    outcome: Outcome | None = None,
) -> Check:
    return Check(
        name=name,
        title=title,
        method="counted on both sides",
        compared=compared,
        outcome=outcome or (Outcome.DIFFERENT if differences else Outcome.EQUAL),
        differences=tuple(differences),
        seconds=0.25,
    )


def verdict_of(*checks: Check, not_checked: tuple[str, ...] = ()) -> Verdict:
    outcomes = {each.outcome for each in checks}
    worst = next(each for each in (Outcome.DIFFERENT, Outcome.INCOMPLETE, Outcome.EQUAL) if each in outcomes)
    return Verdict(
        pilotage="0.1.0",
        outcome=worst,
        began="2026-05-04T03:02:01Z",
        ended="2026-05-04T03:02:09Z",
        source=Side(
            server=server(version="16.9", version_num=160009),
            snapshot="00000003-00000002-1",
            fingerprint=f"sha256:{'1a' * 32}",
        ),
        target=Side(
            server=server(version="18.1"),
            snapshot="00000007-00000009-1",
            fingerprint=f"sha256:{'2b' * 32}",
        ),
        scope=("public",),
        asked=Asked(),
        checks=checks,
        not_checked=not_checked,
    )
