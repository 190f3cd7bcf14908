"""What holds for our process from its first moment: its signals, its standard streams, its garbage.

Consumed by ``main``, before anything else is imported; asyncio is not needed for it and would cost time.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys

LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)
"""Without a handler, these would leave pg_dump at work and a folder with the source's definitions."""


OBJECTS_BETWEEN_COLLECTIONS = 10_000
"""Python's 700 would have what is imported and planned looked through again and again, for a few cycles:
25 ms of the 300 that importing a migration's modules takes, and a tenth of planning."""


def collect_garbage_seldom() -> None:
    """Look for cycles of garbage after more objects than Python does; all else is freed at once as ever."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def leave_garbage() -> None:
    """Spare the interpreter its last look for cycles: 50 ms, for what the system takes back at once."""
    gc.freeze()


def treat_like_ctrl_c() -> None:
    """Let the other signals that ask a program to end do what Ctrl-C does; nohup's choice stands."""
    for number in LIKE_CTRL_C:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def ensure_standard_streams() -> None:
    """Open what was closed, to nowhere: else the next connection becomes our standard output."""
    for number, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, flags)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        mode = "r" if flags == os.O_RDONLY else "w"
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


class _Messages(io.FileIO):
    """Standard error. That nobody reads it any more, or its disk is full, ends no run."""

    def write(self, data: object, /) -> int:
        """Write, now or from now on to nowhere."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return super().write(data)  # type: ignore[arg-type]


def go_on_unheard() -> None:
    """Let what is told on standard error go nowhere once it can go nowhere else.

    Rich and Python would exit with 1, which is a verdict here, and leave a migration where it was.
    """
    given = sys.stderr
    if given is not sys.__stderr__ or given is None:
        return
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Messages(given.fileno(), "w", closefd=False)),
        encoding=given.encoding,
        errors=given.errors,
        line_buffering=True,
    )
