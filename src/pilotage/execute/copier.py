"""Who copies: this process, or another one that does it for us. Consumed by workers.

A worker's transaction on the target has statements before the rows and statements behind them, and both go
through the same copier, whose sessions only it can reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from pilotage.connection import Session
from pilotage.execute.relay import relay_rows
from pilotage.model.plan import LoadTable

COPIES_PER_PROCESS = 3
"""Copies that one process feeds. With rows of 1 kB, of all that was measured the dearest for the client, it
needs 0.28 s of CPU time for 406 MB and the target's server 0.81 s (TCP, no TLS, ``bench/relay.py``): a fourth
copy would have the client's core as its limit."""


class Copier(Protocol):
    """One session at each end, for one task at a time."""

    @property
    def backend_pid(self) -> int:
        """The target's server process that serves it."""

    def is_closed(self) -> bool:
        """Whether the target's session is gone."""

    async def run(self, sql: str) -> str:
        """Run statements on the target and return the last one's command tag."""

    async def copy(
        self,
        step: LoadTable,
        on_bytes: Callable[[int], None],
        *,
        without: Sequence[str] = (),
        blocks: tuple[int, int | None] | None = None,
        freeze: bool = False,
    ) -> tuple[int, int]:
        """Copy rows as :func:`~pilotage.execute.relay.relay_rows` does, and return their number and bytes."""

    def abort(self) -> None:
        """Drop the sessions without a word; what was not committed is rolled back."""


class LocalCopier:
    """Copies in this process, with sessions that the caller opens and closes."""

    def __init__(self, source: Session, target: Session) -> None:
        self._source = source
        self._target = target

    @property
    def backend_pid(self) -> int:
        """The target's server process that serves it."""
        return self._target.backend_pid

    def is_closed(self) -> bool:
        """Whether the target's session is gone."""
        return self._target.is_closed()

    async def run(self, sql: str) -> str:
        """Run statements on the target and return the last one's command tag."""
        return await self._target.run(sql)

    async def copy(
        self,
        step: LoadTable,
        on_bytes: Callable[[int], None],
        *,
        without: Sequence[str] = (),
        blocks: tuple[int, int | None] | None = None,
        freeze: bool = False,
    ) -> tuple[int, int]:
        """Copy rows and return their number and bytes."""
        return await relay_rows(
            self._source, self._target, step, on_bytes, without=without, blocks=blocks, freeze=freeze
        )

    def abort(self) -> None:
        """Drop the sessions without a word."""
        self._source.abort()
        self._target.abort()
