"""What chosen fixes make of a catalog and of facts, and so what is to be expected of a target that has them.

Consumed by the files that validate, by verification and by the comparison of two databases. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from pilotage.model.catalog import Catalog
from pilotage.model.facts import Described, Facts
from pilotage.model.fixes import Effect, FixedPolicy, NewIndex
from pilotage.model.names import quote_identifier


def with_effects(catalog: Catalog, effects: Iterable[Effect]) -> Catalog:
    """Return the catalog as it is where fixes were made."""
    effects = tuple(effects)
    validated = {(each.table, each.name) for effect in effects for each in effect.constraints}
    routines = {
        (each.routine.name, each.routine.arguments): each.routine
        for effect in effects
        for each in effect.routines
    }
    widened = {each.name: each for effect in effects for each in effect.sequences}
    rebuilt = {each.name for effect in effects for each in effect.rebuilt_indexes}
    indexes = {index.name: index for index in catalog.indexes}
    policies = {(policy.table, policy.name): policy for policy in catalog.policies}
    for effect in effects:
        for dropped in effect.dropped_indexes:
            indexes.pop(dropped.name, None)
        for gone in effect.dropped_policies:
            policies.pop((gone.table, gone.name), None)
        for new in effect.indexes:
            indexes[new.name] = new.in_catalog
        for left in effect.policies:
            policies[left.policy.table, left.policy.name] = left.policy
    return replace(
        catalog,
        indexes=tuple(
            replace(indexes[name], valid=True) if name in rebuilt else indexes[name]
            for name in sorted(indexes)
        ),
        policies=tuple(policies[key] for key in sorted(policies)),
        foreign_keys=tuple(
            replace(each, validated=True, definition=_validated(each.definition))
            if (each.table, each.name) in validated
            else each
            for each in catalog.foreign_keys
        ),
        constraints=tuple(
            replace(each, validated=True, definition=_validated(each.definition))
            if (each.on, each.name) in validated
            else each
            for each in catalog.constraints
        ),
        routines=tuple(routines.get((each.name, each.arguments), each) for each in catalog.routines),
        sequences=tuple(
            replace(each, data_type=widened[each.name].data_type, maximum=widened[each.name].maximum)
            if each.name in widened
            else each
            for each in catalog.sequences
        ),
    )


def _validated(definition: str) -> str:
    return definition.removesuffix(" NOT VALID")


def facts_with_effects(facts: Facts, effects: Sequence[Effect]) -> Facts:
    """Return the facts as they are where fixes were made; what was not read is not added."""
    gone = {("index", str(each.name)) for effect in effects for each in effect.dropped_indexes}
    policies: dict[str, FixedPolicy | None] = {}  # as the last fix of each leaves it
    for effect in effects:
        policies |= {each.identity: each for each in effect.policies}
        policies |= dict.fromkeys(each.identity for each in effect.dropped_policies)
    gone |= {("policy", identity) for identity in policies}
    left = [each for each in policies.values() if each is not None]
    new = {
        "indexes": [_index(index) for effect in effects for index in effect.indexes],
        "policies": [_policy(each) for each in left],
    }
    comments = [
        _described("policy", each.identity, each, {"comment": each.comment})
        for each in left
        if each.comment is not None
    ]

    changed = {(kind, name): facts for effect in effects for kind, name, facts in _changed(effect)}

    def kept(found: Iterable[Described]) -> tuple[Described, ...]:
        return tuple(
            replace(each, facts={**each.facts, **changed.get((each.kind, each.object), {})})
            for each in found
            if (each.kind, each.object) not in gone
        )

    return replace(
        facts,
        objects={name: (*kept(found), *new.get(name, ())) for name, found in facts.objects.items()},
        additions={
            # what else is said of objects stays as it is, but of those that are gone
            name: (
                *(each for each in found if (each.kind, each.object) not in gone),
                *(comments if name == "comments" else ()),
            )
            for name, found in facts.additions.items()
        },
    )


def _changed(effect: Effect) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Yield what else of objects that are there becomes otherwise: kind, name and facts."""
    for index in effect.rebuilt_indexes:
        yield "index", str(index.name), {"valid": "true"}
    for routine in effect.routines:
        yield routine.routine.kind, routine.identity, {"settings": routine.settings}
    for each in effect.constraints:
        name = f"{quote_identifier(each.name)} on {each.table}"
        yield "table constraint", name, {"validated": "true"}
    for sequence in effect.sequences:
        facts = {"type": sequence.data_type, "maximum": str(sequence.maximum)}
        yield "sequence", str(sequence.name), facts
    for identity in effect.replica_identities:
        yield "table", str(identity.table), {"replica identity": f"index {quote_identifier(identity.index)}"}


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


def _policy(each: FixedPolicy) -> Described:
    policy = each.policy
    return _described(
        "policy",
        each.identity,
        each,
        {
            "kind": "permissive" if policy.permissive else "restrictive",
            "command": policy.command,
            "roles": ", ".join(
                sorted("PUBLIC" if role == "public" else quote_identifier(role) for role in policy.roles)
            ),
            "using": policy.using,
            "with check": policy.with_check,
        },
    )


def _described(kind: str, name: str, of: FixedPolicy, facts: dict[str, str | None]) -> Described:
    return Described(
        kind=kind,
        object=name,
        within=(f"table {of.policy.table}",),
        facts={fact: value for fact, value in facts.items() if value is not None},
    )
