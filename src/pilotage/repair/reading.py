"""The rows of a repair script, read at both ends by their places and written as they come.

Consumed by the script's writer. The servers print them as lines of COPY, so nothing here looks into a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.files.checksums import row_hash
from pilotage.files.settings import text_encoding
from pilotage.files.statements import CopyStatement
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.model.row_differences import RowKind
from pilotage.model.visible import visible_name
from pilotage.repair.choosing import ChosenTable
from pilotage.repair.statements import TableStatements
from pilotage.verify.drilldown.found import LocatedRow
from pilotage.verify.drilldown.reading import full_rows
from pilotage.verify.drilldown.rows import changed_columns

Write = Callable[[bytes], None]

_AT_ONCE = 500
"""Rows that are asked for by one query: each is looked up in a list of that length."""

_ALIAS = "loaded"


async def read_changed_columns(source: Session, target: Session, chosen: ChosenTable) -> set[str]:
    """Return the columns in which any changed row has another value."""
    relation = chosen.found.relation
    names = tuple(column.name for column in relation.columns)
    changed: set[str] = set()
    rows = [row for row in chosen.rows if row.kind is RowKind.CHANGED]
    for first in range(0, len(rows), _AT_ONCE):
        batch = rows[first : first + _AT_ONCE]
        ours = await full_rows(source, relation, (row.source for row in batch), ())
        theirs = await full_rows(target, relation, (row.target for row in batch), ())
        for row in batch:
            changed.update(changed_columns(names, ours.get(row.source), theirs.get(row.target)))
    return changed


async def write_rows(
    source: Session, target: Session, statements: TableStatements, *, encoding: str, write: Write
) -> None:
    """Write the rows of a table's temporary tables, each a COPY.

    Args:
        source, target: with :func:`~pilotage.files.settings.source_settings`.
        encoding: the source database's.
    """
    chosen = statements.chosen
    numbered = list(enumerate(chosen.rows, start=1))
    hashed = row_hash(chosen.columns, encoding, of=_ALIAS)
    if chosen.by_key:
        there = [(number, row.target) for number, row in numbered if row.kind is not RowKind.MISSING]
        here = [(number, row.source) for number, row in numbered if row.kind is not RowKind.EXTRA]
        await _copy(
            target,
            statements.found,
            statements.found_columns,
            chosen,
            there,
            (),
            hashed,
            chosen.key,
            encoding,
            write,
        )
        await _copy(
            source,
            statements.wanted,
            statements.wanted_columns,
            chosen,
            here,
            (),
            hashed,
            chosen.columns,
            encoding,
            write,
        )
        return
    # A changed row is one that goes and one that comes; its numbers are apart.
    wholes = [whole for row in chosen.rows for whole in _whole_rows(row)]
    for session, of_source in ((source, True), (target, False)):
        numbers = [
            (number, row.source if of_source else row.target)
            for number, row in enumerate(wholes, start=1)
            if bool(row.source) is of_source
        ]
        copies = [row.copies for row in wholes if bool(row.source) is of_source]
        await _copy(
            session,
            statements.rows,
            statements.rows_columns,
            chosen,
            numbers,
            copies,
            hashed,
            chosen.columns,
            encoding,
            write,
        )


def _whole_rows(row: LocatedRow) -> Iterator[LocatedRow]:
    """Yield a row as it is matched where no key tells it; of two ends that have it, it is the source's."""
    if row.kind is RowKind.CHANGED:
        yield LocatedRow(RowKind.EXTRA, "", row.target, (0, 1))
        yield LocatedRow(RowKind.MISSING, row.source, "", (1, 0))
    else:
        yield row


async def _copy(
    session: Session,
    relation: str,
    into: tuple[str, ...],
    chosen: ChosenTable,
    places: Sequence[tuple[int, str]],
    copies: Sequence[tuple[int, int]],
    hashed: str,
    columns: Sequence[str],
    encoding: str,
    write: Write,
) -> None:
    if not places:
        return
    statement = CopyStatement(write, relation, into)
    for first in range(0, len(places), _AT_ONCE):
        batch = places[first : first + _AT_ONCE]
        tids = quote_literal("{" + ",".join(f'"{place}"' for _, place in batch) + "}") + "::pg_catalog.tid[]"
        chosen_copies = copies[first : first + _AT_ONCE]
        own = [_element(number for number, _ in batch), hashed]
        if chosen_copies:
            own += [_element(found for _, found in chosen_copies), _element(due for due, _ in chosen_copies)]
        selected = ", ".join((*own, *(f"{_ALIAS}.{quote_identifier(column)}" for column in columns)))
        query = (
            f"SELECT {selected} FROM ONLY {chosen.name} AS {_ALIAS} "  # noqa: S608 - names are quoted
            f"CROSS JOIN LATERAL (SELECT pg_catalog.array_position({tids}, {_ALIAS}.ctid)) AS place (number) "
            f"WHERE {_ALIAS}.ctid = ANY ({tids})"
        )

        async def sink(piece: bytes) -> None:
            write(piece)

        count = await session.copy_out_query(query, sink=sink, encoding=text_encoding(encoding))
        if count != len(batch):
            raise RefusedError(
                f"{visible_name(chosen.name)} gave {count:,} rows where {len(batch):,} had been found: the "
                "snapshot is not the one that was compared; verify again"
            )
    statement.end()
    write(b"\n")


def _element(numbers: Iterator[int]) -> str:
    """Return the expression of a number that goes with the row's place."""
    return f"('{{{','.join(map(str, numbers))}}}'::pg_catalog.int8[])[place.number]"
