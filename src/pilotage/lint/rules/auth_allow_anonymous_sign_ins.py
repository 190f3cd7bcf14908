"""Policies of a table hold for users who signed in anonymously, too.

Cost: an anonymous sign-in of Supabase has the role authenticated, as everybody else who signed in, and an
identity of its own: whatever authenticated may do, whoever opens the page may do.

Fine: where anonymous sign-ins are switched off, which the database does not know, and for what anonymous
users are meant to do, as with rows of their own.

Remedy: a restrictive policy for what they are not to do: CREATE POLICY … AS RESTRICTIVE TO authenticated
USING ((SELECT (auth.jwt() ->> 'is_anonymous')::boolean) IS FALSE). Functions that a policy calls are not
looked into here.

Decide: what anonymous users are meant to do. No SQL knows that, nor whether anybody can sign in so.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilotage.lint.expressions import calls_of, columns_of, parse_expression, text_constants
from pilotage.lint.policies import sound_expressions
from pilotage.lint.reading import PolicyFacts, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level
from pilotage.model.names import quote_identifiers

_NAME = __name__.rpartition(".")[2]

_CLAIM = "is_anonymous"

_ACTIONS = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE"))


class _Role(msgspec.Struct, frozen=True, kw_only=True):
    name: str


async def _find(reading: Reading) -> Iterable[Found]:
    roles = {role.name for role in await reading.plain(_NAME, _Role)}
    if not roles:
        return ()
    tables: dict[tuple[str, str], list[PolicyFacts]] = {}
    for policy in await reading.policies():
        if policy.enabled and not roles.isdisjoint(policy.roles):
            tables.setdefault((policy.schema, policy.relation), []).append(policy)
    found = []
    for (schema, relation), policies in tables.items():
        letting = _letting_anonymous(reading, policies)
        if letting:
            table = letting[0].table
            names = sorted(policy.name for policy in letting)
            found.append(
                Found(
                    kind="table",
                    object=table,
                    detail=(
                        f"Table {table} has policies that hold for anonymous users: "
                        f"{quote_identifiers(names)}"
                    ),
                    metadata={"schema": schema, "name": relation, "type": "table", "policies": names},
                    key=(schema, relation),
                )
            )
    return found


def _letting_anonymous(reading: Reading, policies: Iterable[PolicyFacts]) -> list[PolicyFacts]:
    """Return the policies that permit anonymous users what no restrictive one keeps from them."""
    kept_from: set[str] = set()
    letting: list[tuple[PolicyFacts, set[str]]] = []
    for policy in policies:
        actions = set(_ACTIONS if policy.command == "ALL" else (policy.command,))
        asking = _asking(reading, policy)
        if policy.permissive:
            letting.append((policy, actions - asking))
        else:
            kept_from |= asking & actions
    return [policy for policy, actions in letting if actions - kept_from]


def _asking(reading: Reading, policy: PolicyFacts) -> frozenset[str]:
    """Return the actions for which a policy asks whether the user is anonymous."""
    clauses = {clause: _asks(text) for clause, text in sound_expressions(reading, policy)}
    of_rows = clauses.get("USING", False)
    # of new rows: where WITH CHECK is missing, USING stands for it
    of_new = clauses.get("WITH CHECK", of_rows)
    return frozenset(action for action in _ACTIONS if (of_new if action == "INSERT" else of_rows))


def _asks(text: str) -> bool:
    tree = parse_expression(text)
    if _CLAIM in columns_of(tree):
        return True
    return _CLAIM in text_constants(tree) and any(
        (call.schema, call.name) in {("auth", "jwt"), ("", "current_setting")} for call in calls_of(text)
    )


RULE = rule(
    __name__,
    __doc__,
    title="Anonymous Access Policies",
    level=Level.INFO,
    categories=(Category.SECURITY,),
    find=_find,
)
