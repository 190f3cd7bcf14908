"""What a target's user may not set on the database itself, and settings that its server does not know."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query
from pilotage.roles.database import OF_DATABASE, PROPERTIES, parameters_set

_LEFT_OUT = "--no-database-settings, which leaves out what is set on the database itself"


class _Parameter(msgspec.Struct, frozen=True):
    """A row of ``parameters.sql``."""

    name: str
    known: bool
    may_set: bool


async def _look(situation: Situation) -> Sequence[Problem]:
    steps = [step for step in situation.definitions if step.kind == PROPERTIES or step.object == OF_DATABASE]
    if not steps:
        return []
    target = situation.target
    database = quote_identifier(target.parameters.database)
    mine = """SELECT pg_catalog.pg_has_role(current_user, datdba, 'USAGE') FROM pg_catalog.pg_database
        WHERE datname = pg_catalog.current_database()"""
    if not await target.value(mine):
        myself = quote_identifier(str(await target.text("SELECT current_user::text")))
        return [
            CHECK.stop(
                object=f"database {database}",
                found=f"role {myself} does not own it, and so may not set what is set on the source's",
                wanted="the database's owner, or a superuser",
                remedy=f"ALTER DATABASE {database} OWNER TO {myself}; -- or {_LEFT_OUT}",
            )
        ]
    names = sorted({name for step in steps for name in parameters_set(step.sql)})
    return [
        CHECK.stop(
            object=f"setting {found.name}",
            found="is set on the source's database, and the target's server does not know it"
            if not found.known
            else "is set on the source's database, and the role that is connected may not set it",
            wanted="a server that knows it" if not found.known else "a superuser, or the privilege to set it",
            remedy=(
                "reset it on the source, or load what brings it on the target; or "
                if not found.known
                else f"GRANT SET ON PARAMETER {found.name} TO …; -- as a superuser; or "
            )
            + _LEFT_OUT,
        )
        for found in await target.records(query("parameters"), _Parameter, names)
        if not (found.known and found.may_set)
    ]


CHECK = Check(
    name="database",
    title="what is set on the database itself can be set on the target's",
    end=End.TARGET,
    look=_look,
)
