"""OIDs of the source's large objects that large objects of the target have already."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.catalog.large_objects import read_taken
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation

_NAMED = 19
"""Large objects that are problems of their own; of more only the number is told."""


async def _look(situation: Situation) -> Sequence[Problem]:
    if not situation.catalog.large_objects:
        return ()
    taken = 0
    problems: list[Problem] = []
    async for oid in read_taken(situation.target, situation.source):
        taken += 1
        if taken <= _NAMED:
            problems.append(
                CHECK.stop(
                    object=f"large object {oid}",
                    found="is already there, and the migration would create it",
                    wanted="a target that does not hold it: tables refer to large objects by their OIDs",
                    remedy=f"SELECT lo_unlink({oid}); -- or name an empty database",
                )
            )
    if taken > _NAMED:
        problems.append(
            CHECK.stop(
                object=f"{taken - _NAMED:,} more large objects",
                found="are already there too",
                wanted="a target that does not hold them",
                remedy="name an empty database",
            )
        )
    return problems


CHECK = Check(
    name="large-objects",
    title="no large object of the source has an OID that is taken on the target",
    end=End.BOTH,
    of_beginning=True,
    look=_look,
)
