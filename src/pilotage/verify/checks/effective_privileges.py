"""The check of what roles may do with each object, however they came to it; it asks both servers.

Consumed by :mod:`pilotage.verify.checks.access`. Grants are compared elsewhere, one by one; here the server
says what comes of them, of ownership and of memberships together, and of default privileges for objects yet
to be.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from pilotage.connection import Session
from pilotage.errors import first_error
from pilotage.model.names import quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.model.verdict import Check, Difference
from pilotage.security.privileges import AS_OWNER, PUBLIC, Privileges, read_privileges
from pilotage.verify.comparison import outcome_of
from pilotage.verify.probed_roles import ProbedRoles

NAME = "effective-privileges"
TITLE = "What roles may do"

_NOTHING = "none"

_MADE_BY_GRANTS = (
    "table column ",
    "view column ",
    "materialized view column ",
    "foreign table column ",
    "role ",
)
"""Objects that are told only where somebody may do something with them; where not, nobody may."""


async def compare_privileges(
    sessions: tuple[Session, Session],
    schemas: tuple[Sequence[str], Sequence[str]],
    choices: RoleChoices,
    roles: ProbedRoles,
    *,
    own_defaults: bool,
    tell_roles: bool,
) -> Check:
    """Compare the privileges of roles that both ends have, and of PUBLIC.

    Args:
        sessions: of the source and the target, each in a transaction.
        schemas: in scope, likewise.
        choices: what became of owners and roles.
        roles: to compare.
        own_defaults: whether the target may have default privileges where the source has none; they are told.
        tell_roles: whether to tell which roles are not compared; another check tells it otherwise.
    """
    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as both:
            at_source = both.create_task(
                read_privileges(
                    sessions[0], schemas[0], [role.name for role in roles.source], call=choices.target_of
                )
            )
            at_target = both.create_task(
                read_privileges(sessions[1], schemas[1], [role.name for role in roles.target])
            )
    except ExceptionGroup as group:
        raise first_error(group) from group
    expected, found = at_source.result(), at_target.result()
    left_out = () if choices.owners else _owning(expected, found, roles)
    of_new = [*_differences(expected.new_objects, found.new_objects, left_out, all_told=True)]
    own = [each for each in of_new if own_defaults and each.object not in expected.said]
    differences = (
        *_differences(expected.objects, found.objects, left_out),
        *(each for each in of_new if each not in own),
    )
    return Check(
        name=NAME,
        title=TITLE,
        method=(
            "asked of the server for each role and PUBLIC, on each object and on those yet to be created: "
            "what was granted, what an owner may, and what comes through other roles, alike"
        ),
        compared=len(expected.objects.keys() | found.objects.keys()),
        outcome=outcome_of(differences, incomplete=False),
        differences=differences,
        seconds=time.perf_counter() - began,
        not_checked=(
            *(roles.not_compared if tell_roles else ()),
            *(
                f"what role {quote_identifier(role)} may do: it owns objects, and owners were left out, as "
                "was asked for"
                for role in left_out
            ),
            *(
                f"{each.object}: {each.fact}: {each.found}, where the source has {each.expected}: a default "
                "of the target's own, which a migration leaves"
                for each in own
            ),
        ),
    )


def _differences(
    expected: Mapping[str, Mapping[str, str]],
    found: Mapping[str, Mapping[str, str]],
    left_out: Sequence[str],
    *,
    all_told: bool = False,
) -> Iterator[Difference]:
    """Yield a difference for each object and each change, with all the roles that it is a change for."""
    for name in sorted(expected.keys() | found.keys()):
        if not (all_told or name.startswith(_MADE_BY_GRANTS) or (name in expected and name in found)):
            continue  # another check tells that it is missing
        before, after = expected.get(name, {}), found.get(name, {})
        changed: dict[tuple[str, str], list[str]] = defaultdict(list)
        for role in sorted(before.keys() | after.keys()):
            pair = before.get(role, _NOTHING), after.get(role, _NOTHING)
            if pair[0] != pair[1] and role not in left_out:
                changed[pair].append(role)
        for (wanted, there), among in changed.items():
            yield Difference(
                object=name, fact=f"privileges of {_listed(among)}", expected=wanted, found=there
            )


def _listed(roles: Sequence[str]) -> str:
    return ", ".join("PUBLIC" if role == PUBLIC else quote_identifier(role) for role in roles)


def _owning(expected: Privileges, found: Privileges, roles: ProbedRoles) -> tuple[str, ...]:
    """Return who owns something at either end, or inherits from who does."""
    owning = {
        role.name
        for pair in zip(roles.source, roles.target, strict=True)
        for role in pair[1:]
        if pair[0].owner or pair[1].owner
    }
    for end in (expected, found):
        for privileges in end.objects.values():
            owning |= {role for role, text in privileges.items() if text.endswith(AS_OWNER)}
    return tuple(sorted(owning))
