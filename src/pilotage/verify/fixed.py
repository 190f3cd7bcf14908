"""What a plan's chosen fixes make of the target: expected there, though the source has it otherwise.

Consumed by verification. What is compared is the source as the fixes would make it; here it is said of each
fixed object whether it is there as expected, so that a verdict also tells in what the ends differ on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.fixes import Effect
from pilotage.model.names import QualifiedName
from pilotage.model.roles import RoleChoices
from pilotage.plan.effects import with_effects
from pilotage.verify.checks.indexes import compare_indexes
from pilotage.verify.checks.policies import compare_policies
from pilotage.verify.roles import with_roles_chosen


def as_fixed(
    source: Catalog, target: Catalog, effects: Sequence[Effect], roles: RoleChoices
) -> tuple[str, ...]:
    """Return what of the target is as the fixes make it, each with its kind; the rest is a difference.

    Args:
        source: as it is, without fixes.
        target: as it was found.
        effects: of the fixes.
        roles: what became of roles.
    """
    expected, found = with_roles_chosen(with_effects(source, effects), target, roles)
    tables = {*_tables(effects)}
    expected, found = (_only(end, tables) for end in (expected, found))
    differing = {
        difference.object
        for check in (compare_indexes(expected, found), compare_policies(expected, found))
        for difference in check.differences
    }
    # What a table lacks that is itself missing is no difference of its own.
    there = {table.name for table in target.tables} | {view.name for view in target.views}
    last = {what: (how, table) for what, how, table in _objects(effects)}
    return tuple(
        f"{what}: {how}" for what, (how, table) in last.items() if what not in differing and table in there
    )


def _tables(effects: Iterable[Effect]) -> Iterator[QualifiedName]:
    return (table for _, _, table in _objects(effects))


def _only(catalog: Catalog, tables: set[QualifiedName]) -> Catalog:
    """Return the catalog with the indexes and policies of some tables only."""
    return msgspec.structs.replace(
        catalog,
        indexes=tuple(index for index in catalog.indexes if index.table in tables),
        policies=tuple(policy for policy in catalog.policies if policy.table in tables),
    )


def _objects(effects: Iterable[Effect]) -> Iterator[tuple[str, str, QualifiedName]]:
    """Yield each fixed object as the checks name it, what the fixes make of it, and its table."""
    for effect in effects:
        for index in effect.indexes:
            yield f"index {index.name}", "new", index.table
        for dropped in effect.dropped_indexes:
            yield f"index {dropped.name}", f"dropped, for {dropped.kept} does the same", dropped.table
        for each in effect.policies:
            yield f"policy {each.identity}", "new" if each.new else "changed", each.policy.table
        for gone in effect.dropped_policies:
            yield f"policy {gone.identity}", "dropped", gone.table
