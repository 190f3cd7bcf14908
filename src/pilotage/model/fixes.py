"""Fixes of what a linter found, as a migration takes them in: statements, and what they make of the target.

Chosen by :mod:`pilotage.lint`, planned as steps, written into a file of their own, and expected by whoever
compares the target with the source afterwards. What is said of an object here is what the server says of it
when the fix is done.
"""

from __future__ import annotations

import msgspec

from pilotage.model.catalog import Index, Policy
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers


class NewIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A plain btree index that a fix creates.

    Attributes:
        partitioned: whether its table is partitioned.
        part_of: the index of the partitioned table that takes it in.
    """

    name: QualifiedName
    table: QualifiedName
    columns: tuple[str, ...]
    partitioned: bool = False
    part_of: QualifiedName | None = None

    @property
    def sql(self) -> str:
        """The statement that creates it, and keeps others from writing meanwhile."""
        return f"CREATE INDEX {self._what}"

    @property
    def concurrent_sql(self) -> str:
        """The same for a table that is in use; not for a partitioned one, nor inside a transaction."""
        return f"CREATE INDEX CONCURRENTLY {self._what}"

    @property
    def drop_sql(self) -> str:
        """The statement that drops it, with its parts."""
        return f"DROP INDEX {self.name}"

    @property
    def concurrent_drop_sql(self) -> str:
        """The same for a table that is in use, where it was created."""
        return f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}"

    @property
    def _what(self) -> str:
        return f"{quote_identifier(self.name.name)} ON {self.table} ({quote_identifiers(self.columns)})"

    @property
    def in_catalog(self) -> Index:
        """The index as a catalog has it, printed as ``pg_get_indexdef()`` does; its size is not known."""
        only = "ONLY " if self.partitioned else ""
        return Index(
            name=self.name,
            table=self.table,
            method="btree",
            unique=False,
            primary=False,
            valid=True,
            columns=self.columns,
            expression_columns=(),
            partial=False,
            exclusion=False,
            immediate=True,
            nulls_distinct=True,
            bytes=0,
            definition=(
                f"CREATE INDEX {quote_identifier(self.name.name)} ON {only}{self.table} "
                f"USING btree ({quote_identifiers(self.columns)})"
            ),
        )


class DroppedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that a fix drops, and the one of the same table that does what it did."""

    name: QualifiedName
    table: QualifiedName
    kept: QualifiedName


class FixedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as a fix leaves it, as the source's server prints it.

    Attributes:
        identity: as ``pg_identify_object()`` names it.
        new: whether the fix creates it; otherwise it is altered.
    """

    identity: str
    policy: Policy
    comment: str | None
    new: bool


class DroppedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that a fix drops."""

    identity: str
    name: str
    table: QualifiedName


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """All that a fix makes of its objects, and what is to be expected where it was done."""

    indexes: tuple[NewIndex, ...] = ()
    dropped_indexes: tuple[DroppedIndex, ...] = ()
    policies: tuple[FixedPolicy, ...] = ()
    dropped_policies: tuple[DroppedPolicy, ...] = ()


class InMigration(msgspec.Struct, frozen=True, kw_only=True):
    """A fix of indexes for a target that nobody else uses yet: in one transaction, without CONCURRENTLY.

    Attributes:
        statements, reverse: as in :class:`~pilotage.model.lint.Fix`.
        indexes, dropped_indexes: what these create and drop.
    """

    statements: tuple[str, ...]
    reverse: tuple[str, ...]
    indexes: tuple[NewIndex, ...] = ()
    dropped_indexes: tuple[DroppedIndex, ...] = ()


class ChosenFix(msgspec.Struct, frozen=True, kw_only=True):
    """What mends findings of one rule on one table, to be taken into a migration.

    Attributes:
        rule: its name.
        findings: what each of them says.
        proof: why nothing else changes; empty where it needs no proof.
        statements: in order.
        reverse: in order; after these, all is as without the fix.
    """

    rule: str
    table: QualifiedName
    findings: tuple[str, ...]
    proof: str
    statements: tuple[str, ...]
    reverse: tuple[str, ...]
    effect: Effect


class LeftFix(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of a chosen rule that the migration does not mend.

    Attributes:
        object: with its kind, as ``pg_identify_object()`` names it.
        reason: why not.
    """

    rule: str
    object: str
    reason: str
