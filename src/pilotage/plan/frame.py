"""The frame of a plan: the groups that its steps stand in, and where constraints stand in time.

Made once a plan's groups are known, consumed by the building of its steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from pilotage.config.records import Configuration
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Group, Stage
from pilotage.model.review import Component, Layout, LoadStrategy, SelfReferenceShape
from pilotage.plan.belonging import Belonging
from pilotage.plan.entry_groups import group_entries
from pilotage.plan.grouping import Grouping
from pilotage.plan.strategies import choose_components

PLAIN_REASON = "its constraints come after the rows, so any order of tables and rows works"
_REFERENCED_FIRST = "nothing that it references comes after it, so its rows load in any order"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Which group and stage each entry and table stands in.

    Attributes:
        group_of: for every table.
        group_names: in their planned order; empty for waves, which order nothing but rows.
        entry_places: for each dump id, the place of its group.
        constraints_first: whether constraints stand with their tables, before the rows.
        deferred: tables and names of the foreign keys that come after all rows.
    """

    group_of: Mapping[QualifiedName, str]
    group_names: tuple[str, ...] = ()
    entry_places: Mapping[int, int] = dataclasses.field(default_factory=dict)
    constraints_first: bool = False
    deferred: frozenset[tuple[QualifiedName, str]] = frozenset()
    components: tuple[Component, ...] = ()

    @classmethod
    def of_waves(cls, groups: Sequence[Group]) -> Frame:
        """Return the frame of a plan that is run directly."""
        return cls(group_of={table: group.name for group in groups for table in group.tables})

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
        deferred = {(key.table, key.constraint) for key in grouping.order.deferred_keys}
        if constraints_first:
            # A key that the source never validated may not hold for its rows, and would stop them.
            deferred |= {(key.table, key.name) for key in catalog.foreign_keys if not key.validated}
        components: tuple[Component, ...] = ()
        if constraints_first:
            components = choose_components(
                catalog,
                deferred_keys=frozenset(deferred),
                data_format=configuration.data_format,
                split_bytes=configuration.split_bytes,
                shapes=shapes,
            )
        return cls(
            group_of=grouping.group_of,
            group_names=grouping.order.planned,
            entry_places=group_entries(
                archive.entries, Belonging(catalog, archive.entries), grouping.place_of
            ),
            constraints_first=constraints_first,
            deferred=frozenset(deferred),
            components=components,
        )

    def place_of_entry(self, entry: ArchiveEntry) -> int:
        """Return the place of the entry's group, 0 where groups order nothing."""
        return self.entry_places.get(entry.dump_id, 0)

    def place_of_table(self, table: QualifiedName) -> int:
        """Return the place of the table's group, 0 where groups order nothing."""
        group = self.group_of.get(table)
        return self.group_names.index(group) if group in self.group_names else 0

    def group_of_entry(self, entry: ArchiveEntry, otherwise: str) -> str:
        """Return the name of the entry's group."""
        if not self.group_names or entry.kind == "DEFAULT ACL":
            return otherwise
        return self.group_names[self.place_of_entry(entry)]

    def stage_of(self, entry: ArchiveEntry, natural: Stage) -> Stage:
        """Return the stage of an entry, given the one that it has where rows come before constraints."""
        if not self.constraints_first or natural not in {Stage.DATA, Stage.FINISH}:
            return natural
        # What would act on objects that are still to be made comes when all are there.
        if entry.kind in {"DEFAULT ACL", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA"}:
            return Stage.FINISH
        # pg_dump sets a check apart where the source never validated it: its rows may not hold to it.
        if entry.kind == "CHECK CONSTRAINT" or self._is_deferred_key(entry):
            return Stage.FINISH
        return Stage.STRUCTURE

    def _is_deferred_key(self, entry: ArchiveEntry) -> bool:
        return entry.kind == "FK CONSTRAINT" and any(
            table.schema == entry.schema and entry.tag == f"{table.name} {name}"
            for table, name in self.deferred
        )

    def is_deferred(self, key: tuple[QualifiedName, str]) -> bool:
        """Whether a foreign key is created only after all rows."""
        return key in self.deferred

    def component_of(self, table: QualifiedName) -> Component | None:
        """Return the component that a table, by its partition root, is in."""
        return next((component for component in self.components if table in component.tables), None)

    def strategy_of(self, table: QualifiedName) -> tuple[LoadStrategy, str]:
        """Return how a table, by its partition root, loads, and why."""
        if not self.constraints_first:
            return LoadStrategy.PLAIN, PLAIN_REASON
        component = self.component_of(table)
        if component is None:
            return LoadStrategy.PLAIN, _REFERENCED_FIRST
        return component.strategy, component.reason
