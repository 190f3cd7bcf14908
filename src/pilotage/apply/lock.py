"""One run at a time: the advisory locks that a run and its psql hold on the target.

Consumed by applying and rolling back. The run's lock is held by a session of ours for the whole run, the
file's lock by the psql at work. A run that was killed leaves its psql behind, which might go on and commit:
whoever holds the run's lock next ends it first, and a psql that comes too late finds that its run is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import msgspec

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import RefusedError, ServerError
from pilotage.model.visible import visible_text

SPACE = int.from_bytes(b"pilo", "big")
"""The first of the two integers of every advisory lock of ours. Locks belong to one database."""
RUN = 1
FILE = 2

_TRIES = 10
_PAUSE = 0.2
"""Seconds between tries: the server needs a moment to see that a killed client is gone."""

_SETTLING = 15.0
"""Seconds that a server gets to end what a psql has begun."""

# A lock of two integers has objsubid 2 (pg_locks).
_HELD = f"""
    SELECT pid FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = {SPACE}
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""  # noqa: S608 - constants

_HOLDER = f"""
    SELECT held.pid, coalesce(usename::text, 'somebody') AS role,
        coalesce(application_name, '') AS application,
        coalesce(pg_catalog.host(client_addr), 'the server''s own machine') AS host,
        coalesce(pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), '')
            AS since
    FROM ({_HELD} AND objid = {RUN}) AS held
    LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
"""  # noqa: S608 - constants


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

    def __init__(self, session: Session, pid: int) -> None:
        self.session = session
        self._pid = pid

    def entry(self) -> str:
        """Return what a psql of this run does first: it takes the file's lock and makes sure of the run's."""
        return (
            "DO $$BEGIN\n"
            "PERFORM pg_catalog.set_config('lock_timeout', '0', true);\n"
            f"PERFORM pg_catalog.pg_advisory_lock({SPACE}, {FILE});\n"
            f"IF NOT EXISTS ({_HELD} AND objid = {RUN} AND pid = {self._pid}) THEN\n"
            "RAISE EXCEPTION 'the run that started this psql is gone';\n"
            "END IF;\n"
            "END$$"
        )

    async def settle(self) -> bool:
        """End whatever psql of any run is at work on the target, and return whether there was one.

        Raises:
            RefusedError: it belongs to a role whose sessions ours may not end, or does not end.
        """
        found = False
        try:
            async with asyncio.timeout(_SETTLING):
                while pid := await self.session.value(f"{_HELD} AND objid = {FILE}"):
                    found = True
                    await self.session.value("SELECT pg_catalog.pg_terminate_backend($1)", pid)
                    await asyncio.sleep(0.05)
        except (ServerError, TimeoutError) as error:
            reason = str(error) or "it does not end"
            raise RefusedError(
                f"a file of an interrupted run is still at work on the target, in server process {pid}, and "
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
    async with connect(target) as session:
        await session.run("SET idle_session_timeout TO 0")
        for _ in range(_TRIES):
            if await session.value(f"SELECT pg_catalog.pg_try_advisory_lock({SPACE}, {RUN})"):
                break
            await asyncio.sleep(_PAUSE)
        else:
            raise RefusedError(await _busy(session))
        lock = RunLock(session, await session.value("SELECT pg_catalog.pg_backend_pid()"))
        if await lock.settle():
            on_notice("a file of an interrupted run was still at work on the target; it was ended")
        yield lock


async def is_file_at_work(session: Session) -> bool:
    """Whether a psql of any run has not ended on the server yet."""
    return await session.value(f"{_HELD} AND objid = {FILE}") is not None


async def _busy(session: Session) -> str:
    holders = await session.records(_HOLDER, _Holder)
    who = "; ".join(map(str, holders)) or "somebody who has just finished"
    return (
        f"another pilotage is at work on {session.parameters.describe()}, and nothing was changed by this "
        f"one: {who}. Wait for its end; if it is a forgotten one, end its server process with "
        f"SELECT pg_terminate_backend({holders[0].pid if holders else 'pid'})"
    )
