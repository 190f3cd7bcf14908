"""``pilotage generate``: the SQL files of a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pilotage.apply.folder import SQL
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.plan import SOURCE_FILE
from pilotage.cli.surroundings import (
    connection_to,
    ensure_writable,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
    write_artifacts,
)
from pilotage.connection import ConnectionParameters
from pilotage.errors import UsageError
from pilotage.files.generate import GenerationEvent, generate
from pilotage.files.manifest import Manifest, encode_manifest
from pilotage.inspect import hold_inspection
from pilotage.model.plan import Plan
from pilotage.plan import decode_plan, order_tables
from pilotage.plan.refresh import with_current_figures
from pilotage.prepare import read_shapes_for
from pilotage.report.figures import counted, size
from pilotage.report.generation import GenerationDisplay
from pilotage.report.migration_order import migration_order


def generate_command(
    folder: Path,
    source: str | None,
    *,
    replace: bool,
    lock_wait_timeout: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the plan's SQL files with the source's rows of now, and the document with their figures."""
    plan = _read_plan(folder)
    dsn = source if source is not None else _remembered_source(folder)
    parameters = telling_of_waits(connection_to(dsn), lock_wait_timeout)
    ensure_writable(folder)
    with GenerationDisplay(progress_console(), quiet=quiet) as display:
        manifest, document = run(_generate(plan, parameters, folder / SQL, replace, display))
    write_artifacts(folder / SQL, {SOURCE_FILE: f"{parameters.redacted_uri()}\n".encode()})
    (written,) = write_artifacts(folder, {"MIGRATION_ORDER.md": document.encode()})
    if as_json:
        print_json(encode_manifest(manifest))
        return
    rows = sum(file.rows for file in manifest.migration)
    total = sum(file.bytes for file in manifest.migration)
    console = output_console()
    console.print(
        f"wrote {counted(len(manifest.migration), 'file')} with {counted(rows, 'row')} ({size(total)}), and "
        f"{counted(len(manifest.rollback), 'rollback file')}, into {folder / 'sql'}",
        markup=False,
    )
    console.print(f"wrote {written}", markup=False)
    console.print(f"Read {written}, then run: pilotage apply {folder} TARGET", markup=False)


def _read_plan(folder: Path) -> Plan:
    path = folder / "plan.json"
    try:
        return decode_plan(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror or error}; "
            f"make the plan with `pilotage plan SOURCE -o {folder}`"
        ) from error


def _remembered_source(folder: Path) -> str:
    path = folder / SOURCE_FILE
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}; name the source with --source DSN") from error


async def _generate(
    plan: Plan,
    source: ConnectionParameters,
    folder: Path,
    replace: bool,
    on_event: Callable[[GenerationEvent], None],
) -> tuple[Manifest, str]:
    async with hold_inspection(source, plan.asked_scope, installations()) as inspection:
        catalog = inspection.catalog
        manifest = await generate(
            plan,
            catalog=catalog,
            archive=inspection.archive,
            session=inspection.session,
            folder=folder,
            replace=replace,
            on_event=on_event,
        )
        shapes = await read_shapes_for(plan, catalog, inspection.session)
    document = migration_order(
        with_current_figures(plan, catalog),
        catalog,
        order_tables(catalog),
        written=manifest.figures(),
        shapes=shapes,
    )
    return manifest, document
