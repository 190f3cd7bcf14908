"""Constraints made in two steps, so that less is locked for less time.

A primary key or unique constraint takes over an index that was built before, beside the table's other
indexes. A foreign key is added without looking at rows, and checked later, beside the keys of other tables.

Consumed by the building of a plan that is run directly. Which steps can be taken apart is decided here; the
statements are pg_dump's and, for an index, the source's own definition.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.archive import statements_of
from pilotage.model.archive import ArchiveEntry
from pilotage.model.catalog import ForeignKey, Index, Table, TableKind
from pilotage.model.locks import LockMode
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import AddConstraint, AddForeignKey, BuildIndex, ValidateForeignKey
from pilotage.plan.costs import cost_of_attaching, cost_of_index, cost_of_validation
from pilotage.plan.relations import Relations
from pilotage.roles.words import UnreadableTextError, Word, statements_in

_INDEX_FIRST = "built once over all rows, beside the table's other indexes; its constraint takes it over"
_INDEX_THERE = "its index is there, so nothing is left to check"
_ROWS_LATER = "both ends are loaded; its rows are checked by a step of their own, beside other tables' keys"
_CHECKED = "both ends are loaded, so all rows are checked in one pass"


def index_first(
    step: AddConstraint, entry: ArchiveEntry, relations: Relations
) -> tuple[BuildIndex, AddConstraint] | None:
    """Return the step in two, or None where PostgreSQL cannot do that, or where nothing is gained.

    PostgreSQL cannot: for a partitioned table, an exclusion constraint, or one WITHOUT OVERLAPS. Nothing is
    gained where there are no rows.
    """
    table = relations.tables[step.table]
    index = relations.indexes.get(QualifiedName(step.table.schema, step.constraint))
    if index is None or not _can_be_taken_over(index, table):
        return None
    try:
        definition = _using_index(entry.definition, step.constraint)
    except UnreadableTextError:
        return None
    building = BuildIndex(
        id=f"unique index for {step.id}",
        group=step.group,
        reason=_INDEX_FIRST,
        cost=cost_of_index(index, table),
        locks=relations.alone(step.table, LockMode.SHARE),
        index=index.name,
        table=step.table,
        method=index.method,
        sql=statements_of(msgspec.structs.replace(entry, definition=f"{index.definition};\n")),
        drop_sql=f"DROP INDEX {index.name};\n",
        stage=step.stage,
    )
    adding = msgspec.structs.replace(
        step,
        reason=_INDEX_THERE,
        cost=cost_of_attaching(),
        sql=statements_of(msgspec.structs.replace(entry, definition=definition, tablespace="")),
    )
    return building, adding


def _can_be_taken_over(index: Index, table: Table) -> bool:
    return (
        table.kind is TableKind.TABLE
        and table.rows != 0
        and index.table == table.name
        and index.method == "btree"
        and index.unique
        and index.valid
        and not index.exclusion
        and not index.partial
    )


def _using_index(definition: str, name: str) -> str:
    """Return what pg_dump wrote with an index in the place of columns and options, which the index has.

    Raises:
        UnreadableTextError: it is not of the form that pg_dump gives it.
    """
    statement = next(iter(statements_in(definition)), ())
    added = next((place for place in range(len(statement) - 3) if _adds(statement, place)), None)
    if added is None:
        raise UnreadableTextError("no ADD CONSTRAINT")
    named, kind = statement[added + 2], statement[added + 3]
    if named.name != name or not (kind.is_bare("PRIMARY") or kind.is_bare("UNIQUE")):
        raise UnreadableTextError("neither a primary key nor a unique constraint")
    deferrable = next((word.start for word in statement[added + 4 :] if word.is_bare("DEFERRABLE")), None)
    end = statement[-1].end
    return (
        definition[: named.end]
        + (" PRIMARY KEY" if kind.is_bare("PRIMARY") else " UNIQUE")
        + f" USING INDEX {quote_identifier(name)}"
        + (f" {definition[deferrable:end]}" if deferrable is not None else "")
        + definition[end:]
    )


def _adds(statement: Sequence[Word], place: int) -> bool:
    return statement[place].is_bare("ADD") and statement[place + 1].is_bare("CONSTRAINT")


def validated_later(
    step: AddForeignKey, key: ForeignKey, relations: Relations
) -> tuple[AddForeignKey, ValidateForeignKey] | None:
    """Return the step in two, or None where PostgreSQL cannot do that, or where nothing is gained.

    A partitioned table cannot have a key that is NOT VALID before PostgreSQL 18; and of one that references a
    partitioned table, validation leaves what belongs to the partitions unvalidated. Nothing is gained where
    there are no rows to check, or where the source never checked them.
    """
    table, referenced = (relations.tables.get(name) for name in (key.table, key.referenced))
    if table is None or table.rows == 0 or not key.validated or not key.enforced:
        return None
    if any(each is not None and each.kind is TableKind.PARTITIONED for each in (table, referenced)):
        return None
    adding = msgspec.structs.replace(
        step, reason=_ROWS_LATER, cost=cost_of_attaching(), sql=not_valid(step.sql)
    )
    checking = ValidateForeignKey(
        id=f"validation of {step.id}",
        group=step.group,
        reason=_CHECKED,
        cost=cost_of_validation(table, referenced),
        locks=(
            *relations.alone(key.table, LockMode.SHARE_UPDATE_EXCLUSIVE),
            *relations.alone(key.referenced, LockMode.ROW_SHARE),
        ),
        constraint=key.name,
        table=key.table,
        referenced=key.referenced,
        sql=f"ALTER TABLE ONLY {key.table}\n    VALIDATE CONSTRAINT {quote_identifier(key.name)};\n",
        stage=step.stage,
    )
    return adding, checking


def not_valid(sql: str) -> str:
    """Return ADD FOREIGN KEY, one statement as pg_dump writes it, with NOT VALID, which comes last."""
    statement = sql.rstrip().removesuffix(";")
    return sql if statement.endswith(" NOT VALID") else f"{statement} NOT VALID;\n"
