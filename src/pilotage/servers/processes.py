"""The processes of a cluster, found by the data directory that they work in, and ended.

Reads ``/proc``; signals go through pidfds, so that a number which the kernel gives out anew is never hit.
Consumed by servers and their registry.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_PROGRAMS = frozenset({"postgres", "initdb"})

_DELETED = " (deleted)"
"""What the kernel adds to the name of a file or folder that is gone."""

_KILL_SECONDS = 10.0
"""What the kernel gets to bury a killed process; one that waits for a disk takes its time."""

_IPC_RMID = 0  # <sys/ipc.h>


def end_postmasters(configuration: Path, *, seconds: float) -> None:
    """Shut down the servers that were started with a configuration file, and wait until they are gone.

    Args:
        configuration: what a postmaster's ``config_file`` names.
        seconds: to wait; who is still there then is killed.
    """
    mark = b"config_file=" + os.fsencode(configuration)
    with _handles(lambda pid: mark in _arguments(pid) and _program(pid) == "postgres") as handles:
        for handle in handles:
            _send(handle, signal.SIGINT)  # a fast shutdown
        if not _wait_until_gone(handles, seconds):
            for handle in handles:
                _send(handle, signal.SIGKILL)
            _wait_until_gone(handles, _KILL_SECONDS)


def kill_cluster(data: Path) -> None:
    """End every process that works in a data directory, as a crash would, and wait until they are gone."""
    for _ in range(3):  # a child may have been born while we looked
        with _handles(lambda pid: _works_in(pid, data)) as handles:
            if not handles:
                return
            for handle in handles:
                _send(handle, signal.SIGKILL)
            _wait_until_gone(handles, _KILL_SECONDS)


def cluster_processes(data: Path) -> list[int]:
    """Return the server's processes that work in a data directory, the postmaster's children included."""
    return [pid for pid in _pids() if _works_in(pid, data)]


def remove_shared_memory(postmaster: int, uid: int) -> None:
    """Remove the System V segments of a postmaster that was killed.

    It leaves one of a few bytes, which only its next start would remove; the kernel has 4,096 for all
    users. Its other shared memory goes with the process or lies in the data directory.
    """
    try:
        lines = Path("/proc/sysvipc/shm").read_text("utf-8").splitlines()
    except OSError:  # a kernel without System V shared memory
        return
    heading = lines[0].split()
    for line in lines[1:]:
        segment = dict(zip(heading, map(int, line.split()), strict=True))
        if (segment["cpid"], segment["uid"], segment["nattch"]) == (postmaster, uid, 0):
            ctypes.CDLL(None).shmctl(segment["shmid"], _IPC_RMID, None)


def _pids() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _program(pid: int) -> str:
    """Return the name of the file that the process runs; empty where it is gone or not ours to look at."""
    try:
        return Path("/proc", str(pid), "exe").readlink().name.removesuffix(_DELETED)
    except OSError:
        return ""


def _arguments(pid: int) -> list[bytes]:
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _works_in(pid: int, data: Path) -> bool:
    """Whether it is a process of PostgreSQL's that stands in the data directory, or was told to go there.

    A postmaster and all its children stand there, and go on to when the postmaster is dead.
    """
    if _program(pid) not in _PROGRAMS:
        return False
    try:
        where = str(Path("/proc", str(pid), "cwd").readlink()).removesuffix(_DELETED)
    except OSError:
        return False
    return where == str(data) or (b"-D", os.fsencode(data)) in itertools.pairwise(_arguments(pid))


@contextlib.contextmanager
def _handles(wanted: Callable[[int], bool]) -> Iterator[list[int]]:
    """Give handles of the processes that are wanted; each stays with its very process."""
    with contextlib.ExitStack() as stack:
        handles = []
        for pid in filter(wanted, _pids()):
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                stack.callback(os.close, handle)
                # The number may have gone to another process before the handle was opened.
                if wanted(pid):
                    handles.append(handle)
        yield handles


def _send(handle: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, number)


def _wait_until_gone(handles: list[int], seconds: float) -> bool:
    """Wait for all of them; return whether they are gone."""
    deadline = time.monotonic() + seconds
    gone = True
    for handle in handles:
        # A pidfd becomes readable when its process ends.
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        gone &= bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
    return gone
