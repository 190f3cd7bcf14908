"""The arguments and options that several commands have, and what is said of them.

Consumed by :mod:`pilotage.cli.app`. What ``--help`` loads is loaded here too, so nothing heavy is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilotage.model.choices import Allowable, OrphanChoice, Verification


def path_of(text: str) -> Path:
    """Return a path; an empty one would be the current folder, by accident."""
    if not text:
        raise typer.BadParameter("the path is empty: is a shell variable not set? The current folder is .")
    return Path(text)


DSN_HELP = "a postgresql:// URI, a libpq key=value string, a database name, or env:NAME"

Source = Annotated[str, typer.Argument(metavar="SOURCE", help=f"The database to read: {DSN_HELP}.")]
Target = Annotated[str, typer.Argument(metavar="TARGET", help=f"The database to write: {DSN_HELP}.")]
OptionalSource = Annotated[
    str | None,
    typer.Argument(
        metavar="SOURCE",
        help=f"The database to read: {DSN_HELP}. Default: source in pilotage.toml.",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        parser=path_of,
        metavar="FILE",
        help="Groups, scope and more. Default: pilotage.toml, if it is there.",
    ),
]
Schemas = Annotated[
    list[str] | None,
    typer.Option("--schema", "-n", metavar="NAME", help="Take only this schema along. Repeatable."),
]
ExcludedSchemas = Annotated[
    list[str] | None,
    typer.Option("--exclude-schema", "-N", metavar="NAME", help="Leave this schema out. Repeatable."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", parser=path_of, metavar="DIR", help="Write the artifacts into this folder."
    ),
]
FixesOfPlan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        parser=path_of,
        metavar="DIR",
        help="A plan's folder, or its plan.json: its schemas and choices about roles hold, and the fixes "
        "that it took in with --with-fixes are expected.",
    ),
]
ExpectedFixes = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        parser=path_of,
        metavar="DIR",
        help="A plan's folder, or its plan.json: its schemas hold, and the fixes that it took in with "
        "--with-fixes are expected. Roles have to have the same names at both ends.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and list only; change nothing.")]
AllowEdited = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-edited",
        metavar="NAME",
        help="Run this file though it is not as it was generated. Repeatable.",
    ),
]
LockWaitTimeout = Annotated[
    float | None,
    typer.Option(
        "--lock-wait-timeout",
        min=0.1,
        metavar="SECONDS",
        help="Give up where another session keeps us from a lock for so long. Default: wait, and tell for "
        "whom.",
        show_default=False,
    ),
]
Allow = Annotated[
    list[Allowable] | None,
    typer.Option(
        "--allow",
        metavar="HAZARD",
        help=f"Do this though it is a hazard: {' or '.join(Allowable)}. Repeatable.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=64,
        metavar="N",
        help="Copies side by side. Default: one a core, 2 to 8.",
    ),
]
IndexJobs = Annotated[
    int | None,
    typer.Option(
        "--index-jobs",
        min=1,
        max=64,
        metavar="N",
        help="Long index builds and checks of keys side by side. Default: one a core, 2 to 8.",
    ),
]
SetSource = Annotated[
    list[str] | None,
    typer.Option(
        "--set-source",
        metavar="NAME=VALUE",
        help="Set this in the run's sessions at the source. Repeatable.",
    ),
]
SetTarget = Annotated[
    list[str] | None,
    typer.Option(
        "--set-target",
        metavar="NAME=VALUE",
        help="Set this in the run's sessions at the target. Repeatable.",
    ),
]

NoOwner = Annotated[
    bool, typer.Option("--no-owner", help="Leave objects to the role that creates them on the target.")
]
NoPrivileges = Annotated[
    bool, typer.Option("--no-privileges", help="Bring no privileges: no GRANT, no REVOKE.")
]
TargetRole = Annotated[
    str | None,
    typer.Option("--role", metavar="ROLE", help="SET ROLE to this on the target after connecting."),
]
MapRole = Annotated[
    list[str] | None,
    typer.Option(
        "--map-role", metavar="OLD=NEW", help="Let another role stand in a role's place. Repeatable."
    ),
]
CreateRoles = Annotated[
    bool,
    typer.Option("--create-roles", help="Create roles that the target lacks, without passwords."),
]
WithoutSuperuser = Annotated[
    bool,
    typer.Option(
        "--without-superuser",
        help="Leave out event triggers and the like, which only a superuser may create.",
    ),
]
NoDatabaseSettings = Annotated[
    bool,
    typer.Option(
        "--no-database-settings",
        help="Leave out settings, privileges and comment of the database itself.",
    ),
]
NoTablespaces = Annotated[
    bool,
    typer.Option("--no-tablespaces", help="Put tables and indexes where the database has its own."),
]

Orphans = Annotated[
    OrphanChoice | None,
    typer.Option(
        "--orphans",
        help="Rows that break foreign keys: refuse (the default), bring them under keys that are NOT VALID, "
        "or leave them out, in a file.",
        show_default=False,
    ),
]
SkipOrphans = Annotated[
    bool, typer.Option("--skip-orphans", help="Do not look for rows that break foreign keys.")
]

Skip = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        metavar="CHECK",
        help="Leave this check out, by the name that --json gives it. Repeatable; the verdict says so.",
    ),
]
ReadJobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=64,
        metavar="N",
        help="Connections to each end that read rows. Default: one a core, 2 to 8.",
    ),
]
MaxRate = Annotated[
    str | None,
    typer.Option(
        "--max-rate",
        metavar="SIZE",
        help="Read no more than this a second at each end: 50MB, for instance.",
    ),
]
Sample = Annotated[
    str | None,
    typer.Option(
        "--sample",
        metavar="SHARE",
        help="Compare the contents of only this share of large tables: 5%, for instance.",
    ),
]
Repair = Annotated[
    Path | None,
    typer.Option(
        "--repair",
        parser=path_of,
        metavar="FILE",
        help="Write SQL that brings the differing rows, and no others, to the target.",
    ),
]
Verify = Annotated[
    Verification,
    typer.Option("--verify", help="Compare both ends afterwards: all, all but row contents, or nothing."),
]
ShowValues = Annotated[
    bool, typer.Option("--show-values", help="Tell differing rows with their values, which may be private.")
]
NoDrillDown = Annotated[
    bool, typer.Option("--no-drill-down", help="Tell which tables differ, and not in which rows.")
]
