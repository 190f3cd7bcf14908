"""A policy calls auth.uid(), current_setting() or another stable function for every row, without need.

Cost: the value depends on no row, and still the function runs once for each row that a query reads, where
once for the statement would do; over large tables that may be most of the time that the query takes.

Fine: where every query finds its rows by an index on the column that the call is compared with: the server
then calls it once for the scan.

Remedy: put the call into a subquery of its own, (SELECT auth.uid()), which the server evaluates once for
the statement. The value is the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.policies import PolicyCall, found_policies, policy_calls
from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level


async def _find(reading: Reading) -> Iterable[Found]:
    return found_policies(await policy_calls(reading), _is_repeated, "evaluates for each row")


def _is_repeated(each: PolicyCall) -> bool:
    call = each.call
    # not: the server's own without arguments (now(), inet_client_addr()), which look up what the session
    # holds; in a subquery, the planner would no longer know their values
    cheap = not call.schema and not call.arguments
    return not call.once and not call.depends_on_row and not cheap and each.all_are("stable")


RULE = rule(
    __name__,
    __doc__,
    title="Auth RLS Initialization Plan",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
    find=_find,
)
