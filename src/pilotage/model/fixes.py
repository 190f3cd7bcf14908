"""Fixes of what a linter found, as a migration takes them in: statements, and what they make of the target.

Chosen by :mod:`pilotage.lint`, planned as steps, written into a file of their own, and expected by whoever
compares the target with the source afterwards. What is said of an object here is what the server says of it
when the fix is done.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilotage.model.catalog import Index, Policy, Routine
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
    def live_drop_sql(self) -> str:
        """The same for a table that is in use, where the index was created."""
        return f"DROP INDEX {'' if self.partitioned else 'CONCURRENTLY '}IF EXISTS {self.name}"

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


class RebuiltIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that is not valid at the source, and so is not migrated; it is created as it is meant."""

    name: QualifiedName
    table: QualifiedName


class DroppedIndex(msgspec.Struct, frozen=True, kw_only=True):
    """An index that a fix drops, and the one of the same table that does what it did.

    Attributes:
        definition: as ``pg_get_indexdef()`` prints it at the source.
    """

    name: QualifiedName
    table: QualifiedName
    kept: QualifiedName
    definition: str


class PolicyState(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with its comment."""

    policy: Policy
    comment: str | None


class FixedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as a fix leaves it, as the source's server prints it.

    Attributes:
        identity: as ``pg_identify_object()`` names it.
        before: what the fix was made for; None where it creates the policy.
    """

    identity: str
    before: PolicyState | None
    after: PolicyState

    @property
    def policy(self) -> Policy:
        """The policy without its comment."""
        return self.after.policy

    @property
    def new(self) -> bool:
        """Whether the fix creates it; otherwise it is altered."""
        return self.before is None


class DroppedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that a fix drops.

    Attributes:
        identity: as ``pg_identify_object()`` names it.
        before: what the fix was made for.
    """

    identity: str
    before: PolicyState

    @property
    def policy(self) -> Policy:
        """The policy without its comment."""
        return self.before.policy


class FixedRoutine(msgspec.Struct, frozen=True, kw_only=True):
    """A function or procedure as a fix leaves it, as the source's server prints it.

    Attributes:
        identity: as ``pg_identify_object()`` names it.
        before: what the fix was made for.
        settings_before, settings: all of ``SET … TO …`` that it has; empty for nothing.
    """

    identity: str
    before: Routine
    routine: Routine
    settings_before: str
    settings: str


class ValidatedConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key or check that was NOT VALID, and holds for all rows when it is mended.

    Attributes:
        referenced: the table that a foreign key references.
    """

    name: str
    table: QualifiedName
    referenced: QualifiedName | None = None


class WidenedSequence(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence that ends where its type does, and gets a wider one."""

    name: QualifiedName
    data_type_before: str
    maximum_before: int
    data_type: str
    maximum: int


class ReplicaIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A unique index, of the table's schema, that becomes what replication tells rows apart by.

    Attributes:
        before: what it was, in the words of the facts that are compared.
    """

    table: QualifiedName
    before: str
    index: str


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a fix makes of its objects, and what is to be expected where it was done."""

    indexes: tuple[NewIndex, ...] = ()
    rebuilt_indexes: tuple[RebuiltIndex, ...] = ()
    dropped_indexes: tuple[DroppedIndex, ...] = ()
    policies: tuple[FixedPolicy, ...] = ()
    dropped_policies: tuple[DroppedPolicy, ...] = ()
    routines: tuple[FixedRoutine, ...] = ()
    constraints: tuple[ValidatedConstraint, ...] = ()
    sequences: tuple[WidenedSequence, ...] = ()
    replica_identities: tuple[ReplicaIdentity, ...] = ()

    @property
    def all_policies(self) -> tuple[FixedPolicy | DroppedPolicy, ...]:
        """All that it creates, alters and drops."""
        return (*self.policies, *self.dropped_policies)

    @property
    def created_indexes(self) -> tuple[NewIndex | RebuiltIndex, ...]:
        """All that are not at the target before."""
        return (*self.indexes, *self.rebuilt_indexes)


def joined_effects(effects: Iterable[Effect]) -> Effect:
    """Return what several fixes make, which are of different objects."""
    joined: dict[str, tuple[object, ...]] = {}
    for effect in effects:
        for name in Effect.__struct_fields__:
            joined[name] = (*joined.get(name, ()), *getattr(effect, name))
    return msgspec.structs.replace(Effect(), **joined)


class InMigration(msgspec.Struct, frozen=True, kw_only=True):
    """A fix for a target that nobody else uses yet: in one transaction, without CONCURRENTLY.

    Attributes:
        statements, reverse: as in :class:`~pilotage.model.lint.Fix`.
        left: why a migration does nothing of it; empty where it does.
    """

    statements: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    left: str = ""


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that a fix mends.

    Attributes:
        rule: the name of the rule that found it.
        object: with its kind, as ``pg_identify_object()`` names it.
        detail: what it says.
    """

    rule: str
    object: str
    detail: str


class ChosenFix(msgspec.Struct, frozen=True, kw_only=True):
    """What mends findings about one object, to be taken into a migration.

    Attributes:
        kind: of the object that is mended: table, materialized view, function or sequence.
        name: of that object; functions that differ in their arguments are mended together.
        findings: of one rule, or of several that one change mends.
        proof: why nothing else changes; empty where it needs no proof.
        statements: in order.
        reverse: in order; after these, all is as without the fix.
    """

    kind: str
    name: QualifiedName
    findings: tuple[Mended, ...]
    proof: str
    statements: tuple[str, ...]
    reverse: tuple[str, ...]
    effect: Effect

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules whose findings it mends."""
        return rules_of(self.findings)


def rules_of(findings: Iterable[Mended]) -> tuple[str, ...]:
    """Return the names of the rules that found these, each once."""
    return tuple(dict.fromkeys(each.rule for each in findings))


class LeftFix(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of a chosen rule that the migration does not mend.

    Attributes:
        object: with its kind, as ``pg_identify_object()`` names it.
        reason: why not.
    """

    rule: str
    object: str
    reason: str


def left_fixes(fix: ChosenFix, reason: str) -> tuple[LeftFix, ...]:
    """Return what a fix that was chosen would mend as what is not mended."""
    return tuple(LeftFix(rule=each.rule, object=each.object, reason=reason) for each in fix.findings)
