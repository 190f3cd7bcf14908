"""Being stopped: by Ctrl-C, by whoever started us, or by a terminal that goes away.

Consumed by the command line. The first signal cancels the work, which may finish what is cheap and say what
it knows of the target. The second cancels it once more, in the middle of that, and then waits for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Any, NoReturn, TypeVar

from pilotage.cli.process import LIKE_CTRL_C
from pilotage.errors import RunInterruptedError
from pilotage.programs.running import kill_programs

T = TypeVar("T")

AT_ONCE = 1.0
"""Seconds that the work has after the second signal, to close files and to say a last word of its own."""

_STANDARD_ERROR = 2
_CURSOR_BACK = b"\r\x1b[J\x1b[?25h"
"""Below a live screen, which hides the cursor."""


class Interrupts:
    """Signals that ask us to stop, on their way to the work.

    Attributes:
        number: how many came.
    """

    def __init__(self, last_words: str) -> None:
        self._last_words = last_words
        self._task: asyncio.Task[Any] | None = None
        self.number = 0

    async def attend(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the work, so that signals cancel it."""
        self._task = asyncio.current_task()
        # Of a connection that is lost while nobody waits for it, the driver leaves an exception behind that
        # nobody takes. Whoever uses the connection next is told; the user is to see no traceback.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        return await work

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Do what one more signal asks for; in the main thread, wherever that is."""
        self.number += 1
        if self._task is None:
            raise KeyboardInterrupt
        # It may be over, and its loop be closed.
        with contextlib.suppress(RuntimeError):
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)
        if self.number == 2:
            # From a thread: the work may be at something that listens to nobody.
            ending = threading.Timer(AT_ONCE, self._end)
            ending.daemon = True
            ending.start()
        elif self.number > 2:
            self._end()

    def _end(self) -> NoReturn:
        kill_programs()
        with contextlib.suppress(OSError):
            if os.isatty(_STANDARD_ERROR):
                os.write(_STANDARD_ERROR, _CURSOR_BACK)
            os.write(_STANDARD_ERROR, f"pilotage: interrupted; {self._last_words}\n".encode())
        os._exit(RunInterruptedError.exit_code)


@contextlib.contextmanager
def interrupts(last_words: str) -> Iterator[Interrupts]:
    """Take the signals that ask us to stop, those apart that whoever started us ignores.

    Args:
        last_words: what to say where the second signal leaves nobody else the time to.
    """
    ours = Interrupts(last_words)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *LIKE_CTRL_C)}
    taken = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    for number in taken:
        signal.signal(number, ours.on_signal)
    try:
        yield ours
    finally:
        for number in taken:
            # Once asked to stop, we are about to: one more must not end us by the signal itself.
            signal.signal(number, signal.SIG_IGN if ours.number else before[number])
