"""How foreign keys compare: by which operators, casts and collations the server enforces them.

An operator need not be on any search path (citext's is not), so a condition written with ``=`` would mean
another comparison or none at all. Consumed by what joins rows along keys: the shapes of self-references, the
search for orphans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from pilotage.catalog.queries import query
from pilotage.connection import Session
from pilotage.model.catalog import ForeignKey
from pilotage.model.names import QualifiedName, quote_identifier

# Symbols only, as CREATE OPERATOR allows; an operator's name cannot be quoted, so it is checked instead.
_OPERATOR_CHARACTERS = frozenset("+-*/<>=~!@#%^&|`?")


class ColumnComparison(msgspec.Struct, frozen=True, kw_only=True):
    """How one column of a key is compared: ``referenced OPERATOR referencing``."""

    operator_schema: str
    operator: str
    referenced_type: QualifiedName | None
    referencing_type: QualifiedName | None
    collation: QualifiedName | None


class KeyComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says of a key, beyond its record.

    Attributes:
        number: the key's place in what was asked, from 0.
        period: whether its last columns are periods (``PERIOD``), where covering counts and not equality.
        readable: whether this role may read all rows of both tables.
        pages: of the referencing table, as its statistics have it; 0 where it is partitioned.
        indexes_suffice: whether both tables are large, and what their indexes have can be read there alone.
        comparisons: one for each pair of columns.
    """

    number: int
    referencing_is_partitioned: bool
    referenced_is_partitioned: bool
    period: bool
    readable: bool
    pages: int
    indexes_suffice: bool
    comparisons: tuple[ColumnComparison, ...]


async def read_key_comparisons(session: Session, keys: Sequence[ForeignKey]) -> Mapping[int, KeyComparison]:
    """Return how each key compares, by its place in ``keys``; a key that does not exist there is missing."""
    found = await session.records(
        query("key_comparisons", session.version_num // 10000),
        KeyComparison,
        [key.table.schema for key in keys],
        [key.table.name for key in keys],
        [key.name for key in keys],
    )
    return {comparison.number: comparison for comparison in found}


def referencing_rows(key: ForeignKey, comparison: KeyComparison) -> str:
    """Return the relation of the key's referencing rows, as FROM takes it.

    A key on a table with heirs says nothing of the heirs' rows; a partitioned table is its partitions.
    """
    return f"{'' if comparison.referencing_is_partitioned else 'ONLY '}{key.table}"


def referenced_rows(key: ForeignKey, comparison: KeyComparison) -> str:
    """Return the relation of the rows that the key may reference, as FROM takes it."""
    return f"{'' if comparison.referenced_is_partitioned else 'ONLY '}{key.referenced}"


def match_conditions(key: ForeignKey, comparison: KeyComparison) -> tuple[str, ...]:
    """Return, for each pair of columns, the condition that ``referenced`` matches ``referencing``.

    These are the two names that the query must give the two relations. The condition of a period is the one
    of PERIOD's operator: see ``KeyComparison.period``.
    """
    return tuple(
        _match(column, referenced_column, compared)
        for column, referenced_column, compared in zip(
            key.columns, key.referenced_columns, comparison.comparisons, strict=True
        )
    )


def _match(column: str, referenced_column: str, comparison: ColumnComparison) -> str:
    if not comparison.operator or not set(comparison.operator) <= _OPERATOR_CHARACTERS:
        raise ValueError(f"{comparison.operator!r} is no operator's name")
    left = f"referenced.{quote_identifier(referenced_column)}"
    right = f"referencing.{quote_identifier(column)}"
    if comparison.collation:
        left += f" COLLATE {comparison.collation}"
    # Without the cast the operator could not be found where the column's type is only coercible to its own.
    if comparison.referenced_type:
        left = f"({left})::{comparison.referenced_type}"
    if comparison.referencing_type:
        right = f"{right}::{comparison.referencing_type}"
    operator = f"OPERATOR({quote_identifier(comparison.operator_schema)}.{comparison.operator})"
    return f"{left} {operator} {right}"
