"""A policy lets everybody, or every user who signed in, write any row.

Cost: for what the policy is for, the table is as open as without row level security.

Fine: where that is meant, as in a form that visitors send; then only for INSERT, and with checks of what is
sent.

Remedy: say whose rows may be written: USING for those that are there, WITH CHECK for what they become.

Decide: whose rows each user may write. No SQL knows that, and whatever is narrower is refused to somebody.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.expressions import is_always_true, parse_expression
from pilotage.lint.policies import found_policy, is_open, sound_expressions
from pilotage.lint.reading import PolicyFacts, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level


async def _find(reading: Reading) -> Iterable[Found]:
    open_to = {"public", *reading.api_roles}
    found = []
    for policy in await reading.policies():
        # not: what only takes away, what only reads, roles that are trusted, and what is not asked
        if policy.command == "SELECT" or not is_open(reading, policy):
            continue
        clauses = _always_true(reading, policy)
        if clauses:
            roles = ", ".join(role for role in policy.roles if role in open_to)
            found.append(
                found_policy(
                    policy,
                    f"for {policy.command} is always true for {roles}: {', '.join(clauses)}",
                    command=policy.command,
                    roles=policy.roles,
                    qual=policy.using,
                    with_check=policy.with_check,
                    permissive_using="USING" in clauses,
                    permissive_with_check="WITH CHECK" in clauses,
                )
            )
    return found


def _always_true(reading: Reading, policy: PolicyFacts) -> list[str]:
    expressions = sound_expressions(reading, policy)
    return [clause for clause, text in expressions if is_always_true(parse_expression(text))]


RULE = rule(
    __name__,
    __doc__,
    title="RLS Policy Always True",
    level=Level.WARN,
    categories=(Category.SECURITY,),
    find=_find,
)
