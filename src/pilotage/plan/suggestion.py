"""A configuration with the inferred groups written out, to be edited by a person.

Consumed by ``pilotage plan --suggest``.
"""

from __future__ import annotations

import msgspec

from pilotage.config.records import Configuration, Expectations, GroupRequest, Position, TablePattern
from pilotage.config.writer import configuration_toml
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName
from pilotage.plan.file_layout import FEW_GROUPS
from pilotage.plan.inference import infer_groups
from pilotage.plan.order import partition_root

_HEADING = (
    "Groups as pilotage infers them, each table with the reason why it is where it is. Move tables between "
    "groups, rename groups, change their order: `pilotage plan` proves the order and says what it had to change."
)

_NOWHERE = Position(file="", line=0)


def suggest_configuration(catalog: Catalog, configuration: Configuration) -> str:
    """Return ``pilotage.toml`` for this catalog, with what the configuration already says besides groups."""
    inferred = infer_groups(catalog)
    root = partition_root(catalog)
    alone = len({table.name.schema for table in catalog.tables}) == 1
    texts = {name: _pattern(name, alone=alone) for name in root}
    numbered = len(inferred) <= FEW_GROUPS
    groups = tuple(
        GroupRequest(
            name=group.name,
            title=group.title,
            purpose=group.purpose,
            # A partition goes where its table goes.
            tables=tuple(
                TablePattern(text=texts[name], position=_NOWHERE)
                for name in group.tables
                if root[name] == name
            ),
            schema_number=place if numbered else None,
            data_number=9 + place if numbered else None,
            position=_NOWHERE,
        )
        for place, group in enumerate(inferred, start=1)
    )
    expect = Expectations(
        tables=len(set(root.values())), foreign_keys=_keys_within(catalog), rows=catalog.total_rows
    )
    return configuration_toml(
        msgspec.structs.replace(
            configuration,
            groups=groups,
            expect=expect,
            # A DSN may hold a password; the name of a variable does not.
            source=configuration.source if (configuration.source or "").startswith("env:") else None,
        ),
        heading=_HEADING,
        table_comments={texts[name]: group.reasons[name] for group in inferred for name in group.reasons},
    )


def _keys_within(catalog: Catalog) -> int:
    tables = {table.name for table in catalog.tables}
    return sum(key.table in tables and key.referenced in tables for key in catalog.foreign_keys)


def _pattern(name: QualifiedName, *, alone: bool) -> str:
    """Return the name as a pattern that means it alone."""
    parts = [name.name] if alone else [name.schema, name.name]
    return ".".join(part if _is_plain(part) else '"' + part.replace('"', '""') + '"' for part in parts)


def _is_plain(part: str) -> bool:
    return part.replace("_", "a").isalnum()
