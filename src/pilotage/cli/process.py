"""What holds for our process from its first moment: its signals, and its standard streams.

Consumed by ``main``, before anything else is imported; asyncio is not needed for it and would cost time.
"""

from __future__ import annotations

import os
import signal
import sys

LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)
"""Without a handler, these would leave pg_dump at work and a folder with the source's definitions."""


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
