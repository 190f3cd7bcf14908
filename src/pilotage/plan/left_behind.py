"""What a source holds that no step of a plan brings along, said by name.

Consumed by the building of a plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter

from pilotage.catalog.invalid_indexes import unfinished_indexes
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers
from pilotage.model.plan import Hazard, HazardKind


def left_behind(catalog: Catalog, rebuilt: Collection[QualifiedName] = ()) -> Iterable[Hazard]:
    """Return a hazard for each thing that neither pg_dump's archive nor rows of tables bring along.

    Args:
        catalog: the source's.
        rebuilt: indexes that chosen fixes create.
    """
    yield from _contents(catalog)
    for index in unfinished_indexes(catalog):
        if index.name in rebuilt:
            continue
        yield Hazard(
            kind=HazardKind.NOT_MIGRATED,
            object=f"index {index.name}",
            message=f"it is invalid: a build of it on {index.table} failed, and no query uses it; "
            "drop it on the source, or build it there with REINDEX INDEX CONCURRENTLY",
        )
    yield from _column_orders(catalog)
    for each in catalog.left_out:
        yield Hazard(kind=HazardKind.NOT_MIGRATED, object=each.object, message=each.because)


def _column_orders(catalog: Catalog) -> Iterable[Hazard]:
    """Say which children's columns will stand in another order than on the source.

    pg_dump creates a child with INHERITS, which puts the parents' columns first; on the source they may stand
    anywhere, where the child was made first and became one with ALTER TABLE … INHERIT.
    """
    tables = {table.name: table for table in catalog.tables}
    parents: Mapping[QualifiedName, list[QualifiedName]] = {
        table.name: [parent for parent in table.inherits if parent in tables] for table in catalog.tables
    }
    arriving: dict[QualifiedName, list[str]] = {}
    for name in TopologicalSorter(parents).static_order():
        own = [column.name for column in tables[name].columns]
        inherited = [column for parent in parents[name] for column in arriving[parent]]
        arriving[name] = list(dict.fromkeys([*inherited, *own]))
    for name in sorted(arriving):
        found = [column.name for column in tables[name].columns]
        if arriving[name] != found:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"column order of {name}",
                message="a dump puts the columns of its parents first: they will stand as "
                f"({quote_identifiers(arriving[name])}), and on the source as ({quote_identifiers(found)})",
            )


def _contents(catalog: Catalog) -> Iterable[Hazard]:
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
        for table in extension.other_tables:
            yield Hazard(
                kind=HazardKind.NOT_MIGRATED,
                object=f"rows of {table}",
                message=f"it is a member of extension {extension.name}, whose script makes it on the "
                "target or nobody does; where it was added to the extension by hand, ALTER EXTENSION "
                f"{quote_identifier(extension.name)} DROP TABLE {table} on the source, so that it is yours",
            )
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
