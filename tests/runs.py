"""Runs of pilotage as a process, while they last and afterwards.

Consumed by tests that kill, cut and disturb; on tables in parts as if they were large (``small_parts.py``).
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from pilotage.connection import ConnectionParameters
from tests.servers_at_hand import REPOSITORY


@dataclasses.dataclass
class Run:
    """One run of the command.

    Attributes:
        lines: what it has said so far, standard output and standard error together.
        planned: set when it has said what it is going to do, or has ended.
    """

    process: subprocess.Popen[bytes]
    began: float
    lines: list[str] = dataclasses.field(default_factory=list)
    planned: threading.Event = dataclasses.field(default_factory=threading.Event)
    _reader: threading.Thread | None = None

    def read(self) -> None:
        """Collect what it says in a thread, until it ends."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                if " steps, " in self.lines[-1]:
                    self.planned.set()
        self.planned.set()

    def wait(self, seconds: float = 120.0) -> int:
        """Wait for its end and return its exit code; one that does not end in time is a defect."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"stuck for {seconds:.0f} s:\n{self.words}") from None
        finally:
            if self._reader is not None:
                self._reader.join(10)
        assert "Traceback" not in self.words, self.words
        return self.process.returncode

    @property
    def words(self) -> str:
        """What it has said."""
        return "\n".join(self.lines)


def start(arguments: Sequence[str], *, module: str = "tests.small_parts") -> Run:
    """Start pilotage."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    run = Run(process, time.monotonic())
    run.read()
    return run


def dsn(parameters: ConnectionParameters) -> str:
    """Return the way in as an argument of the command line."""
    return (
        f"host={parameters.host} port={parameters.port} user={parameters.user} dbname={parameters.database}"
    )
