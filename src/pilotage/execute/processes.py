"""What server processes at work are doing, as the server tells it.

Consumed by the watcher of a run, which knows what each process is there for, and by ``pilotage status``,
which does not.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib import resources

import msgspec

from pilotage.connection import Session
from pilotage.connection.patience import Holder
from pilotage.model.run import Unit


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A server process.

    Attributes:
        application: the ``application_name`` of its session.
        phase: in PostgreSQL's words; empty where it has none for such a statement.
        done, total, unit: of the phase; a total of None is not known.
        relation: the table that it works on, as SQL names it; empty where the server does not tell.
        query: the beginning of its last statement.
        seconds: since that statement began.
        lock: what it waits for, such as ``relation app.orders``; empty where it does not wait for a lock.
        holders: who is in the way.
    """

    pid: int
    application: str
    phase: str
    done: int
    total: int | None
    unit: Unit
    relation: str
    query: str
    seconds: float | None
    lock: str
    holders: tuple[Holder, ...]


async def read_processes(session: Session, pids: Collection[int]) -> tuple[Process, ...]:
    """Return what those of these processes that are there are doing, by number."""
    return await session.records(_QUERY, Process, list(pids))


_QUERY = resources.files("pilotage.execute").joinpath("queries", "processes.sql").read_text(encoding="utf-8")
