"""Groups of tables that are reviewed together.

Consumed by the building of a plan. So far a group is a wave of the dependency order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pilotage.graph import DependencyOrder
from pilotage.model.catalog import Catalog, Table
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group


def wave_name(depth: int) -> str:
    """Return the name of the group of one depth's tables."""
    return f"wave-{depth}"


def waves(
    catalog: Catalog,
    order: DependencyOrder[QualifiedName],
    root: Mapping[QualifiedName, QualifiedName],
) -> tuple[Group, ...]:
    """Return one group a wave; a partition goes with its table."""
    members: dict[int, list[Table]] = defaultdict(list)
    for table in catalog.tables:
        members[order.depths[root[table.name]]].append(table)
    return tuple(
        Group(
            name=wave_name(depth),
            title="Wave 0: tables that reference none" if depth == 0 else f"Wave {depth}",
            tables=tuple(table.name for table in members[depth]),
            depth=(depth, depth),
            rows=sum(table.rows or 0 for table in members[depth]),
            bytes=sum(table.bytes for table in members[depth]),
        )
        for depth in sorted(members)
    )
