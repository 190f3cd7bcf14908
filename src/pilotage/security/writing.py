"""What a role may insert, update and delete, found without writing: its policies' conditions, evaluated.

Consumed by :mod:`pilotage.security.probing`. Rows of a table are given to the role as data, since most of
them it may not see, and the condition that :mod:`pilotage.security.rule` makes of the policies is evaluated
over each, as the role: functions and subqueries in it run under the role's own privileges and policies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers, quote_literal
from pilotage.security.asking import undone
from pilotage.security.records import Reach, Relation
from pilotage.security.rule import Action
from pilotage.security.seeing import Extent

CANDIDATES = 100
"""Rows of each table that are held against its policies: chosen by a hash of the row, alike at both ends."""

_LONGEST = 32 * 1024
"""Bytes of a row's text; longer ones are no candidates, since all of them are sent and kept."""

_LOOKED_AT = 4 * CANDIDATES
"""Rows of a table with a primary key among which those that are not too long are chosen."""

WRITES = (Action.INSERT, Action.UPDATE, Action.REPLACE, Action.DELETE)

_SETTING = "pilotage.rows_{}"
"""Where a table's candidates are for the time of the transaction: a setting holds a text, and asks nobody."""


async def read_candidates(session: Session, relation: Relation, extent: Extent) -> tuple[str, ...]:
    """Return rows of a table as text, each of which reads back as a row of its type.

    Among them is one of nothing but NULL, so that a table without rows is not without candidates.

    Args:
        session: in a transaction, as a role that may read every row.
        relation: a table.
        extent: of the rows to choose from.

    Raises:
        ServerError: the table cannot be read, or its rows not read back.
    """
    where = f" WHERE {extent.condition}" if extent.condition else ""
    rows_of = f"{relation.name} AS pilotage_row{where}"
    if extent.told_by:
        # Chosen by their keys, so that not every row has to be printed for the sake of a few.
        key = f"ROW({quote_identifiers(extent.told_by)})::text"
        rows_of = (
            f"(SELECT * FROM {relation.name}{where} ORDER BY hashtextextended({key}, 0), "  # noqa: S608
            f'{key} COLLATE "C" LIMIT {_LOOKED_AT}) AS pilotage_row'
        )
    async with undone(session):
        rows = await session.value(
            "SELECT coalesce(array_agg(chosen.image), '{}') FROM ("  # noqa: S608 - names are quoted
            "SELECT given.image FROM ("
            f"SELECT ROW(pilotage_row.*)::text AS image FROM {rows_of}"
            f") AS given WHERE octet_length(given.image) <= {_LONGEST} "
            'ORDER BY hashtextextended(given.image, 0), given.image COLLATE "C" '
            f"LIMIT {CANDIDATES}) AS chosen"
        )
        # A domain may refuse NULL, and would refuse the row for every role.
        if not any(column.domain for column in relation.columns):
            rows = [*rows, f"({',' * (len(relation.columns) - 1)})"]
        # Some types print what they do not read.
        await session.value(
            f"SELECT count(given.image::{relation.name}) FROM unnest($1::text[]) AS given (image)",  # noqa: S608
            rows,
        )
    return tuple(rows)


async def keep_candidates(
    session: Session, candidates: Mapping[QualifiedName, Sequence[str]], first: int = 0
) -> None:
    """Give a session the candidates of all tables, from a place on, for as long as its transaction lasts."""
    for place, rows in enumerate(candidates.values(), first):
        await session.value(
            "SELECT set_config($1, $2::text[]::text, true)", _SETTING.format(place), list(rows)
        )


def places(candidates: Mapping[QualifiedName, Sequence[str]], first: int = 0) -> Mapping[QualifiedName, int]:
    """Return where :func:`keep_candidates` puts each table's."""
    return {table: place for place, table in enumerate(candidates, first)}


def met_by(table: QualifiedName, place: int, condition: str) -> str:
    """Return the question which candidates meet a condition: a digit for each, 1 or 0.

    The condition names columns as ``pg_get_expr`` prints them: bare, or behind the table's bare name, which
    the row bears here. It comes from a function, so that the whole row has the table's type.
    """
    return (
        "SELECT pg_catalog.string_agg("  # noqa: S608 - names are quoted
        "CASE WHEN pilotage_met.met THEN '1' ELSE '0' END, '' ORDER BY pilotage_given.place) "
        f"FROM pg_catalog.unnest(pg_catalog.current_setting({quote_literal(_SETTING.format(place))})"
        "::pg_catalog.text[]) WITH ORDINALITY AS pilotage_given (image, place) "
        f"CROSS JOIN LATERAL (SELECT ({condition}) AS met "
        f"FROM pg_catalog.unnest(ARRAY[pilotage_given.image::{table}]) AS {quote_identifier(table.name)}) "
        "AS pilotage_met"
    )


def may(action: Action, reach: Reach) -> bool:
    """Whether a role's privileges let it try an action at all."""
    match action:
        case Action.SEE:
            return reach.reads is not None
        case Action.INSERT:
            return reach.inserts
        case Action.UPDATE | Action.REPLACE:
            return reach.updates
        case Action.DELETE:
            return reach.deletes


async def is_readable(session: Session, relation: Relation) -> bool:
    """Whether our own session may read every row of a relation."""
    try:
        async with undone(session):
            await session.run(f"SELECT FROM {relation.name} LIMIT 0")
    except ServerError:
        return False
    return True
