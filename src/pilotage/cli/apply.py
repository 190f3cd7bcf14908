"""``pilotage apply``: runs the SQL files of a folder on a target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pilotage.apply import ApplyResult, apply_files, read_folder
from pilotage.cli.source_guard import refuse_source
from pilotage.cli.surroundings import (
    connection_to,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
)
from pilotage.model.choices import Allowable
from pilotage.report.apply import ApplyProgress, apply_screen


def apply_command(
    folder: Path,
    target: str,
    *,
    allowed: Sequence[Allowable] | None,
    allowed_edits: Sequence[str] | None,
    keep_journal: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run what is not on the target yet, with progress on standard error, and print what was done."""
    parameters = connection_to(target)
    run(refuse_source(folder, parameters))
    # What would run is the result of a dry run; it is not shown twice.
    with ApplyProgress(progress_console(), quiet=quiet or dry_run) as progress:
        result: ApplyResult = run(
            apply_files(
                read_folder(folder),
                parameters,
                installations=installations(),
                on_event=progress,
                allowed=allowed or (),
                allowed_edits=allowed_edits or (),
                keep_journal=keep_journal,
                dry_run=dry_run,
            ),
            left_behind="what is committed is recorded there; to continue, run the same command again",
        )
    if as_json:
        print_json(msgspec.json.format(msgspec.json.encode(result), indent=2))
    else:
        output_console().print(apply_screen(result))
