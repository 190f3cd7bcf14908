"""What only a superuser may create, where the target's user is none."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.plan import HazardKind
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation
from pilotage.roles.choosing import IN_NO_OTHERS_WAY
from pilotage.roles.creation import KIND as CREATING_ROLES


async def _look(situation: Situation) -> Sequence[Problem]:
    target = situation.target
    mine = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    if await target.value(mine):
        return []
    may_subscribe = target.version_num >= 160000 and await target.value(
        "SELECT pg_catalog.pg_has_role(current_user, 'pg_create_subscription', 'USAGE')"
    )
    return [
        CHECK.stop(
            object=f"{step.kind.lower()} {hazard.object}",
            found=f"{hazard.message}, and the role that is connected is none",
            wanted="a superuser, or to leave it out",
            remedy="--without-superuser, which leaves it out and says so"
            if step.kind in IN_NO_OTHERS_WAY
            else "connect as a superuser, or take its schema out of the scope with --exclude-schema; where "
            "schemas are named with --schema, what belongs to the whole database is left out",
        )
        for step in situation.definitions
        for hazard in step.hazards
        if hazard.kind is HazardKind.NEEDS_SUPERUSER
        and step.kind != CREATING_ROLES
        and not (step.kind == "SUBSCRIPTION" and may_subscribe)
    ]


CHECK = Check(
    name="superuser",
    title="nothing is to be created that only a superuser may",
    end=End.TARGET,
    look=_look,
)
