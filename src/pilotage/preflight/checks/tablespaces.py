"""Tablespaces that definitions name, and that the target's server lacks or closes to this role."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from pilotage.model.names import quote_identifier
from pilotage.model.plan import AddConstraint, BuildIndex, RunDdl
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query

# As pilotage.archive.statements writes it; the other form of it sets it back to ''.
_NAMED = re.compile(r'^SET default_tablespace = (?P<name>[a-z_][a-z0-9_]*|"(?:[^"]|"")+");$', re.MULTILINE)


class _Tablespace(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``tablespaces.sql``."""

    name: str
    may_use: bool


async def _look(situation: Situation) -> Sequence[Problem]:
    users = Counter(
        _plain(match["name"])
        for step in situation.plan.steps
        if isinstance(step, RunDdl | BuildIndex | AddConstraint)
        for match in [_NAMED.search(step.sql)]
        if match
    )
    if not users:
        return []
    target = situation.target
    there = {each.name: each for each in await target.records(query("tablespaces"), _Tablespace)}
    role = quote_identifier(str(await target.text("SELECT current_user::text")))
    problems = []
    for name, number in sorted(users.items()):
        named = quote_identifier(name)
        objects = f"{number} object{'s' if number > 1 else ''} of the plan"
        if name not in there:
            problems.append(
                CHECK.stop(
                    object=f"tablespace {named}",
                    found=f"does not exist there, and {objects} would be created in it",
                    wanted="a tablespace of this name",
                    remedy=f"CREATE TABLESPACE {named} LOCATION '/a/folder/of/the/server'; -- or "
                    "leave tablespaces out with --no-tablespaces",
                )
            )
        elif not there[name].may_use:
            problems.append(
                CHECK.stop(
                    object=f"tablespace {named}",
                    found=f"role {role} may not create {objects} in it",
                    wanted="the privilege CREATE on it",
                    remedy=f"GRANT CREATE ON TABLESPACE {named} TO {role}; -- or leave tablespaces out with "
                    "--no-tablespaces",
                )
            )
    return problems


def _plain(quoted: str) -> str:
    return quoted[1:-1].replace('""', '"') if quoted.startswith('"') else quoted


CHECK = Check(
    name="tablespaces",
    title="every tablespace that definitions name exists on the target, and the role may use it",
    end=End.TARGET,
    look=_look,
)
