"""Which table an archive entry belongs to, and what tables need of each other before they exist.

Consumed by the order of groups and by the placement of entries into groups. An entry belongs to a table when
it could not exist without it: its indexes, constraints, defaults, triggers, policies, owned sequences.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from pilotage.model.archive import ArchiveEntry
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName

# Kinds whose tag is the table's name, a space, and their own name (or a column's).
_TAGGED_WITH_TABLE = frozenset(
    {"CHECK CONSTRAINT", "CONSTRAINT", "DEFAULT", "FK CONSTRAINT", "POLICY", "RULE", "TRIGGER"}
)
TABLES = frozenset({"TABLE", "FOREIGN TABLE"})
# Kinds that describe one object, the first that they depend on, and go where it goes.
ATTACHED = frozenset({"ACL", "COMMENT", "SECURITY LABEL"})


class Belonging:
    """The tables that entries belong to, looked up by dump id."""

    def __init__(self, catalog: Catalog, entries: Iterable[ArchiveEntry]) -> None:
        self._entries = {entry.dump_id: entry for entry in entries}
        self._tables = {table.name for table in catalog.tables}
        # not: indexes of materialized views, which stand on their own
        self._index_table = {
            index.name: index.table for index in catalog.indexes if index.table in self._tables
        }
        self._sequence_table = {
            sequence.name: sequence.owned_by[0]
            for sequence in catalog.sequences
            if sequence.owned_by is not None and sequence.owned_by[0] in self._tables
        }

    def table_of(self, entry: ArchiveEntry) -> QualifiedName | None:
        """Return the table that the entry is, or belongs to; None for what stands on its own."""
        name = QualifiedName(entry.schema, entry.tag)
        if entry.kind in {*TABLES, "ROW SECURITY", "TABLE ATTACH"}:
            return name if name in self._tables else None
        if entry.kind in {"INDEX", "INDEX ATTACH"}:
            return self._index_table.get(name)
        if entry.kind == "SEQUENCE OWNED BY":
            return self._sequence_table.get(name)
        if entry.kind in _TAGGED_WITH_TABLE:
            return self._tagged_table(entry)
        if entry.kind == "STATISTICS":
            return next(iter(self._table_dependencies(entry)), None)
        return None

    def _tagged_table(self, entry: ArchiveEntry) -> QualifiedName | None:
        """Return the table that begins the tag: among those that the entry depends on, the longest name."""
        candidates = [
            table
            for table in self._table_dependencies(entry)
            if table.schema == entry.schema and entry.tag.startswith(f"{table.name} ")
        ]
        return max(candidates, key=lambda table: len(table.name), default=None)

    def _table_dependencies(self, entry: ArchiveEntry) -> Iterable[QualifiedName]:
        for needed in entry.dependencies:
            found = self._entries.get(needed)
            if found is not None and found.kind in TABLES:
                name = QualifiedName(found.schema, found.tag)
                if name in self._tables:
                    yield name


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableNeed:
    """One table cannot exist, or be loaded, before another.

    Attributes:
        table, needed: by partition root.
        declared_on: the table itself, which may be a partition.
        constraint: the foreign key that makes it so; None where the definition itself does.
        through: for people: ``(tenant_id, hotel_id)``; ``function public.f(integer)``, which is what the
            definition itself names; empty where it names the table.
    """

    table: QualifiedName
    needed: QualifiedName
    declared_on: QualifiedName
    constraint: str | None
    through: str

    def describe(self) -> str:
        """Return ``public.units.(tenant_id, hotel_id) → public.hotels``."""
        if self.constraint is not None:
            return f"{self.table}.{self.through} → {self.needed}"
        return f"{self.table} needs {self.needed}" + (f" through {self.through}" if self.through else "")


def table_needs(
    catalog: Catalog, entries: Iterable[ArchiveEntry], root: Mapping[QualifiedName, QualifiedName]
) -> tuple[TableNeed, ...]:
    """Return what tables need of each other: by foreign keys, and by what their definitions name.

    Tables are given by their partition roots. A definition may need another table directly (inheritance) or
    through functions, types and views. What only belongs to a table, such as a policy that reads another one,
    can be created later than its table and is no need; nor is a key that the source never validated, since it
    comes after the rows in any case.
    """
    needs = [
        TableNeed(
            table=root[key.table],
            needed=root[key.referenced],
            declared_on=key.table,
            constraint=key.name,
            through=_columns(key.columns),
        )
        for key in catalog.foreign_keys
        if key.validated and key.table in root and key.referenced in root
    ]
    return tuple(needs) + tuple(_definition_needs(entries, root))


def _columns(columns: tuple[str, ...]) -> str:
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"


def _definition_needs(
    entries: Iterable[ArchiveEntry], root: Mapping[QualifiedName, QualifiedName]
) -> Iterable[TableNeed]:
    """Follow each table's definition through what is no table, until a table is met."""
    reached: dict[int, dict[QualifiedName, str]] = {}
    for entry in entries:
        name = QualifiedName(entry.schema, entry.tag)
        is_table = entry.kind in TABLES and name in root
        if entry.kind in ATTACHED:
            continue
        found: dict[QualifiedName, str] = {}
        # The archive is in an order in which every entry comes after what it depends on.
        for needed in entry.dependencies:
            for table, through in reached.get(needed, {}).items():
                # A table that is named as such needs no further reason.
                found[table] = found.get(table, through) and through
        if is_table:
            for table, through in sorted(found.items()):
                if table != root[name]:
                    yield TableNeed(
                        table=root[name], needed=table, declared_on=name, constraint=None, through=through
                    )
            reached[entry.dump_id] = {root[name]: ""}
        else:
            described = f"{entry.kind.lower()} {entry.schema}.{entry.tag}".replace(" .", " ")
            reached[entry.dump_id] = dict.fromkeys(found, described)
