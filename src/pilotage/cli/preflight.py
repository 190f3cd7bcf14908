"""``pilotage preflight``: everything that would stop a migration, before one is begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from pilotage.cli.surroundings import (
    connection_to,
    default_jobs,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
    scope_of,
)
from pilotage.connection import ConnectionParameters
from pilotage.errors import RefusedError
from pilotage.model.preflight import Preflight
from pilotage.model.scope import Scope
from pilotage.preflight import hold_examination
from pilotage.report.lines import lines_of_progress
from pilotage.report.preflight import preflight_screen


def preflight_command(
    source: str,
    target: str,
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    jobs: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Look at both ends, print what was found, and exit with 3 where a migration would be refused."""
    with lines_of_progress(progress_console(), quiet=quiet) as tell:
        found = run(
            _preflight(
                connection_to(source),
                connection_to(target),
                scope_of(include, exclude),
                jobs=jobs or default_jobs(),
                tell=tell,
            )
        )
    if as_json:
        print_json(encode_preflight(found))
    else:
        output_console().print(preflight_screen(found))
    if found.stops:
        raise SystemExit(RefusedError.exit_code)


async def _preflight(
    source: ConnectionParameters,
    target: ConnectionParameters,
    scope: Scope,
    *,
    jobs: int,
    tell: Callable[[str], None],
) -> Preflight:
    async with hold_examination(
        source, target, scope=scope, installations=installations(), jobs=jobs, tell=tell
    ) as examination:
        return examination.preflight


def encode_preflight(preflight: Preflight) -> bytes:
    """Return what was found as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(preflight, order="deterministic"), indent=2) + b"\n"
