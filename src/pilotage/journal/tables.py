"""The journal's tables: made before the first step, dropped after the verdict.

Only ever added to by the steps themselves: each puts its rows into ``done`` in the transaction of its work,
whose primary key lets no step be done twice. Consumed by :mod:`pilotage.journal.writing` and ``reading``.
"""

from __future__ import annotations

from pilotage.connection import Session
from pilotage.errors import RefusedError, ServerError
from pilotage.journal.place import SCHEMA, SCHEMA_COMMENT, WITHOUT_EVENT_TRIGGERS
from pilotage.model.names import quote_identifier, quote_literal

MIGRATION = "pilotage.migration"

TABLE_COMMENT = "pilotage journal, format 1: what a migration has done"

DONE_TWICE = "pilotage_step_done_twice"
"""The constraint that a step breaks which is recorded already; no user's own should have this name."""

CREATE = f"""
CREATE SCHEMA {SCHEMA};
COMMENT ON SCHEMA {SCHEMA} IS {quote_literal(SCHEMA_COMMENT)};
CREATE TABLE pilotage.migration (
    format int PRIMARY KEY,
    pilotage text NOT NULL,
    fingerprint text NOT NULL,
    source text NOT NULL,
    source_identity text NOT NULL,
    choices text NOT NULL,
    started timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE pilotage.migration IS {quote_literal(TABLE_COMMENT)};
CREATE TABLE pilotage.attempt (
    number int PRIMARY KEY,
    snapshot text NOT NULL,
    moment json NOT NULL,
    started timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    ended timestamp with time zone,
    outcome text,
    message text
);
COMMENT ON COLUMN pilotage.attempt.snapshot IS 'of the source, under which rows were read';
COMMENT ON COLUMN pilotage.attempt.moment IS 'by which it is found out later what has changed since';
CREATE TABLE pilotage.step (
    place int PRIMARY KEY,
    id text NOT NULL,
    stage text NOT NULL,
    kind text NOT NULL,
    "group" text NOT NULL,
    "table" text NOT NULL,
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    weight bigint NOT NULL
);
COMMENT ON TABLE pilotage.step IS 'all that is to be done, as the last attempt planned it';
CREATE TABLE pilotage.done (
    step text NOT NULL,
    first_block bigint NOT NULL,
    end_block bigint,
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    left_out bigint NOT NULL,
    filenode bigint NOT NULL,
    seconds double precision NOT NULL,
    attempt int NOT NULL,
    finished timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT {DONE_TWICE} PRIMARY KEY (step, first_block)
);
COMMENT ON TABLE pilotage.done IS 'each step that is done, written in the transaction of its work';
CREATE TABLE pilotage.failure (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt int NOT NULL,
    step text NOT NULL,
    message text NOT NULL,
    at timestamp with time zone NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
"""

_INSUFFICIENT_PRIVILEGE = "42501"
_DUPLICATE_SCHEMA = "42P06"
_DEPENDENT_OBJECTS = "2BP01"


_MAY_CREATE = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"

_GRANT = """
GRANT USAGE ON SCHEMA pilotage TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pilotage TO {role};
"""


async def create_tables(session: Session, role: str = "") -> None:
    """Make the journal's tables, inside the caller's transaction.

    Args:
        role: that the session has taken on, which writes them. Where it may make no schema, they belong to
            the user who connected.

    Raises:
        RefusedError: neither may.
    """
    try:
        if not role or await session.value(_MAY_CREATE):
            await session.run(WITHOUT_EVENT_TRIGGERS + CREATE)
        else:
            name = quote_identifier(role)
            await session.run(
                f"SET LOCAL ROLE NONE;\n{WITHOUT_EVENT_TRIGGERS}{CREATE}{_GRANT.replace('{role}', name)}"
                f"SET LOCAL ROLE {name}"
            )
    except ServerError as error:
        remedy = ""
        if error.sqlstate == _INSUFFICIENT_PRIVILEGE:
            remedy = "; have the database's owner run GRANT CREATE ON DATABASE, or connect as the owner"
        elif error.sqlstate == _DUPLICATE_SCHEMA:
            remedy = (
                "; where `pilotage apply` keeps its record in it, roll its files back or name another "
                "database; else rename that schema"
            )
        raise RefusedError(
            f"the journal (schema {SCHEMA}) cannot be made on the target, and nothing was changed: "
            f"{error}{remedy}"
        ) from error


async def drop_tables(session: Session) -> None:
    """Drop the journal, and its schema with it unless somebody has put something else there."""
    owner = await session.value(
        "SELECT nspowner::pg_catalog.regrole::text FROM pg_catalog.pg_namespace WHERE nspname = $1", SCHEMA
    )
    tables = "pilotage.failure, pilotage.done, pilotage.step, pilotage.attempt, pilotage.migration"
    async with session.transaction():
        # A regrole prints itself quoted.
        await session.run(
            f"SET LOCAL ROLE {owner};\n{WITHOUT_EVENT_TRIGGERS}DROP TABLE {tables}; SAVEPOINT without_schema"
        )
        await drop_schema(session)


async def drop_schema(session: Session) -> None:
    """Drop the journals' schema, after the savepoint ``without_schema``, unless something is left in it."""
    try:
        await session.run(f"DROP SCHEMA {SCHEMA}")
    except ServerError as error:
        if error.sqlstate != _DEPENDENT_OBJECTS:
            raise
        await session.run("ROLLBACK TO SAVEPOINT without_schema")
