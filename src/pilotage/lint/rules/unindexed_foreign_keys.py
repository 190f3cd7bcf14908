"""A foreign key has no index on its own columns.

Cost: for every row of the referenced table that is deleted, or whose key is changed, the server reads the
whole referencing table; joins along the key read it too.

Fine: where rows of the referenced table are never deleted and nothing joins along the key, or the
referencing table is small and stays so.

Remedy: CREATE INDEX CONCURRENTLY on the key's columns. An index that begins with them in any order serves
as well, also one that leaves out rows with NULL in them.

Decide: where a partition has such an index of its own, whether that may become a part of a new one. No SQL
is written there: the reverse would drop the partition's own with it. Nor where an index would serve the key
that is not valid: what mends invalid_index builds that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter

import msgspec

from pilotage.catalog.facts import ForeignKeyFacts, IndexFacts
from pilotage.catalog.key_indexes import columns_looked_up, is_indexed
from pilotage.lint.key_index_fixes import IndexNames, index_fix
from pilotage.lint.reading import Partition, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.catalog import ForeignKey
from pilotage.model.lint import Category, Fix, Level
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers

_LEFT_BY_REINDEX = re.compile(r"_cc(new|old)[0-9]*$")


async def _find(reading: Reading) -> Iterable[Found]:
    indexes: dict[QualifiedName, list[IndexFacts]] = {}
    for index in await reading.indexes():
        indexes.setdefault(index.table, []).append(index)
    keys = [
        key
        for key in sorted(await reading.foreign_keys(), key=attrgetter("table", "name"))
        # not: keys that are not enforced, for which the server asks nothing
        if key.enforced and not is_indexed(key, indexes.get(key.table, ()))
    ]
    partitions: dict[QualifiedName, list[Partition]] = {}
    for partition in await reading.partitions() if keys else ():
        partitions.setdefault(partition.root, []).append(partition)
    names = IndexNames(await reading.relation_names() if keys else ())
    made: dict[QualifiedName, list[tuple[tuple[str, ...], Fix | None]]] = {}
    fixes: dict[tuple[QualifiedName, str], Fix | None] = {}
    waiting: dict[tuple[QualifiedName, str], QualifiedName] = {}
    # The longest first: an index that begins with a key's columns serves it as well.
    for key in sorted(keys, key=lambda key: -len(key.columns)):
        there = made.setdefault(key.table, [])
        unbuilt = _unbuilt(key, indexes.get(key.table, ())) if key.table not in partitions else None
        if unbuilt is not None:
            waiting[key.table, key.name] = unbuilt
            continue
        asked = msgspec.structs.replace(key, columns=columns_looked_up(key))
        serving = next((each for each in there if _serves(each, asked)), None)
        if serving is None:
            serving = (asked.columns, index_fix(asked, names, partitions.get(key.table, ()), indexes))
            there.append(serving)
        fixes[key.table, key.name] = serving[1]
    return [_found(key, fixes.get((key.table, key.name)), waiting.get((key.table, key.name))) for key in keys]


def _unbuilt(key: ForeignKeyFacts, indexes: Iterable[IndexFacts]) -> QualifiedName | None:
    """Return an index that would serve a key once it is built, by what mends :mod:`invalid_index`."""
    would_serve = (
        index.name
        for index in indexes
        # not: a unique one, which the rows may be against, and what REINDEX has left, which is dropped
        if not index.usable
        and not index.unique
        and not _LEFT_BY_REINDEX.search(index.name.name)
        and is_indexed(key, [msgspec.structs.replace(index, usable=True)])
    )
    return next(would_serve, None)


def _serves(made: tuple[tuple[str, ...], Fix | None], key: ForeignKey) -> bool:
    columns, fix = made
    begins = set(columns[: len(key.columns)]) == set(key.columns)
    return begins and (fix is not None or len(columns) == len(key.columns))


def _found(key: ForeignKey, fix: Fix | None, unbuilt: QualifiedName | None) -> Found:
    name = quote_identifier(key.name)
    return Found(
        kind="table constraint",
        object=f"{name} on {key.table}",
        detail=(
            f"Table {key.table} has a foreign key {name} on ({quote_identifiers(key.columns)}), "
            f"which references {key.referenced}, without an index that serves it"
            + (f"; {unbuilt} would, and is not valid: build that" if unbuilt is not None else "")
        ),
        metadata={
            "schema": key.table.schema,
            "name": key.table.name,
            "type": "table",
            "fkey_name": key.name,
            "fkey_columns": key.columns,
        },
        key=(key.table.schema, key.table.name, key.name),
        fix=fix,
    )


RULE = rule(
    __name__,
    __doc__,
    title="Unindexed foreign keys",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
    find=_find,
)
