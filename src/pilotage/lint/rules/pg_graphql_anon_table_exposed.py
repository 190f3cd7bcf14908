"""Visitors may read a table or view, and so see through pg_graphql that it is there.

Cost: GraphQL tells whoever holds the public key of the project the names of what the role anon may read,
with its columns, their types and what references what, also where row level security keeps every row from
it.

Fine: for what visitors are meant to read.

Remedy: REVOKE SELECT … FROM anon, and from PUBLIC, for what visitors have no business with; or DROP
EXTENSION pg_graphql, where nothing asks it.

Decide: what visitors are meant to read. Revoking takes it from applications that read it now, also from
those that do not ask through GraphQL.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="pg_graphql Anon Role Exposes Objects in Introspection",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
