"""The check of foreign keys as they are declared; consumed by the comparison of catalogs.

Whether the target's rows keep them is :mod:`pilotage.verify.checks.orphans`.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable, without_state
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects, yes_or_no


def compare_foreign_keys(source: Catalog, target: Catalog) -> Check:
    """Compare foreign keys by definition, validation and enforcement."""
    return compare_objects(
        source,
        target,
        name="foreign-keys",
        title="Foreign keys",
        method="definition as the server prints it, validated, enforced",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for key in catalog.foreign_keys:
        definition = without_state(key.definition)
        yield Described(
            kind="foreign key",
            name=f"{quote_identifier(key.name)} on {key.table}",
            within=key.table,
            facts={
                "definition": Fact(definition, comparable(definition)),
                "validated": yes_or_no(key.validated),
                "enforced": yes_or_no(key.enforced),
            },
        )
