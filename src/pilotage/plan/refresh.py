"""A plan's figures brought up to what the source holds now.

Consumed by the writing of files: rows come and go between a plan and its files, and the structure does not.
"""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.plan import Group, Plan


def with_current_figures(plan: Plan, catalog: Catalog) -> Plan:
    """Return the plan with its groups' rows and sizes as the catalog has them."""
    tables = {table.name: table for table in catalog.tables}

    def current(group: Group) -> Group:
        members = [tables[name] for name in group.tables if name in tables]
        return msgspec.structs.replace(
            group,
            rows=sum(table.rows or 0 for table in members),
            bytes=sum(table.bytes for table in members),
        )

    return msgspec.structs.replace(plan, groups=tuple(current(group) for group in plan.groups))
