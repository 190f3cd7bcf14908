"""Roles that own something or are granted something, and are not on the target's server."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    names = "SELECT pg_catalog.array_agg(rolname::text) FROM pg_catalog.pg_roles"
    present = set(await situation.target.value(names))
    return [
        CHECK.stop(
            object=f"role {quote_identifier(role)}",
            found="does not exist there, and owns or is granted something on the source",
            wanted="a role of this name",
            remedy=f"CREATE ROLE {quote_identifier(role)};",
        )
        for role in situation.catalog.roles
        if role not in present
    ]


CHECK = Check(
    name="roles",
    title="every role that is needed exists on the target",
    end=End.TARGET,
    look=_look,
)
