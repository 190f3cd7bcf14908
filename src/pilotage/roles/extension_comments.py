"""Comments on extensions, which pg_dump always writes and only an extension's owner may.

Consumed by execution and by SQL files. On a managed service an extension is often there already, and belongs
to the service: its comment is most often the same one, and nothing is to be done.
"""

from __future__ import annotations

from pilotage.model.names import quote_literal
from pilotage.model.plan import RunDdl, Step
from pilotage.roles.blocks import block
from pilotage.roles.words import Kind, UnreadableTextError, begins, statements_in


def sql_where_owned(step: RunDdl) -> str:
    """Return a definition's statements; a comment on an extension only where it differs and one may."""
    comment = extension_comment(step)
    if comment is None:
        return step.sql
    name, text = comment
    return block(
        "comment_extension",
        name=quote_literal(name),
        comment=quote_literal(text),
        statement=quote_literal(step.sql),
    )


def extension_comment(step: Step) -> tuple[str, str] | None:
    """Return the name of an extension and the comment that a step gives it; None for any other step."""
    if not isinstance(step, RunDdl) or step.kind != "COMMENT" or not step.object.startswith("EXTENSION "):
        return None
    try:
        (statement,) = statements_in(step.sql)
    except (UnreadableTextError, ValueError):
        return None
    if not begins(statement, "COMMENT ON EXTENSION") or len(statement) != 6:
        return None
    name, _, text = statement[3:]
    return (name.name, text.value) if name.is_name and text.kind is Kind.STRING else None
