"""The frame of a plan: the groups that its steps stand in, and where constraints stand in time.

Made once a plan's groups are known, consumed by the building of its steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pilotage.config.records import Configuration
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog
from pilotage.model.choices import Layout
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.plan import Group, Stage
from pilotage.model.review import (
    Component,
    GroupOrder,
    LoadStrategy,
    SelfReferenceShape,
)
from pilotage.plan.belonging import Belonging
from pilotage.plan.entry_groups import OF_DATABASE, group_entries
from pilotage.plan.grouping import Grouping
from pilotage.plan.strategies import choose_components

PLAIN_REASON = "its constraints come after the rows, so any order of tables and rows works"
_REFERENCED_FIRST = "nothing that it references comes after it, so its rows load in any order"

# What stays after the rows though constraints come first: it would act on what is still to be made, describes
# rows, or is a check that pg_dump sets apart since the source never validated it, so rows may break it.
_AFTER_ROWS = OF_DATABASE | {"CHECK CONSTRAINT", "STATISTICS DATA"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Which group and stage each entry and table stands in.

    Attributes:
        group_of: for every table.
        group_names: in their planned order; empty for waves, which order nothing but rows.
        group_places: for every group its place in that order.
        entry_places: for each dump id, the place of its group; behind all of them for what is in none.
        in_pieces: whether constraints are made in two steps where that is faster.
        constraints_first: whether constraints stand with their tables, before the rows.
        deferred_keys: tables and names of the foreign keys that come after the rows of all groups.
        unvalidated: what constraints of the source are on that it never validated, and their names.
        component_of: for each table that is in one, by its partition root.
    """

    group_of: Mapping[QualifiedName, str]
    group_names: tuple[str, ...] = ()
    group_places: Mapping[str, int] = dataclasses.field(default_factory=dict)
    entry_places: Mapping[int, int] = dataclasses.field(default_factory=dict)
    in_pieces: bool = False
    constraints_first: bool = False
    deferred_keys: frozenset[tuple[QualifiedName, str]] = frozenset()
    unvalidated: frozenset[tuple[QualifiedName, str]] = frozenset()
    components: tuple[Component, ...] = ()
    component_of: Mapping[QualifiedName, Component] = dataclasses.field(default_factory=dict)

    @classmethod
    def of_waves(cls, catalog: Catalog, groups: Sequence[Group]) -> Frame:
        """Return the frame of a plan that is run directly."""
        return cls(
            group_of={table: group.name for group in groups for table in group.tables},
            in_pieces=True,
            unvalidated=_unvalidated(catalog),
        )

    @classmethod
    def of_groups(
        cls,
        catalog: Catalog,
        archive: Archive,
        configuration: Configuration,
        grouping: Grouping,
        shapes: Mapping[QualifiedName, SelfReferenceShape],
    ) -> Frame:
        """Return the frame of a plan whose groups are reviewed, and written into files."""
        constraints_first = configuration.layout is Layout.SCHEMA_FIRST
        deferred_keys = keys_after_rows(catalog, configuration.layout, grouping.order)
        components: tuple[Component, ...] = ()
        if constraints_first:
            components = choose_components(
                catalog,
                deferred_keys=deferred_keys,
                data_format=configuration.data_format,
                split_bytes=configuration.split_bytes,
                shapes=shapes,
            )
        names = grouping.order.planned
        return cls(
            group_of=grouping.group_of,
            group_names=names,
            group_places={name: place for place, name in enumerate(names)},
            entry_places=group_entries(
                archive.entries,
                Belonging(catalog, archive.entries),
                grouping.place_of,
                behind_all=len(names),
            ),
            constraints_first=constraints_first,
            deferred_keys=deferred_keys,
            unvalidated=_unvalidated(catalog),
            components=components,
            component_of={table: component for component in components for table in component.tables},
        )

    def place_of_entry(self, entry: ArchiveEntry) -> int:
        """Return the place of the entry's group, 0 where groups order nothing."""
        return self.entry_places.get(entry.dump_id, 0)

    def place_of_table(self, table: QualifiedName) -> int:
        """Return the place of the table's group, 0 where groups order nothing."""
        return self.group_places.get(self.group_of.get(table, ""), 0)

    def group_of_entry(self, entry: ArchiveEntry, *, of: QualifiedName) -> str:
        """Return the name of the group that an entry stands in, empty for what is of the whole database.

        Args:
            entry: may stand in a later group than its table, with what it names besides.
            of: the relation that the entry is, or is on; where groups order nothing, that one's group counts.
        """
        if not self.group_names:
            return self.group_of.get(of, "")
        place = self.place_of_entry(entry)
        return self.group_names[place] if place < len(self.group_names) else ""

    def stage_of(
        self, entry: ArchiveEntry, natural: Stage, constraint: tuple[QualifiedName, str] | None
    ) -> Stage:
        """Return the stage of an entry, given the one that it has where rows come before constraints.

        Args:
            constraint: what the entry's constraint is on, and its name, if it is one.
        """
        if not self.constraints_first or natural not in {Stage.DATA, Stage.FINISH}:
            return natural
        if entry.kind in _AFTER_ROWS or constraint in self.deferred_keys or constraint in self.unvalidated:
            return Stage.FINISH
        if _takes_from_owner(entry):
            return Stage.FINISH
        return Stage.STRUCTURE

    def strategy_of(self, table: QualifiedName) -> tuple[LoadStrategy, str]:
        """Return how a table, by its partition root, loads, and why."""
        if not self.constraints_first:
            return LoadStrategy.PLAIN, PLAIN_REASON
        component = self.component_of.get(table)
        if component is None:
            return LoadStrategy.PLAIN, _REFERENCED_FIRST
        return component.strategy, component.reason


def _takes_from_owner(entry: ArchiveEntry) -> bool:
    """Tell whether an entry takes privileges from the object's owner.

    The check of a foreign key reads the referenced table as its owner, who must still be allowed to.
    """
    return entry.kind == "ACL" and f" FROM {quote_identifier(entry.owner)};" in entry.definition


def keys_after_rows(
    catalog: Catalog, layout: Layout, order: GroupOrder | None
) -> frozenset[tuple[QualifiedName, str]]:
    """Return tables and names of the foreign keys that come only after the rows of all groups.

    Where constraints come first, a key that the source never validated is one of them: it may not hold for
    the source's rows, and would stop them.
    """
    keys = {(key.table, key.constraint) for key in order.deferred_keys} if order is not None else set()
    if layout is Layout.SCHEMA_FIRST:
        keys |= {(key.table, key.name) for key in catalog.foreign_keys if not key.validated}
    return frozenset(keys)


def _unvalidated(catalog: Catalog) -> frozenset[tuple[QualifiedName, str]]:
    keys = {(key.table, key.name) for key in catalog.foreign_keys if not key.validated}
    return frozenset(keys | {(each.on, each.name) for each in catalog.constraints if not each.validated})
