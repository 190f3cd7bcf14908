"""``pilotage`` run as a command, in a process of its own that has imported pilotage before it is asked.

A start of ``python -m pilotage`` takes 0.35 s of CPU before anything is done, most of it imports. Tests of
what a command does need no start: the launcher imports everything once and forks for each command, which
then has its own arguments, environment, folder and streams, as if it had been started with them. Tests of
what a start does or a signal stops start it themselves, as ``test_command_line.py`` and
``test_careless_users.py`` do.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

TIMEOUT = 120.0
"""Seconds that a command may take."""

_LARGEST_REQUEST = 1 << 20


def pilotage(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody would whom nobody can ask, and return what it said and its exit code.

    Args:
        arguments: those of the command line.
        environment: all of it; ours by default.
        cwd: the folder that it runs in; ours by default.
    """
    command = list(map(str, arguments))
    request = {
        "arguments": command,
        "environment": dict(os.environ if environment is None else environment),
        "folder": str(cwd or Path.cwd()),
    }
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        streams = [nothing.fileno(), output.fileno(), errors.fileno(), theirs.fileno()]
        socket.send_fds(_launcher(), [json.dumps(request).encode()], streams)
        theirs.close()
        ours.settimeout(TIMEOUT)
        with ours.makefile("r") as told:
            pid = int(told.readline())
            try:
                code = int(told.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, TIMEOUT) from None
        said = []
        for each in (output, errors):
            each.seek(0)
            said.append(each.read().decode())
    assert "Traceback" not in said[1], said[1]
    return subprocess.CompletedProcess(command, code, *said)


@functools.cache
def _launcher() -> socket.socket:
    """Start the launcher, which lives as long as we do, and return where it takes requests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# --- the launcher ---


def _import_everything() -> None:
    import pilotage  # noqa: PLC0415 - the launcher's, not the tests'

    for module in pkgutil.walk_packages(pilotage.__path__, "pilotage."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


def _become_what_is_asked_for(requests: socket.socket) -> bool:
    """Fork for each request; return True in a process that shall run it, and False when nobody asks more."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 4)
        if not message:
            return False
        if os.fork() == 0:
            requests.close()
            return _become(json.loads(message), streams)
        for each in streams:
            os.close(each)


def _become(request: dict[str, object], streams: list[int]) -> bool:
    """Fork once more: one runs the command and returns, the other tells its id and its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = streams.pop()
    pid = os.fork()
    if pid:
        os.write(told, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.close(told)
    for place, each in enumerate(streams):
        os.dup2(each, place)
        os.close(each)
    match request:
        case {"arguments": list(arguments), "environment": dict(environment), "folder": str(folder)}:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[1:] = arguments
    return True


if __name__ == "__main__":
    _import_everything()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that tell
    if _become_what_is_asked_for(socket.socket(fileno=int(sys.argv[1]))):
        from pilotage.cli import main

        main()
