"""``pilotage plan``: what a migration would do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pilotage.cli.inspect import baseline_artifacts, inspect_source
from pilotage.cli.surroundings import (
    connection_to,
    output_console,
    print_json,
    run,
    scope_of,
    write_artifacts,
)
from pilotage.plan import encode_plan, make_plan
from pilotage.report.plan import plan_summary


def plan_command(
    source: str,
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Plan a migration of the source and print, or write, the plan."""
    inspection = run(inspect_source(connection_to(source), scope_of(include, exclude)))
    plan = make_plan(inspection.catalog, inspection.archive)
    written: tuple[Path, ...] = ()
    if output is not None:
        written = write_artifacts(
            output, {"plan.json": encode_plan(plan), **baseline_artifacts(inspection.catalog)}
        )
    if as_json:
        print_json(encode_plan(plan))
        return
    console = output_console()
    console.print(plan_summary(plan))
    for path in written:
        console.print(f"wrote {path}", markup=False)
