"""Watching a run: how far its long statements are, and for whose locks they wait.

Consumed by the runner. A server says nothing of a statement while it works on it, so another session asks. It
must not disturb the run: it asks only while something takes long, and where it cannot, it is silent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.session import open_session
from pilotage.errors import PilotageError
from pilotage.execute.processes import Process, read_processes
from pilotage.model.run import Event, StepProgress, Wait, Waiting, WaitReason

EVERY = 1.0
"""Seconds between two looks, and from which a step takes long. A look costs the server 3 ms of CPU."""

_PATIENCE = 5.0
"""Seconds that an answer may take before the session is given up."""
_LONGEST_PAUSE = 60.0
"""Seconds after which a lost session is tried again, at the latest."""


@contextlib.asynccontextmanager
async def watching(
    target: ConnectionParameters,
    at_work: Mapping[int, str],
    on_event: Callable[[Event], None],
    *,
    every: float = EVERY,
) -> AsyncIterator[None]:
    """Tell of steps that take long, while the block lasts.

    Args:
        at_work: the id of the step that each server process of ours is at; its owner changes it as it likes.
        on_event: told of :class:`StepProgress` and :class:`Waiting`.
        every: seconds between two looks.
    """
    watcher = asyncio.create_task(_Watcher(target, at_work, on_event, every).look_on())
    try:
        yield
    finally:
        watcher.cancel()
        await asyncio.wait([watcher])


class _Watcher:
    """Asks a server, through a session that it opens when there is something to ask and keeps then."""

    def __init__(
        self,
        target: ConnectionParameters,
        at_work: Mapping[int, str],
        on_event: Callable[[Event], None],
        every: float,
    ) -> None:
        self._target = target
        self._at_work = at_work
        self._tell = on_event
        self._every = every
        self._seen: dict[int, str] = {}
        self._progress: dict[str, StepProgress] = {}
        self._waits: dict[int, float] = {}
        self._told_waits = False
        self._failed = 0

    async def look_on(self) -> None:
        """Look until cancelled; after a session that failed comes another, later and later."""
        session: Session | None = None
        pause = self._every
        try:
            while True:
                await asyncio.sleep(pause)
                pause = self._every
                long = self._long()
                if session is None and not long:
                    continue
                try:
                    async with asyncio.timeout(_PATIENCE):
                        session = session or await self._open()
                        await self._look(session, long)
                    self._failed = 0
                except (PilotageError, TimeoutError):
                    if session is not None:
                        session.abort()
                    session = None
                    self._failed += 1
                    pause = min(self._every * 2**self._failed, _LONGEST_PAUSE)
        finally:
            # Without a goodbye: a run that ends does not wait for the one who looked on.
            if session is not None:
                session.abort()

    async def _open(self) -> Session:
        session = await open_session(self._target)
        try:
            await session.run("SET idle_session_timeout TO 0; SET statement_timeout TO '4s'")
        except BaseException:
            session.abort()
            raise
        return session

    def _long(self) -> dict[int, str]:
        """Return what is at the same step as at the last look."""
        now = dict(self._at_work)
        long = {pid: step for pid, step in now.items() if self._seen.get(pid) == step}
        self._seen = now
        return long

    async def _look(self, session: Session, long: Mapping[int, str]) -> None:
        found = await read_processes(session, long) if long else ()
        # By the time of the answer, some are at other steps, and what is told would not be theirs.
        now = dict(self._at_work)
        still = [process for process in found if now.get(process.pid) == long[process.pid]]
        self._tell_progress(still, now)
        self._tell_waits(still, now)

    def _tell_progress(self, processes: Iterable[Process], steps: Mapping[int, str]) -> None:
        of_step: dict[str, list[Process]] = defaultdict(list)
        for process in processes:
            if process.phase:
                of_step[steps[process.pid]].append(process)
        now = {step: _together(step, of) for step, of in of_step.items()}
        for step, progress in now.items():
            if self._progress.get(step) != progress:
                self._tell(progress)
        self._progress = now

    def _tell_waits(self, processes: Iterable[Process], steps: Mapping[int, str]) -> None:
        waiting = [process for process in processes if process.lock]
        now = asyncio.get_running_loop().time()
        self._waits = {process.pid: self._waits.get(process.pid, now) for process in waiting}
        if waiting or self._told_waits:
            self._tell(
                Waiting(
                    at_work=True,
                    waits=tuple(_wait(each, steps, now - self._waits[each.pid]) for each in waiting),
                )
            )
        self._told_waits = bool(waiting)


def _together(step: str, processes: list[Process]) -> StepProgress:
    """Return the progress of a step at which several processes may be, each with a part of the same kind."""
    first = processes[0]
    alike = [process for process in processes if (process.phase, process.unit) == (first.phase, first.unit)]
    totals = [process.total for process in alike if process.total is not None]
    return StepProgress(
        step=step,
        phase=first.phase,
        done=sum(process.done for process in alike),
        total=sum(totals) if len(totals) == len(alike) else None,
        unit=first.unit,
    )


def _wait(process: Process, steps: Mapping[int, str], seconds: float) -> Wait:
    return Wait(
        reason=WaitReason.LOCK,
        steps=1,
        first=steps[process.pid],
        object=process.lock,
        by=tuple(steps[holder.pid] for holder in process.holders if holder.pid in steps),
        sessions=tuple(str(holder) for holder in process.holders if holder.pid not in steps),
        seconds=seconds,
    )
