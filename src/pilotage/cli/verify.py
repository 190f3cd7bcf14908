"""``pilotage verify``: whether what arrived is what left."""

from __future__ import annotations

import dataclasses
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.migration_plan import effects_of, ensure_plan_is_of, read_plan
from pilotage.cli.surroundings import (
    connection_to,
    ensure_writable,
    output_console,
    print_json,
    progress_console,
    run,
    write_artifacts,
)
from pilotage.cli.verdict import encode_verdict, exit_with, verdict_artifacts
from pilotage.cli.verification import VerificationOptions, asked_by
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.identity import is_same_database
from pilotage.errors import RefusedError, UsageError
from pilotage.model.plan import Plan
from pilotage.model.run import Comparing
from pilotage.model.verdict import Asked, Verdict
from pilotage.repair import Repair, write_repair
from pilotage.report.lines import lines_of_progress
from pilotage.report.progress_lines import EVERY
from pilotage.report.progress_screen import comparing_line
from pilotage.report.repair import repair_lines
from pilotage.report.verdict import verdict_table
from pilotage.verify import verify
from pilotage.verify.drilldown import FoundRows
from pilotage.verify.situation import Situation


def verify_command(
    source: str,
    target: str,
    configuration: Configuration,
    *,
    options: VerificationOptions,
    plan: Path | None,
    output: Path | None,
    lock_wait_timeout: float | None,
    as_json: bool,
    quiet: bool = False,
) -> None:
    """Compare both ends, print the verdict, and exit with 1 where they differ."""
    asked = asked_by(options)
    planned = read_plan(plan) if plan is not None else None
    ensure_writable(output)
    if options.repair is not None:
        ensure_writable(options.repair.parent)
    repairs: list[Repair] = []
    refused: list[RefusedError] = []
    expected, found = (telling_of_waits(connection_to(dsn), lock_wait_timeout) for dsn in (source, target))
    verdict = run(
        _verify(
            expected,
            found,
            configuration,
            asked,
            planned,
            repairing=None
            if options.repair is None
            else _Repairing(options.repair, repairs.append, refused.append),
            quiet=quiet,
        )
    )
    written = write_artifacts(output, verdict_artifacts(verdict)) if output is not None else ()
    if as_json:
        print_json(encode_verdict(verdict))
        for line in _about(repairs):
            sys.stderr.write(f"{line}\n")
    else:
        console = output_console()
        console.print(verdict_table(verdict))
        for path in written:
            console.print(f"wrote {path}", markup=False)
        for line in _about(repairs):
            console.print(line, markup=False, soft_wrap=True)
    for error in refused:
        raise RefusedError(f"the verdict stands, but no repair was written: {error}") from error
    exit_with(verdict)


def _about(repairs: Sequence[Repair]) -> Iterator[str]:
    return itertools.chain.from_iterable(map(repair_lines, repairs))


@dataclasses.dataclass(frozen=True, slots=True)
class _Repairing:
    """Writes the repair while both ends are held; where that fails, the comparison goes on all the same."""

    path: Path
    take: Callable[[Repair], None]
    fail: Callable[[RefusedError], None]

    async def __call__(self, situation: Situation, found: Sequence[FoundRows]) -> None:
        if situation.source is None:
            return
        try:
            repair = await write_repair(
                self.path,
                situation.source,
                situation.target,
                found,
                source_catalog=situation.expected,
                target_catalog=situation.found,
                not_compared=situation.not_compared,
                role=situation.roles.role,
            )
        except RefusedError as error:
            self.fail(error)
        else:
            self.take(repair)


class _Telling:
    """Tells what is being compared; where lines stay, first of all that it is, and then now and again."""

    def __init__(self, tell: Callable[[str], None], *, every: float) -> None:
        self._tell = tell
        self._every = every
        self._last = time.monotonic()
        tell("comparing both ends")

    def __call__(self, event: Comparing) -> None:
        """Say it, where it is time to."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            self._tell(f"comparing {comparing_line(event)}")


async def _verify(
    source: ConnectionParameters,
    target: ConnectionParameters,
    configuration: Configuration,
    asked: Asked,
    plan: Plan | None,
    *,
    repairing: _Repairing | None,
    quiet: bool,
) -> Verdict:
    console = progress_console()
    with lines_of_progress(console, quiet=quiet) as tell:
        told = _Telling(tell, every=0.0 if console.is_terminal else EVERY)
        async with connect(source) as source_session, connect(target) as target_session:
            if await is_same_database(source_session, target_session):
                raise UsageError(
                    f"the target {target.describe()} is the source, and comparing it with itself proves "
                    "nothing; name the other database"
                )
            if plan is not None:
                await ensure_plan_is_of(source_session, plan)
            return await verify(
                source_session,
                target_session,
                configuration.scope,
                roles=configuration.roles,
                asked=asked,
                repair=repairing,
                expect=configuration.expect,
                assertions=configuration.assertions,
                identities=configuration.identities,
                effects=effects_of(plan) if plan is not None else (),
                on_event=told,
            )
