"""The check of rewrite rules; consumed by the comparison of catalogs. A view's own query is the view's."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_rules(source: Catalog, target: Catalog) -> Check:
    """Compare rules by definition and by when they act."""
    return compare_objects(
        source,
        target,
        name="rules",
        title="Rules",
        method="definition as the server prints it, and firing state",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for rule in catalog.rules:
        yield Described(
            kind="rule",
            name=f"{quote_identifier(rule.name)} on {rule.table}",
            within=rule.table,
            facts={"definition": Fact(rule.definition, comparable(rule.definition)), "fires": rule.firing},
        )
