"""Reading a database's facts, in the caller's transaction and its snapshot.

Consumed by the command line, verification and migration. Which facts there are is said by the queries alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from pilotage.catalog.queries import Queries, query
from pilotage.catalog.scope import schemas_in_scope
from pilotage.compare.catalogs import COMPARED, DERIVED, LEFT_OUT
from pilotage.connection import Session
from pilotage.errors import RefusedError, ServerError
from pilotage.model.catalog import Schema
from pilotage.model.facts import Described, Facts
from pilotage.model.scope import Scope

_FOLDER = resources.files("pilotage.compare") / "queries"
OBJECTS = Queries(_FOLDER / "objects")
ADDITIONS = Queries(_FOLDER / "additions")

_PLACE = "--facts--"
_SCOPED = "$1"
_INSUFFICIENT_PRIVILEGE = "42501"
# undefined_table, undefined_object, undefined_function, internal_error: what look-ups of something dropped
# after the snapshot raise (PostgreSQL's documentation, appendix A)
_GONE = frozenset({"42P01", "42704", "42883", "XX000"})


async def read_facts(session: Session, scope: Scope, *, all_exist: bool = True) -> Facts:
    """Read every fact of what is in scope.

    With a scope that names schemas, what belongs to the database as a whole is left out. A query that the
    server refuses for want of a privilege is noted and passed over.

    Args:
        session: inside a REPEATABLE READ transaction. What the server prints of definitions does not follow
            snapshots; it is that of the moment of reading.
        scope: the schemas to read.
        all_exist: whether those that the scope names must be there; else a missing one is not read.

    Raises:
        UsageError: the scope names schemas that do not exist.
        RefusedError: the structure changed after the snapshot was taken.
    """
    reader = _Reader(session, whole=not (scope.include or scope.exclude))
    return await reader.facts(await _schemas(session, scope, all_exist=all_exist))


async def _schemas(session: Session, scope: Scope, *, all_exist: bool) -> list[str]:
    existing = await session.records(query("schemas", session.version_num // 10000), Schema)
    names = {schema.name for schema in existing}
    if not all_exist:
        include = tuple(name for name in scope.include if name in names)
        if scope.include and not include:
            return []
        scope = Scope(include=include, exclude=tuple(name for name in scope.exclude if name in names))
    database = str(await session.value("SELECT current_database()::text"))
    return [schema.name for schema in schemas_in_scope(scope, existing, database)]


class _Reader:
    def __init__(self, session: Session, *, whole: bool) -> None:
        self._session = session
        self._major = session.version_num // 10000
        self._whole = whole
        self._wrapper = (_FOLDER / "identified.sql").read_text("utf-8")
        self._schemas: list[str] = []
        self._not_read: dict[str, str] = {}

    async def facts(self, schemas: list[str]) -> Facts:
        self._schemas = schemas
        return Facts(
            major=self._major,
            whole=self._whole,
            objects=await self._read(OBJECTS),
            additions=await self._read(ADDITIONS),
            not_read=self._not_read,
            unknown_catalogs=await self._unknown_catalogs(),
        )

    async def _read(self, queries: Queries) -> Mapping[str, tuple[Described, ...]]:
        described: dict[str, tuple[Described, ...]] = {}
        for name in queries.names(self._major):
            text = queries.text(name, self._major)
            if self._whole or _SCOPED in text:
                found = await self._run(name, text)
                if found is not None:
                    described[name] = found
        return described

    async def _run(self, name: str, text: str) -> tuple[Described, ...] | None:
        arguments: list[list[str]] = [self._schemas] if _SCOPED in text else []
        wrapped = self._wrapper.replace(_PLACE, text)
        await self._session.run("SAVEPOINT pilotage_facts")
        try:
            return await self._session.records(wrapped, Described, *arguments)
        except ServerError as error:
            if error.sqlstate in _GONE:
                raise RefusedError(
                    f"{self._session.parameters.describe()} cannot be read as of the snapshot ({error}): "
                    "something was dropped or altered in the meantime; try again when nobody changes the "
                    "structure"
                ) from error
            if error.sqlstate != _INSUFFICIENT_PRIVILEGE:
                raise
            self._not_read[name] = f"{self._session.parameters.describe()}: {error}"
            return None
        finally:
            # Also gives back the locks that the printing of definitions takes.
            if not self._session.is_closed():
                await self._session.run(
                    "ROLLBACK TO SAVEPOINT pilotage_facts; RELEASE SAVEPOINT pilotage_facts"
                )

    async def _unknown_catalogs(self) -> tuple[str, ...]:
        names: list[str] = await self._session.value(
            "SELECT coalesce(array_agg(relname::text ORDER BY relname COLLATE \"C\"), '{}') FROM pg_class "
            "WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND oid < 16384"
        )
        return tuple(name for name in names if name not in COMPARED | DERIVED | LEFT_OUT.keys())
