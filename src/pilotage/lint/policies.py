"""Policies and the functions that they call, for the rules that look into expressions.

Consumed by these rules. Which call means which function is decided here: of the server's own, by name and
number of arguments; of all others, by what the server has noted that the policy depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pilotage.lint.expressions import Call, UnparsableError, calls_of, matching, parse_expression
from pilotage.lint.reading import FunctionFacts, PolicyFacts, Reading
from pilotage.lint.rule import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCall:
    """One call in a policy.

    Attributes:
        clause: ``USING`` or ``WITH CHECK``.
        functions: those that the call may mean; several where a name is overloaded, none where the server has
            changed meanwhile.
        varies: whether its arguments, those too that are left out, may call a volatile function, so that its
            value may be another each time.
    """

    policy: PolicyFacts
    clause: str
    call: Call
    functions: tuple[FunctionFacts, ...]
    varies: bool

    def all_are(self, volatility: str) -> bool:
        """Whether every function that the call may mean has this volatility."""
        return bool(self.functions) and all(each.volatility == volatility for each in self.functions)


async def policy_calls(reading: Reading) -> tuple[PolicyCall, ...]:
    """Return every call of every policy; policies that cannot be parsed are noted."""
    calls = [
        (policy, clause, call)
        for policy in await reading.policies()
        for clause, text in sound_expressions(reading, policy)
        for call in calls_of(text)
    ]
    built_in = await reading.built_in_functions({call.name for _, _, call in calls if not call.schema})
    found = [
        (policy, clause, call, matching(call, _called(policy, built_in))) for policy, clause, call in calls
    ]
    varying = {
        (policy.identity, clause, place)
        for policy, clause, call, functions in found
        if any(function.volatility == "volatile" for function in functions)
        for place in call.within
    }
    return tuple(
        PolicyCall(
            policy=policy,
            clause=clause,
            call=call,
            functions=functions,
            varies=(
                policy.varies_unnamed
                or (policy.identity, clause, call.location) in varying
                or any(_leaves_out_calls(call, function) for function in functions)
            ),
        )
        for policy, clause, call, functions in found
    )


def _leaves_out_calls(call: Call, function: FunctionFacts) -> bool:
    """Whether a call leaves it to the function to call something in the place of an argument."""
    return function.calling_defaults and (function.most is None or call.arguments < function.most)


def _called(policy: PolicyFacts, built_in: Iterable[FunctionFacts]) -> list[FunctionFacts]:
    """Return the functions that a policy calls: of namesakes, those that the server has resolved it to."""
    return [each for each in (*built_in, *policy.functions) if each.oid in policy.called]


def found_policies(
    calls: Iterable[PolicyCall], is_wanted: Callable[[PolicyCall], bool], says: str
) -> Iterator[Found]:
    """Yield a finding for each policy of which some calls are wanted.

    Args:
        says: what the policy does with the calls: ``Policy … on … <says> auth.uid(), now()``.
    """
    by_policy: dict[str, tuple[PolicyFacts, list[str]]] = {}
    for each in filter(is_wanted, calls):
        _, texts = by_policy.setdefault(each.policy.identity, (each.policy, []))
        if each.call.text not in texts:
            texts.append(each.call.text)
    for policy, texts in by_policy.values():
        yield found_policy(policy, f"{says} {', '.join(texts)}", calls=texts)


def found_policy(policy: PolicyFacts, says: str, **metadata: object) -> Found:
    """Return a finding about a policy: ``Policy … on … <says>``."""
    return Found(
        kind="policy",
        object=policy.identity,
        detail=f"Policy {policy.identity} {says}",
        metadata={
            "schema": policy.schema,
            "name": policy.relation,
            "type": "table",
            "policy_name": policy.name,
            **metadata,
        },
        key=(policy.schema, policy.relation, policy.name),
    )


def is_open(reading: Reading, policy: PolicyFacts) -> bool:
    """Whether a policy permits something to everybody or to a role of the HTTP interface."""
    return (
        policy.enabled and policy.permissive and not {"public", *reading.api_roles}.isdisjoint(policy.roles)
    )


def sound_expressions(reading: Reading, policy: PolicyFacts) -> tuple[tuple[str, str], ...]:
    """Return a policy's expressions, each with its clause; what cannot be parsed is noted."""
    sound = []
    for clause, text in policy.expressions:
        try:
            parse_expression(text)
        except UnparsableError as error:
            reading.note(f"policy {policy.identity}: {error}")
        else:
            sound.append((clause, text))
    return tuple(sound)
