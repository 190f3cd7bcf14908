"""``pilotage preflight``: everything that would stop a migration, before one is begun."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import msgspec

from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    default_jobs,
    installations,
    output_console,
    print_json,
    progress_console,
    run,
)
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.errors import RefusedError
from pilotage.model.choices import Allowable
from pilotage.model.preflight import Preflight
from pilotage.model.settings import GivenSettings
from pilotage.preflight import hold_examination, plan_as_read
from pilotage.report.lines import lines_of_progress
from pilotage.report.preflight import preflight_screen


def preflight_command(
    source: str,
    target: str,
    configuration: Configuration,
    *,
    looks_for_orphans: bool,
    jobs: int | None,
    index_jobs: int | None,
    given: GivenSettings,
    lock_wait_timeout: float | None,
    allowed: Sequence[Allowable] | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Look at both ends, print what was found, and exit with 3 where a migration would be refused."""
    with lines_of_progress(progress_console(), quiet=quiet) as tell:
        found = run(
            _preflight(
                telling_of_waits(connection_to(source), lock_wait_timeout),
                connection_to(target),
                configuration,
                looks_for_orphans=looks_for_orphans,
                jobs=jobs or default_jobs(),
                index_jobs=index_jobs or default_jobs(),
                given=given,
                allowed=allowed or (),
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
    configuration: Configuration,
    *,
    looks_for_orphans: bool,
    jobs: int,
    index_jobs: int,
    given: GivenSettings,
    allowed: Sequence[Allowable],
    tell: Callable[[str], None],
) -> Preflight:
    async with hold_examination(
        source,
        target,
        scope=configuration.scope,
        installations=installations(),
        jobs=jobs,
        index_jobs=index_jobs,
        given=given,
        tell=tell,
        make=functools.partial(plan_as_read, roles=configuration.roles),
        orphans=configuration.orphans if looks_for_orphans else None,
        allowed=allowed,
    ) as examination:
        return examination.preflight


def encode_preflight(preflight: Preflight) -> bytes:
    """Return what was found as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(preflight, order="deterministic"), indent=2) + b"\n"
