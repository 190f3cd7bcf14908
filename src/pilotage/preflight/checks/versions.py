"""The servers' versions: what was tested, and what an older target does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotage.model.choices import Allowable
from pilotage.model.plan import HazardKind
from pilotage.model.preflight import End, Problem
from pilotage.plan.newer_features import NEWEST_TESTED, OLDEST_TESTED, unknown_to
from pilotage.preflight.check import Check, Situation

_TESTED = f"PostgreSQL {OLDEST_TESTED} to {NEWEST_TESTED}"


async def _look_at_source(situation: Situation) -> Sequence[Problem]:
    return tuple(_untested(OF_SOURCE, situation.source.version_num // 10000, "source"))


async def _look_at_target(situation: Situation) -> Sequence[Problem]:
    return tuple(_untested(OF_TARGET, situation.target.version_num // 10000, "target"))


async def _compare(situation: Situation) -> Sequence[Problem]:
    source, target = situation.plan.source.major, situation.target.version_num // 10000
    if target >= source:
        return []
    problems = [
        OLDER.stop(
            object=feature.step,
            found=f"it has {feature.feature}, which PostgreSQL knows since {feature.since}",
            wanted=f"nothing that PostgreSQL {target} does not know",
            remedy=f"change or drop it on the source, or name a target that runs PostgreSQL "
            f"{feature.since} or newer",
        )
        for feature in unknown_to(situation.plan.newer_features, target)
    ]
    if Allowable.OLDER_SERVER not in situation.allowed:
        problems.append(
            OLDER.stop(
                object="server",
                found=f"the target runs PostgreSQL {target} and the source {source}, so that the migration "
                f"{HazardKind.OLDER_SERVER.value}",
                wanted="a target of the source's version or newer, or that you allow it; docs/versions.md "
                "says what was tested",
                remedy=f"--allow {Allowable.OLDER_SERVER.value}",
            )
        )
    return problems


def _untested(check: Check, major: int, end: str) -> Iterator[Problem]:
    if major < OLDEST_TESTED:
        yield check.stop(
            object="server",
            found=f"the {end} runs PostgreSQL {major}",
            wanted=f"{_TESTED}: older catalogs lack what is asked of them",
            remedy="upgrade that server first, or use pg_dump and pg_restore",
        )
    if major > NEWEST_TESTED:
        yield check.warning(
            object="server",
            found=f"the {end} runs PostgreSQL {major}, with which this version of pilotage was never tried",
            wanted=_TESTED,
            remedy="pip install --upgrade pilotage, or try it on a copy first",
        )


OF_SOURCE = Check(
    name="versions",
    title="the source's server is of a version that was tested",
    end=End.SOURCE,
    before_reading=True,
    look=_look_at_source,
)
OF_TARGET = Check(
    name="versions",
    title="the target's server is of a version that was tested",
    end=End.TARGET,
    before_reading=True,
    look=_look_at_target,
)
OLDER = Check(
    name="older-server",
    title="the target's server knows all that the source's definitions say",
    end=End.TARGET,
    look=_compare,
)
