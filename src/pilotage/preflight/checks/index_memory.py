"""Whether builds of pgvector's indexes get the memory that they need, with the settings of a run."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.model.preflight import End, Problem
from pilotage.model.settings import MEMORY, GivenSettings, MemoryHungryBuild, SessionSettings
from pilotage.preflight.check import Check, Situation
from pilotage.settings import builds_vector_indexes, choose_settings

_MEGABYTE = 1024**2


async def _look(situation: Situation) -> Sequence[Problem]:
    plan = situation.plan
    if situation.given == GivenSettings() and not builds_vector_indexes(plan):
        return []
    settings = await choose_settings(situation.source, situation.target, plan, situation, situation.given)
    return [
        CHECK.warning(
            object=f"index {build.index}",
            found=f"its build with {build.method} takes about {_size(build.needed)}, and has "
            f"{_size(build.given)}: {_what_then(build)}",
            wanted=f"{_size(build.needed)} of {MEMORY} for it",
            remedy=_remedy(build, settings),
        )
        for build in settings.builds
        if not build.fits
    ] + [
        CHECK.warning(
            object=f"index {build.index}",
            found=f"its build with {build.method} fails with less than {_size(build.needed)}, so it gets "
            f"that; all builds at once should take {_size(settings.memory)} at most, {settings.memory_from}",
            wanted="a target with so much memory to spare",
            remedy="make sure that it has, or recreate the index on the source with fewer lists",
        )
        for build in settings.builds
        if build.fits and build.needed > settings.memory
    ]


def _what_then(build: MemoryHungryBuild) -> str:
    if build.method == "ivfflat":
        return "it fails with less than it needs"
    return "what no longer fits is inserted row by row, which takes several times as long"


def _remedy(build: MemoryHungryBuild, settings: SessionSettings) -> str:
    given = any(setting.given and setting.name == MEMORY for setting in settings.of(End.TARGET))
    if not given and settings.index_jobs > 1 and build.needed <= settings.memory:
        return "--index-jobs 1, so that one build after another gets all of the memory"
    return (
        f"--set-target {MEMORY}={-(-build.needed // _MEGABYTE)}MB, where the target's machine has so much to "
        "spare for each of the builds at once; else a target with more memory"
    )


def _size(size: int) -> str:
    return f"{-(-size // _MEGABYTE):,} MB"


CHECK = Check(
    name="index-memory",
    title="builds of pgvector's indexes have the memory that they need",
    end=End.BOTH,
    look=_look,
)
