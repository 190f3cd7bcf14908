"""A policy calls a function of your own with a value of the row.

Cost: it runs for every row that the policy is asked about, and policies come before what the query itself
asks for, unless that is leakproof (LIKE, most functions, most operators of jsonb and text search are not).

Fine: for small tables, and for functions in SQL that the server puts into the query (neither SECURITY DEFINER
nor with settings of their own).

Remedy: turn the question round: tenant_id IN (SELECT tenants_of_user()) asks once for the statement what
may_see(tenant_id) asks for every row.

Decide: how to ask for the whole statement what the function asks for a row. What it does is in its body,
which says that in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.policies import PolicyCall, found_policies, policy_calls
from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level


async def _find(reading: Reading) -> Iterable[Found]:
    return found_policies(await policy_calls(reading), _is_of_rows, "calls for each row")


def _is_of_rows(each: PolicyCall) -> bool:
    # not: leakproof functions, which only a superuser can make: comparisons, as operators are
    return (
        each.call.depends_on_row
        and not each.all_are("volatile")
        and any(not (f.leakproof or f.built_in or f.of_extension) for f in each.functions)
    )


RULE = rule(
    __name__,
    __doc__,
    title="Policy Calls Function per Row",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
    find=_find,
)
