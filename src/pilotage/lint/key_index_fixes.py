"""Indexes for foreign keys that have none: their names, and the statements that make them.

Consumed by the rule ``unindexed_foreign_keys``; names of policies are cut as here. Nothing asks the server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from pilotage.catalog.facts import IndexFacts
from pilotage.lint.reading import Partition
from pilotage.model.catalog import ForeignKey
from pilotage.model.fixes import InMigration, NewIndex
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

    For a partitioned table, each partition gets its index first, concurrently; the last statement then only
    joins them.

    Args:
        key: without an index.
        names: those that are taken.
        partitions: of the key's table.
        indexes: by table.

    Returns:
        None where a partition has such an index already: the reverse would drop it with the others.
    """
    if any(_is_same(index, key) for each in partitions for index in indexes.get(each.table, ())):
        return None
    parts = [_new(names, each.table, key.columns) for each in partitions if each.stores_rows]
    whole = _new(names, key.table, key.columns, partitioned=bool(partitions))
    parts = [msgspec.structs.replace(part, part_of=whole.name) for part in parts]
    # Indexes of tables in between would get names of the server's choice, which nobody can expect.
    nested = any(each.level > 1 for each in partitions)
    return Fix(
        statements=(
            *(part.concurrent_sql for part in parts),
            whole.sql if partitions else whole.concurrent_sql,
        ),
        reverse=(whole.drop_sql if partitions else whole.concurrent_drop_sql,),
        in_migration=None
        if nested
        else InMigration(
            statements=(*(part.sql for part in parts), whole.sql),
            reverse=(whole.drop_sql,),
            indexes=(*parts, whole),
        ),
    )


def _is_same(index: IndexFacts, key: ForeignKey) -> bool:
    return index.method == "btree" and index.key_columns == key.columns and index.predicate is None


def _new(
    names: IndexNames, table: QualifiedName, columns: tuple[str, ...], *, partitioned: bool = False
) -> NewIndex:
    name = QualifiedName(table.schema, names.new(table, columns))
    return NewIndex(name=name, table=table, columns=columns, partitioned=partitioned)
