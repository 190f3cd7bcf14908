"""Views that read themselves: nobody can query one, but a database may hold it.

``CREATE OR REPLACE VIEW`` makes them. pg_dump breaks circles of several views by a view that stands in for
one of them, but of a view alone it writes a definition that names what is not there yet. Consumed by the
translation of archive entries.
"""

from __future__ import annotations

from pilotage.model.catalog import View
from pilotage.model.names import quote_identifier

_CREATE = "CREATE VIEW "


def with_stand_in(sql: str, view: View | None) -> str:
    """Return a view's statements; of one that reads itself, with a view of the same columns made first.

    The stand-in is that of createDummyViewAsClause() in PostgreSQL's ``src/bin/pg_dump/pg_dump.c``.
    """
    if view is None or not view.own_columns or not sql.startswith(_CREATE):
        return sql
    columns = ",\n    ".join(
        f"NULL::{column.type}"
        + (f" COLLATE {column.collation}" if column.collation is not None else "")
        + f" AS {quote_identifier(column.name)}"
        for column in view.own_columns
    )
    stand_in = f"{_CREATE}{view.name} AS\nSELECT\n    {columns};\n"
    return f"{stand_in}CREATE OR REPLACE VIEW {sql.removeprefix(_CREATE)}"
