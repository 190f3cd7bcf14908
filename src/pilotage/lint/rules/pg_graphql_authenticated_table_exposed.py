"""Whoever has signed in may read a table or view, and so sees through pg_graphql that it is there.

Cost: GraphQL tells every user the names of what the role authenticated may read, with its columns, their
types and what references what, also where row level security keeps every row from them. Where anybody can
sign up, that is everybody.

Fine: for what users are meant to read.

Remedy: REVOKE SELECT … FROM authenticated, and from PUBLIC, for what users have no business with; or DROP
EXTENSION pg_graphql, where nothing asks it.

Decide: what users are meant to read. Revoking takes it from applications that read it now, also from those
that do not ask through GraphQL.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="pg_graphql Authenticated Role Exposes Objects in Introspection",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
