"""Reading roles: what they may do, what they are members of, and which parameters they may set.

Consumed by the reader of catalogs. Which of them a target needs is worked out in :mod:`pilotage.roles`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from pilotage.catalog.facts import MembershipFacts, ParameterPrivilege, complete
from pilotage.catalog.queries import query, query_names
from pilotage.connection import Session
from pilotage.model.roles import Membership, Role

_PRIVILEGES = "parameter_privileges"


async def read_roles(session: Session, names: Iterable[str]) -> tuple[Role, ...]:
    """Return the roles of these names, all others that the database refers to, and what they are members of.

    Sorted by name. Roles are the cluster's: they do not follow the database's snapshot in every respect.
    """
    major = session.version_num // 10000
    roles = await session.records(query("role_facts", major), Role, list(names))
    member_of: defaultdict[str, list[Membership]] = defaultdict(list)
    for membership in await session.records(query("memberships", major), MembershipFacts):
        member_of[membership.member].append(complete(membership, Membership))
    parameters: defaultdict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    if _PRIVILEGES in query_names(major):
        for each in await session.records(query(_PRIVILEGES, major), ParameterPrivilege):
            parameters[each.role].append((each.parameter, each.privilege, each.grantable))
    return tuple(
        msgspec.structs.replace(
            role,
            member_of=tuple(sorted(member_of[role.name])),
            parameters=tuple(sorted(parameters[role.name])),
        )
        for role in sorted(roles, key=lambda role: role.name)
    )
