"""Both ends' tables held against each other: what of each is compared, and how.

Consumed by the check of contents. Pure: the facts of both ends in, relations to compare out, and all that is
left out, each with the reason. What only one end has is another check's difference.
"""

from __future__ import annotations

import msgspec

from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.verify.rows.expressions import Hashes, column_hashes, row_hashes
from pilotage.verify.rows.facts import ColumnFacts, RelationFacts
from pilotage.verify.rows.images import BINARY, VALUE, Image, as_text, image_of
from pilotage.verify.rows.relation import ComparedColumn

BYTES_A_BUCKET = 2 * 1024 * 1024
"""Of a table: what is read to find a difference, at least. Some 20,000 narrow rows."""

MOST_BUCKETS = 1024


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A relation of both ends, before its buckets are known.

    Attributes:
        rows: what stands in FROM.
        leading: the leading column of the key; None where there is no key, or of another type at the target.
        sorts_alike: whether both ends surely sort ``leading`` alike, so that a range is the same rows.
        notes: what is compared otherwise than its type would be, or not at all, each with the reason.
        source, target: the relation at each end.
    """

    name: QualifiedName
    rows: str
    columns: tuple[ComparedColumn, ...]
    key: tuple[str, ...]
    leading: ColumnFacts | None
    hashes: Hashes
    sorts_alike: bool
    notes: tuple[str, ...]
    source: RelationFacts
    target: RelationFacts

    @property
    def buckets(self) -> int:
        """How many parts of it are worth to be told apart."""
        return max(1, min(MOST_BUCKETS, self.source.bytes // BYTES_A_BUCKET))


def pair(
    source: RelationFacts,
    target: RelationFacts,
    *,
    condition: str = "",
    same_encoding: bool = True,
    by_md5: bool = False,
) -> Pair:
    """Say how a relation that both ends have is compared.

    Args:
        condition: with which rows that count are chosen, as an extension says it: ``WHERE NOT built_in``.
        same_encoding: whether both databases have the same.
        by_md5: whether the servers' hash functions do not agree.
    """
    there = {column.name: column for column in target.columns}
    compared: list[tuple[ColumnFacts, Image]] = []
    equal_by_type: dict[str, bool] = {}
    notes: list[str] = []
    for column in source.columns:
        name = f"{source.name}.{quote_identifier(column.name)}"
        other = there.get(column.name)
        if other is None:
            notes.append(f"contents of {name}: the target does not have the column")
            continue
        image = image_of(column, same_encoding=same_encoding)
        if image != image_of(other, same_encoding=same_encoding):
            image = as_text(same_encoding=same_encoding)
            notes.append(f"type of values in {name}: {column.type} and {other.type} are compared as text")
        compared.append((column, image))
        equal_by_type[column.name] = _equal_by_type(column, other, image, same_encoding=same_encoding)
    expected = {column.name for column in source.columns}
    notes += [
        f"contents of {source.name}.{quote_identifier(column.name)}: the source does not have the column"
        for column in target.columns
        if column.name not in expected
    ]
    images = [(column.name, image) for column, image in compared]
    of_source = {column.name: column for column, _ in compared}
    key = source.key if all(name in of_source for name in source.key) else ()
    return Pair(
        name=source.name,
        rows=_from(source.name, condition),
        columns=tuple(
            _compared(column, image, by_md5=by_md5, equal_by_type=equal_by_type[column.name])
            for column, image in compared
        ),
        key=key,
        leading=of_source[key[0]] if key and _same_type(of_source[key[0]], there[key[0]]) else None,
        hashes=row_hashes(
            images, by_md5=by_md5, has_long_values=source.has_long_values or target.has_long_values
        ),
        sorts_alike=bool(key)
        and {of_source[key[0]].collation, there[key[0]].collation}
        in ({""}, {"bytes"} if same_encoding else {""}),
        notes=tuple(notes),
        source=source,
        target=target,
    )


def _equal_by_type(one: ColumnFacts, other: ColumnFacts, image: Image, *, same_encoding: bool) -> bool:
    """Say whether the type's own hash is the same at both ends; that of an enum is of an OID, say."""
    collations = {one.collation, other.collation}
    return (
        _same_type(one, other)
        and image.how in (VALUE, BINARY)
        and "nondeterministic" not in collations
        and one.hashed_by == other.hashed_by
        and (same_encoding or collations == {""})
    )


def _compared(column: ColumnFacts, image: Image, *, by_md5: bool, equal_by_type: bool) -> ComparedColumn:
    quoted = quote_identifier(column.name)
    return ComparedColumn(
        name=column.name,
        type=column.type,
        hashes=column_hashes(column.name, image, by_md5=by_md5),
        how=image.how,
        # A composite is NULL in SQL when all of its parts are.
        text=f"CASE WHEN {quoted} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {quoted}) END",
        equal_by_type=equal_by_type,
    )


def _from(name: QualifiedName, condition: str) -> str:
    if not condition:
        return f"ONLY {name}"
    return f"(SELECT ctid, * FROM ONLY {name} {condition}) AS {quote_identifier(name.name)}"  # noqa: S608 - as pg_dump does


def _same_type(one: ColumnFacts, other: ColumnFacts) -> bool:
    return one.base == other.base
