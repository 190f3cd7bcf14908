"""``pilotage plan``: what a migration would do, for review."""

from __future__ import annotations

from pathlib import Path

from pilotage.cli.configuration import FILE, source_of
from pilotage.cli.inspect import baseline_artifacts
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    ensure_writable,
    installations,
    output_console,
    print_json,
    print_text,
    run,
    write_artifacts,
)
from pilotage.config.records import Configuration
from pilotage.errors import UsageError
from pilotage.plan import encode_plan, order_tables
from pilotage.prepare import Prepared, prepare_plan, prepare_suggestion
from pilotage.report.graph_drawing import dependency_graph_svg
from pilotage.report.migration_order import migration_order
from pilotage.report.plan import plan_summary

SOURCE_FILE = "source.dsn"
"""In a migration's folder: where its source is, without a password, for ``generate``."""


def plan_command(
    source: str | None,
    configuration: Configuration,
    *,
    output: Path | None,
    suggest: bool,
    lock_wait_timeout: float | None,
    as_json: bool,
) -> None:
    """Plan a migration of the source and print, or write, the plan, or a configuration with its groups."""
    dsn = source_of(source, configuration)
    ensure_writable(output)
    if suggest:
        _suggest(dsn, configuration, output, lock_wait_timeout, as_json=as_json)
        return
    parameters = telling_of_waits(connection_to(dsn), lock_wait_timeout)
    prepared = run(prepare_plan(parameters, configuration, installations()))
    written: tuple[Path, ...] = ()
    if output is not None:
        written = write_artifacts(output, plan_artifacts(prepared, remembered_source(dsn)))
    if as_json:
        print_json(encode_plan(prepared.plan))
        return
    console = output_console()
    console.print(plan_summary(prepared.plan))
    for path in written:
        console.print(f"wrote {path}", markup=False)


def _suggest(
    dsn: str,
    configuration: Configuration,
    output: Path | None,
    lock_wait_timeout: float | None,
    *,
    as_json: bool,
) -> None:
    """Print, or write, a pilotage.toml with inferred groups and why each table is in its own."""
    if as_json:
        raise UsageError("--suggest prints a pilotage.toml, which is TOML; leave out --json")
    if output is not None and (output / FILE).exists():
        raise UsageError(
            f"{output / FILE} is there already, and may be edited by hand; name another folder with -o"
        )
    parameters = telling_of_waits(connection_to(dsn), lock_wait_timeout)
    text = run(prepare_suggestion(parameters, configuration, installations()))
    if output is None:
        print_text(text)
        return
    for path in write_artifacts(output, {FILE.name: text.encode()}):
        output_console().print(f"wrote {path}", markup=False)


def remembered_source(dsn: str) -> str:
    """Return the DSN as it may be written down: its variable's name, or what it means without password."""
    return dsn if dsn.startswith("env:") else connection_to(dsn).redacted_uri()


def plan_artifacts(prepared: Prepared, source: str) -> dict[str, bytes]:
    """Return the files that a plan is reviewed in, by name."""
    catalog, plan = prepared.inspection.catalog, prepared.plan
    order = order_tables(catalog)
    return {
        "plan.json": encode_plan(plan),
        "MIGRATION_ORDER.md": migration_order(plan, catalog, order, shapes=prepared.shapes).encode(),
        "dependency_graph.svg": dependency_graph_svg(catalog, order, plan.groups).encode(),
        SOURCE_FILE: f"{source}\n".encode(),
        **baseline_artifacts(catalog),
    }
