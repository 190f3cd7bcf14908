"""The servers' versions: an older target may not know what the source's definitions say."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation


async def _look(situation: Situation) -> Sequence[Problem]:
    source, target = situation.plan.source.major, situation.target.version_num // 10000
    if target >= source:
        return []
    return [
        CHECK.stop(
            object="server",
            found=f"the target runs PostgreSQL {target} and the source {source}",
            wanted="a target of the source's version or newer: going back to an older major version is not "
            "supported",
            remedy=f"name a target that runs PostgreSQL {source} or newer",
        )
    ]


CHECK = Check(
    name="versions",
    title="the target's server is not older than the source's",
    end=End.TARGET,
    look=_look,
)
