"""Folders for the time of a run, and those that runs left which were killed.

Consumed by whatever writes files that must not outlive it. A folder is its process's as long as that holds a
lock on a file in it; the kernel gives the lock back with the process, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LOCK = ".lock"

_UNLOCKED = ".new-"
"""Before the prefix until the lock is held: a name that nobody takes for a folder that was left."""


@contextlib.contextmanager
def hold_folder(parent: Path, *, prefix: str) -> Iterator[Path]:
    """Make a folder that only we may enter, and remove it at the end with all that is in it.

    Folders of the same prefix that processes of ours left which are dead are removed first.

    Args:
        parent: where it is made.
        prefix: of its name; ours alone.

    Raises:
        OSError: it cannot be made.
    """
    remove_left(parent, prefix=prefix)
    folder = Path(tempfile.mkdtemp(prefix=_UNLOCKED + prefix, dir=parent))
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with contextlib.suppress(OSError):  # a disk on which there are no locks: it is not taken for left
                fcntl.flock(lock, fcntl.LOCK_EX)
                folder = folder.rename(parent / folder.name.removeprefix(_UNLOCKED))
            yield folder
        finally:
            os.close(lock)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left(parent: Path, *, prefix: str) -> tuple[Path, ...]:
    """Remove the folders of that prefix which are ours and nobody's any more, and return them.

    Ours is what belongs to our user, may be entered by nobody else, and holds a lock file. What cannot be
    looked at is left as it is.
    """
    try:
        found = sorted(parent.glob(f"{prefix}*"))
    except OSError:
        return ()
    return tuple(folder for folder in found if _is_ours(folder) and _remove_if_left(folder))


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.geteuid()
        and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    )


def _remove_if_left(folder: Path) -> bool:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody's, alive
        return False
    else:
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(lock)
