"""A policy calls auth.uid(), current_setting() or another stable function for every row, without need.

Cost: the value depends on no row, and still the function runs once for each row that a query reads, where
once for the statement would do; over large tables that may be most of the time that the query takes.

Fine: where every query finds its rows by an index on the column that the call is compared with: the server
then calls it once for the scan.

Remedy: put the call into a subquery of its own, (SELECT auth.uid()), which the server evaluates once for
the statement. The value is the same.

Decide: where a call stands where a subquery would mean something else, or the change is not proved, what
the policy is to say instead: no SQL is written then, or as a suggestion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.lint.expressions import Call
from pilotage.lint.policies import PolicyCall, found_policies, policy_calls
from pilotage.lint.proof import NOT_TRIED
from pilotage.lint.reading import PolicyFacts, Reading
from pilotage.lint.rule import Found, rule
from pilotage.lint.wrapping import wrapped
from pilotage.model.lint import Category, Fix, Level
from pilotage.model.names import quote_identifier


async def _find(reading: Reading) -> Iterable[Found]:
    calls = await policy_calls(reading)
    repeated = _by_policy(calls)
    return [
        _with_fix(found, _fix(*repeated[found.object]))
        for found in found_policies(calls, _is_repeated, "evaluates for each row")
    ]


async def with_subqueries(reading: Reading) -> Mapping[str, PolicyFacts]:
    """Return the policies that this rule can mend as they are then, by their identity."""
    repeated = _by_policy(await policy_calls(reading))
    mended = {identity: _mended(policy, calls) for identity, (policy, calls) in repeated.items()}
    return {identity: policy for identity, policy in mended.items() if policy is not None}


def subquery_fix(policy: PolicyFacts, mended: PolicyFacts) -> Fix:
    """Return the statement that gives a policy the expressions of another, and what takes that back."""
    pairs = zip(policy.expressions, mended.expressions, strict=True)
    changed = [(clause, text, new) for (clause, text), (_, new) in pairs if new != text]
    alter = f"ALTER POLICY {quote_identifier(policy.name)} ON {policy.table}"
    return Fix(
        statements=(" ".join((alter, *(f"{clause} ({new})" for clause, _, new in changed))),),
        reverse=(" ".join((alter, *(f"{clause} ({text})" for clause, text, _ in changed))),),
        proof=NOT_TRIED,
    )


_Calls = Mapping[str, Sequence[Call]]
"""By the clause that they stand in."""


def _by_policy(calls: Iterable[PolicyCall]) -> Mapping[str, tuple[PolicyFacts, _Calls]]:
    """Return the calls that this rule is about, and their policies, by the policy's identity."""
    found: dict[str, tuple[PolicyFacts, dict[str, list[Call]]]] = {}
    for each in filter(_is_repeated, calls):
        _, by_clause = found.setdefault(each.policy.identity, (each.policy, {}))
        by_clause.setdefault(each.clause, []).append(each.call)
    return found


def _with_fix(found: Found, fix: Fix | None) -> Found:
    if fix is None:
        why = "no SQL is written, since not every call stands where a subquery would mean the same"
        return msgspec.structs.replace(found, detail=f"{found.detail}; {why}")
    return msgspec.structs.replace(found, fix=fix)


def _fix(policy: PolicyFacts, calls: _Calls) -> Fix | None:
    mended = _mended(policy, calls)
    return None if mended is None else subquery_fix(policy, mended)


def _mended(policy: PolicyFacts, calls: _Calls) -> PolicyFacts | None:
    """Return the policy with these calls in subqueries, or None where one of them cannot be."""
    new = {clause: wrapped(text, calls.get(clause, ())) for clause, text in policy.expressions}
    if None in new.values():
        return None
    return msgspec.structs.replace(policy, using=new.get("USING"), with_check=new.get("WITH CHECK"))


def _is_repeated(each: PolicyCall) -> bool:
    call = each.call
    # not: the server's own without arguments (now(), inet_client_addr()), which look up what the session
    # holds; in a subquery, the planner would no longer know their values
    cheap = not call.schema and not call.arguments
    # not: functions that return sets, whose rows are no one value
    one = all(not function.returns_set for function in each.functions)
    fixed = not call.depends_on_row and not each.varies and each.all_are("stable")
    return fixed and one and not call.once and not cheap


RULE = rule(
    __name__,
    __doc__,
    title="Auth RLS Initialization Plan",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
    key="auth_rls_init_plan",
    find=_find,
)
