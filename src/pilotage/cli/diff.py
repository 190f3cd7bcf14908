"""``pilotage diff``: in what two databases differ, fact by fact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pilotage.cli.configuration import read_configuration_at
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.migration_plan import effects_of, ensure_plan_is_of, read_plan
from pilotage.cli.surroundings import connection_to, output_console, print_json, run, scope_of
from pilotage.compare import compare_databases
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.model.facts import Comparison
from pilotage.model.plan import Plan
from pilotage.model.scope import Scope
from pilotage.report.comparison import comparison_text


def diff_command(
    source: str,
    target: str,
    *,
    config: Path | None,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    plan: Path | None,
    lock_wait_timeout: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare both databases, print every difference, and exit with 1 where one counts."""
    configuration = read_configuration_at(config)
    planned = read_plan(plan) if plan is not None else None
    scope = planned.asked_scope if planned is not None else configuration.scope
    if include or exclude:
        scope = scope_of(include, exclude)
    one, other = (telling_of_waits(connection_to(end), lock_wait_timeout) for end in (source, target))
    comparison = run(_compare(one, other, scope, configuration, planned))
    if as_json:
        print_json(encode_comparison(comparison))
    elif not quiet:
        output_console().print(comparison_text(comparison))
    if not comparison.equal:
        raise SystemExit(1)


async def _compare(
    source: ConnectionParameters,
    target: ConnectionParameters,
    scope: Scope,
    configuration: Configuration,
    plan: Plan | None,
) -> Comparison:
    effects = effects_of(plan) if plan is not None else ()
    async with connect(source) as source_session, connect(target) as target_session:
        if plan is not None:
            await ensure_plan_is_of(source_session, plan)
        return await compare_databases(source_session, target_session, scope, configuration.waivers, effects)


def encode_comparison(comparison: Comparison) -> bytes:
    """Return the comparison as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(comparison, order="deterministic"), indent=2) + b"\n"
