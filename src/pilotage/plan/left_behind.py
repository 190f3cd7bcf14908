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
    brought = {each.table.name for each in catalog.extension_tables if each.readable}
    unreadable = {each.table.name for each in catalog.extension_tables if not each.readable}
    for extension in catalog.extensions:
        for table in extension.configuration_tables:
            if table not in brought:
                yield Hazard(
                    kind=HazardKind.NOT_MIGRATED,
                    object=f"rows of {table}",
                    message=f"it is extension {extension.name}'s own table"
                    + (
                        ", and the role that is connected to the source may not read all of it"
                        if table in unreadable
                        else ", and not in scope"
                    )
                    + "; move what you wrote into it yourself",
                )
    for sequence in catalog.extension_sequences:
        if not sequence.readable:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"position of {sequence.name}",
                message=f"it is extension {sequence.extension}'s own sequence, and the role connected "
                "to the source may not read it; set it yourself",
            )
