"""The user that a server runs as: ourselves, or an unprivileged one where we are root.

PostgreSQL refuses to run as root. Consumed by the rest of this room.
"""

from __future__ import annotations

import dataclasses
import os
import pwd
import stat
from pathlib import Path

from pilotage.errors import ServerStartError

_CANDIDATES = ("postgres", "nobody")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of this machine that is not root.

    Attributes:
        is_ours: whether it is the user that this process runs as, so that nothing needs to be switched.
    """

    name: str
    uid: int
    gid: int
    is_ours: bool

    @property
    def run_as(self) -> tuple[int, int] | None:
        """User and group to switch to; None where there is nothing to switch."""
        return None if self.is_ours else (self.uid, self.gid)

    def own(self, path: Path) -> None:
        """Hand a file or folder that we made to this user."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may pass through the folder and all those above it.

        Read from the mode bits: access control lists may say otherwise.
        """
        if self.is_ours:
            return os.access(folder, os.X_OK)
        return all(self._passes(each.stat()) for each in (folder, *folder.parents))

    def _passes(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def server_account() -> Account:
    """Return the user that servers run as.

    Raises:
        ServerStartError: we are root, and the machine has no unprivileged user that we know.
    """
    uid = os.geteuid()
    if uid != 0:
        return Account(name=str(uid), uid=uid, gid=os.getegid(), is_ours=True)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid, is_ours=False)
    raise ServerStartError(
        "PostgreSQL does not run as root, and this machine has no user "
        f"{' or '.join(_CANDIDATES)} to run it as; create one, or run as an ordinary user"
    )
