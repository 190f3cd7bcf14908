"""What a plan's chosen fixes make of the target: expected there, though the source has it otherwise.

Consumed by verification. What is compared is the source as the fixes would make it; here it is said of each
fixed object whether it is there as expected, so that a verdict also tells in what the ends differ on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from pilotage.model.catalog import Catalog
from pilotage.model.fixes import Effect
from pilotage.model.names import QualifiedName, quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.model.verdict import Check
from pilotage.plan.effects import with_effects
from pilotage.verify.checks.constraints import compare_constraints
from pilotage.verify.checks.foreign_keys import compare_foreign_keys
from pilotage.verify.checks.indexes import compare_indexes
from pilotage.verify.checks.policies import compare_policies
from pilotage.verify.checks.routines import compare_routines
from pilotage.verify.checks.sequences import compare_sequences
from pilotage.verify.roles import with_roles_chosen

_CHECKS = (
    compare_constraints,
    compare_foreign_keys,
    compare_indexes,
    compare_policies,
    compare_routines,
    compare_sequences,
)


def as_fixed(
    source: Catalog,
    target: Catalog,
    effects: Sequence[Effect],
    roles: RoleChoices,
    facts: Check | None,
) -> tuple[str, ...]:
    """Return what of the target is as the fixes make it, each with its kind; the rest is a difference.

    Args:
        source: as it is, without fixes.
        target: as it was found.
        effects: of the fixes.
        roles: what became of roles.
        facts: what the comparison of facts found; None where these were not compared, and what only they
            can tell is not known.
    """
    expected, found = with_roles_chosen(with_effects(source, effects), target, roles)
    names = {name for _, _, name in _objects(effects)}
    expected, found = (_only(end, names) for end in (expected, found))
    otherwise = {
        *(
            difference.object
            for check in (*(compare(expected, found) for compare in _CHECKS), *((facts,) if facts else ()))
            for difference in check.differences
        ),
    }
    # What a table lacks that is itself missing is no difference of its own.
    there = {
        *(table.name for table in target.tables),
        *(view.name for view in target.views),
        *(routine.name for routine in target.routines),
        *(sequence.name for sequence in target.sequences),
    }
    if facts is None:
        effects = [replace(effect, replica_identities=()) for effect in effects]
    last = {what: (how, name) for what, how, name in _objects(effects)}
    return tuple(
        f"{what}: {how}" for what, (how, name) in last.items() if what not in otherwise and name in there
    )


def _only(catalog: Catalog, names: set[QualifiedName]) -> Catalog:
    """Return the catalog with some functions and sequences only, and with what belongs to some tables."""
    return replace(
        catalog,
        indexes=tuple(index for index in catalog.indexes if index.table in names),
        policies=tuple(policy for policy in catalog.policies if policy.table in names),
        routines=tuple(routine for routine in catalog.routines if routine.name in names),
        constraints=tuple(constraint for constraint in catalog.constraints if constraint.on in names),
        foreign_keys=tuple(key for key in catalog.foreign_keys if key.table in names),
        sequences=tuple(sequence for sequence in catalog.sequences if sequence.name in names),
    )


def _objects(effects: Iterable[Effect]) -> Iterator[tuple[str, str, QualifiedName]]:
    """Yield each fixed object as the checks name it, what the fixes make of it, and whose it is."""
    for effect in effects:
        for index in effect.created_indexes:
            yield f"index {index.name}", "new", index.table
        for dropped in effect.dropped_indexes:
            yield f"index {dropped.name}", f"dropped, for {dropped.kept} does the same", dropped.table
        for each in effect.policies:
            yield f"policy {each.identity}", "new" if each.new else "changed", each.policy.table
        for gone in effect.dropped_policies:
            yield f"policy {gone.identity}", "dropped", gone.policy.table
        for fixed in effect.routines:
            routine = fixed.routine
            yield f"{routine.kind} {routine.name}({routine.arguments})", fixed.settings, routine.name
        for constraint in effect.constraints:
            kind = "foreign key" if constraint.referenced is not None else "check constraint"
            name = f"{quote_identifier(constraint.name)} on {constraint.table}"
            yield f"{kind} {name}", "validated", constraint.table
        for sequence in effect.sequences:
            how = f"{sequence.data_type}, to {sequence.maximum}"
            yield f"sequence {sequence.name}", how, sequence.name
        for identity in effect.replica_identities:
            how = f"replica identity by index {quote_identifier(identity.index)}"
            yield f"table {identity.table}", how, identity.table
