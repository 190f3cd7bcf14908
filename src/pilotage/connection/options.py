"""libpq's ``options``: the server settings that a session begins with.

Consumed by :mod:`pilotage.connection.dsn`. Split as the server splits it (pg_split_opts() in postinit.c).
"""

from __future__ import annotations

import re

from pilotage.errors import UsageError

_ARGUMENT = re.compile(r"(?:\\.|[^\\ \t\n\r\f\v])+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.$]*\Z")
# Not settings but words of the protocol's startup message, through which the driver sends settings.
_RESERVED = frozenset({"user", "database", "options", "replication"})


def parse_options(options: str) -> dict[str, str]:
    """Return the settings that ``-c name=value`` and ``--name=value`` give, by name in lower case.

    Raises:
        UsageError: there is anything else in it. The message shows no value.
    """
    arguments = [re.sub(r"\\(.)", r"\1", found, flags=re.DOTALL) for found in _ARGUMENT.findall(options)]
    settings: dict[str, str] = {}
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "-c":
            assignment = next(remaining, "")
        elif argument.startswith(("-c", "--")):
            assignment = argument[2:]
        else:
            raise UsageError(
                "options may hold -c name=value and --name=value and nothing else; "
                "spaces and backslashes in a value are written with a backslash before them"
            )
        name, equals, value = assignment.partition("=")
        name = name.replace("-", "_").lower()
        if not equals or not _NAME.match(name) or name in _RESERVED:
            raise UsageError(
                "options: -c and -- must be followed by the name of a server setting, = and a value"
            )
        settings[name] = value
    return settings
