"""What is to be read at each end: relations paired, keys sampled, everything else counted.

Consumed by the check of contents, before anything large is read.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pilotage.catalog.locks import releasing_locks
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.catalog import Catalog, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.verify.ends import End
from pilotage.verify.rows.buckets import read_bounds, with_buckets
from pilotage.verify.rows.expressions import Hashes
from pilotage.verify.rows.facts import RelationFacts, read_relations
from pilotage.verify.rows.pairing import MOST_BUCKETS, Pair, pair
from pilotage.verify.rows.probe import hash_alike
from pilotage.verify.rows.relation import ComparedRelation, Condition
from pilotage.verify.rows.sampling import SAMPLED_FROM, Sample, draw, statements_of
from pilotage.verify.rows.statements import Reading


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is to be read.

    Attributes:
        source, target: the readings of each end: of compared relations, and of what is only counted.
        relations: those compared.
        samples: of which of them not all rows are compared.
        notes: what is compared otherwise than its type would be, or not at all, each with the reason.
        unread: extensions' tables that a role may not read.
        by_md5: whether the servers' own hash functions do not agree.
        as_utf8: whether text is converted, because the databases' encodings differ.
    """

    source: tuple[Reading, ...]
    target: tuple[Reading, ...]
    relations: Mapping[QualifiedName, ComparedRelation]
    samples: Mapping[QualifiedName, Sample]
    notes: tuple[str, ...]
    unread: tuple[QualifiedName, ...]
    by_md5: bool
    as_utf8: bool


async def prepare(
    source: End,
    target: End,
    expected: Catalog,
    found: Catalog,
    *,
    conditions: Iterable[Condition] = (),
    sample: float = 1.0,
    sampled_from: int = SAMPLED_FROM,
) -> Prepared:
    """Say what is to be read; asks both servers, and reads some hundred blocks of large tables of the source.

    Args:
        conditions: of the target's rows.
        sample: the share that is read of very large tables whose key both ends sort alike; 1 for all of it.
        sampled_from: bytes from which on a table is very large.

    Raises:
        ConnectionFailedError: a server takes no session.
        ServerError: a server refused.
    """
    pairs: list[Pair] = []
    relations: dict[QualifiedName, ComparedRelation] = {}
    samples: dict[QualifiedName, Sample] = {}
    same_encoding = expected.server.encoding == found.server.encoding
    there = _selections(found)
    async with source.session() as at_source, target.session() as at_target:
        by_md5 = not await hash_alike(at_source, at_target)
        left = await read_relations(at_source, expected.scope)
        right = await read_relations(at_target, found.scope)
        for name, condition in sorted(_selections(expected).items()):
            if name not in left or name not in right or name not in there:
                continue
            each = pair(
                left[name], right[name], condition=condition, same_encoding=same_encoding, by_md5=by_md5
            )
            sampled = sample < 1 and each.sorts_alike and each.source.bytes >= sampled_from
            bounds = await _bounds(at_source, each, MOST_BUCKETS if sampled else each.buckets)
            relation = with_buckets(each, bounds)
            drawn = draw(relation, sample) if sampled else None
            pairs.append(each)
            relations[name] = relation
            if drawn is not None:
                samples[name] = drawn
    hashes = {each.name: each.hashes for each in pairs}
    to_compare = _ToCompare(relations, hashes, samples)
    wanted: defaultdict[QualifiedName, list[Condition]] = defaultdict(list)
    for looked_at in conditions:
        wanted[looked_at.relation].append(looked_at)
    return Prepared(
        source=tuple(to_compare.readings(left, expected, {})),
        target=tuple(to_compare.readings(right, found, wanted)),
        relations=relations,
        samples=samples,
        notes=(*(note for each in pairs for note in each.notes), *_of_another_kind(expected, found)),
        unread=tuple(
            sorted(
                {
                    table.table.name
                    for end in (expected, found)
                    for table in end.extension_tables
                    if not table.readable
                }
            )
        ),
        by_md5=by_md5,
        as_utf8=not same_encoding,
    )


def _of_another_kind(expected: Catalog, found: Catalog) -> Iterator[str]:
    """Say of which tables only one end stores rows, though the other has a table of that name."""
    kinds = [{table.name: table.kind for table in end.tables} for end in (expected, found)]
    for name in sorted(kinds[0].keys() & kinds[1].keys()):
        if (kinds[0][name] is TableKind.TABLE) != (kinds[1][name] is TableKind.TABLE):
            yield f"contents of {name}: a {kinds[0][name]} at the source and a {kinds[1][name]} at the target"


@dataclasses.dataclass(frozen=True, slots=True)
class _ToCompare:
    """The relations that both ends have, and how they are read at either."""

    relations: Mapping[QualifiedName, ComparedRelation]
    hashes: Mapping[QualifiedName, Hashes]
    samples: Mapping[QualifiedName, Sample]

    def readings(
        self,
        facts: Mapping[QualifiedName, RelationFacts],
        catalog: Catalog,
        conditions: Mapping[QualifiedName, Sequence[Condition]],
    ) -> Iterator[Reading]:
        """Yield what is read at one end; of what is not compared, or only a sample of, rows are counted."""
        for name, relation in self.relations.items():
            sample = self.samples.get(name)
            size = facts[name].bytes
            yield Reading(
                relation=relation,
                hashes=self.hashes[name],
                # A subquery's rows have a place too, but no index on it.
                blocks=facts[name].blocks if relation.rows == f"ONLY {name}" else 0,
                bytes=size if sample is None else int(size * sample.share),
                filenode=facts[name].filenode,
                conditions=() if sample else tuple(conditions.get(name, ())),
                ranges=statements_of(sample, relation, facts[name]) if sample else (),
            )
        for name, condition, size in _counted(catalog):
            if name not in self.relations or name in self.samples:
                yield Reading(
                    relation=_only_counted(name, condition),
                    hashes=None,
                    blocks=0,
                    bytes=size,
                    conditions=tuple(conditions.get(name, ())),
                )


async def _bounds(session: Session, each: Pair, ranges: int) -> tuple[str, ...]:
    """Return the bounds of a relation's buckets; none where the server refuses, as it will the reading."""
    try:
        async with releasing_locks(session):
            return await read_bounds(session, each, ranges)
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
