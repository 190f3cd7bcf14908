"""Several permissive policies hold for one role and one action on a table.

Cost: each is evaluated for every row that the ones before it do not permit, and who reads them has to join
them with OR in the head.

Fine: for small tables, and where the policies are cheap; keeping apart what different people decided can be
worth it.

Remedy: one policy whose expression is theirs joined with OR, USING and WITH CHECK each apart (where WITH
CHECK is missing, USING stands for it); FOR ALL counts for each action. Restrictive policies stay as they
are. Merging by hand has widened access before: compare what each role sees before and after.

Decide: where no policies for these roles say exactly the same, for whom each one is meant; the finding says
why. What is not proved is written as a suggestion.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.lint.consolidation import Consolidation, Policy, UndecidedError, consolidated, consolidation_fix
from pilotage.lint.proof import NOT_TRIED
from pilotage.lint.reading import PolicyFacts, PolicyRoles, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Fix, Level
from pilotage.model.names import QualifiedName, quote_identifiers

_NAME = __name__.rpartition(".")[2]


async def _find(reading: Reading) -> Iterable[Found]:
    found = await reading.rule(_NAME, Found)
    if not found:
        return ()
    policies: dict[QualifiedName, list[PolicyFacts]] = {}
    for policy in await reading.policies():
        policies.setdefault(QualifiedName(policy.schema, policy.relation), []).append(policy)
    fixes = {
        reach.table: _fix(policies.get(reach.table, ()), reach) for reach in await reading.policy_roles()
    }
    return [_mended(each, fixes) for each in found]


def _mended(found: Found, fixes: Mapping[QualifiedName, tuple[Fix | None, str]]) -> Found:
    table = QualifiedName(found.metadata["schema"], found.metadata["name"])
    fix, words = fixes.get(table, (None, ""))
    return msgspec.structs.replace(found, fix=fix, detail=found.detail + words)


def _fix(policies: Sequence[PolicyFacts], reach: PolicyRoles) -> tuple[Fix | None, str]:
    """Return what mends a table, and what is said of that."""
    if any(policy.unknown_roles for policy in policies if policy.permissive):
        return None, "; not to be merged while a policy is for a role that does not exist"
    try:
        what = consolidated(reach.table, map(_policy, policies), reach)
    except UndecidedError as undecided:
        return None, f"; to be decided by a person: {undecided}"
    if what is None:
        return None, ""
    fix = consolidation_fix(reach.table, what)
    return msgspec.structs.replace(fix, proof=NOT_TRIED), _told(what)


def fix_of_changed(
    policies: Sequence[PolicyFacts], changed: Sequence[PolicyFacts], reach: PolicyRoles
) -> tuple[Fix, frozenset[str]] | None:
    """Return what merges a table's policies as they would be when changed, and takes them back as they are.

    Args:
        policies: all of the table, as they are.
        changed: the same, as they would be.
        reach: whom they restrain.

    Returns:
        The fix and the names of the policies that it drops; None where there is nothing to merge, or a person
        has to decide.
    """
    if any(policy.unknown_roles for policy in policies if policy.permissive):
        return None
    try:
        what = consolidated(reach.table, map(_policy, changed), reach)
    except UndecidedError:
        return None
    if what is None:
        return None
    own = {policy.name: _policy(policy) for policy in policies}
    fix = consolidation_fix(
        reach.table, dataclasses.replace(what, dropped=tuple(own[each.name] for each in what.dropped))
    )
    return fix, frozenset(each.name for each in what.dropped)


def _told(what: Consolidation) -> str:
    words = f"; {len(what.created)} for one action each can replace {len(what.dropped)}"
    if what.instead_of_public is None:
        return words
    roles = quote_identifiers(what.instead_of_public) or "none"
    return (
        f"{words}, where other roles that now have rights on the table ({roles}) are named in the place of "
        "PUBLIC: roles that get rights later, or leave a role that is named, would need policies of their own"
    )


def _policy(facts: PolicyFacts) -> Policy:
    return Policy(
        name=facts.name,
        command=facts.command,
        permissive=facts.permissive,
        roles=facts.roles,
        using=facts.using,
        with_check=facts.with_check,
        comment=facts.comment,
    )


RULE = rule(
    __name__,
    __doc__,
    title="Multiple Permissive Policies",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
    find=_find,
)
