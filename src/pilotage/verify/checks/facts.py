"""The check of all that the other checks leave to it, fact by fact; no server is asked here.

Consumed by verification, which has read the facts of both ends. What other checks compare is passed over, so
that nothing is told twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

from pilotage.compare import compare_facts
from pilotage.compare.limits import ALWAYS, VIEWS_UNLIKE
from pilotage.model import facts as model
from pilotage.model.facts import EXISTS, Facts
from pilotage.model.roles import RoleChoices
from pilotage.model.verdict import Check, Difference
from pilotage.verify.chosen_facts import PRIVILEGES, with_facts_chosen
from pilotage.verify.comparison import outcome_of

ADDED = ("comment", "security label", "depends on extension", *PRIVILEGES)
"""What facts begin with that no other check compares, whatever the object."""

_TABLE = "exists|owner|persistence|partition of|inherits|order of columns|row level security|"
_TABLE += "row level security for the owner"
_VIEW = "exists|owner|query|reads|options|populated"
_ROUTINE = "*"

ELSEWHERE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        kind: frozenset(facts.split("|"))
        for kinds, facts in (
            ("schema", "exists|owner"),
            ("type", "exists|owner|kind|labels|base type|collation|not null"),
            ("table|foreign table", _TABLE),
            ("table column|foreign table column", "exists|type|not null|generated|identity"),
            ("view|materialized view", _VIEW),
            ("view column|materialized view column", "exists|type"),
            ("sequence", "exists|owner|owned by|type|start|increment|minimum|maximum|cache|cycle"),
            ("index", "exists|definition|valid"),
            ("table constraint|domain constraint", "exists|definition|validated|enforced"),
            ("trigger|rule", "exists|definition|state"),
            ("policy", "exists|kind|command|roles|using|with check"),
            ("function|procedure|aggregate", _ROUTINE),
            ("extension", "exists|schema|version"),
            ("event trigger", "exists|event|function|state"),
        )
        for kind in kinds.split("|")
    }
)
"""Facts that other checks compare, by kind of object: of routines all but what is added to them."""

SET_BY_CREATE_DATABASE = frozenset(
    "owner|encoding|locale provider|LC_COLLATE|LC_CTYPE|locale|ICU rules|allows connections".split("|")
)
"""Facts of a database that no migration brings."""

OF_THE_CLUSTER = frozenset(("parameter ACL", "large object"))
"""Kinds that no migration brings; and large objects, which a check of their own compares as a whole."""

_TARGETS_OWN = "only the target has it; a migration sets it aside while it creates objects, and leaves it"

SUBSCRIPTIONS_OFF = "subscriptions that are enabled in the source: a migration creates them disabled"


def check_facts(
    source: Facts, target: Facts, roles: RoleChoices | None = None, *, seconds: float = 0
) -> Check:
    """Compare all that the other checks leave out.

    Args:
        source, target: facts of the two ends.
        roles: what became of owners, privileges and roles; what was waived is no difference.
        seconds: what reading took.
    """
    began = time.perf_counter()
    comparison = compare_facts(*with_facts_chosen(source, target, roles or RoleChoices()))
    shells = _shells(source) | _shells(target)
    ours = [each for each in comparison.differences if _is_ours(each) or (each.kind, each.object) in shells]
    switched_off = [each for each in ours if _is_switched_off(each)]
    own_defaults = [each for each in ours if _is_targets_own_default(each)]
    differences = tuple(_difference(each) for each in ours if each not in [*switched_off, *own_defaults])
    return Check(
        name="facts",
        title="All else, fact by fact",
        method=(
            "privileges, comments, security labels; defaults, storage, settings; operators, casts, "
            "collations, text search, foreign data, publications, extended statistics and all else"
        ),
        compared=len(_objects_of_ours(source) | _objects_of_ours(target)),
        outcome=outcome_of(differences, incomplete=False),
        differences=differences,
        seconds=seconds + time.perf_counter() - began,
        not_checked=(
            *(line for line in comparison.not_compared if line not in ALWAYS and line != VIEWS_UNLIKE),
            *((SUBSCRIPTIONS_OFF,) if switched_off else ()),
            *(f"{each.kind} {each.object}: {_TARGETS_OWN}" for each in own_defaults),
        ),
    )


def _objects_of_ours(facts: Facts) -> frozenset[tuple[str, str]]:
    """Return the objects that no other check counts."""
    counted = ELSEWHERE.keys() | OF_THE_CLUSTER | {"role"}
    return frozenset(
        (each.kind, each.object)
        for found in facts.objects.values()
        for each in found
        if each.kind not in counted
    )


def _shells(facts: Facts) -> frozenset[tuple[str, str]]:
    """Return the types that are only promised: the other check looks at those that are defined."""
    return frozenset(
        (each.kind, each.object)
        for each in facts.objects.get("types", ())
        if each.facts.get("kind") == "shell"
    )


def _is_ours(difference: model.Difference) -> bool:
    """Whether this is of what a migration brings, and no other check tells of it."""
    kind, fact = difference.kind, difference.fact
    if kind in OF_THE_CLUSTER or (kind == "role" and not fact.endswith(" in this database")):
        return False
    if kind == "database" and fact in SET_BY_CREATE_DATABASE:
        return False
    if fact.startswith(ADDED):
        return True
    if fact == "default" and kind.endswith("table column") and None in (difference.source, difference.target):
        return False  # that there is one
    return ELSEWHERE.get(kind, frozenset()).isdisjoint((fact, _ROUTINE))


def _is_switched_off(difference: model.Difference) -> bool:
    return (difference.kind, difference.fact, difference.source) == ("subscription", "enabled", "true")


def _is_targets_own_default(difference: model.Difference) -> bool:
    """Whether the target has default privileges where the source has none: they are for what comes later."""
    return difference.kind == "default acl" and difference.fact == EXISTS and difference.source is None


def _difference(difference: model.Difference) -> Difference:
    absent = "no" if difference.fact == EXISTS else "none"
    return Difference(
        object=f"{difference.kind} {difference.object}",
        fact=difference.fact,
        expected=absent if difference.source is None else difference.source,
        found=absent if difference.target is None else difference.target,
    )
