"""The first pass of ``two-pass``: which columns of a foreign key can wait as NULL, and what holds against it.

Consumed by the choice of load strategies. Whether a key needs breaking is decided there; here every rule of
PostgreSQL that a row with NULL in its place could break is looked at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from pilotage.catalog.partitions import partition_root
from pilotage.model.catalog import (
    Catalog,
    ConstraintKind,
    ForeignKey,
    Generated,
    Index,
    MatchType,
)
from pilotage.model.names import QualifiedName, quote_identifier

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FirstPass:
    """How one key is broken, or why it cannot be.

    Attributes:
        set_null: the columns that are NULL in the first pass.
        match_columns: those by which the second pass finds its rows.
        obstacle: why the key cannot be broken, fit to follow "since"; empty where it can.
    """

    set_null: tuple[str, ...] = ()
    match_columns: tuple[str, ...] = ()
    obstacle: str = ""


class FirstPasses:
    """Answers for the keys of one catalog; a partitioned table and its partitions count as one table.

    What stands on any one of the partitions is minded, since rows go there. The partition key needs no rule
    of its own: a unique key of the whole table holds all of it (PostgreSQL's documentation, Table
    Partitioning, Limitations), and without such a key there is no second pass.
    """

    def __init__(
        self, catalog: Catalog, deferred_keys: Collection[tuple[QualifiedName, str]] = frozenset()
    ) -> None:
        self._root = partition_root(catalog)
        self._types = {str(type_.name): type_ for type_ in catalog.types}
        self._checked_domains = {
            str(constraint.on)
            for constraint in catalog.constraints
            if constraint.kind is ConstraintKind.CHECK and constraint.on not in self._root
        }
        self._tables = self._by_root((table.name, table) for table in catalog.tables)
        self._constraints = self._by_root((constraint.on, constraint) for constraint in catalog.constraints)
        self._indexes = self._by_root((index.table, index) for index in catalog.indexes)
        keys = [
            key for key in catalog.foreign_keys if key.enforced and (key.table, key.name) not in deferred_keys
        ]
        self._keys = self._by_root((key.table, key) for key in keys)
        self._referenced_by = self._by_root((key.referenced, key) for key in keys)

    def of(self, key: ForeignKey) -> FirstPass:
        """Return how the key can be broken.

        With MATCH SIMPLE one NULL suspends the key: it is the column that the fewest other keys use, and of
        those the last, since composite keys begin with what they share. With MATCH FULL all are NULL.
        """
        root = self._root[key.table]
        match_columns = self._match_columns(root)
        if not match_columns:
            return FirstPass(
                obstacle=f"{root} has no primary key and no unique key of NOT NULL columns to find rows by"
            )
        columns = tuple(dict.fromkeys(key.columns))
        wanted = [columns] if key.match is MatchType.FULL else self._by_preference(root, key, columns)
        obstacles: list[str] = []
        for set_null in wanted:
            obstacle = next(
                filter(None, (self._obstacle(root, key, column, set_null) for column in set_null)), ""
            )
            if not obstacle:
                return FirstPass(set_null=set_null, match_columns=match_columns)
            obstacles.append(obstacle)
        return FirstPass(obstacle=" and ".join(dict.fromkeys(obstacles)))

    def _by_preference(
        self, root: QualifiedName, key: ForeignKey, columns: tuple[str, ...]
    ) -> list[tuple[str, ...]]:
        others = [other for other in self._keys[root] if other is not key]
        used = {column: sum(column in other.columns for other in others) for column in columns}
        return [
            (column,) for column in sorted(columns, key=lambda column: (used[column], -columns.index(column)))
        ]

    def _obstacle(self, root: QualifiedName, key: ForeignKey, column: str, set_null: tuple[str, ...]) -> str:
        """Return why the column cannot be NULL while only ``set_null`` are; empty where it can."""
        name = f"{root}.{quote_identifier(column)}"
        return (
            self._own_obstacle(root, key, column, name)
            or self._constraint_obstacle(root, column, name)
            or self._index_obstacle(root, column, name)
            or self._key_obstacle(root, column, name, set_null)
        )

    def _own_obstacle(self, root: QualifiedName, key: ForeignKey, column: str, name: str) -> str:
        """Return what the column itself, or a column computed from it, has against NULL."""
        if column not in key.nullable_columns or any(
            each.not_null for table in self._tables[root] for each in table.columns if each.name == column
        ):
            return f"{name} is NOT NULL"
        described = next(
            (each for table in self._tables[root] for each in table.columns if each.name == column), None
        )
        if described is None:
            return ""
        if described.generated is not Generated.NO:
            return f"{name} is generated"
        if domain := self._checked_domain(described.type):
            return f"{name} is of the domain {domain}, which has a CHECK"
        # What a generated column reads is not in the catalog, so one that must hold something stands for all.
        computed = next(
            (
                each.name
                for table in self._tables[root]
                for each in table.columns
                if each.generated is not Generated.NO and (each.not_null or self._is_bound(root, each.name))
            ),
            None,
        )
        if computed is not None:
            return f"the generated column {root}.{quote_identifier(computed)} may not change meanwhile"
        return ""

    def _is_bound(self, root: QualifiedName, column: str) -> bool:
        """Whether any constraint, unique index or foreign key speaks of a column."""
        return (
            any(column in constraint.columns for constraint in self._constraints[root])
            or any(
                column in (*index.columns, *index.expression_columns)
                for index in self._indexes[root]
                if index.unique or index.exclusion
            )
            or any(column in key.columns for key in self._keys[root])
            or any(column in key.referenced_columns for key in self._referenced_by[root])
        )

    def _checked_domain(self, type_: str) -> str:
        """Return the domain with a CHECK that a type is, or is built on; empty where there is none."""
        while type_ in self._types and self._types[type_].kind == "domain":
            if type_ in self._checked_domains:
                return type_
            type_ = self._types[type_].detail[0]
        return ""

    def _constraint_obstacle(self, root: QualifiedName, column: str, name: str) -> str:
        for constraint in self._constraints[root]:
            if constraint.kind is ConstraintKind.CHECK and column in constraint.columns:
                return f"{name} stands in the CHECK {quote_identifier(constraint.name)}"
        return ""

    def _index_obstacle(self, root: QualifiedName, column: str, name: str) -> str:
        """Return the index in which rows with NULL could collide that do not collide with their values."""
        for index in self._indexes[root]:
            if not (index.unique or index.exclusion):
                continue
            computes = index.partial or None in index.columns
            if (
                column in index.expression_columns
                # An expression that reads no single column reads the row.
                or (computes and not index.expression_columns)
                or (column in index.columns and (index.exclusion or not index.nulls_distinct))
            ):
                return f"rows with NULL in {name} could collide in {index.name}"
        return ""

    def _key_obstacle(self, root: QualifiedName, column: str, name: str, set_null: tuple[str, ...]) -> str:
        """Return the other foreign key that would miss the value or half of it."""
        for key in self._referenced_by[root]:
            if column in key.referenced_columns:
                return f"{name} is referenced by {quote_identifier(key.name)}"
        for key in self._keys[root]:
            if key.match is MatchType.FULL and column in key.columns and not set(key.columns) <= {*set_null}:
                return f"{name} is part of the MATCH FULL key {quote_identifier(key.name)}"
        return ""

    def _match_columns(self, root: QualifiedName) -> tuple[str, ...]:
        """Return the primary key's columns, or the narrowest unique ones that are NOT NULL.

        Of the topmost table's own indexes: one of a partition says nothing of the others.
        """
        (table,) = (table for table in self._tables[root] if table.name == root)
        not_null = {column.name for column in table.columns if column.not_null}
        candidates = [
            (not index.primary, len(columns), index.name, columns)
            for index in self._indexes[root]
            if index.table == root and (columns := _unique_columns(index)) and not_null.issuperset(columns)
        ]
        return min(candidates)[-1] if candidates else ()

    def _by_root(self, pairs: Iterable[tuple[QualifiedName, T]]) -> defaultdict[QualifiedName, list[T]]:
        """Gather what is on a table or on one of its partitions; what is on something else is left out."""
        gathered: defaultdict[QualifiedName, list[T]] = defaultdict(list)
        for name, each in pairs:
            if name in self._root:
                gathered[self._root[name]].append(each)
        return gathered


def _unique_columns(index: Index) -> tuple[str, ...]:
    """Return the columns that no two rows share; empty where the index does not say so."""
    if not (index.unique and index.valid and index.immediate) or index.partial:
        return ()
    # The server prints a collation that is not the column's own. What is unique by it need not be by "=".
    if " COLLATE " in index.definition:
        return ()
    columns = tuple(column for column in index.columns if column is not None)
    return columns if len(columns) == len(index.columns) else ()
