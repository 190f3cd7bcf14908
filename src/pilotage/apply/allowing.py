"""What stops a folder's files before they run: hazards that are not allowed, and what the server knows not.

Consumed by applying. All of it is told at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pilotage.apply.folder import MigrationFolder
from pilotage.errors import RefusedError
from pilotage.model.choices import Allowable
from pilotage.model.plan import Hazard, HazardKind
from pilotage.model.visible import visible_text
from pilotage.plan.hazards import to_be_allowed
from pilotage.plan.newer_features import OLDEST_TESTED, unknown_to


def refuse_hazards(folder: MigrationFolder, target_major: int, allowed: Collection[Allowable]) -> None:
    """Refuse files that this server cannot run, or that do what the user has not allowed.

    Args:
        target_major: the target's major version.
        allowed: hazards that the user allows.

    Raises:
        RefusedError: with all that stops them.
    """
    problems = [*_unknown(folder, target_major)]
    problems += [
        f"{visible_text(hazard.object)}: {visible_text(hazard.message)}; to do it all the same: "
        f"--allow {hazard.kind.allowed_by}"
        for hazard in to_be_allowed((*folder.hazards, *_older(folder, target_major)), allowed)
    ]
    if problems:
        raise RefusedError(
            "the files are not run, and nothing was changed:\n"
            + "\n".join(f"  - {problem}" for problem in problems)
        )


def _unknown(folder: MigrationFolder, target_major: int) -> Iterator[str]:
    if target_major < OLDEST_TESTED:
        yield (
            f"the target runs PostgreSQL {target_major}, and files are written for {OLDEST_TESTED} and "
            "newer; upgrade that server first"
        )
    for feature in unknown_to(folder.newer_features, target_major):
        yield (
            f"{visible_text(feature.step)} has {visible_text(feature.feature)}, which PostgreSQL knows since "
            f"{feature.since}, and the target runs {target_major}; change or drop it on the source and "
            f"generate again, or name a target that runs PostgreSQL {feature.since} or newer"
        )


def _older(folder: MigrationFolder, target_major: int) -> Iterator[Hazard]:
    source_major = folder.source_version_num // 10000
    if target_major < source_major:
        yield Hazard(
            kind=HazardKind.OLDER_SERVER,
            object="server",
            message=f"the target runs PostgreSQL {target_major} and the files were made from {source_major}, "
            f"so that applying them {HazardKind.OLDER_SERVER.value}",
            must_allow=True,
        )
