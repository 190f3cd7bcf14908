"""Sequences and the columns that draw from them: whether the next value is already in use.

Consumed by the check of sequences at their maximum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model import catalog
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.soundness.attempts import attempt, without_values
from pilotage.verify.soundness.conditions import QUERIES

COLUMNS_A_STATEMENT = 50
"""Columns asked by one statement: few round trips, and no plan that is too large to make."""


class SequenceColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column that draws from a sequence.

    Attributes:
        integer: whether its type is one, or a domain over one.
        plain: whether its default is the sequence's next value and nothing more.
    """

    sequence: QualifiedName
    relation: QualifiedName
    partitioned: bool
    column: str
    type: str
    integer: bool
    plain: bool

    def __str__(self) -> str:
        return f"{self.relation}.{quote_identifier(self.column)}"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sequence stands, and what is in use of its values.

    Attributes:
        farthest: the value in use that the sequence would come to last, of those within its bounds; None
            where there is none, or where nobody knows.
        column: that has it.
        because: why nobody knows, in parts; empty where all columns were asked.
        failed: whether a column was asked, and the server gave no answer.
    """

    sequence: catalog.Sequence
    farthest: int | None
    column: str
    because: tuple[str, ...] = ()
    failed: bool = False

    @property
    def next(self) -> int:
        """The value that comes next, but for the sequence's bounds."""
        return self.sequence.last_value + (self.sequence.increment if self.sequence.is_called else 0)

    @property
    def behind(self) -> int:
        """How far the next value is behind what is in use; 0 where it is free, as are all that follow."""
        if self.farthest is None or self.sequence.cycles:
            return 0
        if self.sequence.increment > 0:
            return max(0, self.farthest - self.next + 1)
        return max(0, self.next - self.farthest + 1)


class _Farthest(msgspec.Struct, frozen=True, kw_only=True):
    place: int
    value: int | None


async def read_standings(
    session: Session,
    sequences: Iterable[catalog.Sequence],
    schemas: Sequence[str],
    *,
    only: Collection[QualifiedName] | None = None,
) -> tuple[Standing, ...]:
    """Ask for the farthest value in use of every sequence from which a column draws.

    Must be called inside a transaction. Where a column has an index, it answers; else its table is read.

    Args:
        sequences: as a catalog has them, with their positions.
        only: these sequences alone.

    Raises:
        ServerError: the catalogs could not be read.
        ConnectionLostError: the connection broke.
    """
    text = QUERIES.text("sequence_columns", session.version_num // 10000)
    known = {each.name: each for each in sequences if only is None or each.name in only}
    columns = [
        column for column in await session.records(text, SequenceColumn, schemas) if column.sequence in known
    ]
    asked = [column for column in columns if not _not_asked(column, known[column.sequence])]
    found: dict[SequenceColumn, int | None] = {}
    failed: dict[SequenceColumn, str] = {}

    async def ask(batch: Sequence[SequenceColumn]) -> None:
        statement = "\nUNION ALL\n".join(
            _farthest(place, column, known[column.sequence]) for place, column in enumerate(batch)
        )
        answers = await attempt(session, lambda: session.records(statement, _Farthest))
        if not isinstance(answers, ServerError):
            found.update((batch[each.place], each.value) for each in answers)
        elif len(batch) > 1:
            for column in batch:
                await ask([column])
        else:
            failed[batch[0]] = without_values(answers)

    for start in range(0, len(asked), COLUMNS_A_STATEMENT):
        await ask(asked[start : start + COLUMNS_A_STATEMENT])
    drawing: defaultdict[QualifiedName, list[SequenceColumn]] = defaultdict(list)
    for column in columns:
        drawing[column.sequence].append(column)
    return tuple(
        _standing(
            known[name],
            {column: found[column] for column in drawn if column in found},
            tuple(
                f"{column}: {failed.get(column) or _not_asked(column, known[name])}"
                for column in drawn
                if column not in found
            ),
            failed=not failed.keys().isdisjoint(drawn),
        )
        for name, drawn in drawing.items()
    )


def _not_asked(column: SequenceColumn, sequence: catalog.Sequence) -> str:
    """Return why a column's values say nothing of the sequence; empty where they do."""
    if sequence.cycles:
        return "the sequence cycles, so any value may come again"
    if not column.integer:
        return f"it is of type {column.type}"
    if not column.plain:
        return "its default is more than the sequence's next value"
    return ""


def _standing(
    sequence: catalog.Sequence,
    found: dict[SequenceColumn, int | None],
    because: tuple[str, ...],
    *,
    failed: bool,
) -> Standing:
    values = {column: value for column, value in found.items() if value is not None}
    if not values:
        return Standing(sequence=sequence, farthest=None, column="", because=because, failed=failed)
    choose = max if sequence.increment > 0 else min
    farthest = choose(values.values())
    column = next(column for column, value in values.items() if value == farthest)
    return Standing(sequence=sequence, farthest=farthest, column=str(column), because=because, failed=failed)


def _farthest(place: int, column: SequenceColumn, sequence: catalog.Sequence) -> str:
    """Return the query for one column's farthest value that the sequence can come to."""
    name = quote_identifier(column.column)
    aggregate = "max" if sequence.increment > 0 else "min"
    return (
        f"SELECT {place} AS place, (SELECT {aggregate}({name}) FROM "  # noqa: S608 - quoted names
        f"{'' if column.partitioned else 'ONLY '}{column.relation} "
        # The least bigint would be a numeric, for which no index of integers is used.
        f"WHERE {name} BETWEEN '{sequence.minimum:d}'::int8 AND '{sequence.maximum:d}'::int8)::int8 AS value"
    )
