"""One program of PostgreSQL's, chosen by name and version.

Consumed by whoever runs pg_dump, pg_restore or psql.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from pilotage.errors import ProgramMissingError
from pilotage.programs.encryption import can_encrypt
from pilotage.programs.installation import SYSTEM_FOLDERS, WHEELS, Installation, is_executable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that is there and may be run.

    Attributes:
        version: as the program says it: ``18.6``.
    """

    path: Path
    major: int
    version: str

    @property
    def name(self) -> str:
        """Its file's name, such as ``pg_dump``."""
        return self.path.name


def program_of(installation: Installation, name: str) -> Program:
    """Return the program of that name in one installation.

    Raises:
        ProgramMissingError: the installation lacks it.
    """
    path = installation.bin / name
    if not is_executable(path):
        raise ProgramMissingError(
            f"PostgreSQL {installation.describe()} has no program {name}; "
            "install the distribution's client package of that version"
        )
    return Program(path=path, major=installation.major, version=installation.version)


def find_program(
    name: str, *, not_older_than: int, installations: Sequence[Installation], encrypting: bool = False
) -> Program:
    """Return the newest program of that name.

    pg_dump reads older servers but refuses newer ones (PostgreSQL's documentation, "pg_dump", Notes), so
    the newest is right unless it is older than the server.

    Args:
        not_older_than: the server's major version.
        installations: newest first, as :func:`~pilotage.programs.find_installations` gives them.
        encrypting: whether it must be able to encrypt its connection.

    Raises:
        ProgramMissingError: there is none, all are older, or none of them can encrypt.
    """
    having = [each for each in installations if is_executable(each.bin / name)]
    for installation in having:
        if installation.major >= not_older_than and (not encrypting or can_encrypt(installation.bin / name)):
            return program_of(installation, name)
    if any(installation.major >= not_older_than for installation in having):
        raise ProgramMissingError(
            f"the connection is encrypted, and no new enough {name} at hand was built with TLS (found: "
            + "; ".join(each.describe() for each in having)
            + "); install your distribution's PostgreSQL client package, such as "
            f"postgresql-client-{not_older_than}"
        )
    found = "; ".join(each.describe() for each in having) or "none"
    places = ", ".join([distribution for distribution, _, _ in WHEELS] + [path for _, path in SYSTEM_FOLDERS])
    raise ProgramMissingError(
        f"{name} {not_older_than} or newer is needed, since it must not be older than the server; "
        f"found: {found}; looked in the folders of PATH, {places}; "
        f"run pip install --upgrade 'pilotage[embedded]', or install your distribution's PostgreSQL client "
        f"package, such as postgresql-client-{not_older_than}"
    )
