"""What a server's planner knows of tables, as another server can take it over.

Consumed by execution, which does so where the target can. Which tables' statistics are complete and fresh is
decided by the query.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotage.catalog.queries import query
from pilotage.connection import Session
from pilotage.model.names import QualifiedName

_ORDERS_SINCE = 150000
"""``server_version_num`` of the first server that says how its databases' own collations sort."""


class PlannerStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``planner_statistics.sql``: of a table that was asked for, or of a partition of it.

    Attributes:
        number: the place of the table that was asked for, from 0.
        target: how fine they were gathered (``default_statistics_target``).
        rows: of the table when they were gathered, or counted since; -1 where that is not known.
        plain: whether they are of its own rows alone, and there are none of a kind that stays behind.
        columns: JSON, ``null`` where there are none to be taken over.
        collations: by which texts in them are sorted.
    """

    number: int
    schema: str
    name: str
    partitioned: bool
    target: int
    rows: float
    plain: bool
    columns: msgspec.Raw
    collations: tuple[QualifiedName, ...]

    @property
    def table(self) -> QualifiedName:
        """The table that they are of."""
        return QualifiedName(self.schema, self.name)

    @property
    def has_columns(self) -> bool:
        """Whether there is something of its columns to be taken over."""
        return bytes(self.columns) != b"null"


class CollationOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``collation_orders.sql``."""

    number: int
    sorts_by: str | None


async def read_planner_statistics(
    session: Session, tables: Sequence[QualifiedName]
) -> tuple[PlannerStatistics, ...]:
    """Return what is known of tables and their partitions; nothing of tables that do not exist there.

    Better not called in an old snapshot: which rows have changed since is known of this moment only.
    """
    return await session.records(
        query("planner_statistics", session.version_num // 10000),
        PlannerStatistics,
        [table.schema for table in tables],
        [table.name for table in tables],
    )


async def read_collation_orders(
    session: Session, collations: Collection[QualifiedName]
) -> Mapping[QualifiedName, str]:
    """Return by what each collation sorts; what the server does not say is missing."""
    if session.version_num < _ORDERS_SINCE or not collations:
        return {}
    wanted = sorted(collations)
    found = await session.records(
        query("collation_orders", session.version_num // 10000),
        CollationOrder,
        [collation.schema for collation in wanted],
        [collation.name for collation in wanted],
    )
    return {wanted[each.number]: each.sorts_by for each in found if each.sorts_by is not None}
