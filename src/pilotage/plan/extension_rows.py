"""What users keep in extensions' own tables and sequences, as steps.

Their tables are made by CREATE EXTENSION, with constraints and all that the extension put into them, so rows
come referenced ones first, and only those that pg_dump would take. Consumed by the building of a plan.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterator

from pilotage.model.catalog import Catalog, ExtensionSequence, ExtensionTable
from pilotage.model.names import QualifiedName
from pilotage.model.plan import CopyFormat, LoadTable, SetSequence
from pilotage.model.review import LoadStrategy
from pilotage.plan.costs import cost_of_load


def in_load_order(catalog: Catalog) -> tuple[tuple[ExtensionTable, tuple[QualifiedName, ...]], ...]:
    """Return the extensions' tables whose rows are brought, each with those of them that come before it.

    Where they reference each other in a circle, none waits; whether their rows get in is up to the extension.
    """
    tables = {each.table.name: each for each in catalog.extension_tables if each.readable}
    before = {
        name: tuple(other for other in each.references if other in tables) for name, each in tables.items()
    }
    try:
        return tuple(
            (tables[name], before[name]) for name in graphlib.TopologicalSorter(before).static_order()
        )
    except graphlib.CycleError:
        return tuple((each, ()) for each in tables.values())


def load_of(each: ExtensionTable, id_: str) -> LoadTable:
    """Return the step that brings the rows."""
    obstacle = next((c.text_only_because for c in each.table.columns if c.text_only_because), "")
    return LoadTable(
        id=id_,
        group="",
        reason=f"users wrote them into extension {each.extension}'s own table, which the extension makes",
        cost=cost_of_load(each.table),
        table=each.table.name,
        columns=tuple(column.name for column in each.table.columns if not column.generated),
        strategy=LoadStrategy.PLAIN,
        format=CopyFormat.TEXT if obstacle else CopyFormat.BINARY,
        format_reason=obstacle or "every column's type travels as binary",
        condition=each.condition,
    )


def positions(catalog: Catalog) -> Iterator[tuple[ExtensionSequence, SetSequence]]:
    """Yield extensions' sequences with the steps that set them."""
    for each in catalog.extension_sequences:
        if each.readable:
            yield (
                each,
                SetSequence(
                    id=f"position {each.name}",
                    group="",
                    reason=f"users moved extension {each.extension}'s own sequence",
                    sequence=each.name,
                    last_value=each.last_value,
                    is_called=each.is_called,
                ),
            )
