"""A policy or a trigger names a role that is not there.

Cost: what is meant for the role holds for nobody. A comparison with a name that nobody bears is silently
false; pg_has_role() with one, and a trigger's function that takes on such a role, fail. On a target that
lacks the role too, it stays so.

Fine: where the role is made later, or exists on the target.

Remedy: create the role, or correct the name. Only names are seen that stand in the expression itself,
beside current_user, session_user or auth.role(), or as an argument of pg_has_role().

Decide: whether the role is to be created, under which rights, or which role was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from pilotage.lint.expressions import UnparsableError, condition_of, named_roles, parse_expression
from pilotage.lint.policies import found_policy, sound_expressions
from pilotage.lint.reading import PolicyFacts, Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level
from pilotage.model.names import quote_identifiers

_NO_ROLES = frozenset(("public", "none"))
"""Words that stand where a role's name may."""


class _Trigger(msgspec.Struct, frozen=True, kw_only=True):
    identity: str
    schema: str
    relation: str
    name: str
    definition: str | None
    takes_on: tuple[str, ...]


async def _find(reading: Reading) -> Iterable[Found]:
    there = await reading.existing_roles() | _NO_ROLES
    triggers = await reading.plain("missing_role", _Trigger)
    return [
        *_of_policies(reading, await reading.policies(), there),
        *_of_triggers(reading, triggers, there),
    ]


def _of_policies(reading: Reading, policies: Iterable[PolicyFacts], there: frozenset[str]) -> Iterator[Found]:
    for policy in policies:
        named = [
            role
            for _, text in sound_expressions(reading, policy)
            for role in named_roles(parse_expression(text))
            if role not in there
        ]
        if named:
            yield found_policy(policy, f"names {_listed(named)}", roles=named)
        elif policy.unknown_roles:
            oids = ", ".join(map(str, policy.unknown_roles))
            yield found_policy(policy, f"is for a role that was dropped, of OID {oids}")


def _of_triggers(reading: Reading, triggers: Iterable[_Trigger], there: frozenset[str]) -> Iterator[Found]:
    for trigger in triggers:
        named = list(trigger.takes_on)
        if trigger.definition is not None:
            try:
                named += named_roles(condition_of(trigger.definition))
            except UnparsableError as error:
                reading.note(f"trigger {trigger.identity}: {error}")
        missing = [role for role in named if role not in there]
        if missing:
            yield Found(
                kind="trigger",
                object=trigger.identity,
                detail=f"Trigger {trigger.identity} names {_listed(missing)}",
                metadata={
                    "schema": trigger.schema,
                    "name": trigger.relation,
                    "type": "table",
                    "trigger": trigger.name,
                    "roles": missing,
                },
                key=(trigger.schema, trigger.relation, trigger.name),
            )


def _listed(roles: Iterable[str]) -> str:
    names = list(dict.fromkeys(roles))
    return (
        f"{'a role that is' if len(names) == 1 else 'roles that are'} not there: {quote_identifiers(names)}"
    )


RULE = rule(
    __name__,
    __doc__,
    title="Missing Role",
    level=Level.WARN,
    categories=(
        Category.MIGRATION,
        Category.SECURITY,
    ),
    find=_find,
)
