"""What plans say of calls: whether the server makes them for every row or once for the statement.

Consumed by the proof of fixes. A plan is asked for, and nothing is run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.lint.holding import is_in_use
from pilotage.model.names import QualifiedName


async def per_row_calls(
    session: Session, table: QualifiedName, conditions: Sequence[str], calls: Sequence[str]
) -> str | None:
    """Say which calls the plans of some conditions do not show to be made once.

    Args:
        session: in a transaction, as a role to whom the table's policies do not apply.
        table: whose rows are held against the conditions.
        conditions: as SQL.
        calls: as SQL; they depend on no row.

    Returns:
        None where each call stands in a subquery that is run once, and nowhere else.
    """
    if not calls:
        return None
    once: list[str] = []
    each_row: list[str] = []
    await session.run("SAVEPOINT pilotage_plan")
    try:
        printed = {call: _printed(await _plan(session, f"SELECT {call}")) for call in calls}
        for condition in conditions:
            plan = await _plan(session, f"SELECT FROM {table} WHERE ({condition})")
            for is_once, text in _texts(plan):
                (once if is_once else each_row).append(text)
    except ServerError as error:
        if is_in_use(error):
            raise
        return f"its plan cannot be looked at: {error}"
    finally:
        if not session.is_closed():
            await session.run("ROLLBACK TO SAVEPOINT pilotage_plan; RELEASE SAVEPOINT pilotage_plan")
    for call, text in printed.items():
        if "(" not in text:
            continue  # the planner has made a constant of it
        if any(text in other for other in each_row):
            return f"its plan still makes the call {call} for each row"
        # what is called for another call's sake may be shown in another form there
        alone = not any(call in other for other in calls if other != call)
        # with a policy that lets everything through, nothing else is asked
        is_left = "true" not in conditions or any(function_named(call) in each for each in conditions)
        if alone and is_left and not any(text in other for other in once):
            return f"its plan does not show that the call {call} is made once"
    return None


def function_named(call: str) -> str:
    """Return a call's text before its arguments; where an expression lacks it, it lacks the call."""
    return call.partition("(")[0]


async def _plan(session: Session, statement: str) -> Mapping[str, Any]:
    plan = await session.value(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {statement}")
    (explained,) = json.loads(plan)
    found: Mapping[str, Any] = explained["Plan"]
    return found


def _printed(plan: Mapping[str, Any]) -> str:
    """Return a call as plans show it: a function in SQL is shown as what it does."""
    return str(plan["Output"][0])


def _texts(node: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Yield the expressions of a plan, each with whether it is evaluated once for the statement."""
    alone = node.get("Parent Relationship") == "InitPlan" and node["Node Type"] == "Result"
    for key, value in node.items():
        if key == "Plans":
            for child in value:
                yield from _texts(child)
        else:
            yield key == "One-Time Filter" or (alone and key == "Output"), str(value)
