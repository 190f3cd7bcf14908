"""Reading the journal of a migration.

Consumed by preflight, by execution that continues, by verification and ``pilotage status``.
"""

from __future__ import annotations

from importlib import resources

from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.journal.place import SCHEMA, SCHEMA_COMMENT
from pilotage.journal.tables import MIGRATION, TABLE_COMMENT
from pilotage.model.journal import Attempt, Begun, Done, Failure, Journal, PlannedStep

_QUERIES = resources.files("pilotage.journal").joinpath("queries")


async def is_there(session: Session) -> bool:
    """Whether the session's database has a migration's journal.

    Raises:
        RefusedError: it has one that a newer pilotage wrote.
    """
    comment = await session.value(
        "SELECT coalesce(pg_catalog.obj_description(pg_catalog.to_regclass($1), 'pg_class'), '') "
        "FROM pg_catalog.pg_namespace WHERE nspname = $2",
        MIGRATION,
        SCHEMA,
    )
    if not comment:
        return False
    if comment != TABLE_COMMENT:
        raise RefusedError(
            f"{session.parameters.describe()} has a journal of another version of pilotage ({comment}); "
            "continue with that version, or empty the database and start again"
        )
    return True


async def is_passed_over(session: Session) -> bool:
    """Whether the session's database has a schema of ours, which is nobody's to migrate or to compare."""
    return bool(
        await session.value(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1 "
            "AND pg_catalog.obj_description(oid, 'pg_namespace') = $2)",
            SCHEMA,
            SCHEMA_COMMENT,
        )
    )


async def read_journal(session: Session) -> Journal | None:
    """Return what the target remembers; None where there is no journal of a migration.

    Raises:
        RefusedError: there is one that a newer pilotage wrote, or the role may not read it.
    """
    if not await is_there(session):
        return None
    (begun,) = await session.records(_query("migration"), Begun)
    return Journal(
        begun=begun,
        attempts=await session.records(_query("attempts"), Attempt),
        steps=await session.records(_query("steps"), PlannedStep),
        done=await read_done(session),
        failures=await session.records(_query("failures"), Failure),
    )


async def read_done(session: Session) -> tuple[Done, ...]:
    """Return what is recorded as done."""
    return await session.records(_query("done"), Done)


def _query(name: str) -> str:
    return _QUERIES.joinpath(f"{name}.sql").read_text("utf-8")
