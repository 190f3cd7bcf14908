"""What chosen fixes make of a catalog and of facts, and so what is to be expected of a target that has them.

Consumed by the files that validate, by verification and by the comparison of two databases. A fix was chosen
for an object as it was; where the source has it otherwise since, that is what is to be expected, and a target
that was mended differs from it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as SequenceOf
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from pilotage.model.catalog import Catalog, Constraint, ForeignKey, Sequence
from pilotage.model.facts import Described, Facts
from pilotage.model.fixes import DroppedPolicy, Effect, FixedPolicy, NewIndex, PolicyState
from pilotage.model.names import QualifiedName, quote_identifier


def with_effects(catalog: Catalog, effects: Iterable[Effect]) -> Catalog:
    """Return the catalog as it is where fixes were made."""
    effects = tuple(effects)
    validated = {(each.table, each.name) for effect in effects for each in effect.constraints}
    routines = {each.before: each.routine for effect in effects for each in effect.routines}
    widened = {
        (each.name, each.data_type_before, each.maximum_before): each
        for effect in effects
        for each in effect.sequences
    }
    rebuilt = {each.name for effect in effects for each in effect.rebuilt_indexes}
    indexes = {index.name: index for index in catalog.indexes}
    policies = {(policy.table, policy.name): policy for policy in catalog.policies}
    for effect in effects:
        for dropped in effect.dropped_indexes:
            if dropped.name in indexes and indexes[dropped.name].definition == dropped.definition:
                del indexes[dropped.name]
        for new in effect.indexes:
            indexes.setdefault(new.name, new.in_catalog)
        for gone in effect.dropped_policies:
            if policies.get(_place(gone)) == gone.policy:
                del policies[_place(gone)]
        for left in effect.policies:
            if policies.get(_place(left)) == (left.before.policy if left.before is not None else None):
                policies[_place(left)] = left.policy

    def widen(sequence: Sequence) -> Sequence:
        to = widened.get((sequence.name, sequence.data_type, sequence.maximum))
        return sequence if to is None else replace(sequence, data_type=to.data_type, maximum=to.maximum)

    return replace(
        catalog,
        indexes=tuple(
            replace(indexes[name], valid=True) if name in rebuilt else indexes[name]
            for name in sorted(indexes)
        ),
        policies=tuple(policies[key] for key in sorted(policies)),
        foreign_keys=tuple(
            _validated(each) if (each.table, each.name) in validated else each
            for each in catalog.foreign_keys
        ),
        constraints=tuple(
            _validated(each) if (each.on, each.name) in validated else each for each in catalog.constraints
        ),
        routines=tuple(routines.get(each, each) for each in catalog.routines),
        sequences=tuple(map(widen, catalog.sequences)),
    )


def is_unchanged(catalog: Catalog, effect: Effect) -> bool:
    """Whether what a fix changes is, in a catalog, what it was when the fix was chosen.

    Comments and replica identities are not in a catalog.
    """
    indexes = {index.name: index for index in catalog.indexes}
    policies = {(policy.table, policy.name): policy for policy in catalog.policies}
    unvalidated = {(each.on, each.name) for each in catalog.constraints if not each.validated}
    unvalidated |= {(each.table, each.name) for each in catalog.foreign_keys if not each.validated}
    sequences = {(each.name, each.data_type, each.maximum) for each in catalog.sequences}
    return all(
        (
            *(new.name not in indexes for new in effect.indexes),
            *(each.name in indexes and not indexes[each.name].valid for each in effect.rebuilt_indexes),
            *(
                each.kept in indexes
                and each.name in indexes
                and indexes[each.name].definition == each.definition
                for each in effect.dropped_indexes
            ),
            *(
                policies.get(_place(each)) == (each.before.policy if each.before is not None else None)
                for each in effect.all_policies
            ),
            *(each.before in catalog.routines for each in effect.routines),
            *((each.table, each.name) in unvalidated for each in effect.constraints),
            *(
                (each.name, each.data_type_before, each.maximum_before) in sequences
                for each in effect.sequences
            ),
            *(QualifiedName(each.table.schema, each.index) in indexes for each in effect.replica_identities),
        )
    )


def facts_with_effects(facts: Facts, effects: SequenceOf[Effect]) -> Facts:
    """Return the facts as they are where fixes were made; what was not read is not added."""
    found = {
        (query, each.kind, each.object): each.facts
        for of_queries in (facts.objects, facts.additions)
        for query, described in of_queries.items()
        for each in described
    }

    def is_as_before(each: FixedPolicy | DroppedPolicy) -> bool:
        comment = found.get(("comments", "policy", each.identity), {}).get("comment")
        stands = found.get(("policies", "policy", each.identity))
        if each.before is None:
            return stands is None
        return (stands, comment) == (_facts(each.before), each.before.comment)

    altered = [each for effect in effects for each in effect.policies if is_as_before(each)]
    gone = set()
    for effect in effects:
        gone |= {("policy", each.identity) for each in effect.all_policies if is_as_before(each)}
        for index in effect.dropped_indexes:
            stands = found.get(("indexes", "index", str(index.name)), {})
            if stands.get("definition") == index.definition:
                gone.add(("index", str(index.name)))
    new = {
        "indexes": [
            _index(index)
            for effect in effects
            for index in effect.indexes
            if ("indexes", "index", str(index.name)) not in found
        ],
        "policies": [_described(each, _facts(each.after)) for each in altered],
        "comments": [
            _described(each, {"comment": each.after.comment})
            for each in altered
            if each.after.comment is not None
        ],
    }
    changes = {
        (each.query, each.kind, each.object): each.now
        for effect in effects
        for each in _changes(effect)
        if all(
            found.get((each.query, each.kind, each.object), {}).get(fact, "") == value
            for fact, value in each.before.items()
        )
    }

    def mended(query: str, described: Iterable[Described]) -> tuple[Described, ...]:
        return (
            *(
                replace(each, facts={**each.facts, **changes.get((query, each.kind, each.object), {})})
                for each in described
                if (each.kind, each.object) not in gone
            ),
            *new.get(query, ()),
        )

    return replace(
        facts,
        objects={query: mended(query, described) for query, described in facts.objects.items()},
        additions={query: mended(query, described) for query, described in facts.additions.items()},
    )


# -- of a catalog -------------------------------------------------------------------------------------------

_Checked = TypeVar("_Checked", ForeignKey, Constraint)


def _validated(constraint: _Checked) -> _Checked:
    definition = constraint.definition.removesuffix(" NOT VALID")
    return replace(constraint, validated=True, definition=definition)


def _place(each: FixedPolicy | DroppedPolicy) -> tuple[QualifiedName, str]:
    return each.policy.table, each.policy.name


# -- of facts -----------------------------------------------------------------------------------------------


class _Change(NamedTuple):
    """Some facts of an object that is there: the query that tells them, and what they were and become."""

    query: str
    kind: str
    object: str
    before: Mapping[str, str]
    now: Mapping[str, str]


def _changes(effect: Effect) -> Iterator[_Change]:
    for index in effect.rebuilt_indexes:
        yield _Change("indexes", "index", str(index.name), {"valid": "false"}, {"valid": "true"})
    for each in effect.routines:
        was, now = {"settings": each.settings_before}, {"settings": each.settings}
        yield _Change("routines", each.routine.kind, each.identity, was, now)
    for constraint in effect.constraints:
        name = f"{quote_identifier(constraint.name)} on {constraint.table}"
        was, now = {"validated": "false"}, {"validated": "true"}
        yield _Change("constraints", "table constraint", name, was, now)
    for sequence in effect.sequences:
        was = {"type": sequence.data_type_before, "maximum": str(sequence.maximum_before)}
        now = {"type": sequence.data_type, "maximum": str(sequence.maximum)}
        yield _Change("sequences", "sequence", str(sequence.name), was, now)
    for identity in effect.replica_identities:
        was = {"replica identity": identity.before}
        now = {"replica identity": f"index {quote_identifier(identity.index)}"}
        yield _Change("relations", "table", str(identity.table), was, now)


def _index(index: NewIndex) -> Described:
    facts = {"definition": index.in_catalog.definition, "table is clustered on it": "false", "valid": "true"}
    if index.part_of is not None:
        facts["attached to"] = str(index.part_of)
    return Described(
        kind="index",
        object=str(index.name),
        within=(f"table {index.table}", *((f"index {index.part_of}",) if index.part_of is not None else ())),
        facts=facts,
    )


def _facts(state: PolicyState) -> dict[str, str]:
    """Return the facts of a policy, without its comment."""
    policy = state.policy
    facts = {
        "kind": "permissive" if policy.permissive else "restrictive",
        "command": policy.command,
        "roles": ", ".join(
            sorted("PUBLIC" if role == "public" else quote_identifier(role) for role in policy.roles)
        ),
        "using": policy.using,
        "with check": policy.with_check,
    }
    return {fact: value for fact, value in facts.items() if value is not None}


def _described(each: FixedPolicy, facts: Mapping[str, str]) -> Described:
    return Described(kind="policy", object=each.identity, within=(f"table {each.policy.table}",), facts=facts)
