"""What a target's user who is no superuser may do in the name of others: give them objects, grant as them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.model.roles import RoleChoices, RoleUse
from pilotage.preflight.check import Check, Situation, query

_IN_THEIR_NAME = {
    RoleUse.OWNER: "give it objects",
    RoleUse.GRANTOR: "grant privileges as it",
    RoleUse.DEFAULT_PRIVILEGES: "set its default privileges",
}
_REMEDIES = {
    RoleUse.OWNER: "--no-owner, which leaves objects to whoever creates them",
    RoleUse.GRANTOR: "--no-privileges",
    RoleUse.DEFAULT_PRIVILEGES: "--no-privileges",
}


class _Authority(msgspec.Struct, frozen=True):
    """A row of ``authority.sql``."""

    role: str
    member: bool
    inherits: bool


class _Lacking(msgspec.Struct, frozen=True):
    """A row of ``schema_creators.sql``."""

    role: str
    schema: str


async def _look(situation: Situation) -> Sequence[Problem]:
    target = situation.target
    superuser = "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    if await target.value(superuser):
        return []
    myself = str(await target.text("SELECT current_user::text"))
    wanted = {
        need.role: [use for use in need.uses if use in _IN_THEIR_NAME]
        for need in situation.plan.roles_needed
        if need.role != myself and any(use in _IN_THEIR_NAME for use in need.uses)
    }
    rows = await target.records(query("authority"), _Authority, list(wanted))
    return [
        *(
            problem
            for row in rows
            if not (row.member and row.inherits)
            for problem in _powerless(row, wanted[row.role], myself)
        ),
        *await _no_room(situation, myself),
    ]


def _powerless(row: _Authority, uses: Iterable[RoleUse], myself: str) -> Iterator[Problem]:
    role, me = quote_identifier(row.role), quote_identifier(myself)
    listed = list(uses)
    why = "does not inherit its privileges" if row.member else "may not SET ROLE to it"
    instead = " or ".join(dict.fromkeys(_REMEDIES[use] for use in listed))
    yield CHECK.stop(
        object=f"role {role}",
        found=f"role {me} {why}, and so may not {' or '.join(_IN_THEIR_NAME[use] for use in listed)}",
        wanted="a superuser, or a member that may SET ROLE to it and inherits from it",
        remedy=f"GRANT {role} TO {me}; -- or map it with --map-role, or {instead}",
    )


async def _no_room(situation: Situation, myself: str) -> list[Problem]:
    """Return the owners that could not own what they are given, since they may not create in its schema.

    ALTER … OWNER TO asks for that where no superuser runs it, and schemas get their privileges after rows.
    """
    roles = situation.plan.roles
    if not roles.owners:
        return []
    new_schemas = {
        schema.name: roles.target_of(schema.owner)
        for schema in situation.catalog.schemas
        if schema.name != "public"
    }
    pairs = sorted(_owners_in_schemas(situation.catalog, roles, myself))
    standing = [(role, schema) for role, schema in pairs if schema not in new_schemas]
    found = await situation.target.records(
        query("schema_creators"),
        _Lacking,
        [role for role, _ in standing],
        [schema for _, schema in standing],
    )
    lacking = [(row.role, row.schema) for row in found]
    members: defaultdict[str, set[str]] = defaultdict(set)
    for role in situation.catalog.role_facts:
        members[roles.target_of(role.name)] |= {roles.target_of(each.role) for each in role.member_of}
    lacking += [
        (role, schema)
        for role, schema in pairs
        if schema in new_schemas and new_schemas[schema] not in {role, *members[role]}
    ]
    return [
        CHECK.stop(
            object=f"schema {quote_identifier(schema)}",
            found=f"role {quote_identifier(role)} is to own objects in it and may not create any there when "
            "it is given them, as PostgreSQL asks of owners where no superuser gives them objects",
            wanted=f"a superuser, or objects in {quote_identifier(schema)} that belong to the schema's owner",
            remedy=(
                f"GRANT CREATE ON SCHEMA {quote_identifier(schema)} TO {quote_identifier(role)}; -- or "
                if schema not in new_schemas
                else ""
            )
            + "leave owners out with --no-owner, or map the role to the schema's owner with --map-role",
        )
        for role, schema in lacking
    ]


def _owners_in_schemas(catalog: Catalog, roles: RoleChoices, myself: str) -> set[tuple[str, str]]:
    """Return each owner and schema of an object, as they are to be on the target, but for the role itself."""
    owned = [(each.owner, each.name.schema) for each in catalog.tables]
    owned += [(each.owner, each.name.schema) for each in catalog.views]
    owned += [(each.owner, each.name.schema) for each in catalog.sequences]
    owned += [(each.owner, each.name.schema) for each in catalog.routines]
    owned += [(each.owner, each.name.schema) for each in catalog.types]
    return {(roles.target_of(owner), schema) for owner, schema in owned if roles.target_of(owner) != myself}


CHECK = Check(
    name="authority",
    title="the role may act for those that own, grant or have default privileges",
    end=End.TARGET,
    look=_look,
)
