"""What is compared of a relation, and what came of it: records, and the SQL that they stand for.

Made by this room, consumed by whoever looks for the single rows. They flow like this:

1. For every relation that both ends have, its columns become *images*: SQL expressions that are the same
   where what is stored is the same, and differ where it differs, even where SQL calls it equal (``1.0``,
   ``1.00``). Columns, images, key and bounds together are a :class:`ComparedRelation`. Its SQL holds at both
   ends alike.
2. Each end is read once. A row falls into a *bucket*: the range of its leading key column between two bounds,
   or, where there is no key to tell ranges of, some bits of its hash. Of each bucket there is a
   :class:`Digest` at each end.
3. A relation whose digests are not the same is a :class:`DifferingRelation`, with the buckets that differ.
   Its rows are those of ``SELECT … FROM {relation.rows} WHERE {bucket.condition}``, at either end; where
   ``relation.by_key`` is true, an index of the key leads to them.

Rows of all differing buckets of a relation are to be matched as *one* set. Servers whose collations sort
differently put one row into different buckets, and a row whose key has changed has gone from one to another.

Columns stand in this SQL by their bare names, so it needs a FROM with ``relation.rows`` and nothing else.
Sessions have an empty ``search_path``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilotage.model.names import QualifiedName

SEEDS = (7_046_029_254_386_353_131, -4_417_276_706_812_531_889)
"""Of the two hashes of a row: any two numbers of 64 bits that look like noise."""


REWRITTEN = "it was emptied or rewritten meanwhile, as by TRUNCATE, VACUUM FULL or ALTER TABLE; verify again"


class ComparedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column that both ends have.

    Attributes:
        type: as the source prints it, with its modifier.
        hashes: for each of :data:`SEEDS` an expression of type bigint that is never NULL: the hash of the
            stored value, or of there being none. Two values are taken for the same where both hashes are.
        how: what of the value is compared, for people: ``value``, ``value and scale``, ``text``…
        text: an expression of type text, NULL where the value is: its output, as COPY would write it.
        equal_by_type: whether its type's own hash is the same at both ends for values that are equal.
    """

    name: str
    type: str
    hashes: tuple[str, str]
    how: str
    text: str
    equal_by_type: bool = True


class ComparedRelation(msgspec.Struct, frozen=True, kw_only=True):
    """A relation of both ends, and how its rows are compared.

    Attributes:
        rows: what stands in FROM: ``ONLY app.orders``, or a subquery where only some rows count.
        columns: those compared, in the source's order; what one end lacks is left out.
        key: the columns of the source's primary key, or else of a unique index over NOT NULL columns, in the
            order of that index; empty where there is none, or where the target lacks one of them. The target
            may all the same hold rows with the same key, or without one (NULL).
        bucket: an expression of type integer, the number of a row's bucket.
        conditions: of the rows of each bucket, by its number. A NULL key is in no range, and in bucket -1.
        by_key: whether the conditions are ranges of the leading key column, which an index finds.
        row_hashes: for each of :data:`SEEDS` an expression of type bigint, the hash of the whole row; in it
            even two rows that have exchanged a value differ from before.
    """

    name: QualifiedName
    rows: str
    columns: tuple[ComparedColumn, ...]
    key: tuple[str, ...]
    bucket: str
    conditions: Mapping[int, str]
    by_key: bool
    row_hashes: tuple[str, str]

    @property
    def key_columns(self) -> tuple[ComparedColumn, ...]:
        """The columns of the key, in its order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)


class Digest(msgspec.Struct, frozen=True):
    """The rows of a bucket at one end: the same for the same rows in any order, each as often.

    Attributes:
        rows: how many.
        sums: of each of the rows' two hashes, modulo 2 to the power of 64.
    """

    rows: int = 0
    sums: tuple[int, int] = (0, 0)

    def __add__(self, other: Digest) -> Digest:
        """Return the digest of both rows together."""
        return Digest(
            self.rows + other.rows,
            ((self.sums[0] + other.sums[0]) % 2**64, (self.sums[1] + other.sums[1]) % 2**64),
        )


class DifferingBucket(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are not the same at both ends, with others that are.

    Attributes:
        condition: selects them at either end.
    """

    condition: str
    source: Digest
    target: Digest


class DifferingRelation(msgspec.Struct, frozen=True, kw_only=True):
    """A relation whose rows are not the same at both ends.

    Attributes:
        buckets: those that differ, at least one.
        source_rows, target_rows: of the whole relation, also where only a sample was compared; None where
            they could not be counted.
        source_filenode, target_filenode: of the files that were read; a relation that has another one since
            was emptied or rewritten, and what a snapshot sees of it proves nothing. None where not known.
    """

    relation: ComparedRelation
    buckets: tuple[DifferingBucket, ...]
    source_rows: int | None
    target_rows: int | None
    source_filenode: int | None = None
    target_filenode: int | None = None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold for every row of a relation of the target; looked at in the same scan as its contents.

    Attributes:
        relation: a table or partition that stores rows itself.
        name: what a message calls it: ``check constraint orders_total_check``.
        sql: a boolean expression over the columns, by their bare names or that of the table. NULL is as good
            as true. Where the server fails to evaluate it, the condition is told as not checked.
    """

    relation: QualifiedName
    name: str
    sql: str


class ConditionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a condition.

    Attributes:
        broken_by: rows for which it does not hold; None where that is not known.
        not_checked_because: in the server's words, or ours; empty where it was checked.
    """

    condition: Condition
    broken_by: int | None
    not_checked_because: str = ""
