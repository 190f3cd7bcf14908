"""One run at a time: the advisory locks that a run and those who work for it hold on the target.

Consumed by execution, applying and rolling back. The run's lock is held by a session of ours for the whole
run, the workers' lock, which is shared, by each psql or session that writes for it. A run that was killed may
leave such a worker behind on the server, which might go on and commit: whoever holds the run's lock next ends
it first, and a worker that comes too late finds that its run is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from importlib import resources

import msgspec

from pilotage.connection import ConnectionParameters, Session
from pilotage.connection.constants import with_constants
from pilotage.connection.session import open_session
from pilotage.errors import ConnectionLostError, RefusedError, RunFailedError, ServerError
from pilotage.model.visible import visible_text

SPACE = int.from_bytes(b"pilo", "big")
"""The first of the two integers of every advisory lock of ours. Locks belong to one database."""
RUN = 1
WORKER = 2

_TRIES = 10
_PAUSE = 0.2
"""Seconds between tries: the server needs a moment to see that a killed client is gone."""

_SETTLING = 15.0
"""Seconds that a server gets to end what a worker has begun."""

_QUERIES = resources.files("pilotage.journal").joinpath("queries")
_HOLDERS = _QUERIES.joinpath("lock_holders.sql").read_text("utf-8")
_HELD = _QUERIES.joinpath("locks_held.sql").read_text("utf-8")
_RUN_HELD = with_constants(_HELD, (SPACE, RUN))
_WORKER_HELD = with_constants(_HELD, (SPACE, WORKER))


class _Holder(msgspec.Struct, frozen=True):
    """Who holds the run's lock."""

    pid: int
    role: str
    application: str
    host: str
    since: str

    def __str__(self) -> str:
        since = f", since {self.since}" if self.since else ""
        who = f"{self.application or 'a session'} of {self.role} from {self.host}"
        return visible_text(f"{who}{since} (server process {self.pid})")


class RunLock:
    """The run's lock, held; its session may be used for short questions.

    Attributes:
        session: lasts as long as the lock.
    """

    def __init__(self, target: ConnectionParameters, session: Session) -> None:
        self._target = target
        self.session = session

    def entry(self) -> str:
        """Return what a worker does first: it takes the workers' lock and makes sure of the run's."""
        return (
            "DO $$BEGIN\n"
            "PERFORM pg_catalog.set_config('lock_timeout', '0', true);\n"
            f"PERFORM pg_catalog.pg_advisory_lock_shared({SPACE}, {WORKER});\n"
            f"IF NOT EXISTS ({_RUN_HELD} AND pid = {self.session.backend_pid}) THEN\n"
            "RAISE EXCEPTION 'the run that this session works for is gone';\n"
            "END IF;\n"
            "END$$;"
        )

    async def ensure(self) -> None:
        """Take the lock again where its session was lost.

        Raises:
            ConnectionFailedError: the target cannot be reached now.
            ConnectionLostError: it is lost again.
            RunFailedError: another run has it by now.
        """
        if not self.session.is_closed():
            try:
                await self.session.value("SELECT 1")
            except ConnectionLostError:
                self.session.abort()
            else:
                return
        try:
            self.session = await _locked_session(self._target)
        except BusyError as error:
            raise RunFailedError(
                f"the connection that kept others from the target was lost, and {error.holder} is at work "
                "there by now"
            ) from error

    async def settle(self, only: Collection[int] | None = None) -> bool:
        """End whatever worker of any run is at work on the target, and return whether there was one.

        Args:
            only: the server processes to be ended; by default every worker's.

        Raises:
            RefusedError: it belongs to a role whose sessions ours may not end, or does not end.
        """
        found = False
        chosen = "" if only is None else f" AND pid IN ({', '.join(f'{pid:d}' for pid in (0, *only))})"
        try:
            async with asyncio.timeout(_SETTLING):
                while pid := await self.session.value(f"{_WORKER_HELD}{chosen}"):
                    found = True
                    await self.session.value("SELECT pg_catalog.pg_terminate_backend($1)", pid)
                    await asyncio.sleep(0.05)
        except (ServerError, TimeoutError) as error:
            reason = str(error) or "it does not end"
            raise RefusedError(
                f"an interrupted run is still at work on the target, in server process {pid}, and "
                f"could not be ended: {reason}; wait for its end, or have a superuser run "
                f"SELECT pg_terminate_backend({pid}), and run the same command again"
            ) from error
        return found

    async def keep_alive(self, seconds: float = 20.0) -> None:
        """Use the session now and then, until cancelled: firewalls forget connections that are silent.

        Raises:
            ConnectionLostError: the session, and with it the lock, is lost.
        """
        while True:
            await asyncio.sleep(seconds)
            await self.session.value("SELECT 1")


@contextlib.asynccontextmanager
async def hold_run_lock(
    target: ConnectionParameters, on_notice: Callable[[str], None]
) -> AsyncIterator[RunLock]:
    """Hold the run's lock on the target, with nothing of an earlier run still at work.

    Raises:
        RefusedError: another run holds it; the message says whose it is and since when.
    """
    lock = RunLock(target, await _locked_session(target))
    try:
        if await lock.settle():
            on_notice("an interrupted run was still at work on the target; it was ended")
        yield lock
    finally:
        await lock.session.close()


async def _locked_session(target: ConnectionParameters) -> Session:
    session = await open_session(target)
    try:
        await session.run("SET idle_session_timeout TO 0")
        for _ in range(_TRIES):
            if await session.value(f"SELECT pg_catalog.pg_try_advisory_lock({SPACE}, {RUN})"):
                return session
            await asyncio.sleep(_PAUSE)
        raise await _busy(session)  # noqa: TRY301 - the session must go either way
    except BaseException:
        session.abort()
        raise


async def is_worker_there(session: Session) -> bool:
    """Whether a worker of any run has not ended on the server yet."""
    return await session.value(_WORKER_HELD) is not None


async def who_holds_run_lock(session: Session) -> str:
    """Return who is at work on the session's database and since when, in words; empty where nobody is."""
    return "; ".join(map(str, await session.records(_HOLDERS, _Holder, SPACE, RUN)))


async def worker_pids(session: Session) -> frozenset[int]:
    """Return the server processes that work for a run."""
    workers = f"SELECT array_agg(pid) FROM ({_WORKER_HELD}) AS held"  # noqa: S608 - constants
    return frozenset(await session.value(workers) or ())


class BusyError(RefusedError):
    """Another run is at work.

    Attributes:
        holder: who, and since when.
    """

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


async def _busy(session: Session) -> BusyError:
    holders = await session.records(_HOLDERS, _Holder, SPACE, RUN)
    who = "; ".join(map(str, holders)) or "somebody who has just finished"
    return BusyError(
        f"another pilotage is at work on {session.parameters.describe()}, and nothing was changed by this "
        f"one: {who}. Wait for its end; if it is a forgotten one, end its server process with "
        f"SELECT pg_terminate_backend({holders[0].pid if holders else 'pid'})",
        who,
    )
