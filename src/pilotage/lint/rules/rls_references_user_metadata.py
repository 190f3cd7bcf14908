"""A policy decides by user_metadata, which users write themselves.

Cost: whoever is signed in can change it with the project's public key, and so give themselves what the
policy permits.

Fine: never for what a user may do; only where the value merely selects among what the user may see anyway.

Remedy: keep roles and memberships in app_metadata, which only the service writes, or in a table of your
own. Functions that the policy calls are not looked into here.

Decide: where the value is to come from instead, and what it is for the users who are there. No SQL knows
which of them have given themselves theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.expressions import calls_of, columns_of, parse_expression, text_constants
from pilotage.lint.policies import found_policy, sound_expressions
from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level


async def _find(reading: Reading) -> Iterable[Found]:
    return [
        found_policy(policy, "decides by what users write about themselves")
        for policy in await reading.policies()
        if any(_reads_metadata(text) for _, text in sound_expressions(reading, policy))
    ]


def _reads_metadata(text: str) -> bool:
    tree = parse_expression(text)
    named = any(
        constant == "user_metadata" or constant.startswith(("{user_metadata,", "{user_metadata}"))
        for constant in text_constants(tree)
    )
    asks_token = any(
        (call.schema, call.name) in {("auth", "jwt"), ("", "current_setting")} for call in calls_of(text)
    )
    return (named and asks_token) or "raw_user_meta_data" in columns_of(tree)


RULE = rule(
    __name__,
    __doc__,
    title="RLS references user metadata",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
    find=_find,
)
