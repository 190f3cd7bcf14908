"""The journal of a target: which files are on it, each recorded in the transaction of the file itself.

Consumed by applying and rolling back. It is made before the first file and goes with the last; what is in it
is written by the files' own sessions, with the statements given here.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilotage.connection import Session
from pilotage.errors import RefusedError, ServerError
from pilotage.journal.place import SCHEMA, SCHEMA_COMMENT, WITHOUT_EVENT_TRIGGERS
from pilotage.journal.reading import is_there
from pilotage.journal.tables import drop_schema
from pilotage.model.names import quote_literal

TABLE = "pilotage.journal"

_COMMENT = "pilotage journal, format 1: the SQL files that are on this database"

_CREATE = f"""
CREATE SCHEMA {SCHEMA};
COMMENT ON SCHEMA {SCHEMA} IS {quote_literal(SCHEMA_COMMENT)};
CREATE TABLE {TABLE} (
    file text PRIMARY KEY,
    sha256 text NOT NULL,
    rows bigint NOT NULL,
    edited boolean NOT NULL,
    fingerprint text NOT NULL,
    manifest text NOT NULL,
    started timestamp with time zone NOT NULL,
    finished timestamp with time zone NOT NULL,
    applied_by text NOT NULL,
    pilotage text NOT NULL
);
COMMENT ON TABLE {TABLE} IS {quote_literal(_COMMENT)};
COMMENT ON COLUMN {TABLE}.edited IS 'whether it was another than the one that was generated';
COMMENT ON COLUMN {TABLE}.fingerprint IS 'of the plan that the files were made from';
COMMENT ON COLUMN {TABLE}.manifest IS 'SHA-256 of the manifest that lists the files';
"""

_ROWS = f"""
    SELECT file, sha256, rows, edited, fingerprint, manifest, applied_by,
        pg_catalog.to_char(finished AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS finished
    FROM {TABLE} ORDER BY file COLLATE "C"
"""  # noqa: S608 - constants

_INSUFFICIENT_PRIVILEGE = "42501"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is on the target.

    Attributes:
        manifest: the SHA-256 of the manifest under which it ran.
    """

    file: str
    sha256: str
    rows: int
    edited: bool
    fingerprint: str
    manifest: str
    applied_by: str
    finished: str


async def read_journal(session: Session) -> dict[str, Record] | None:
    """Return what is recorded, by file; None where the target has no journal.

    Raises:
        RefusedError: a schema of that name is there and holds something else.
    """
    comment = await session.value(
        "SELECT coalesce(pg_catalog.obj_description(pg_catalog.to_regclass($1), 'pg_class'), '') "
        "FROM pg_catalog.pg_namespace WHERE nspname = $2",
        TABLE,
        SCHEMA,
    )
    if comment is None:
        return None
    if await is_there(session):
        raise RefusedError(
            "the target holds a migration that `pilotage migrate` has begun and not finished; nothing was "
            "changed. Finish it with the same command, or empty the target"
        )
    if comment != _COMMENT:
        raise RefusedError(
            f"the target has a schema {SCHEMA} that holds no journal of this version's; nothing was changed. "
            "Rename it, or drop it where it is left over from an earlier pilotage"
        )
    return {record.file: record for record in await session.records(_ROWS, Record)}


async def create_journal(session: Session) -> None:
    """Make the journal, in a transaction of its own.

    Raises:
        RefusedError: the role may not; nothing was changed.
    """
    try:
        async with session.transaction():
            await session.run(WITHOUT_EVENT_TRIGGERS + _CREATE)
    except ServerError as error:
        remedy = ""
        if error.sqlstate == _INSUFFICIENT_PRIVILEGE:
            remedy = "; have the database's owner run GRANT CREATE ON DATABASE, or connect as the owner"
        raise RefusedError(
            f"the journal (schema {SCHEMA}) cannot be made on the target, and nothing was changed: "
            f"{error}{remedy}"
        ) from error


async def remove_journal(session: Session) -> None:
    """Drop the journal, and its schema unless somebody has put something else there."""
    async with session.transaction():
        await session.run(f"{WITHOUT_EVENT_TRIGGERS} DROP TABLE {TABLE}")
        await session.run("SAVEPOINT without_schema")
        await drop_schema(session)


async def is_recorded(session: Session, file: str) -> bool:
    """Whether a file is recorded."""
    return bool(await session.value(f"SELECT EXISTS (SELECT FROM {TABLE} WHERE file = $1)", file))  # noqa: S608 - constant


async def forget(session: Session, files: Iterable[str]) -> None:
    """Remove the records of files that have left nothing to be taken back."""
    await session.run(forgetting(files))


def recording(
    *, file: str, sha256: str, rows: int, edited: bool, fingerprint: str, manifest: str, pilotage: str
) -> str:
    """Return the statement, on one line, that records a file in the transaction that it ends."""
    texts = ", ".join(map(quote_literal, (fingerprint, manifest)))
    return (
        f"INSERT INTO {TABLE} (file, sha256, rows, edited, fingerprint, manifest, "  # noqa: S608 - quoted
        f"started, finished, applied_by, pilotage) VALUES ({quote_literal(file)}, {quote_literal(sha256)}, "
        f"{rows}, {'true' if edited else 'false'}, {texts}, pg_catalog.transaction_timestamp(), "
        f"pg_catalog.clock_timestamp(), session_user, {quote_literal(pilotage)});"
    )


def forgetting(files: Iterable[str]) -> str:
    """Return the statement, on one line, that removes records in the transaction that undoes the files."""
    names = ", ".join(map(quote_literal, files))
    return f"DELETE FROM {TABLE} WHERE file IN ({names});"  # noqa: S608 - quoted
