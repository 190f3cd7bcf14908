"""The check of tables and their columns; consumed by the comparison of catalogs.

Rows are another check. Sizes are never compared: the same rows take different room in a new table.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog, Table
from pilotage.model.names import quote_identifier, quote_identifiers
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects, yes_or_no


def compare_tables(source: Catalog, target: Catalog) -> Check:
    """Compare tables and columns."""
    return compare_objects(
        source,
        target,
        name="tables",
        title="Tables and columns",
        method=(
            "kind, owner, persistence, parents, row level security, order of columns; "
            "each column's type, NOT NULL, default, generation and identity"
        ),
        describe=_describe,
        not_checked=_not_checked(source),
    )


def _not_checked(source: Catalog) -> Iterable[str]:
    heirs = sum(bool(table.inherits) for table in source.tables)
    if heirs:
        yield (
            f"order of columns of tables that inherit ({heirs}): "
            "columns of their own come after inherited ones once pg_dump's definition has been run"
        )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for table in catalog.tables:
        yield Described(kind=table.kind, name=str(table.name), facts=_facts(table))
        for column in table.columns:
            yield Described(
                kind="column",
                name=f"{table.name}.{quote_identifier(column.name)}",
                within=table.name,
                facts={
                    "type": column.type,
                    "not null": yes_or_no(column.not_null),
                    "default": yes_or_no(column.has_default),
                    "generated": column.generated or "no",
                    "identity": column.identity or "no",
                },
            )


def _facts(table: Table) -> dict[str, str]:
    facts = {
        "owner": table.owner,
        "persistence": table.persistence,
        "partition of": str(table.partition_of or "no table"),
        "row level security": "enabled" if table.row_security else "disabled",
        "row level security for the owner": "forced" if table.force_row_security else "not forced",
    }
    if not table.partition_of:
        facts["inherits"] = ", ".join(str(parent) for parent in table.inherits) or "no table"
    if not table.inherits:
        facts["order of columns"] = quote_identifiers([column.name for column in table.columns])
    return facts
