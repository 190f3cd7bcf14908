"""``pilotage plan``: what a migration would do, for review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pilotage.cli.configuration import FILE, source_of
from pilotage.cli.inspect import baseline_artifacts
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    ensure_writable,
    installations,
    output_console,
    print_json,
    print_text,
    run,
    write_artifacts,
)
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters
from pilotage.errors import PilotageError, UsageError
from pilotage.lint import RULES, chosen_rules, ensure_rules_exist
from pilotage.lint.rule import Rule
from pilotage.model.lint import Linting
from pilotage.plan import encode_plan, order_tables
from pilotage.prepare import (
    Prepared,
    lint_source,
    prepare_beside_lint,
    prepare_fixes,
    prepare_plan,
    prepare_suggestion,
)
from pilotage.report.graph_drawing import dependency_graph_svg
from pilotage.report.migration_order import migration_order
from pilotage.report.plan import plan_summary
from pilotage.report.plan_fixes import lint_missing, lint_summary

SOURCE_FILE = "source.dsn"
"""In a migration's folder: where its source is, without a password, for ``generate``."""

ALL = "all"
"""In the place of a rule's name: every rule that has found something which SQL can mend."""


def plan_command(
    source: str | None,
    configuration: Configuration,
    *,
    output: Path | None,
    suggest: bool,
    with_fixes: Sequence[str] | None,
    lint: bool,
    lock_wait_timeout: float | None,
    as_json: bool,
) -> None:
    """Plan a migration of the source and print, or write, the plan, or a configuration with its groups."""
    _ensure_fixes_fit(with_fixes, output, suggest=suggest, as_json=as_json)
    chosen = _rules_with_fixes(with_fixes) if with_fixes else ()
    if lint or chosen:
        ensure_rules_exist(configuration.rule_waivers)
    dsn = source_of(source, configuration)
    ensure_writable(output)
    if suggest:
        _suggest(dsn, configuration, output, lock_wait_timeout, as_json=as_json)
        return
    parameters = telling_of_waits(connection_to(dsn), lock_wait_timeout)
    prepared, linting = run(
        _prepare(
            parameters,
            configuration,
            chosen,
            every=lint and not as_json,
            named=tuple(with_fixes or ()),
        )
    )
    written: tuple[Path, ...] = ()
    if output is not None:
        written = write_artifacts(output, plan_artifacts(prepared, remembered_source(dsn)))
    if as_json:
        print_json(encode_plan(prepared.plan))
        return
    console = output_console()
    console.print(plan_summary(prepared.plan))
    if linting is not None:
        found = linting if isinstance(linting, Linting) else None
        console.print(lint_summary(found) if found is not None else lint_missing(str(linting)))
    for path in written:
        console.print(f"wrote {path}", markup=False)


def _ensure_fixes_fit(
    with_fixes: Sequence[str] | None, output: Path | None, *, suggest: bool, as_json: bool
) -> None:
    """Refuse fixes that would come to nothing.

    Raises:
        UsageError: with what to do instead.
    """
    if not with_fixes:
        return
    if suggest:
        raise UsageError("--suggest writes a pilotage.toml and no plan; leave out --with-fixes")
    if output is None and not as_json:
        raise UsageError(
            "--with-fixes takes fixes into the files of a plan, and tries those of policies on the source, "
            "which locks tables for a moment; name the plan's folder with -o DIR. What there is to mend is "
            "told without it"
        )


def _rules_with_fixes(names: Sequence[str]) -> tuple[Rule, ...]:
    """Return the rules whose fixes are wanted.

    Raises:
        UsageError: there is no rule of such a name.
    """
    named = chosen_rules([name for name in names if name != ALL], ())
    return RULES if ALL in names else named


async def _prepare(
    source: ConnectionParameters,
    configuration: Configuration,
    chosen: Sequence[Rule],
    *,
    every: bool,
    named: Sequence[str],
) -> tuple[Prepared, Linting | PilotageError | None]:
    """Hold the source against rules, and plan.

    Args:
        source: the database.
        configuration: of the plan.
        chosen: the rules whose fixes are wanted.
        every: whether all rules are asked, to tell what they find.
        named: the rules that somebody named, and ``all``.

    Returns:
        What was found, or why the rules could not be asked; None where nobody is told.
    """
    if not chosen:
        return await prepare_beside_lint(source, configuration, installations(), RULES if every else ())
    linting = await lint_source(source, configuration, RULES if every else chosen)
    names = {rule.name for rule in chosen}
    # Of rules that nobody has named, what has no SQL is told with all else that was found.
    names &= {*named, *(finding.name for finding in linting.fixable)}
    fixes = await prepare_fixes(source, configuration, linting, names)
    prepared = await prepare_plan(source, configuration, installations(), fixes)
    return prepared, linting if every else None


def _suggest(
    dsn: str,
    configuration: Configuration,
    output: Path | None,
    lock_wait_timeout: float | None,
    *,
    as_json: bool,
) -> None:
    """Print, or write, a pilotage.toml with inferred groups and why each table is in its own."""
    if as_json:
        raise UsageError("--suggest prints a pilotage.toml, which is TOML; leave out --json")
    if output is not None and (output / FILE).exists():
        raise UsageError(
            f"{output / FILE} is there already, and may be edited by hand; name another folder with -o"
        )
    parameters = telling_of_waits(connection_to(dsn), lock_wait_timeout)
    text = run(prepare_suggestion(parameters, configuration, installations()))
    if output is None:
        print_text(text)
        return
    for path in write_artifacts(output, {FILE.name: text.encode()}):
        output_console().print(f"wrote {path}", markup=False)


def remembered_source(dsn: str) -> str:
    """Return the DSN as it may be written down: its variable's name, or what it means without password."""
    return dsn if dsn.startswith("env:") else connection_to(dsn).redacted_uri()


def plan_artifacts(prepared: Prepared, source: str) -> dict[str, bytes]:
    """Return the files that a plan is reviewed in, by name."""
    catalog, plan = prepared.inspection.catalog, prepared.plan
    order = order_tables(catalog)
    return {
        "plan.json": encode_plan(plan),
        "MIGRATION_ORDER.md": migration_order(plan, catalog, order, shapes=prepared.shapes).encode(),
        "dependency_graph.svg": dependency_graph_svg(catalog, order, plan.groups).encode(),
        SOURCE_FILE: f"{source}\n".encode(),
        **baseline_artifacts(catalog),
    }
