"""Whether a pg_dump is at hand that can read the source."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.errors import ProgramMissingError
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation
from pilotage.programs import find_program


async def _look(situation: Situation) -> Sequence[Problem]:
    source = situation.source
    major = source.version_num // 10000
    try:
        find_program(
            "pg_dump",
            not_older_than=major,
            installations=situation.installations,
            encrypting=source.is_encrypted,
        )
    except ProgramMissingError as error:
        return [
            CHECK.stop(
                object="program pg_dump",
                found=str(error),
                wanted=f"pg_dump {major} or newer, as the source's server is {major}",
                remedy="pip install --upgrade 'pilotage[embedded]'",
            )
        ]
    return []


CHECK = Check(
    name="programs",
    title="a pg_dump is at hand that is not older than the source's server",
    end=End.SOURCE,
    before_reading=True,
    look=_look,
)
