"""Reading what there is to probe: roles, relations, policies, and what these call.

Consumed by :mod:`pilotage.security.probing`. Nothing here takes a role on.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources

from pilotage.catalog.queries import Queries
from pilotage.connection import Session
from pilotage.model.names import QualifiedName
from pilotage.security.asking import undone
from pilotage.security.records import AppliedPolicy, Relation, RoleToProbe, Routine, View

QUERIES = Queries(resources.files("pilotage.security") / "queries")

EXACT_ROWS = 100_000
"""Tables of at most so many rows are probed whole."""

_SET_OPTION_SINCE = 16
"""PostgreSQL 16 tells apart members that may SET ROLE and those that may not."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What a database shows to its roles.

    Attributes:
        relations: by the relation's name.
        policies: by their table.
        routines: functions that users wrote, and those of extensions that reach outside.
        views: definitions, by the view's name.
    """

    relations: Mapping[QualifiedName, Relation]
    policies: Mapping[QualifiedName, tuple[AppliedPolicy, ...]]
    routines: tuple[Routine, ...]
    views: Mapping[QualifiedName, str]


async def read_roles(
    session: Session, schemas: Sequence[str], named: Sequence[str] = ()
) -> tuple[RoleToProbe, ...]:
    """Return the roles that have to do with what is in some schemas, sorted by name.

    Args:
        session: whose login decides which roles can be taken on.
        schemas: in scope.
        named: roles that the user names besides.
    """
    return await session.records(
        QUERIES.text("roles", session.version_num // 10000),
        RoleToProbe,
        list(schemas),
        list(named),
        membership_to_set_role(session),
    )


def membership_to_set_role(session: Session) -> str:
    """Return the kind of membership, as ``pg_has_role`` names it, that lets a role ``SET ROLE``."""
    return "SET" if session.version_num // 10000 >= _SET_OPTION_SINCE else "MEMBER"


async def read_surface(session: Session, schemas: Sequence[str], roles: Sequence[str]) -> Surface:
    """Return what there is to probe for some roles; the session is in a transaction."""
    major = session.version_num // 10000
    where = [list(schemas), list(roles)]
    # What the server prints of definitions takes locks, which are given back at once.
    async with undone(session):
        relations = await session.records(QUERIES.text("relations", major), Relation, *where, EXACT_ROWS)
        policies = await session.records(QUERIES.text("policies", major), AppliedPolicy, *where)
        views = await session.records(QUERIES.text("views", major), View, list(schemas))
        routines: tuple[Routine, ...] = ()
        if policies or views:
            routines = await session.records(QUERIES.text("routines", major), Routine)
    by_table: dict[QualifiedName, list[AppliedPolicy]] = defaultdict(list)
    for policy in policies:
        by_table[policy.table].append(policy)
    return Surface(
        relations={relation.name: relation for relation in relations},
        policies={table: tuple(found) for table, found in by_table.items()},
        routines=routines,
        views={view.name: view.definition for view in views},
    )
