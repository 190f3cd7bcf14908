"""What a source holds that no step of a plan brings along, said by name.

Consumed by the building of a plan.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.plan import Hazard, HazardKind


def contents_left_behind(catalog: Catalog) -> Iterable[Hazard]:
    """Return a hazard for each kind of contents that is neither a table's rows nor in pg_dump's archive."""
    objects = catalog.server.large_objects
    if objects and not catalog.large_objects:
        yield Hazard(
            kind=HazardKind.NOT_MIGRATED,
            object="1 large object" if objects == 1 else f"{objects:,} large objects",
            message="large objects belong to no schema, and schemas were named; migrate without naming any, "
            "or move them with pg_dump --large-objects",
        )
    for extension in catalog.extensions:
        for table in extension.configuration_tables:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"rows of {table}",
                message=f"it is extension {extension.name}'s own table; move what you wrote into it yourself",
            )
