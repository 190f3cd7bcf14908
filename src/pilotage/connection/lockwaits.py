"""Waiting for locks: noticed while it lasts, told with who is in the way, and given up in time.

Consumed by sessions and by whoever runs pg_dump. A server says nothing while it waits, so another connection
asks it. Who is told, and how, is the caller's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from importlib import resources

import asyncpg
import msgspec

from pilotage.connection.dial import dial
from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.patience import Holder, LockWait, Patience
from pilotage.errors import PilotageError, ServerError

NOTICE = 3.0
"""Seconds after which something that takes long is looked at."""

_EVERY = 2.0
_AT_MOST_EVERY = 15.0


class _Waiting(msgspec.Struct, frozen=True):
    """One of our processes that waits, as ``lock_waits.sql`` describes it."""

    pid: int
    lock: str
    holders: tuple[Holder, ...]


@contextlib.asynccontextmanager
async def attended(
    parameters: ConnectionParameters, *, pid: int = 0, application: str = ""
) -> AsyncIterator[None]:
    """Look after one statement, or the run of one program, as patiently as the parameters ask for.

    Args:
        parameters: whose patience counts; without any, nothing is looked at.
        pid: of the server process that does the work.
        application: the ``application_name`` of all that do it, where the processes are not known.

    Raises:
        ServerError: ``55P03``, as from ``lock_timeout``: a lock was not to be had in time.
    """
    if parameters.patience is None:
        yield
        return
    watch = _Watch(parameters, parameters.patience, pid, application)
    try:
        async with asyncio.timeout(None) as deadline:
            watching = asyncio.create_task(watch.look_now_and_then(deadline))
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.wait([watching])
    except TimeoutError as error:
        if watch.given_up is None:
            raise
        raise ServerError(
            f"gave up {watch.given_up}. Wait until that is done, have it ended, or wait longer: "
            "--lock-wait-timeout",
            sqlstate="55P03",
        ) from error


class _Watch:
    """Looks at what waits; each look is a connection of its own, since most of what takes long does not wait.

    Attributes:
        given_up: the wait that took too long.
    """

    def __init__(
        self, parameters: ConnectionParameters, patience: Patience, pid: int, application: str
    ) -> None:
        self._parameters = dataclasses.replace(parameters, patience=None)
        self._patience = patience
        self._mine = (pid, application)
        self.given_up: LockWait | None = None

    async def look_now_and_then(self, deadline: asyncio.Timeout) -> None:
        clock = asyncio.get_running_loop().time
        seconds = self._patience.seconds
        # What waits at the first look has most likely waited from the beginning.
        began = first_seen = clock()
        since: dict[_Waiting, float] = {}
        pause = NOTICE if seconds is None else min(NOTICE, seconds)
        while True:
            await asyncio.sleep(pause)
            found = await self._look()
            if found is None:
                pause = _EVERY
                continue
            since = {each: _earlier(since, each, first_seen) for each in found}
            first_seen = clock()
            waits = [self._wait(each, clock() - start) for each, start in since.items()]
            for wait in waits:
                self._patience.tell(wait)
            longest = max(waits, key=lambda wait: wait.seconds, default=None)
            pause = _EVERY if waits else min(max(_EVERY, (clock() - began) / 2), _AT_MOST_EVERY)
            if seconds is not None and longest is not None:
                if longest.seconds >= seconds:
                    self.given_up = longest
                    deadline.reschedule(0)
                    return
                pause = min(pause, seconds - longest.seconds)

    def _wait(self, waiting: _Waiting, seconds: float) -> LockWait:
        return LockWait(
            database=self._parameters.describe(), lock=waiting.lock, seconds=seconds, holders=waiting.holders
        )

    async def _look(self) -> tuple[_Waiting, ...] | None:
        """Return what waits; None where the server cannot be asked now."""
        try:
            connection = await dial(self._parameters)
        except (PilotageError, OSError):
            return None
        try:
            listed = await connection.fetchval(_QUERY, *self._mine)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            return None
        else:
            return msgspec.json.decode(listed, type=tuple[_Waiting, ...])
        finally:
            connection.terminate()


def _earlier(since: dict[_Waiting, float], waiting: _Waiting, otherwise: float) -> float:
    """Return when a process was first seen to wait for this lock, whoever has it by now."""
    return next(
        (start for each, start in since.items() if (each.pid, each.lock) == (waiting.pid, waiting.lock)),
        otherwise,
    )


_QUERY = (
    resources.files("pilotage.connection").joinpath("queries", "lock_waits.sql").read_text(encoding="utf-8")
)
