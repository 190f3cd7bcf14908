"""Not more than so many bytes a second from one side. Consumed by the scan."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Lets a reader wait until what was read before it would have been read at the rate that is wanted.

    Args:
        bytes_a_second: of tables as they lie on disk; None for no limit.
        now: seconds of a clock that only goes forward.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        bytes_a_second: float | None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._rate = bytes_a_second
        self._now, self._sleep = now, sleep
        self._free_at = now()

    async def turn(self, size: int) -> None:
        """Return when a part of this many bytes may be read."""
        if self._rate is None:
            return
        now = self._now()
        begins = max(now, self._free_at)
        self._free_at = begins + size / self._rate
        if begins > now:
            await self._sleep(begins - now)
