"""The workers of a pass: connected when they are needed first, and kept from one stage to the next.

Consumed by a pass. A server forks and warms up for each connection, which small databases would feel.
"""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Self

from pilotage.execute.worker import Work, Worker, hold_worker
from pilotage.journal.lock import RunLock


class Workers:
    """Hands out workers; use as an asynchronous context manager, at whose end all are closed.

    Attributes:
        at_hand: how many are connected.
    """

    def __init__(self, work: Work, lock: RunLock) -> None:
        self._work = work
        self._lock = lock
        self._stack = contextlib.AsyncExitStack()
        self._idle: list[Worker] = []
        self.at_hand = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def take(self) -> Worker:
        """Return a worker that nobody has, a new one where there is none.

        Raises:
            ConnectionFailedError: the target cannot be reached now.
            ConnectionLostError: this run does not hold the lock any more.
        """
        if self._idle:
            return self._idle.pop()
        worker = await self._stack.enter_async_context(hold_worker(self._work, self._lock))
        self.at_hand += 1
        return worker

    def give_back(self, worker: Worker) -> None:
        """Take a worker back that has nothing more to do for now."""
        self._idle.append(worker)

    def lose(self) -> None:
        """Note that a worker's connection is lost."""
        self.at_hand -= 1
