"""Roles that something is given to, or is granted by, and that are not on the target's server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from pilotage.model.names import quote_identifier
from pilotage.model.preflight import End, Problem
from pilotage.model.roles import RoleNeed
from pilotage.preflight.check import Check, Situation, query
from pilotage.roles.creation import powers_of
from pilotage.roles.needs import mapped_roles


class _Myself(msgspec.Struct, frozen=True):
    """The role of the session on the target, and the one that it acts as, as ``myself.sql`` has them."""

    name: str
    acting: str
    superuser: bool
    create_role: bool
    may_take_on: bool


async def _look(situation: Situation) -> Sequence[Problem]:
    plan, target = situation.plan, situation.target
    names = "SELECT pg_catalog.array_agg(rolname::text) FROM pg_catalog.pg_roles"
    present = set(await target.value(names))
    (myself,) = await target.records(query("myself"), _Myself, plan.roles.role or None)
    return [
        *_not_taken_on(situation, myself, present),
        *_missing(situation, [need for need in plan.roles_needed if need.role not in present], myself),
    ]


def _not_taken_on(situation: Situation, myself: _Myself, present: set[str]) -> Iterator[Problem]:
    role = situation.plan.roles.role
    if role and role not in present:
        yield CHECK.stop(
            object=f"role {quote_identifier(role)}",
            found="does not exist there, and --role asks to take it on",
            wanted="a role of this name",
            remedy=f"CREATE ROLE {quote_identifier(role)}; -- or leave out --role",
        )
    elif role and not myself.may_take_on:
        yield CHECK.stop(
            object=f"role {quote_identifier(role)}",
            found=f"role {quote_identifier(myself.name)} may not SET ROLE to it, as --role asks",
            wanted="a role that the session's user is a member of",
            remedy=f"GRANT {quote_identifier(role)} TO {quote_identifier(myself.name)};",
        )


def _missing(situation: Situation, absent: Sequence[RoleNeed], myself: _Myself) -> Iterator[Problem]:
    creates = situation.plan.roles.create
    missing = [need for need in absent if not need.role.startswith("pg_")]
    for need in absent:
        if need not in missing:
            yield CHECK.stop(
                object=f"role {quote_identifier(need.role)}",
                found=f"does not exist there, and {', '.join(need.uses)} on the source: it is PostgreSQL's "
                "own, of another version",
                wanted="a server of a version that has it",
                remedy=f"--map-role {need.role}=ROLE, which lets another role stand in its place",
            )
    if creates and (myself.superuser or myself.create_role):
        yield from _without_password(situation, missing)
        yield from _lesser(situation, missing, myself)
        return
    for need in missing:
        name = quote_identifier(need.role)
        uses = ", ".join(need.uses)
        if creates:
            yield CHECK.stop(
                object=f"role {name}",
                found=f"does not exist there, {uses}, and role {quote_identifier(myself.acting)} may not "
                "create roles",
                wanted="the attribute CREATEROLE, or a role of this name",
                remedy=f"CREATE ROLE {name}; -- or ALTER ROLE {quote_identifier(myself.acting)} CREATEROLE;",
            )
        else:
            yield CHECK.stop(
                object=f"role {name}",
                found=f"does not exist there, and {uses} on the source",
                wanted="a role of this name",
                remedy=f"CREATE ROLE {name}; -- or let --create-roles create it, map it with --map-role, or "
                "leave out owners and privileges with --no-owner and --no-privileges",
            )


def _without_password(situation: Situation, missing: Sequence[RoleNeed]) -> Iterator[Problem]:
    """Yield the roles that will be created and log in: nobody can read their passwords on the source."""
    wanted = {need.role for need in missing}
    for role in mapped_roles(situation.catalog.role_facts, situation.plan.roles):
        if role.login and role.name in wanted:
            name = quote_identifier(role.name)
            yield CHECK.warning(
                object=f"role {name}",
                found="is created without a password, and logs in on the source",
                wanted="a password, where it logs in with one",
                remedy=f"\\password {name} -- in psql, after the migration",
            )


def _lesser(situation: Situation, missing: Sequence[RoleNeed], myself: _Myself) -> Iterator[Problem]:
    """Yield the roles that will be created with less than they have on the source."""
    if myself.superuser:
        return
    wanted = {need.role for need in missing}
    for role in mapped_roles(situation.catalog.role_facts, situation.plan.roles):
        powers = [power for power in powers_of(role) if power != "CREATEDB"] if role.name in wanted else []
        if role.name in wanted and role.parameters:
            name = quote_identifier(role.name)
            listed = ", ".join(f"{privilege} on {parameter}" for parameter, privilege, _ in role.parameters)
            yield CHECK.warning(
                object=f"role {name}",
                found=f"may {listed} on the source, which only a superuser or one who may grant it can give; "
                "it is created without",
                wanted="a superuser, if the role needs that",
                remedy=" ".join(
                    f"GRANT {privilege} ON PARAMETER {parameter} TO {name};"
                    for parameter, privilege, _ in role.parameters
                ),
            )
        if powers:
            name = quote_identifier(role.name)
            yield CHECK.warning(
                object=f"role {name}",
                found=f"is {' '.join(powers)} on the source, which only those may give who have it; where "
                f"role {quote_identifier(myself.acting)} does not, it is created without",
                wanted="a superuser, if the role needs that",
                remedy=f"ALTER ROLE {name} {' '.join(powers)}; -- as a superuser, after the migration",
            )


CHECK = Check(
    name="roles",
    title="every role that is needed exists on the target, or will be created",
    end=End.TARGET,
    as_connected=True,
    look=_look,
)
