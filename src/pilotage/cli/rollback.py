"""``pilotage rollback``: takes back what the SQL files of a folder have brought to a target."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pilotage.apply import RollbackResult, read_folder, roll_back
from pilotage.cli.source_guard import refuse_source
from pilotage.cli.surroundings import (
    connection_to,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
)
from pilotage.errors import RefusedError
from pilotage.report.apply import ApplyProgress, rollback_screen


def rollback_command(
    target: str,
    *,
    folder: Path,
    data_only: bool,
    allowed_edits: Sequence[str] | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what would go, have it confirmed, take it back, and print what was done."""
    parameters = connection_to(target)
    with_folder = functools.partial(
        roll_back,
        read_folder(folder),
        parameters,
        installations=installations(),
        data_only=data_only,
        allowed_edits=allowed_edits or (),
    )
    run(refuse_source(folder, parameters))
    result = run(with_folder(on_event=lambda _event: None, dry_run=True))
    if (result.files or result.journal) and not dry_run:
        if result.files and not yes:
            _confirm(result)
        with ApplyProgress(progress_console(), quiet=quiet) as progress:
            result = run(
                with_folder(on_event=progress, shown=[file.name for file in result.files]),
                left_behind="what is taken back is recorded; to continue, run the same command again",
            )
    if as_json:
        print_json(msgspec.json.format(msgspec.json.encode(result), indent=2))
    else:
        output_console().print(rollback_screen(result))


def _confirm(result: RollbackResult) -> None:
    """Show what would go, and ask whether it may.

    Raises:
        RefusedError: it may not, or there is nobody to ask.
    """
    progress_console().print(rollback_screen(result))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise RefusedError("nobody is there to confirm that this may go, so nothing was changed; add --yes")
    sys.stderr.write("\nType yes to take all of this back: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise RefusedError("not confirmed; nothing was changed")
