"""Indexes for foreign keys that have none: their names, and the statements that make them.

Consumed by the rule ``unindexed_foreign_keys``; names of policies are cut as here. Nothing asks the server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pilotage.catalog.facts import IndexFacts
from pilotage.lint.reading import Partition
from pilotage.model.catalog import ForeignKey
from pilotage.model.fixes import Effect, InMigration, NewIndex
from pilotage.model.lint import Fix
from pilotage.model.names import QualifiedName

LONGEST = 63
"""Bytes that a name may have: NAMEDATALEN of ``pg_config_manual.h``, less one."""


class IndexNames:
    """Names for new indexes: ``idx_<table>_<columns>_fk``, with the schema first where that is not public.

    An ending ``_id`` of a column is left out, and a name that is taken gets ``_2``, ``_3``….
    """

    def __init__(self, taken: Iterable[QualifiedName]) -> None:
        self._taken = set(taken)

    def new(self, table: QualifiedName, columns: Iterable[str]) -> str:
        """Return a name that no relation of the table's schema has, and keep it."""
        place = () if table.schema == "public" else (table.schema,)
        parts = (column.removesuffix("_id") or column for column in columns)
        stem = "_".join(("idx", *place, table.name, *parts))
        number = 1
        while True:
            ending = "_fk" if number == 1 else f"_fk_{number}"
            name = shortened(stem, LONGEST - len(ending)) + ending
            if QualifiedName(table.schema, name) not in self._taken:
                self._taken.add(QualifiedName(table.schema, name))
                return name
            number += 1


def shortened(text: str, most: int) -> str:
    """Return as much of a text as has at most so many bytes, by whole characters."""
    return text.encode()[:most].decode(errors="ignore")


def index_fix(
    key: ForeignKey,
    names: IndexNames,
    partitions: Collection[Partition],
    indexes: Mapping[QualifiedName, Collection[IndexFacts]],
) -> Fix | None:
    """Return the statements that make an index for a key, without keeping anybody from writing for long.

    For a partitioned table, each partition gets its index first, concurrently; the statements on partitioned
    tables, the deepest first, then only join them.

    Args:
        key: without an index.
        names: those that are taken.
        partitions: of the key's table, and itself, where it is partitioned.
        indexes: by table.

    Returns:
        None where a partition has such an index already: the reverse would drop it with the others.
    """
    if any(_is_same(index, key) for each in partitions for index in indexes.get(each.table, ())):
        return None
    made = _of_partitions(key, names, partitions)
    whole = made[-1]
    return Fix(
        statements=tuple(each.sql if each.partitioned else each.concurrent_sql for each in made),
        # The whole one takes its parts along; they are there alone where the statements ended in the middle.
        reverse=tuple(each.live_drop_sql for each in reversed(made)),
        in_migration=InMigration(statements=tuple(each.sql for each in made), reverse=(whole.drop_sql,)),
        effect=Effect(indexes=made),
    )


def _of_partitions(
    key: ForeignKey, names: IndexNames, partitions: Collection[Partition]
) -> tuple[NewIndex, ...]:
    """Return an index for each table, those of partitions before that of what they are partitions of."""
    if not partitions:
        name = _name(names, key.table, key.columns)
        return (NewIndex(name=name, table=key.table, columns=key.columns),)
    with_index = sorted(
        (each for each in partitions if each.stores_rows or each.partitioned),
        key=lambda each: (each.partitioned, each.partitioned * -each.level, each.table),
    )
    name_of = {each.table: _name(names, each.table, key.columns) for each in with_index}
    return tuple(
        NewIndex(
            name=name_of[each.table],
            table=each.table,
            columns=key.columns,
            partitioned=each.partitioned,
            part_of=name_of[each.parent] if each.parent is not None else None,
        )
        for each in with_index
    )


def _is_same(index: IndexFacts, key: ForeignKey) -> bool:
    return index.method == "btree" and index.key_columns == key.columns and index.predicate is None


def _name(names: IndexNames, table: QualifiedName, columns: tuple[str, ...]) -> QualifiedName:
    return QualifiedName(table.schema, names.new(table, columns))
