"""What is to be read at each end: relations paired, keys sampled, everything else counted.

Consumed by the check of contents, before anything large is read.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pilotage.catalog.locks import releasing_locks
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.catalog import Catalog, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.verify.ends import End
from pilotage.verify.rows.buckets import read_bounds, with_buckets
from pilotage.verify.rows.facts import RelationFacts, read_relations
from pilotage.verify.rows.pairing import Pair, pair
from pilotage.verify.rows.probe import hash_alike
from pilotage.verify.rows.relation import ComparedRelation, Condition
from pilotage.verify.rows.statements import Reading


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is to be read.

    Attributes:
        source, target: the readings of each end: of compared relations, and of what is only counted.
        relations: those compared.
        notes: what is compared otherwise than its type would be, or not at all, each with the reason.
        unread: extensions' tables that a role may not read.
        by_md5: whether the servers' own hash functions do not agree.
        as_utf8: whether text is converted, because the databases' encodings differ.
    """

    source: tuple[Reading, ...]
    target: tuple[Reading, ...]
    relations: Mapping[QualifiedName, ComparedRelation]
    notes: tuple[str, ...]
    unread: tuple[QualifiedName, ...]
    by_md5: bool
    as_utf8: bool


async def prepare(
    source: End, target: End, expected: Catalog, found: Catalog, conditions: Iterable[Condition]
) -> Prepared:
    """Say what is to be read; asks both servers, and reads some hundred blocks of large tables of the source.

    Raises:
        ConnectionFailedError: a server takes no session.
        ServerError: a server refused.
    """
    async with source.session() as at_source, target.session() as at_target:
        by_md5 = not await hash_alike(at_source, at_target)
        left = await read_relations(at_source, expected.scope)
        right = await read_relations(at_target, found.scope)
        same_encoding = expected.server.encoding == found.server.encoding
        selected = _selections(expected)
        there = _selections(found)
        pairs = [
            pair(left[name], right[name], condition=condition, same_encoding=same_encoding, by_md5=by_md5)
            for name, condition in sorted(selected.items())
            if name in left and name in right and name in there
        ]
        relations = {each.name: with_buckets(each, await _bounds(at_source, each)) for each in pairs}
    hashes = {each.name: each.hashes for each in pairs}
    wanted: defaultdict[QualifiedName, list[Condition]] = defaultdict(list)
    for condition in conditions:
        wanted[condition.relation].append(condition)

    def readings(
        facts: Mapping[QualifiedName, RelationFacts],
        catalog: Catalog,
        looked_at: Mapping[QualifiedName, Sequence[Condition]],
    ) -> tuple[Reading, ...]:
        compared = (
            Reading(
                relation=relation,
                hashes=hashes[name],
                # A subquery has no place of a row.
                blocks=facts[name].blocks if relation.rows == f"ONLY {name}" else 0,
                bytes=facts[name].bytes,
                conditions=tuple(looked_at.get(name, ())),
            )
            for name, relation in relations.items()
        )
        counted = (
            Reading(
                relation=_only_counted(name, condition),
                hashes=None,
                blocks=0,
                bytes=size,
                conditions=tuple(looked_at.get(name, ())),
            )
            for name, condition, size in _counted(catalog)
            if name not in relations
        )
        return (*compared, *counted)

    return Prepared(
        source=readings(left, expected, {}),
        target=readings(right, found, wanted),
        relations=relations,
        notes=tuple(note for each in pairs for note in each.notes),
        unread=tuple(
            sorted(
                {
                    each.table.name
                    for end in (expected, found)
                    for each in end.extension_tables
                    if not each.readable
                }
            )
        ),
        by_md5=by_md5,
        as_utf8=not same_encoding,
    )


async def _bounds(session: Session, each: Pair) -> tuple[str, ...]:
    """Return the bounds of a relation's buckets; none where the server refuses, as it will the reading."""
    try:
        async with releasing_locks(session):
            return await read_bounds(session, each)
    except ServerError:
        await session.run("ROLLBACK TO SAVEPOINT pilotage_locks; RELEASE SAVEPOINT pilotage_locks")
        return ()


def _selections(catalog: Catalog) -> dict[QualifiedName, str]:
    """Return the tables that store rows which users wrote, each with the condition that such a row meets."""
    return {
        **{table.name: "" for table in catalog.tables if table.kind is TableKind.TABLE},
        **{each.table.name: each.condition for each in catalog.extension_tables if each.readable},
    }


def _counted(catalog: Catalog) -> Iterable[tuple[QualifiedName, str, int]]:
    """Return all that has rows, with their condition and the size in bytes."""
    sizes = {table.name: table.bytes for table in catalog.tables}
    sizes |= {each.table.name: each.table.bytes for each in catalog.extension_tables}
    for name, condition in _selections(catalog).items():
        yield name, condition, sizes[name]
    for view in catalog.views:
        if view.kind is ViewKind.MATERIALIZED and view.populated:
            yield view.name, "", view.bytes


def _only_counted(name: QualifiedName, condition: str) -> ComparedRelation:
    return ComparedRelation(
        name=name,
        rows=f"ONLY {name} {condition}".rstrip(),
        columns=(),
        key=(),
        bucket="0",
        conditions={0: "true"},
        by_key=False,
        row_hashes=("0", "0"),
    )
