"""Being stopped: by Ctrl-C, by whoever started us, or by a terminal that goes away, with nothing left behind.

Consumed by the command line. What a stopped run says of the target is the work's matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_LIKE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)
"""Without a handler, these would leave pg_dump at work and a folder with the source's definitions."""


def treat_like_ctrl_c() -> None:
    """Let the other signals that ask a program to end do what Ctrl-C does; nohup's choice stands."""
    for number in _LIKE_CTRL_C:
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


async def cancelled_by_signals(work: Coroutine[Any, Any, T]) -> T:
    """Run the work, and cancel it at a signal; Ctrl-C itself is asyncio's matter."""
    task = asyncio.current_task()
    if task is None:  # a coroutine that runs is in a task
        raise RuntimeError("no task is running")
    with _handlers(asyncio.get_running_loop(), task):
        return await work


@contextlib.contextmanager
def _handlers(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _LIKE_CTRL_C}
    handled = [number for number in _LIKE_CTRL_C if before[number] != signal.SIG_IGN]
    for number in handled:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
