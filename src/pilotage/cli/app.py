"""The commands, their options and their help; what they do is in the file named after each.

Exit codes, the same for every command: 0 done and equal, 1 done with differences, 2 usage or configuration,
3 refused before anything was changed, 4 failed after work had begun, 130 interrupted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pilotage import __version__
from pilotage.cli.options import (
    DSN_HELP,
    Allow,
    AllowEdited,
    Config,
    CreateRoles,
    DryRun,
    ExcludedSchemas,
    ExpectedFixes,
    FixesOfPlan,
    IndexJobs,
    Jobs,
    Json,
    LockWaitTimeout,
    MapRole,
    MaxRate,
    NoDatabaseSettings,
    NoDrillDown,
    NoOwner,
    NoPrivileges,
    NoTablespaces,
    OptionalSource,
    Orphans,
    Output,
    Quiet,
    ReadJobs,
    Repair,
    Sample,
    Schemas,
    SetSource,
    SetTarget,
    ShowValues,
    Skip,
    SkipOrphans,
    Source,
    Target,
    TargetRole,
    Verify,
    WithoutSuperuser,
    path_of,
)
from pilotage.cli.values import take_as_typed
from pilotage.errors import RunInterruptedError
from pilotage.model.choices import DataFormat, Layout, LintFormat, LintLevel, Verification


class Commands(TyperGroup):
    """The commands, of which each may be interrupted also where it has no work in hand: while it asks."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command whose plain values are taken as they were typed."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            take_as_typed(command.get_params(ctx))
        return command

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options that stand before a command, of which the same holds."""
        parameters = super().get_params(ctx)
        take_as_typed(parameters)
        return parameters

    def invoke(self, ctx: Any) -> Any:
        """Run a command; typer itself would exit with 1 after Ctrl-C, which is a verdict here."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise RunInterruptedError("interrupted") from error


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done and equal, 1 done with differences, 2 usage or configuration, 3 refused "
    "before anything was changed, 4 failed after work had begun, 130 interrupted.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pilotage {__version__}")
        raise typer.Exit


@app.callback()
def pilotage(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Move a PostgreSQL database in an order people can review, with proof at the end."""


@app.command()
def inspect(
    source: Source,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    output: Output = None,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
) -> None:
    """Read what the source is: tables, keys, their order and sizes. Changes nothing."""
    from pilotage.cli.inspect import inspect_command  # noqa: PLC0415

    inspect_command(
        source,
        include=schema,
        exclude=exclude_schema,
        output=output,
        lock_wait_timeout=lock_wait_timeout,
        as_json=json,
    )


@app.command()
def plan(
    source: OptionalSource = None,
    config: Config = None,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    layout: Annotated[
        Layout | None,
        typer.Option(
            "--layout", help="Constraints with their tables, or after the rows (for large databases)."
        ),
    ] = None,
    data_format: Annotated[
        DataFormat | None,
        typer.Option(
            "--format", help="Rows as COPY blocks, for psql, or as INSERT statements, for any program."
        ),
    ] = None,
    no_owner: NoOwner = False,
    no_privileges: NoPrivileges = False,
    role: TargetRole = None,
    map_role: MapRole = None,
    create_roles: CreateRoles = False,
    without_superuser: WithoutSuperuser = False,
    no_database_settings: NoDatabaseSettings = False,
    no_tablespaces: NoTablespaces = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Write a pilotage.toml with inferred groups instead.")
    ] = False,
    with_fixes: Annotated[
        list[str] | None,
        typer.Option(
            "--with-fixes",
            metavar="RULE",
            help="Take what mends findings of this rule of `lint`, or of all, into the files. Repeatable. "
            "Fixes of policies are tried on the source, which locks their tables for a moment.",
        ),
    ] = None,
    no_lint: Annotated[
        bool, typer.Option("--no-lint", help="Do not ask the rules of `lint` what they find at the source.")
    ] = False,
    output: Output = None,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
) -> None:
    """Say what a migration of the source would do, in groups and files for review. Changes nothing."""
    from pilotage.cli.configuration import configuration_of  # noqa: PLC0415
    from pilotage.cli.plan import plan_command  # noqa: PLC0415
    from pilotage.cli.roles import RoleOptions  # noqa: PLC0415

    plan_command(
        source,
        configuration_of(
            config,
            include=schema,
            exclude=exclude_schema,
            layout=layout,
            data_format=data_format,
            roles=RoleOptions(
                no_owner=no_owner,
                no_privileges=no_privileges,
                role=role,
                map_role=map_role,
                create_roles=create_roles,
                without_superuser=without_superuser,
                no_database_settings=no_database_settings,
                no_tablespaces=no_tablespaces,
            ),
        ),
        output=output,
        suggest=suggest,
        with_fixes=with_fixes,
        lint=not no_lint,
        lock_wait_timeout=lock_wait_timeout,
        as_json=json,
    )


@app.command()
def generate(
    folder: Annotated[
        Path,
        typer.Argument(
            parser=path_of, metavar="DIR", help="The folder of the plan, as `pilotage plan -o DIR` wrote it."
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="DSN", help="Where the source is now. Default: as when it was planned."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace SQL files that somebody else wrote or edited.")
    ] = False,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a plan's SQL files, with the source's rows of now, for psql or `pilotage apply`."""
    from pilotage.cli.generate import generate_command  # noqa: PLC0415

    generate_command(
        folder, source, replace=force, lock_wait_timeout=lock_wait_timeout, as_json=json, quiet=quiet
    )


@app.command()
def apply(
    folder: Annotated[
        Path,
        typer.Argument(
            parser=path_of, metavar="DIR", help="The folder that `pilotage generate` has written."
        ),
    ],
    target: Target,
    allow: Allow = None,
    allow_edited: AllowEdited = None,
    keep_journal: Annotated[
        bool,
        typer.Option("--keep-journal", help="Keep the record of what ran when all files have run."),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run generated SQL files on a target, each once, with a record of what is done."""
    from pilotage.cli.apply import apply_command  # noqa: PLC0415

    apply_command(
        folder,
        target,
        allowed=allow,
        allowed_edits=allow_edited,
        keep_journal=keep_journal,
        dry_run=dry_run,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def rollback(
    target: Target,
    folder: Annotated[
        Path, typer.Option("--from", parser=path_of, metavar="DIR", help="The folder that was applied.")
    ] = Path("migration"),
    data_only: Annotated[
        bool,
        typer.Option(
            "--data-only", help="Take back the data files and those after them; the tables stay, empty."
        ),
    ] = False,
    allow_edited: AllowEdited = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; take back all that is shown.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take back what generated SQL files have brought to a target, and nothing else."""
    from pilotage.cli.rollback import rollback_command  # noqa: PLC0415

    rollback_command(
        target,
        folder=folder,
        data_only=data_only,
        allowed_edits=allow_edited,
        yes=yes,
        dry_run=dry_run,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def preflight(
    source: Source,
    target: Target,
    config: Config = None,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    no_owner: NoOwner = False,
    no_privileges: NoPrivileges = False,
    role: TargetRole = None,
    map_role: MapRole = None,
    create_roles: CreateRoles = False,
    without_superuser: WithoutSuperuser = False,
    no_database_settings: NoDatabaseSettings = False,
    no_tablespaces: NoTablespaces = False,
    orphans: Orphans = None,
    skip_orphans: SkipOrphans = False,
    jobs: Jobs = None,
    index_jobs: IndexJobs = None,
    set_source: SetSource = None,
    set_target: SetTarget = None,
    lock_wait_timeout: LockWaitTimeout = None,
    allow: Allow = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find everything that would stop a migration, each with its remedy. Changes nothing."""
    from pilotage.cli.configuration import configuration_of  # noqa: PLC0415
    from pilotage.cli.preflight import preflight_command  # noqa: PLC0415
    from pilotage.cli.roles import RoleOptions  # noqa: PLC0415
    from pilotage.cli.surroundings import given_settings  # noqa: PLC0415

    preflight_command(
        source,
        target,
        configuration_of(
            config,
            include=schema,
            exclude=exclude_schema,
            roles=RoleOptions(
                no_owner=no_owner,
                no_privileges=no_privileges,
                role=role,
                map_role=map_role,
                create_roles=create_roles,
                without_superuser=without_superuser,
                no_database_settings=no_database_settings,
                no_tablespaces=no_tablespaces,
            ),
            orphans=orphans,
        ),
        looks_for_orphans=not skip_orphans,
        jobs=jobs,
        index_jobs=index_jobs,
        given=given_settings(set_source, set_target),
        lock_wait_timeout=lock_wait_timeout,
        allowed=allow,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def migrate(
    source: Source,
    target: Target,
    config: Config = None,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    no_owner: NoOwner = False,
    no_privileges: NoPrivileges = False,
    role: TargetRole = None,
    map_role: MapRole = None,
    create_roles: CreateRoles = False,
    without_superuser: WithoutSuperuser = False,
    no_database_settings: NoDatabaseSettings = False,
    no_tablespaces: NoTablespaces = False,
    orphans: Orphans = None,
    skip_orphans: SkipOrphans = False,
    output: Output = None,
    jobs: Jobs = None,
    index_jobs: IndexJobs = None,
    set_source: SetSource = None,
    set_target: SetTarget = None,
    analyze: Annotated[
        bool,
        typer.Option(
            "--analyze",
            help="Gather all tables' planner statistics anew, not taking over those of the source.",
        ),
    ] = False,
    verify: Verify = Verification.FULL,
    keep_journal: Annotated[
        bool,
        typer.Option("--keep-journal", help="Keep the record of what was done when all is compared."),
    ] = False,
    allow: Allow = None,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring the source's database to an empty target and verify it; run again, go on where it ended."""
    from pilotage.cli.configuration import configuration_of  # noqa: PLC0415
    from pilotage.cli.migrate import migrate_command  # noqa: PLC0415
    from pilotage.cli.roles import RoleOptions  # noqa: PLC0415
    from pilotage.cli.surroundings import given_settings  # noqa: PLC0415

    migrate_command(
        source,
        target,
        configuration_of(
            config,
            include=schema,
            exclude=exclude_schema,
            roles=RoleOptions(
                no_owner=no_owner,
                no_privileges=no_privileges,
                role=role,
                map_role=map_role,
                create_roles=create_roles,
                without_superuser=without_superuser,
                no_database_settings=no_database_settings,
                no_tablespaces=no_tablespaces,
            ),
            orphans=orphans,
        ),
        output=output,
        jobs=jobs,
        index_jobs=index_jobs,
        given=given_settings(set_source, set_target),
        looks_for_orphans=not skip_orphans,
        gather_statistics=analyze,
        verification=verify,
        allowed=allow,
        lock_wait_timeout=lock_wait_timeout,
        keep_journal=keep_journal,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def status(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help=f"The database that a migration writes to: {DSN_HELP}.")
    ],
    json: Json = False,
) -> None:
    """Say where a migration to this target stands: what is done, running, left or failed. Changes nothing."""
    from pilotage.cli.status import status_command  # noqa: PLC0415

    status_command(target, as_json=json)


@app.command()
def verify(
    source: Source,
    target: Target,
    config: Config = None,
    schema: Schemas = None,
    exclude_schema: ExcludedSchemas = None,
    no_owner: NoOwner = False,
    no_privileges: NoPrivileges = False,
    role: TargetRole = None,
    map_role: MapRole = None,
    without_superuser: WithoutSuperuser = False,
    no_database_settings: NoDatabaseSettings = False,
    no_tablespaces: NoTablespaces = False,
    skip: Skip = None,
    no_drill_down: NoDrillDown = False,
    show_values: ShowValues = False,
    repair: Repair = None,
    plan: FixesOfPlan = None,
    sample: Sample = None,
    jobs: ReadJobs = None,
    max_rate: MaxRate = None,
    output: Output = None,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare a target with its source: rows, keys, definitions, privileges. Changes nothing."""
    from pilotage.cli.configuration import configuration_of  # noqa: PLC0415
    from pilotage.cli.roles import RoleOptions  # noqa: PLC0415
    from pilotage.cli.verification import VerificationOptions  # noqa: PLC0415
    from pilotage.cli.verify import verify_command  # noqa: PLC0415

    verify_command(
        source,
        target,
        configuration_of(
            config,
            include=schema,
            exclude=exclude_schema,
            roles=RoleOptions(
                no_owner=no_owner,
                no_privileges=no_privileges,
                role=role,
                map_role=map_role,
                without_superuser=without_superuser,
                no_database_settings=no_database_settings,
                no_tablespaces=no_tablespaces,
            ),
            plan=plan,
        ),
        options=VerificationOptions(
            skip=skip,
            drill_down=not no_drill_down,
            show_values=show_values,
            repair=repair,
            sample=sample,
            jobs=jobs,
            max_rate=max_rate,
        ),
        plan=plan,
        output=output,
        lock_wait_timeout=lock_wait_timeout,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def diff(
    source: Source,
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"The database to compare: {DSN_HELP}.")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Waivers and scope. Default: pilotage.toml, if it is there.",
        ),
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option("--schema", "-n", metavar="NAME", help="Compare only this schema. Repeatable."),
    ] = None,
    exclude_schema: ExcludedSchemas = None,
    plan: ExpectedFixes = None,
    lock_wait_timeout: LockWaitTimeout = None,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit code tells.")] = False,
) -> None:
    """Say in what two databases' definitions, states and privileges differ. Changes nothing."""
    from pilotage.cli.diff import diff_command  # noqa: PLC0415

    diff_command(
        source,
        target,
        config=config,
        include=schema,
        exclude=exclude_schema,
        plan=plan,
        lock_wait_timeout=lock_wait_timeout,
        as_json=json,
        quiet=quiet,
    )


@app.command()
def lint(
    database: Annotated[str, typer.Argument(metavar="DSN", help=f"The database to look at: {DSN_HELP}.")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            parser=path_of,
            metavar="FILE",
            help="Waivers and scope. Default: pilotage.toml, if it is there.",
        ),
    ] = None,
    schema: Annotated[
        list[str] | None,
        typer.Option("--schema", "-n", metavar="NAME", help="Look only at this schema. Repeatable."),
    ] = None,
    exclude_schema: ExcludedSchemas = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", "-r", metavar="NAME", help="Ask only this rule. Repeatable."),
    ] = None,
    exclude_rule: Annotated[
        list[str] | None,
        typer.Option("--exclude-rule", "-R", metavar="NAME", help="Leave this rule out. Repeatable."),
    ] = None,
    level: Annotated[
        LintLevel, typer.Option("--level", help="Ask only rules that are at least as severe.")
    ] = LintLevel.INFO,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since",
            parser=path_of,
            metavar="BASELINE",
            help="Leave out what this file has already, which --json wrote.",
        ),
    ] = None,
    form: Annotated[LintFormat, typer.Option("--format", help="How to print.")] = LintFormat.TEXT,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    fix: Annotated[
        Path | None,
        typer.Option(
            "--fix",
            parser=path_of,
            metavar="DIR",
            help="Write the SQL that mends what can be mended, and its reverse, into this folder. Changes of "
            "policies are tried first: made in the database, in a transaction that is rolled back.",
        ),
    ] = None,
    no_proof: Annotated[
        bool,
        typer.Option(
            "--no-proof",
            help="Try nothing: --fix writes all changes of policies as suggestions, in comments.",
        ),
    ] = False,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Run what fixes make faster, without and with them, in a transaction that is rolled back, "
            "and tell rows per second.",
        ),
    ] = False,
    lock_wait_timeout: LockWaitTimeout = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever was found.")] = False,
) -> None:
    """Find what slows or exposes a database, and what a migration would stumble over. Changes nothing.

    With --fix or --measure, changes are made on trial in a transaction that is rolled back; their tables are
    locked for that time. --no-proof leaves that out.
    """
    from pilotage.cli.lint import lint_command  # noqa: PLC0415

    lint_command(
        database,
        config=config,
        include=schema,
        exclude=exclude_schema,
        only=rule,
        without=exclude_rule,
        level=level,
        baseline=since,
        form=form,
        as_json=json,
        fix=fix,
        proof=not no_proof,
        measure=measure,
        lock_wait_timeout=lock_wait_timeout,
        exit_zero=exit_zero,
    )


@app.command()
def demo(
    serve: Annotated[
        bool,
        typer.Option("--serve", help="Leave source and target running, the source filled, until Ctrl-C."),
    ] = False,
    source_version: Annotated[
        int, typer.Option("--source-version", metavar="MAJOR", help="The source's PostgreSQL version.")
    ] = 18,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", parser=path_of, metavar="DIR", help="Write the artifacts into this folder."
        ),
    ] = Path("pilotage-demo"),
) -> None:
    """Migrate a hotel's database between two PostgreSQL servers that are started for it."""
    from pilotage.cli.demo import demo_command  # noqa: PLC0415

    demo_command(serve=serve, source_version=source_version, output=output)
