"""One fix in the place of two for a table whose policies are to be changed and merged.

Consumed by :mod:`pilotage.lint.proving`. The fix that puts calls into subqueries and the one that merges
policies are each of the policies as they are, so that after one of them the other cannot be made. Here the
merged policies are those of the changed ones, what is changed and not merged is altered beside that, and the
reverse makes the policies again as they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from pilotage.lint.proof import NOT_TRIED
from pilotage.lint.reading import PolicyFacts, PolicyRoles, Reading
from pilotage.lint.rules.auth_rls_initplan import RULE as WRAPPING
from pilotage.lint.rules.auth_rls_initplan import subquery_fix, with_subqueries
from pilotage.lint.rules.multiple_permissive_policies import RULE as MERGING
from pilotage.lint.rules.multiple_permissive_policies import fix_of_changed
from pilotage.model.lint import Finding, Fix
from pilotage.model.names import QualifiedName


def are_both_found(findings: Collection[Finding]) -> bool:
    """Whether findings that have fixes, of one table, are of both rules."""
    return {WRAPPING.name, MERGING.name} <= {finding.name for finding in findings}


async def combined_fixes(
    reading: Reading, findings: Mapping[QualifiedName, Sequence[Finding]]
) -> Mapping[QualifiedName, Fix]:
    """Return one fix for each table that mends all that the two rules have found of it.

    Args:
        reading: of the database as it is now.
        findings: those that are to be mended, by their table. Policies that are in none of them are merged
            with the expressions that they have.

    Returns:
        No fix for a table whose policies are not what they were when they were found.
    """
    policies: dict[QualifiedName, list[PolicyFacts]] = defaultdict(list)
    for policy in await reading.policies():
        policies[QualifiedName(policy.schema, policy.relation)].append(policy)
    changed = await with_subqueries(reading)
    fixes = {
        reach.table: _combined(policies[reach.table], changed, reach, findings[reach.table])
        for reach in await reading.policy_roles()
        if reach.table in findings
    }
    return {table: fix for table, fix in fixes.items() if fix is not None}


def _combined(
    policies: Sequence[PolicyFacts],
    changed: Mapping[str, PolicyFacts],
    reach: PolicyRoles,
    findings: Sequence[Finding],
) -> Fix | None:
    wanted = {finding.object for finding in findings if finding.name == WRAPPING.name}
    if not wanted <= changed.keys():
        return None
    after = [changed[each.identity] if each.identity in wanted else each for each in policies]
    merging = fix_of_changed(policies, after, reach)
    if merging is None:
        return None
    merged, dropped = merging
    altering = [
        subquery_fix(policy, new)
        for policy, new in zip(policies, after, strict=True)
        if policy.name not in dropped and new != policy
    ]
    return Fix(
        statements=(*(each for fix in altering for each in fix.statements), *merged.statements),
        reverse=(*merged.reverse, *(each for fix in altering for each in fix.reverse)),
        proof=NOT_TRIED,
    )
