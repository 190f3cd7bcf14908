"""Comments on what is often there already and belongs to others: extensions, and the schema ``public``.

pg_dump writes them in any case, and only an owner may. On a managed service an extension belongs to the
service, but most often has the same comment, and nothing is to be done. Consumed by execution and by SQL
files.
"""

from __future__ import annotations

from pilotage.model.names import quote_literal
from pilotage.model.plan import RunDdl
from pilotage.roles.blocks import block
from pilotage.roles.words import Kind, UnreadableTextError, begins, statements_in

_CATALOGS = {
    "EXTENSION": ("pg_extension", "extname", "extowner"),
    "SCHEMA": ("pg_namespace", "nspname", "nspowner"),
}


def sql_where_owned(step: RunDdl) -> str:
    """Return a definition's statements; such a comment only where it differs and one may."""
    kind, _, name = step.object.partition(" ")
    if step.kind != "COMMENT" or kind not in _CATALOGS or (kind == "SCHEMA" and name != "public"):
        return step.sql
    comment = _comment(step.sql, kind)
    if comment is None:
        return step.sql
    catalog, name_column, owner_column = _CATALOGS[kind]
    return block(
        "comment_where_owned",
        kind=quote_literal(kind.lower()),
        catalog=catalog,
        catalog_name=quote_literal(catalog),
        name_column=name_column,
        owner_column=owner_column,
        name=quote_literal(comment[0]),
        comment=comment[1],
        statement=quote_literal(step.sql),
    )


def _comment(sql: str, kind: str) -> tuple[str, str] | None:
    """Return the name and the comment, as SQL has it; None where the statement is of another form."""
    try:
        (statement,) = statements_in(sql)
    except (UnreadableTextError, ValueError):
        return None
    if not begins(statement, f"COMMENT ON {kind}") or len(statement) != 6:
        return None
    name, _, text = statement[3:]
    if not name.is_name or not (text.kind is Kind.STRING or text.is_bare("NULL")):
        return None
    return name.name, "NULL" if text.is_bare("NULL") else quote_literal(text.value)
