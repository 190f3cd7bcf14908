"""Which configuration a command works with: a file, and the options that go before it.

Consumed by the commands that plan, migrate and compare.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pilotage.cli.migration_plan import read_plan
from pilotage.cli.roles import RoleOptions, choices_of
from pilotage.config.reader import read_configuration
from pilotage.config.records import Configuration
from pilotage.errors import UsageError
from pilotage.model.choices import DataFormat, Layout, OrphanChoice
from pilotage.model.scope import Scope

FILE = Path("pilotage.toml")


def configuration_of(
    file: Path | None,
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    roles: RoleOptions,
    plan: Path | None = None,
    layout: Layout | None = None,
    data_format: DataFormat | None = None,
    orphans: OrphanChoice | None = None,
) -> Configuration:
    """Return the configuration; an option that was given goes before what the plan or the file says.

    Of a plan, it is the schemas and what becomes of roles, as they were when it was made.

    Without a file named, ``pilotage.toml`` of the current folder is used where there is one, and said.

    Raises:
        UsageError: the file cannot be read or understood.
    """
    configuration = read_configuration_at(file)
    if plan is not None:
        planned = read_plan(plan)
        configuration = msgspec.structs.replace(configuration, scope=planned.asked_scope, roles=planned.roles)
    if include or exclude:
        configuration = msgspec.structs.replace(
            configuration, scope=Scope(include=tuple(include or ()), exclude=tuple(exclude or ()))
        )
    if layout is not None:
        configuration = msgspec.structs.replace(configuration, layout=layout)
    if data_format is not None:
        configuration = msgspec.structs.replace(configuration, data_format=data_format)
    if orphans is not None:
        configuration = msgspec.structs.replace(configuration, orphans=orphans)
    return msgspec.structs.replace(configuration, roles=choices_of(roles, configuration.roles))


def read_configuration_at(file: Path | None) -> Configuration:
    """Return what a file says; ``pilotage.toml`` of the current folder where none is named.

    Raises:
        UsageError: the file cannot be read or understood.
    """
    if file is None and FILE.is_file():
        file = FILE
        sys.stderr.write(f"using {FILE}; name another with --config\n")
    return read_configuration(file) if file is not None else Configuration()


def source_of(argument: str | None, configuration: Configuration) -> str:
    """Return the source's DSN: the argument, or what the configuration says.

    Raises:
        UsageError: neither names one.
    """
    dsn = argument if argument is not None else configuration.source
    if dsn is None:
        raise UsageError(
            'no source is named; give its DSN as an argument, or as source = "env:NAME" in pilotage.toml'
        )
    return dsn
