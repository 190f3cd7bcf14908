"""Whether there is room for the connections that a run has side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query

BEFORE = 3
"""Connections to one end before the run: of the checks, of the snapshot, and pg_dump's."""

BESIDES = {End.SOURCE: 1, End.TARGET: 2}
"""Connections to one end besides those that work: at the source the one that holds the snapshot, at the
target the one that holds the run's lock and the one that looks how far the others are."""


class _Room(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``connections.sql``."""

    maximum: int
    reserved: int
    superuser: bool
    of_role: int
    of_database: int
    used: int
    used_by_role: int
    used_in_database: int


class _Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit.

    Attributes:
        ours: of the connections that are used, those that are ours.
        kept: connections that are not for us.
        raised_by: the statement, with a place for the number.
    """

    what: str
    maximum: int
    used: int
    ours: int
    raised_by: str
    kept: int = 0

    @property
    def free(self) -> int:
        return self.maximum - self.used + self.ours


async def _problems(check: Check, session: Session, situation: Situation) -> Sequence[Problem]:
    (room,) = await session.records(query("connections"), _Room)
    role = quote_identifier(str(await session.text("SELECT session_user::text")))
    database = quote_identifier(session.parameters.database)
    return [
        problem
        for limit in _limits(room, situation.open, role, database)
        if (problem := _problem(check, limit, situation)) is not None
    ]


def _limits(room: _Room, ours: int, role: str, database: str) -> Iterator[_Limit]:
    yield _Limit(
        what="the server",
        maximum=room.maximum - room.reserved,
        used=room.used,
        ours=ours,
        kept=room.reserved,
        raised_by="ALTER SYSTEM SET max_connections = {}; -- and restart the server",
    )
    # Superusers are held to neither (InitPostgres, CheckMyDatabase).
    if room.of_role >= 0 and not room.superuser:
        yield _Limit(
            what=f"role {role}",
            maximum=room.of_role,
            used=room.used_by_role,
            ours=ours,
            raised_by=f"ALTER ROLE {role} CONNECTION LIMIT {{}};",
        )
    if room.of_database >= 0 and not room.superuser:
        yield _Limit(
            what=f"database {database}",
            maximum=room.of_database,
            used=room.used_in_database,
            ours=ours,
            raised_by=f"ALTER DATABASE {database} CONNECTION LIMIT {{}};",
        )


def _problem(check: Check, limit: _Limit, situation: Situation) -> Problem | None:
    besides = BESIDES[check.end]
    needed = max(BEFORE, situation.jobs + situation.index_jobs + besides)
    wanted = f"{needed} connections for --jobs {situation.jobs} and --index-jobs {situation.index_jobs}"
    raised = limit.raised_by.format(needed + limit.used - limit.ours + limit.kept)
    if limit.maximum < needed:
        workers = limit.maximum - besides
        fewer = (
            f"--jobs {-(-workers // 2)} --index-jobs {workers // 2}, or: {raised}" if workers > 1 else raised
        )
        # Work at the target is done over as many as there are, and each may need one to the source besides.
        tell = check.stop if check.end is End.SOURCE or limit.maximum < BEFORE else check.warning
        return tell(
            object=limit.what,
            found=f"has no more than {limit.maximum} connections for us",
            wanted=wanted,
            remedy=fewer,
        )
    if limit.free < needed:
        return check.warning(
            object=limit.what,
            found=f"has {limit.free} of its {limit.maximum} connections free at this moment",
            wanted=wanted,
            remedy=f"close some, pass a smaller --jobs or --index-jobs, or: {raised}",
        )
    return None


def _check(end: End) -> Check:
    async def look(situation: Situation) -> Sequence[Problem]:
        session = situation.source if end is End.SOURCE else situation.target
        return await _problems(check, session, situation)

    check = Check(
        name="connections",
        title="there is room for the connections of a run",
        end=end,
        before_reading=True,
        undisturbed=True,
        look=look,
    )
    return check


OF_SOURCE, OF_TARGET = _check(End.SOURCE), _check(End.TARGET)
