"""Waits for locks of others, told on standard error.

Consumed by the commands that read a source. How a wait is noticed is said in the connection's room.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import time

from pilotage.connection import ConnectionParameters
from pilotage.connection.patience import LockWait, Patience

_AGAIN = 30.0
"""Seconds after which a wait for the same sessions is told again."""


def telling_of_waits(parameters: ConnectionParameters, timeout: float | None) -> ConnectionParameters:
    """Return parameters whose sessions tell whom they wait for.

    Args:
        parameters: of a server that we read.
        timeout: seconds after which to give up; None for never.
    """
    return dataclasses.replace(parameters, patience=Patience(tell=_Teller(), seconds=timeout))


class _Teller:
    """Tells a wait once, and again now and then while it lasts; who waits in two sessions waits once."""

    def __init__(self) -> None:
        self._told: dict[frozenset[int], float] = {}

    def __call__(self, wait: LockWait) -> None:
        holders = frozenset(holder.pid for holder in wait.holders)
        now = time.monotonic()
        if now - self._told.get(holders, -_AGAIN) < _AGAIN:
            return
        self._told[holders] = now
        with contextlib.suppress(OSError):
            sys.stderr.write(f"pilotage: {wait}\n")
            sys.stderr.flush()
