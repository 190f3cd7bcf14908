"""Lookups in the system catalogs, as expressions inside of larger statements.

Consumed by whatever in a file asks the target what is there. With the files' empty ``search_path``, a name
without a schema is the system's, so the lists that people review stay short.
"""

from __future__ import annotations

from pilotage.model.names import QualifiedName, quote_identifier, quote_literal


def lookup(expression: str, catalog: str, where: str) -> str:
    """Return the subquery for an expression over one row of a catalog; NULL where there is no such row."""
    return f"(SELECT {expression} FROM {catalog} WHERE {where})"  # noqa: S608 - callers quote what is a name


def exists(catalog: str, where: str) -> str:
    """Return the condition that a catalog has such a row."""
    return f"EXISTS (SELECT FROM {catalog} WHERE {where})"


def relation(name: QualifiedName) -> str:
    """Return a relation's oid, NULL where it does not exist."""
    return f"to_regclass({quote_literal(str(name))})"


def namespace(schema: str) -> str:
    """Return a schema's oid, NULL where it does not exist."""
    return f"to_regnamespace({quote_literal(quote_identifier(schema))})"
