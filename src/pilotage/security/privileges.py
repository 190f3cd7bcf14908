"""What every role may do with every object, and with objects that are yet to come, as the server says.

Consumed by verification. However a role has come to a privilege, by a grant, as an owner, through PUBLIC or
through other roles, it counts alike: the server's own ``has_…_privilege`` functions are asked, a query for
each kind of object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import NamedTuple

import msgspec

from pilotage.catalog.queries import Queries
from pilotage.connection import Session
from pilotage.model.names import quote_identifier
from pilotage.security.reading import QUERIES, membership_to_set_role

_KINDS = Queries(resources.files("pilotage.security") / "queries" / "privileges")

PUBLIC = "public"
"""Whoever is no more than anybody; the functions take it for a role."""


AS_OWNER = "as its owner"
"""How the privileges of who owns a relation, or inherits from who does, end."""


class Privileges(NamedTuple):
    """What roles may do, by object and role; a role that is not named may do nothing.

    Attributes:
        objects: the privileges of a role on an object, by the object and the role.
        new_objects: likewise for what a role would create: the object is a sentence.
        said: those of the new objects for which the database says something, so that PostgreSQL's own default
            does not hold.
    """

    objects: Mapping[str, Mapping[str, str]]
    new_objects: Mapping[str, Mapping[str, str]]
    said: frozenset[str]


class _OnObject(msgspec.Struct, frozen=True):
    object: str
    privileges: Mapping[str, str]


class _OnRole(msgspec.Struct, frozen=True):
    role: str
    privileges: Mapping[str, str]


class _OnNew(msgspec.Struct, frozen=True):
    creator: str
    kind: str
    schema: str
    said: bool
    privileges: Mapping[str, str]


async def read_privileges(
    session: Session, schemas: Sequence[str], roles: Sequence[str], *, call: Callable[[str], str] = str
) -> Privileges:
    """Return what some roles, and PUBLIC, may do in some schemas.

    Args:
        session: of any role; privileges are no secret.
        schemas: in scope.
        roles: by name.
        call: what the result calls a role.
    """
    major = session.version_num // 10000
    objects: dict[str, Mapping[str, str]] = {}
    arguments = (list(schemas), [*roles, PUBLIC], membership_to_set_role(session))
    for name in _KINDS.names(major):
        for each in await session.records(_KINDS.text(name, major), _OnObject, *arguments):
            objects[each.object] = _called(each.privileges, call)
    for role in await session.records(QUERIES.text("memberships", major), _OnRole, *arguments):
        objects[f"role {quote_identifier(call(role.role))}"] = _called(role.privileges, call)
    new: dict[str, Mapping[str, str]] = {}
    said: set[str] = set()
    for found in await session.records(QUERIES.text("new_objects", major), _OnNew, *arguments):
        where = f" in schema {quote_identifier(found.schema)}" if found.schema else ""
        what = f"new {found.kind} of {quote_identifier(call(found.creator))}{where}"
        new[what] = _called(found.privileges, call)
        if found.said:
            said.add(what)
    return Privileges(objects, new, frozenset(said))


def _called(privileges: Mapping[str, str], call: Callable[[str], str]) -> Mapping[str, str]:
    return {role if role == PUBLIC else call(role): text for role, text in privileges.items()}
