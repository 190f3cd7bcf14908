"""``pilotage inspect``: what the source is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pilotage.catalog import encode_catalog
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    installations,
    output_console,
    print_json,
    run,
    scope_of,
    write_artifacts,
)
from pilotage.connection import ConnectionParameters
from pilotage.inspect import Inspection, hold_inspection
from pilotage.model.catalog import Catalog
from pilotage.model.scope import Scope
from pilotage.plan import order_tables
from pilotage.report.baseline import baseline_markdown
from pilotage.report.foreign_keys import foreign_keys_json
from pilotage.report.summary import inspect_summary
from pilotage.report.tree import dependency_tree


def inspect_command(
    source: str,
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    output: Path | None,
    lock_wait_timeout: float | None,
    as_json: bool,
) -> None:
    """Read the source and print, or write, what it is."""
    parameters = telling_of_waits(connection_to(source), lock_wait_timeout)
    inspection = run(inspect_source(parameters, scope_of(include, exclude)))
    written = write_artifacts(output, baseline_artifacts(inspection.catalog)) if output is not None else ()
    if as_json:
        print_json(encode_catalog(inspection.catalog))
        return
    console = output_console()
    console.print(inspect_summary(inspection.catalog, order_tables(inspection.catalog)))
    for path in written:
        console.print(f"wrote {path}", markup=False)


async def inspect_source(source: ConnectionParameters, scope: Scope) -> Inspection:
    """Read the source and let go of its snapshot."""
    async with hold_inspection(source, scope, installations()) as inspection:
        return inspection


def baseline_artifacts(catalog: Catalog) -> dict[str, bytes]:
    """Return the files that say what a source was, by name."""
    order = order_tables(catalog)
    return {
        "baseline.json": encode_catalog(catalog),
        "baseline.md": baseline_markdown(catalog, order).encode(),
        "foreign_keys.json": foreign_keys_json(catalog, order),
        "dependency_tree.txt": dependency_tree(catalog, order).encode(),
    }
