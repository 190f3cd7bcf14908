"""Whether an index answers the question that a foreign key asks: which rows reference this one?

The server asks it for every deleted or updated referenced row; without an index it reads the whole
referencing table each time. Consumed by the reader.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.catalog.facts import ForeignKeyFacts, IndexFacts
from pilotage.model.catalog import ForeignKey
from pilotage.model.names import quote_identifier


def is_indexed(key: ForeignKeyFacts, indexes: Iterable[IndexFacts]) -> bool:
    """Tell whether one of the indexes, all of them of the key's table, serves the key."""
    return any(_serves(index, key) for index in indexes)


def _serves(index: IndexFacts, key: ForeignKeyFacts) -> bool:
    columns = columns_looked_up(key)
    width = len(set(columns))
    return (
        index.usable
        and (index.method in {"btree", "gist"} or (index.method == "hash" and width == 1))
        and set(index.key_columns[:width]) == set(columns)
        and (index.predicate is None or _only_excludes_nulls(index.predicate, columns))
    )


def columns_looked_up(key: ForeignKey) -> tuple[str, ...]:
    """Return the columns that are compared by ``=`` when referencing rows are looked for.

    Of a key of PostgreSQL 18 with ``PERIOD``, the last one is compared by ``&&``.
    """
    with_period = ", PERIOD " in key.definition.partition(" REFERENCES ")[0]
    return key.columns[:-1] if with_period else key.columns


def _only_excludes_nulls(predicate: str, columns: tuple[str, ...]) -> bool:
    """Tell whether a predicate says no more than that some of the columns are not NULL.

    Rows with NULL in the key reference nothing, so the planner uses such an index for the question. The
    server prints one condition as ``(a IS NOT NULL)``, several as ``((a IS NOT NULL) AND (b IS NOT NULL))``.
    """
    conditions = [f"({quote_identifier(column)} IS NOT NULL)" for column in columns]
    if predicate in conditions:
        return True
    rest = predicate.removeprefix("(").removesuffix(")")
    while True:
        condition = next((condition for condition in conditions if rest.startswith(condition)), None)
        if condition is None:
            return False
        rest = rest.removeprefix(condition)
        if not rest:
            return True
        if not rest.startswith(" AND "):
            return False
        rest = rest.removeprefix(" AND ")
