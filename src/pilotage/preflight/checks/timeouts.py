"""Time-outs of the server, the database or the role that would end long work."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.connection import Session
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query


class _Timeout(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``timeouts.sql``."""

    name: str
    value: str
    set_for: str


async def _problems(check: Check, session: Session) -> Sequence[Problem]:
    role = quote_identifier(str(await session.text("SELECT session_user::text")))
    database = quote_identifier(session.parameters.database)
    return [
        check.warning(
            object=f"setting {each.name}",
            found=f"is {each.value} for role {role} in database {database}"
            + (f", set for the {each.set_for}" if each.set_for else ", set for the server or in the DSN")
            + "; pilotage and pg_dump switch it off in their own sessions, other sessions do not",
            wanted="0 as long as the migration and what people run beside it last",
            remedy=_remedy(each, role, database),
        )
        for each in await session.records(query("timeouts"), _Timeout)
    ]


def _remedy(timeout: _Timeout, role: str, database: str) -> str:
    match timeout.set_for:
        case "database":
            what = f"ALTER DATABASE {database}"
        case "role":
            what = f"ALTER ROLE {role}"
        case "role in database":
            what = f"ALTER ROLE {role} IN DATABASE {database}"
        case _:
            return (
                f"ALTER ROLE {role} IN DATABASE {database} SET {timeout.name} = 0; -- and RESET it afterwards"
            )
    return f"{what} SET {timeout.name} = 0; -- and back to {timeout.value} afterwards"


def _check(end: End) -> Check:
    async def look(situation: Situation) -> Sequence[Problem]:
        return await _problems(check, situation.source if end is End.SOURCE else situation.target)

    check = Check(
        name="timeouts",
        title="no time-out of the server, the database or the role ends long work",
        end=end,
        before_reading=True,
        look=look,
    )
    return check


OF_SOURCE, OF_TARGET = _check(End.SOURCE), _check(End.TARGET)
