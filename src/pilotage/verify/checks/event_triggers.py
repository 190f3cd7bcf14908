"""The check of event triggers, which belong to the database; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_event_triggers(source: Catalog, target: Catalog) -> Check:
    """Compare event triggers by event, function and when they fire."""
    return compare_objects(
        source,
        target,
        name="event-triggers",
        title="Event triggers",
        method="event, function, firing state",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for trigger in catalog.event_triggers:
        yield Described(
            kind="event trigger",
            name=quote_identifier(trigger.name),
            facts={"event": trigger.event, "function": str(trigger.function), "fires": trigger.firing},
        )
