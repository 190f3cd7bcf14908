"""What a person must allow before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.preflight import End, Problem
from pilotage.plan.hazards import to_be_allowed
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    return [
        CHECK.stop(
            object=hazard.object,
            found=hazard.message,
            wanted="that you allow it",
            remedy=f"--allow {hazard.kind.allowed_by}",
        )
        for hazard in to_be_allowed(situation.plan.all_hazards, situation.allowed)
    ]


CHECK = Check(
    name="hazards",
    title="nothing is done that must be allowed and is not",
    end=End.TARGET,
    look=_look,
)
