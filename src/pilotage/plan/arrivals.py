"""What is to be found on a target: the source's catalog with the rows that were sent from it.

Consumed by the migration before it verifies. The source counts what COPY sends, in the snapshot that it is
sent from, so no row is counted that was left out, nor one that came to the source later.
"""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Catalog, Table
from pilotage.model.plan import LoadTable
from pilotage.model.run import RunResult


def with_rows_as_copied(catalog: Catalog, result: RunResult) -> Catalog:
    """Return the catalog with the rows of each table as they were copied.

    Where all rows came from an earlier snapshot than the catalog, nothing is known of how many rows its
    materialized views are to have.
    """
    done = {each.step: each.rows for each in result.steps}
    rows = {
        step.table: done[step.id]
        for step in result.plan.steps
        if isinstance(step, LoadTable) and step.id in done
    }

    def counted(table: Table) -> Table:
        return msgspec.structs.replace(table, rows=rows[table.name]) if table.name in rows else table

    views = catalog.views
    if result.older_snapshot is not None:
        views = tuple(msgspec.structs.replace(view, rows=None) for view in views)
    return msgspec.structs.replace(
        catalog,
        tables=tuple(map(counted, catalog.tables)),
        views=views,
        extension_tables=tuple(
            msgspec.structs.replace(each, table=counted(each.table)) for each in catalog.extension_tables
        ),
    )
