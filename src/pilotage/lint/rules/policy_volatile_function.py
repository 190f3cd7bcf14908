"""A policy calls a volatile function.

Cost: it runs for every row, and no index can be used with what it is compared with. It may give another
answer for each row, and may write.

Fine: where each row is meant to be judged anew, as by random().

Remedy: where the function reads and does not write, ALTER FUNCTION … STABLE; volatile is only what
functions are that do not say what they are.

Decide: whether the function gives the same answer within a statement and writes nothing. STABLE is a
promise that nobody checks.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.policies import PolicyCall, found_policies, policy_calls
from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level


async def _find(reading: Reading) -> Iterable[Found]:
    return found_policies(await policy_calls(reading), _is_volatile, "calls for each row the volatile")


def _is_volatile(each: PolicyCall) -> bool:
    return not each.call.once and each.all_are("volatile")


RULE = rule(
    __name__,
    __doc__,
    title="Policy Calls Volatile Function",
    level=Level.WARN,
    categories=(
        Category.PERFORMANCE,
        Category.SECURITY,
    ),
    find=_find,
)
