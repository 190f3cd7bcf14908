"""Reading a catalog: the queries in turn, their rows joined into the model's records.

Consumed through :func:`read_catalog` by planning, verification and the command line. What a query leaves out
is said in its file; nothing here decides what to do about a fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from pilotage.catalog.access import ensure_readable
from pilotage.catalog.binary import why_only_text
from pilotage.catalog.extensions import read_extension_sequences, read_extension_tables
from pilotage.catalog.facts import (
    ColumnFacts,
    ForeignKeyFacts,
    IndexFacts,
    RoleName,
    SequenceFacts,
    TableFacts,
    TypeFacts,
    ViewColumnFacts,
    ViewFacts,
    ViewRead,
    complete,
)
from pilotage.catalog.key_indexes import is_indexed
from pilotage.catalog.large_objects import read_batches
from pilotage.catalog.positions import read_positions
from pilotage.catalog.queries import query
from pilotage.catalog.role_facts import read_roles
from pilotage.catalog.rowcounts import count_rows as count_rows_of
from pilotage.catalog.scope import schemas_in_scope
from pilotage.connection import Session
from pilotage.errors import RefusedError, ServerError
from pilotage.model.catalog import (
    Catalog,
    Column,
    Constraint,
    EventTrigger,
    Extension,
    ForeignKey,
    Index,
    LeftOut,
    Policy,
    Routine,
    Rule,
    Schema,
    Sequence,
    Server,
    Table,
    TableKind,
    Trigger,
    UserType,
    View,
    ViewColumn,
    ViewKind,
)
from pilotage.model.names import QualifiedName
from pilotage.model.scope import Scope

R = TypeVar("R")
Rows: TypeAlias = dict[QualifiedName, int]

# undefined_table, undefined_object, undefined_function; and internal_error, which is what a failed look-up by
# OID is. (PostgreSQL's documentation, appendix A)
_GONE = frozenset({"42P01", "42704", "42883", "XX000"})


async def read_server(session: Session) -> Server:
    """Read what the session is connected to."""
    return (await session.records(query("server", session.version_num // 10000), Server))[0]


async def read_catalog(session: Session, scope: Scope, *, count_rows: bool = True) -> Catalog:
    """Read everything in scope, in the caller's REPEATABLE READ transaction and its snapshot.

    Works on PostgreSQL 14 and later. Definitions printed by the server and sequence positions do not follow
    snapshots; they are those of the moment of reading.

    Args:
        session: inside a transaction; its locks on what was counted are given back.
        scope: the schemas to take along.
        count_rows: whether to count the rows of every table and materialized view.

    Raises:
        UsageError: the scope names schemas that do not exist.
        RefusedError: the role cannot read something that must be read, and all of it is named; or the
            structure changed after the snapshot was taken.
    """
    try:
        return await _Reader(session).catalog(scope, count_rows=count_rows)
    except (msgspec.ValidationError, ServerError) as error:
        # A dropped object is NULL to some functions of the server and an error to others.
        if isinstance(error, ServerError) and error.sqlstate not in _GONE:
            raise
        raise RefusedError(
            f"{session.parameters.describe()} cannot be read as of the snapshot ({error}): something was "
            "dropped or altered in the meantime; try again when nobody changes the structure"
        ) from error


class _Reader:
    """One reading: the session, the server's version and the schemas that every query is limited to."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._major = session.version_num // 10000
        self._schemas: list[str] = []

    async def catalog(self, scope: Scope, *, count_rows: bool) -> Catalog:
        server = await read_server(self._session)
        schemas = schemas_in_scope(scope, await self._whole("schemas", Schema), server.database)
        self._schemas = [schema.name for schema in schemas]

        tables = await self._scoped("tables", TableFacts)
        views = await self._scoped("views", ViewFacts)
        sequences = await self._scoped("sequences", SequenceFacts)
        # Before anything is counted, so that what must be granted is known in a second and not in an hour.
        ensure_readable(
            str(await self._session.text("SELECT current_user::text")),
            tables=[table for table in tables if count_rows and _stores_rows(table)],
            views=[view for view in views if count_rows and _stores_rows(view)],
            sequences=sequences,
        )
        indexes = await self._scoped("indexes", IndexFacts)
        keys = await self._scoped("foreign_keys", ForeignKeyFacts)
        constraints = await self._scoped("constraints", Constraint)
        types = await self._scoped("types", UserType)
        routines = await self._scoped("routines", Routine)
        triggers = await self._scoped("triggers", Trigger)
        rules = await self._scoped("rules", Rule)
        policies = await self._scoped("policies", Policy)
        roles = await self._scoped("roles", RoleName)
        extensions = await self._whole("extensions", Extension)
        event_triggers = await self._whole("event_triggers", EventTrigger)
        # As with pg_dump, what belongs to no schema stays behind where schemas are named.
        large_objects = await read_batches(self._session) if not scope.include else ()
        named = {role.name for role in roles}
        named |= {role for batch in large_objects for role in (*batch.owners, *batch.granted)}
        names_of_roles = tuple(sorted(named))
        columns = await self._columns()
        extension_tables = await read_extension_tables(self._session, scope, columns, count_rows=count_rows)
        rows = await self._rows(tables, views) if count_rows else None
        return Catalog(
            server=server,
            scope=tuple(self._schemas),
            schemas=schemas,
            extensions=tuple(sorted(extensions, key=lambda extension: extension.name)),
            types=tuple(sorted(types, key=lambda type_: type_.name)),
            tables=await self._tables(tables, columns, indexes, rows),
            foreign_keys=_foreign_keys(keys, indexes),
            constraints=tuple(sorted(constraints, key=lambda constraint: (constraint.on, constraint.name))),
            indexes=tuple(complete(index, Index) for index in sorted(indexes, key=lambda index: index.name)),
            sequences=await self._sequences(sequences),
            views=await self._views(views, rows),
            routines=tuple(sorted(routines, key=lambda routine: (routine.name, routine.arguments))),
            triggers=tuple(sorted(triggers, key=lambda trigger: (trigger.table, trigger.name))),
            rules=tuple(sorted(rules, key=lambda rule: (rule.table, rule.name))),
            policies=tuple(sorted(policies, key=lambda policy: (policy.table, policy.name))),
            event_triggers=tuple(sorted(event_triggers, key=lambda trigger: trigger.name)),
            roles=names_of_roles,
            role_facts=await read_roles(self._session, names_of_roles),
            large_objects=large_objects,
            extension_tables=extension_tables,
            extension_sequences=await read_extension_sequences(self._session, scope),
            left_out=tuple(sorted(await self._scoped("left_out", LeftOut))),
        )

    async def _whole(self, name: str, of: type[R]) -> tuple[R, ...]:
        """Run a query that is about the whole database."""
        return await self._session.records(query(name, self._major), of)

    async def _scoped(self, name: str, of: type[R]) -> tuple[R, ...]:
        """Run a query that is limited to the schemas in scope."""
        return await self._session.records(query(name, self._major), of, self._schemas)

    async def _rows(self, tables: Iterable[TableFacts], views: Iterable[ViewFacts]) -> Rows:
        counted = [table.name for table in tables if _stores_rows(table)]
        counted += [view.name for view in views if _stores_rows(view)]
        return await count_rows_of(self._session, counted)

    async def _tables(
        self,
        tables: tuple[TableFacts, ...],
        columns: Mapping[int, list[Column]],
        indexes: Iterable[IndexFacts],
        rows: Rows | None,
    ) -> tuple[Table, ...]:
        index_bytes: defaultdict[QualifiedName, int] = defaultdict(int)
        for index in indexes:
            index_bytes[index.table] += index.bytes
        return tuple(
            complete(
                table,
                Table,
                columns=tuple(columns[table.oid]),
                rows=_rows_of(table, rows),
                index_bytes=index_bytes[table.name],
            )
            for table in sorted(tables, key=lambda table: table.name)
        )

    async def _columns(self) -> defaultdict[int, list[Column]]:
        """Return columns in order, by their tables' OIDs."""
        types = {type_.oid: type_ for type_ in await self._scoped("column_types", TypeFacts)}
        columns: defaultdict[int, list[Column]] = defaultdict(list)
        for column in sorted(await self._scoped("columns", ColumnFacts), key=lambda c: (c.table, c.position)):
            columns[column.table].append(
                complete(column, Column, text_only_because=why_only_text(column, types))
            )
        return columns

    async def _sequences(self, sequences: tuple[SequenceFacts, ...]) -> tuple[Sequence, ...]:
        positions = await read_positions(self._session, self._major, sequences)
        return tuple(
            complete(
                sequence,
                Sequence,
                last_value=positions[sequence.oid].last_value,
                is_called=positions[sequence.oid].is_called,
            )
            for sequence in sorted(sequences, key=lambda sequence: sequence.name)
        )

    async def _views(self, views: tuple[ViewFacts, ...], rows: Rows | None) -> tuple[View, ...]:
        reads: defaultdict[int, list[QualifiedName]] = defaultdict(list)
        for read in await self._scoped("view_reads", ViewRead):
            reads[read.view].append(QualifiedName(read.schema, read.name))
        columns: defaultdict[int, list[ViewColumn]] = defaultdict(list)
        for column in sorted(await self._scoped("view_columns", ViewColumnFacts), key=lambda c: c.position):
            columns[column.view].append(complete(column, ViewColumn))
        return tuple(
            complete(
                view,
                View,
                rows=_rows_of(view, rows),
                reads=tuple(sorted(reads[view.oid])),
                own_columns=tuple(columns[view.oid]),
            )
            for view in sorted(views, key=lambda view: view.name)
        )


def _stores_rows(relation: TableFacts | ViewFacts) -> bool:
    """Tell whether it has rows of its own that can be read here."""
    if isinstance(relation, TableFacts):
        return relation.kind is TableKind.TABLE
    return relation.kind is ViewKind.MATERIALIZED and relation.populated


def _rows_of(relation: TableFacts | ViewFacts, counted: Rows | None) -> int | None:
    if counted is not None and relation.kind is TableKind.PARTITIONED:
        return 0
    return (counted or {}).get(relation.name)


def _foreign_keys(keys: Iterable[ForeignKeyFacts], indexes: Iterable[IndexFacts]) -> tuple[ForeignKey, ...]:
    by_table: defaultdict[QualifiedName, list[IndexFacts]] = defaultdict(list)
    for index in indexes:
        by_table[index.table].append(index)
    return tuple(
        complete(key, ForeignKey, indexed=is_indexed(key, by_table[key.table]))
        for key in sorted(keys, key=lambda key: (key.table, key.name))
    )
