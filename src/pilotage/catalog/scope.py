"""Which of a database's schemas a scope means.

Consumed by the reader. Nothing here asks the server: it is given the user schemas that exist.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.errors import UsageError
from pilotage.model.catalog import Schema
from pilotage.model.names import quote_identifier
from pilotage.model.scope import Scope


def schemas_in_scope(scope: Scope, existing: Iterable[Schema], database: str) -> tuple[Schema, ...]:
    """Return the schemas taken along, sorted by name.

    Raises:
        UsageError: the scope names a schema that is not a user schema of this database.
    """
    schemas = {schema.name: schema for schema in sorted(existing, key=lambda schema: schema.name)}
    missing = sorted({*scope.include, *scope.exclude} - schemas.keys())
    if missing:
        there = ", ".join(map(quote_identifier, schemas)) or "none"
        raise UsageError(
            f"database {quote_identifier(database)} has no user schema "
            f"{', '.join(map(quote_identifier, missing))}; its user schemas: {there} "
            "(upper case and lower case differ, and schemas of extensions come with their extensions)"
        )
    wanted = set(scope.include or schemas) - set(scope.exclude)
    if not wanted and (scope.include or scope.exclude):
        raise UsageError(
            f"the scope takes no schema of database {quote_identifier(database)} along: every schema that it "
            "includes is excluded too; exclude fewer"
        )
    return tuple(schema for name, schema in schemas.items() if name in wanted)
