"""The rule by which PostgreSQL makes one condition of a table's policies; pure.

Consumed by the probes of what may be written, which evaluate such a condition instead of writing, and by
whoever must prove that two sets of policies let through the same. The rule is that of
``src/backend/rewrite/rowsecurity.c`` and of the table "Policies Applied by Command Type" in the
documentation of CREATE POLICY:

- policies count that are for the command or for ALL, and whose roles the role is one of, or inherits from;
- permissive ones are joined by OR, restrictive ones by AND; without any permissive one, nothing passes;
- a new row is held against WITH CHECK, or against USING where a policy has no WITH CHECK;
- a condition that is NULL does not pass;
- a command that reads as well, by WHERE, RETURNING or its expressions, also needs the SELECT policies for
  the rows it touches, and for those that it makes.

To whom no policies apply (owners, unless FORCE; superusers; BYPASSRLS) is said by
:attr:`~pilotage.security.records.Reach.restricted`. A test holds all of it against PostgreSQL itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pilotage.security.records import AppliedPolicy


class Action(StrEnum):
    """What policies decide on, row by row."""

    SEE = "select"
    INSERT = "insert"
    UPDATE = "update"
    """An old row being updated."""
    REPLACE = "replace"
    """A new row coming out of an update."""
    DELETE = "delete"


EVERYTHING = "true"
NOTHING = "false"

_COMMAND = {Action.REPLACE: "update"}
_OF_NEW_ROWS = frozenset((Action.INSERT, Action.REPLACE))


def condition(action: Action, role: str, policies: Iterable[AppliedPolicy]) -> str:
    """Return the condition, as SQL, that a row of a table must meet for the role's action.

    Args:
        action: what is done with the row.
        role: one to which row level security applies.
        policies: of one table.
    """
    command = _COMMAND.get(action, action.value)
    counting = [
        policy
        for policy in policies
        if policy.command in {"all", command} and role in policy.applies_to and _expression(policy, action)
    ]
    permissive = [f"({_expression(policy, action)})" for policy in counting if policy.permissive]
    restrictive = [f"({_expression(policy, action)})" for policy in counting if not policy.permissive]
    if not permissive:
        return NOTHING
    # Sorted, since the order of policies means nothing: equal sets give the same text.
    either = " OR ".join(sorted(set(permissive)))
    return " AND ".join(f"({each}) IS TRUE" for each in (*sorted(set(restrictive)), either))


def _expression(policy: AppliedPolicy, action: Action) -> str | None:
    if action in _OF_NEW_ROWS and policy.with_check is not None:
        return policy.with_check
    return policy.using
