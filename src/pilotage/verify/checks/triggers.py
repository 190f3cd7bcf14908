"""The check of triggers; consumed by the comparison of catalogs.

A trigger that was switched off for a load and stayed off is the fault that this check is for.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_triggers(source: Catalog, target: Catalog) -> Check:
    """Compare triggers by definition and by when they fire."""
    return compare_objects(
        source,
        target,
        name="triggers",
        title="Triggers",
        method="definition as the server prints it, and firing state",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for trigger in catalog.triggers:
        yield Described(
            kind="trigger",
            name=f"{quote_identifier(trigger.name)} on {trigger.table}",
            within=trigger.table,
            facts={
                "definition": Fact(trigger.definition, comparable(trigger.definition)),
                "fires": trigger.firing,
            },
        )
