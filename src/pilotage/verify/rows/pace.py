"""Not more than so many bytes a second from one side. Consumed by the scan."""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Lets those that read wait until what was read before would have been read at the rate that is wanted.

    Args:
        bytes_a_second: of the tables' own size, by which a server reads them; None for no limit.
    """

    def __init__(self, bytes_a_second: float | None) -> None:
        self._rate = bytes_a_second
        self._free_at = time.monotonic()

    async def turn(self, size: int) -> None:
        """Return when a part of this many bytes may be read."""
        if self._rate is None:
            return
        now = time.monotonic()
        begins = max(now, self._free_at)
        self._free_at = begins + size / self._rate
        if begins > now:
            await asyncio.sleep(begins - now)
