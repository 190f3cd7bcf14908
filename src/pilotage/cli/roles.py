"""What the options say about owners, privileges and roles; they go before what the configuration says.

Consumed by the commands that plan, migrate and compare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec

from pilotage.config.role_names import name_problem, parse_mappings
from pilotage.errors import UsageError
from pilotage.model.roles import RoleChoices


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RoleOptions:
    """The options as they were given; what was not given says nothing."""

    no_owner: bool = False
    no_privileges: bool = False
    role: str | None = None
    map_role: Sequence[str] | None = None
    create_roles: bool = False
    without_superuser: bool = False
    no_database_settings: bool = False
    no_tablespaces: bool = False


def choices_of(options: RoleOptions, configured: RoleChoices) -> RoleChoices:
    """Return the choices; ``--map-role`` stands in the place of the configuration's whole mapping.

    Raises:
        UsageError: a name is no role's.
    """
    if options.role is not None and (problem := name_problem(options.role)):
        raise UsageError(f"--role: {problem}")
    return msgspec.structs.replace(
        configured,
        owners=configured.owners and not options.no_owner,
        privileges=configured.privileges and not options.no_privileges,
        role=configured.role if options.role is None else options.role,
        mapping=parse_mappings(options.map_role) if options.map_role else configured.mapping,
        create=configured.create or options.create_roles,
        superuser=configured.superuser and not options.without_superuser,
        database_settings=configured.database_settings and not options.no_database_settings,
        tablespaces=configured.tablespaces and not options.no_tablespaces,
    )
