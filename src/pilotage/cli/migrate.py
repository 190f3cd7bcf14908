"""``pilotage migrate``: the main job."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    default_jobs,
    ensure_writable,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
    write_artifacts,
)
from pilotage.cli.verdict import exit_with, verdict_artifacts
from pilotage.cli.verification import asked_after_migration
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.execute import QUARANTINE, Limits
from pilotage.migrate import Migration, migrate
from pilotage.model.choices import Allowable, Verification
from pilotage.model.names import QualifiedName
from pilotage.model.preflight import Preflight
from pilotage.model.run import ChosenSetting, CopiedAgain, Event, RunResult, SettingsChosen, StepResult
from pilotage.model.settings import GivenSettings
from pilotage.model.verdict import Asked, Verdict
from pilotage.model.visible import visible_text
from pilotage.plan import encode_plan
from pilotage.report.event_lines import EventLines
from pilotage.report.migration import migration_screen
from pilotage.report.progress import ProgressDisplay


class LeftOutRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that stayed behind because of one foreign key.

    Attributes:
        table: in which they are; a partition, where the key is on its parent.
        key, of: the key's name and its table.
        follows: whether they break no key, but reference rows that are left out.
    """

    table: QualifiedName
    key: str
    of: QualifiedName
    follows: bool
    rows: int


class MigrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``migrate --json`` prints: the plan's fingerprint, settings, every step's figures, the verdict.

    The plan itself is in ``plan.json``.
    """

    fingerprint: str
    snapshot: str
    jobs: int
    index_jobs: int
    settings: tuple[ChosenSetting, ...]
    seconds: float
    rows: int
    bytes: int
    steps: tuple[StepResult, ...]
    attempt: int
    copied_again: tuple[CopiedAgain, ...]
    left_out: tuple[LeftOutRows, ...]
    statistics_taken: int
    verdict: Verdict | None


def migrate_command(
    source: str,
    target: str,
    configuration: Configuration,
    *,
    output: Path | None,
    jobs: int | None,
    index_jobs: int | None = None,
    given: GivenSettings | None = None,
    gather_statistics: bool = False,
    verification: Verification,
    looks_for_orphans: bool,
    lock_wait_timeout: float | None,
    allowed: Sequence[Allowable] | None,
    keep_journal: bool = False,
    as_json: bool,
    quiet: bool,
) -> None:
    """Migrate, print what happened, and exit with 1 where the verdict is not "equal"."""
    ensure_writable(output)
    chosen: list[SettingsChosen] = []
    migration = migrate_with_progress(
        telling_of_waits(connection_to(source), lock_wait_timeout),
        connection_to(target),
        configuration=configuration,
        jobs=jobs,
        index_jobs=index_jobs,
        given=given,
        gather_statistics=gather_statistics,
        verification=asked_after_migration(verification, jobs),
        allowed=allowed or (),
        quiet=quiet,
        looks_for_orphans=looks_for_orphans,
        quarantine=output / QUARANTINE if output is not None else None,
        on_preflight=_say_nothing if quiet else _say_warnings,
        on_settings=chosen.append,
        keep_journal=keep_journal,
        as_json=as_json,
    )
    if as_json:
        print_json(msgspec.json.format(msgspec.json.encode(report_of(migration, chosen[-1])), indent=2))
    # What was done is shown even where it cannot be written.
    written: tuple[Path, ...] = ()
    try:
        if output is not None:
            written = write_artifacts(output, migration_artifacts(migration))
            if migration.orphans is not None and migration.orphans.left_out:
                written = (*written, output / QUARANTINE)
    finally:
        if not as_json:
            show(migration, written)
    exit_with(migration.verdict)


def migrate_with_progress(
    source: ConnectionParameters,
    target: ConnectionParameters,
    *,
    configuration: Configuration,
    jobs: int | None,
    index_jobs: int | None = None,
    given: GivenSettings | None = None,
    gather_statistics: bool = False,
    verification: Asked | None,
    quiet: bool,
    looks_for_orphans: bool = True,
    quarantine: Path | None = None,
    on_preflight: Callable[[Preflight], None] = lambda _found: None,
    on_settings: Callable[[SettingsChosen], None] = lambda _chosen: None,
    allowed: Sequence[Allowable] = (),
    keep_journal: bool = False,
    as_json: bool = False,
) -> Migration:
    """Migrate with progress on standard error.

    Args:
        looks_for_orphans: whether rows that break foreign keys are looked for first.
        quarantine: the file for those that are left out, in a folder that may have to be made.
        on_preflight: given what was found before, where nothing stops the migration.
        on_settings: given those of the run's sessions, once they are chosen.
        as_json: whether progress is for machines.
    """
    for_machines = EventLines(_write_event) if as_json and not quiet else None
    with ProgressDisplay(progress_console(), quiet=quiet or as_json) as progress:

        def on_event(event: Event) -> None:
            if isinstance(event, SettingsChosen):
                on_settings(event)
            progress(event)
            if for_machines is not None:
                for_machines(event)

        return run(
            migrate(
                source,
                target,
                scope=configuration.scope,
                installations=installations(),
                limits=Limits(jobs=jobs or default_jobs(), index_jobs=index_jobs or default_jobs()),
                settings=given,
                gather_statistics=gather_statistics,
                on_event=on_event,
                on_plan=progress.follow,
                verification=verification,
                expect=configuration.expect,
                assertions=configuration.assertions,
                identities=configuration.identities,
                on_preflight=on_preflight,
                roles=configuration.roles,
                orphans=configuration.orphans if looks_for_orphans else None,
                quarantine=quarantine,
                allowed=allowed,
                keep_journal=keep_journal,
            ),
            left_behind="stopped at once: what was at work is rolled back, all else is recorded on the "
            "target; the same command goes on with the rest, and `pilotage status` shows where it stands",
        )


def _write_event(line: bytes) -> None:
    """Write a whole line at once; where nobody reads it any more, the migration goes on."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.buffer.write(line)
        sys.stderr.flush()


def _say_nothing(_found: Preflight) -> None:
    """Leave it to `pilotage preflight` to say."""


def _say_warnings(found: Preflight) -> None:
    """Say on standard error what a person should know before it runs."""
    for warning in found.warnings:
        what = visible_text(f"{warning.end.value}, {warning.object}: {warning.found} [{warning.check}]")
        sys.stderr.write(f"pilotage: warning: {what}\n")


def show(migration: Migration, written: Sequence[Path]) -> None:
    """Print what a migration did, on one screen."""
    output_console().print(migration_screen(migration.result, migration.verdict, artifacts=written))


def migration_artifacts(migration: Migration) -> dict[str, bytes]:
    """Return the files that a migration leaves, by name."""
    # What a small migration without -o would load for nothing.
    from pilotage.cli.inspect import baseline_artifacts  # noqa: PLC0415

    return {
        "plan.json": encode_plan(migration.plan),
        **baseline_artifacts(migration.catalog),
        **(verdict_artifacts(migration.verdict) if migration.verdict is not None else {}),
    }


def report_of(migration: Migration, chosen: SettingsChosen) -> MigrationReport:
    """Return what a machine wants to know of a migration."""
    result: RunResult = migration.result
    return MigrationReport(
        fingerprint=migration.plan.fingerprint,
        snapshot=result.snapshot,
        jobs=result.jobs,
        index_jobs=chosen.index_jobs,
        settings=chosen.settings,
        seconds=result.seconds,
        rows=result.rows,
        bytes=result.bytes,
        steps=result.steps,
        attempt=result.attempt,
        copied_again=result.again,
        statistics_taken=result.statistics_taken,
        left_out=tuple(
            LeftOutRows(
                table=each.table, key=each.key, of=each.of, follows=each.follows, rows=len(each.places)
            )
            for each in (migration.orphans.left_out if migration.orphans is not None else ())
        ),
        verdict=migration.verdict,
    )
