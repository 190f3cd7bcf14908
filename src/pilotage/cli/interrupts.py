"""Being stopped: by Ctrl-C, by whoever started us, or by a terminal that goes away, with nothing left behind.

Consumed by the command line. What a stopped run says of the target is the work's matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from pilotage.cli.process import LIKE_CTRL_C

T = TypeVar("T")


async def cancelled_by_signals(work: Coroutine[Any, Any, T]) -> T:
    """Run the work, and cancel it at a signal; Ctrl-C itself is asyncio's matter."""
    task = asyncio.current_task()
    if task is None:  # a coroutine that runs is in a task
        raise RuntimeError("no task is running")
    with _handlers(asyncio.get_running_loop(), task):
        return await work


@contextlib.contextmanager
def _handlers(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in LIKE_CTRL_C}
    handled = [number for number in LIKE_CTRL_C if before[number] != signal.SIG_IGN]
    for number in handled:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
