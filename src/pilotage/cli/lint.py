"""``pilotage lint``: what slows or exposes a database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pilotage.cli.configuration import read_configuration_at
from pilotage.cli.lock_waits import telling_of_waits
from pilotage.cli.surroundings import (
    connection_to,
    ensure_writable,
    output_console,
    print_json,
    run,
    scope_of,
    write_artifacts,
)
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import UsageError
from pilotage.lint import chosen_rules, ensure_rules_exist, lint_database
from pilotage.lint.measuring import measure_fixes
from pilotage.lint.proving import prove_fixes, without_proof
from pilotage.lint.rule import Rule
from pilotage.model.choices import LintFormat, LintLevel
from pilotage.model.lint import FORMAT, Level, Linting
from pilotage.model.scope import Scope
from pilotage.model.visible import visible_text
from pilotage.report.lint import lint_text
from pilotage.report.lint_fixes import FIXES, REVERSE, lint_fixes
from pilotage.report.lint_sarif import lint_sarif


def lint_command(
    database: str,
    *,
    config: Path | None,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    only: Sequence[str] | None,
    without: Sequence[str] | None,
    level: LintLevel,
    baseline: Path | None,
    form: LintFormat,
    as_json: bool,
    fix: Path | None,
    proof: bool,
    measure: bool,
    lock_wait_timeout: float | None,
    exit_zero: bool,
) -> None:
    """Hold the database against the rules, print what they found, and exit with 1 where anything counts."""
    _ensure_usable(fix, proof=proof, measure=measure)
    if as_json and form is LintFormat.SARIF:
        raise UsageError("--json and --format sarif are two things to print; leave one of them out")
    configuration = read_configuration_at(config)
    ensure_rules_exist(configuration.rule_waivers)
    scope = scope_of(include, exclude) if include or exclude else configuration.scope
    least = Level(level.upper())
    rules = tuple(rule for rule in chosen_rules(only or (), without or ()) if rule.worst.rank <= least.rank)
    if not rules:
        raise UsageError(
            f"no rule is left: those that are asked for are below {level}; choose a lower --level"
        )
    before = read_baseline(baseline) if baseline is not None else None
    known = frozenset(finding.identity for finding in before.findings) if before is not None else frozenset()
    tried = proof and (fix is not None or measure)
    linting = run(
        _lint(
            connection_to(database),
            scope,
            rules,
            configuration,
            known,
            least,
            tried=tried,
            measure=measure,
            lock_wait_timeout=lock_wait_timeout,
        )
    )
    if not proof:
        linting = without_proof(linting)
    if before is not None and before.database != linting.database:
        sys.stderr.write(f"the baseline is of database {visible_text(before.database)}\n")
    # before anything is printed: whoever reads that may be gone
    written = write_artifacts(fix, lint_fixes(linting)) if fix is not None else None
    match LintFormat.JSON if as_json else form:
        case LintFormat.JSON:
            print_json(encode_linting(linting))
        case LintFormat.SARIF:
            print_json(lint_sarif(linting, rules))
        case LintFormat.TEXT:
            output_console().print(lint_text(linting))
    if written is not None:
        _tell_of_files(written, linting)
    if linting.counting and not exit_zero:
        raise SystemExit(1)


def _tell_of_files(written: Sequence[Path], linting: Linting) -> None:
    for path in written:
        sys.stderr.write(f"wrote {path}\n")
    if not written:
        sys.stderr.write("nothing is written: no finding that counts can be mended by SQL\n")
    suggested = sum(each.fix is not None and not each.fix.applies for each in linting.fixable)
    if suggested:
        sys.stderr.write(f"{FIXES}: fixes that are not proved are comments, {suggested} of them\n")


def _ensure_usable(fix: Path | None, *, proof: bool, measure: bool) -> None:
    """Refuse what contradicts itself, before anything is asked.

    Raises:
        UsageError: with what to do instead.
    """
    if measure and not proof:
        raise UsageError("--measure tries fixes, and --no-proof tries nothing; leave one of them out")
    if fix is not None:
        _ensure_free(fix)
    elif not proof:
        raise UsageError(
            "--no-proof is about the fixes that --fix DIR writes; name such a folder, or leave it"
        )


def _ensure_free(folder: Path) -> None:
    """Refuse to write over what is there.

    Raises:
        UsageError: a file of ours is there already, or the folder cannot be written.
    """
    for name in (FIXES, REVERSE):
        if (folder / name).exists():
            raise UsageError(f"{folder / name} is there already; name another folder, or remove it")
    ensure_writable(folder)


async def _lint(
    database: ConnectionParameters,
    scope: Scope,
    rules: Sequence[Rule],
    configuration: Configuration,
    known: frozenset[tuple[str, str, str, str]],
    least: Level,
    *,
    tried: bool,
    measure: bool,
    lock_wait_timeout: float | None,
) -> Linting:
    # what tries and measures has limits of its own
    async with connect(telling_of_waits(database, lock_wait_timeout)) as session:
        linting = await lint_database(
            session, scope, rules, waivers=configuration.rule_waivers, baseline=known, least=least
        )
    if tried:
        linting = await prove_fixes(database, linting, configuration.identities, combining=True)
    return await measure_fixes(database, linting, configuration.identities) if measure else linting


def read_baseline(path: Path) -> Linting:
    """Return what is in a file that ``pilotage lint --json`` has written.

    Raises:
        UsageError: it cannot be read, or is no such file.
    """
    try:
        linting = msgspec.json.decode(path.read_bytes(), type=Linting)
    except OSError as error:
        raise UsageError(
            f"the baseline {path} cannot be read: {error.strerror}; write one with pilotage lint --json"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the baseline {path} is not what pilotage lint --json writes ({error}); write it anew"
        ) from error
    if linting.format != FORMAT:
        raise UsageError(
            f"the baseline {path} is of format {linting.format}, which is not read here; write it anew"
        )
    return linting


def encode_linting(linting: Linting) -> bytes:
    """Return what was found as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(linting, order="deterministic"), indent=2) + b"\n"
