"""What a server's machine has to spare, where it is this one: memory, cores and shared memory.

Linux only, from /proc and the control groups; elsewhere nobody knows. That an address leads to this machine
proves little, since it may be a tunnel's or a container's: the server's own process must be visible here.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60
"""Control groups of version 1 write a number near 2^63 for no limit."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine of a server.

    Attributes:
        memory: bytes that can be taken without swapping, within the limits of the server's control group.
        cores: that the server's process may run on.
        shared_memory: free bytes of its /dev/shm; None where that is not for us to see.
    """

    memory: int
    cores: int
    shared_memory: int | None


def machine_of(pid: int, *, proc: Path = _PROC, groups: Path = _GROUPS) -> Machine | None:
    """Return the machine of a server's process, or None where that process is not to be found here.

    Args:
        pid: of the server process, as the server itself tells it.
    """
    try:
        # Its title begins so, whatever the server's program is called. (set_ps_display() in ps_status.c)
        if not (proc / str(pid) / "cmdline").read_bytes().startswith((b"postgres:", b"postmaster:")):
            return None
        available = _meminfo(proc, "MemAvailable")
        membership = (proc / str(pid) / "cgroup").read_text()
    except (OSError, ValueError):
        return None
    return Machine(
        memory=min([available, *_rooms(membership, groups)]),
        cores=_cores(pid, membership, groups),
        shared_memory=_free(proc / str(pid) / "root" / "dev" / "shm"),
    )


def _meminfo(proc: Path, name: str) -> int:
    for line in (proc / "meminfo").read_text().splitlines():
        label, _, value = line.partition(":")
        if label == name:
            return int(value.split()[0]) * 1024
    raise ValueError(name)


def _rooms(membership: str, groups: Path) -> list[int]:
    """Return the memory that is left in each of the process's control groups that has a limit."""
    rooms = []
    for folder in _folders(membership, groups, "memory"):
        for maximum, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, usage = _number(folder / maximum), _number(folder / used)
            if limit is not None and usage is not None and limit < _UNLIMITED:
                rooms.append(max(0, limit - usage + _page_cache(folder)))
    return rooms


def _page_cache(folder: Path) -> int:
    """Return what of the usage is files that can be dropped."""
    try:
        statistics = dict(
            line.split(maxsplit=1) for line in (folder / "memory.stat").read_text().splitlines()
        )
    except (OSError, ValueError):
        return 0
    return int(statistics.get("total_inactive_file", statistics.get("inactive_file", "0")))


def _cores(pid: int, membership: str, groups: Path) -> int:
    try:
        cores = len(os.sched_getaffinity(pid))
    except OSError:
        cores = os.cpu_count() or 1
    for folder in _folders(membership, groups, "cpu"):
        quota, period = _quota(folder)
        if quota > 0 and period > 0:
            cores = min(cores, max(1, quota // period))
    return cores


def _quota(folder: Path) -> tuple[int, int]:
    """Return the microseconds that may be used, of how many; 0 or less where there is no limit."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return (0 if quota == "max" else int(quota)), int(period)
    except (OSError, ValueError):
        # Version 1 has a file for each.
        return _number(folder / "cpu.cfs_quota_us") or 0, _number(folder / "cpu.cfs_period_us") or 0


def _folders(membership: str, groups: Path, controller: str) -> list[Path]:
    """Return the control groups of a process, from its own to the root: a limit of any holds for it."""
    found = []
    for line in membership.splitlines():
        number, controllers, path = line.split(":", maxsplit=2)
        if number == "0" and not controllers:
            root = groups
        elif controller in controllers.split(","):
            root = groups / controller
        else:
            continue
        relative = Path(path.lstrip("/"))
        found += [root / parent for parent in (relative, *relative.parents)]
    return list(dict.fromkeys(found))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _free(folder: Path) -> int | None:
    try:
        room = os.statvfs(folder)
    except OSError:
        return None
    return room.f_bavail * room.f_frsize
