"""SQL files of a database, generated and run by psql; consumed by acceptance tests."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import join_snapshot
from pilotage.files.generate import GenerationEvent, generate
from pilotage.files.manifest import MANIFEST, Manifest, decode_manifest
from pilotage.inspect import Inspection, hold_inspection
from pilotage.model.plan import Plan
from pilotage.plan import make_plan
from pilotage.prepare import prepare_in
from pilotage.programs import find_installations
from tests.servers_at_hand import newest


async def write_files(
    source: ConnectionParameters,
    folder: Path,
    configuration: Configuration | None = None,
    *,
    plan: Plan | None = None,
    replace: bool = False,
    events: list[GenerationEvent] | None = None,
) -> Manifest:
    """Plan, unless there is a plan already, and generate."""
    configuration = configuration or Configuration()
    async with hold_inspection(source, configuration.scope, find_installations()) as inspection:
        plan = plan or (await prepare_in(inspection, configuration)).plan
        async with connect(source) as session, join_snapshot(session, inspection.snapshot):
            return await generate(
                plan,
                catalog=inspection.catalog,
                archive=inspection.archive,
                session=session,
                folder=folder,
                replace=replace,
                on_event=(events if events is not None else []).append,
            )


async def plan_of(source: ConnectionParameters, configuration: Configuration) -> tuple[Plan, Inspection]:
    """Plan alone."""
    async with hold_inspection(source, configuration.scope, find_installations()) as inspection:
        return make_plan(inspection.catalog, inspection.archive, configuration), inspection


def forward_files(folder: Path) -> list[Path]:
    """The files that migrate, in the order in which they run."""
    return [folder / file.name for file in _manifest(folder).migration]


def rollback_files(folder: Path) -> list[Path]:
    """The files that undo them, in the order in which they run."""
    return [folder / file.name for file in _manifest(folder).rollback]


def _manifest(folder: Path) -> Manifest:
    return decode_manifest((folder / MANIFEST).read_bytes())


class PsqlFailedError(AssertionError):
    """A file did not run to its end; the message is what psql said."""


def run_files(
    target: ConnectionParameters, files: Sequence[Path], *, cwd: Path | None = None, apart: bool = True
) -> str:
    """Run files with psql, as its own manual has it, and return what it said on standard error.

    Args:
        target: the database.
        files: in the order in which they run.
        cwd: the folder in which psql stands.
        apart: whether every file runs in a psql of its own; otherwise one psql connects anew for each, which
            takes less time.
    """
    runs = [[file] for file in files] if apart else [list(files)]
    return "".join(_run(target, run, cwd) for run in runs if run)


def _run(target: ConnectionParameters, files: Sequence[Path], cwd: Path | None) -> str:
    options = [option for file in files for option in ("-c", "\\connect", "-f", str(file))]
    finished = subprocess.run(
        [newest("psql").path, "-X", "-q", "-v", "ON_ERROR_STOP=1", *options],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **target.libpq_environment()},
        cwd=cwd,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    said = finished.stderr.decode()
    if finished.returncode != 0:
        raise PsqlFailedError(f"{finished.stdout.decode()}{said}")
    return said


def refusal(target: ConnectionParameters, file: Path) -> str:
    """Run a file that must fail, and return what psql printed."""
    with pytest.raises(PsqlFailedError) as caught:
        run_files(target, [file])
    return str(caught.value)
