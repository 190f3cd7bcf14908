"""What users keep in extensions' own tables and sequences.

pg_dump dumps it too, as far as it dumps the extension. Consumed by the reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pilotage.catalog.facts import ExtensionSequenceFacts, ExtensionTableFacts, complete
from pilotage.catalog.locks import releasing_locks
from pilotage.catalog.positions import read_positions
from pilotage.catalog.queries import query
from pilotage.connection import Session
from pilotage.model.catalog import Column, ExtensionSequence, ExtensionTable, Table
from pilotage.model.scope import Scope


async def read_extension_tables(
    session: Session, scope: Scope, columns: Mapping[int, Sequence[Column]], *, count_rows: bool
) -> tuple[ExtensionTable, ...]:
    """Return extensions' tables whose rows users write, as far as they are in scope, sorted by name.

    Args:
        session: inside a transaction.
        columns: of tables, by their OIDs.
        count_rows: whether to count those rows.
    """
    if scope.include:
        return ()
    major = session.version_num // 10000
    found = await session.records(query("extension_tables", major), ExtensionTableFacts)
    tables = []
    for facts in sorted(found, key=lambda facts: facts.name):
        if facts.name.schema in scope.exclude:
            continue
        readable = facts.readable and not facts.rows_hidden
        rows = None
        if count_rows and readable:
            async with releasing_locks(session):
                rows = await session.value(f"SELECT count(*) FROM ONLY {facts.name} {facts.condition}")  # noqa: S608 - as pg_dump does
        table = complete(facts, Table, columns=tuple(columns[facts.oid]), rows=rows)
        tables.append(
            ExtensionTable(
                extension=facts.extension,
                condition=facts.condition,
                table=table,
                references=tuple(sorted(facts.references)),
                readable=readable,
            )
        )
    return tuple(tables)


async def read_extension_sequences(session: Session, scope: Scope) -> tuple[ExtensionSequence, ...]:
    """Return extensions' sequences that users move, as far as they are in scope, sorted by name.

    Must be called inside a transaction.
    """
    if scope.include:
        return ()
    major = session.version_num // 10000
    found = [
        facts
        for facts in await session.records(query("extension_sequences", major), ExtensionSequenceFacts)
        if facts.name.schema not in scope.exclude
    ]
    positions = await read_positions(session, major, [facts for facts in found if facts.readable])
    return tuple(
        complete(
            msgspec.structs.replace(
                facts, last_value=positions[facts.oid].last_value, is_called=positions[facts.oid].is_called
            )
            if facts.oid in positions
            else facts,
            ExtensionSequence,
        )
        for facts in sorted(found, key=lambda facts: facts.name)
    )
