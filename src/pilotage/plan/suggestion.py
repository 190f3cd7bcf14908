"""A configuration with the inferred groups written out, to be edited by a person.

Consumed by ``pilotage plan --suggest``.
"""

from __future__ import annotations

import msgspec

from pilotage.config.records import Configuration, Expectations, GroupRequest, Position, TablePattern
from pilotage.config.writer import configuration_toml
from pilotage.model.archive import Archive
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.belonging import table_needs
from pilotage.plan.file_names import FEW_GROUPS
from pilotage.plan.findings import count_keys_within
from pilotage.plan.group_order import order_groups
from pilotage.plan.grouping import inferred_groups
from pilotage.plan.order import partition_root

_HEADING = (
    "Groups as pilotage infers them, each table with the reason why it is where it is. Move tables between "
    "groups, rename groups, change their order: `pilotage plan` proves the order, and says what it had to "
    "change."
)

_NOWHERE = Position(file="", line=0)


def suggest_configuration(catalog: Catalog, archive: Archive, configuration: Configuration) -> str:
    """Return ``pilotage.toml`` for this catalog, with what the configuration already says besides groups.

    Planned with it, every table is in the group, and every group in the place, that it is in without.
    """
    root = partition_root(catalog)
    needs = table_needs(catalog, archive.entries, root)
    inferred = {group.name: group for group in inferred_groups(catalog, root, needs)}
    group_of = {table: group.name for group in inferred.values() for table in group.tables}
    planned = order_groups(tuple(inferred), group_of, needs).planned
    alone = len({table.name.schema for table in catalog.tables}) == 1
    # A partition goes where its table goes.
    texts = {name: _pattern(name, alone=alone) for name in sorted(set(root.values()))}
    numbered = len(inferred) <= FEW_GROUPS
    groups = tuple(
        GroupRequest(
            name=group.name,
            title=group.title,
            purpose=group.purpose,
            tables=tuple(
                TablePattern(text=texts[name], position=_NOWHERE) for name in group.tables if name in texts
            ),
            schema_number=place if numbered else None,
            data_number=9 + place if numbered else None,
            position=_NOWHERE,
        )
        for place, group in enumerate(map(inferred.__getitem__, planned), start=1)
    )
    return configuration_toml(
        msgspec.structs.replace(
            configuration,
            groups=groups,
            expect=Expectations(
                tables=len(texts), foreign_keys=count_keys_within(catalog), rows=catalog.total_rows
            ),
            # A DSN may hold a password; the name of a variable does not.
            source=configuration.source if (configuration.source or "").startswith("env:") else None,
        ),
        heading=_HEADING,
        table_comments={
            texts[name]: reason
            for group in inferred.values()
            for name, reason in group.reasons.items()
            if name in texts
        },
    )


def _pattern(name: QualifiedName, *, alone: bool) -> str:
    """Return the name as a pattern that means it alone."""
    parts = [name.name] if alone else [name.schema, name.name]
    return ".".join(part if _is_plain(part) else '"' + part.replace('"', '""') + '"' for part in parts)


def _is_plain(part: str) -> bool:
    return part.replace("_", "a").isalnum()
