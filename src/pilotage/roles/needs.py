"""Which roles a target needs, and which of the source's roles make up for those that it lacks.

Consumed by planning. What the archive names, once choices have been applied to it, is exactly what the target
will be asked for; memberships are the source's, since they decide what privileges come to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.archive import is_of_database
from pilotage.model.archive import ArchiveEntry
from pilotage.model.roles import Membership, Role, RoleChoices, RoleNeed, RoleUse
from pilotage.roles.places import role_places
from pilotage.roles.words import UnreadableTextError

_WITHOUT_OWNER = frozenset(
    {"ACL", "ACL LANGUAGE", "DEFAULT ACL", "COMMENT", "SECURITY LABEL", "USER MAPPING"}
)
"""Kinds of entries that name the owner of what they are about, or none of their own."""


def roles_needed(entries: Iterable[ArchiveEntry], *, with_database: bool) -> tuple[RoleNeed, ...]:
    """Return the roles that the entries name, sorted.

    Args:
        entries: with choices applied.
        with_database: whether what is of the database itself is brought.
    """
    uses: defaultdict[str, set[RoleUse]] = defaultdict(set)
    for entry in entries:
        of_database = is_of_database(entry)
        if of_database and not with_database:
            continue
        if entry.owner and entry.drop_statement and entry.kind not in _WITHOUT_OWNER and not of_database:
            uses[entry.owner].add(RoleUse.OWNER)
        try:
            places = role_places(entry.kind, entry.definition)
        except UnreadableTextError:
            continue  # the server will say what is missing
        for place in places:
            uses[place.role].add(place.use)
    return tuple(
        RoleNeed(role=role, uses=tuple(use for use in RoleUse if use in found))
        for role, found in sorted(uses.items())
    )


def with_connecting(needs: Sequence[RoleNeed], roles: Iterable[Role]) -> tuple[RoleNeed, ...]:
    """Return the roles needed and those by whose memberships one of them has another's privileges.

    A role in between may be named nowhere in the database: a member of it would lose what its own
    memberships give.

    Args:
        needs: of the target.
        roles: as the target is to have them.
    """
    of = {role.name: role for role in roles}
    needed = {need.role for need in needs}
    leads: dict[str, bool] = {}
    for name in needed:
        _lead_to(name, of, needed, leads)
    between = sorted(name for name, does in leads.items() if does and name not in needed and name in of)
    connecting = [
        RoleNeed(role=name, uses=(RoleUse.MEMBERSHIP,)) for name in between if not of[name].is_predefined
    ]
    return tuple(sorted([*needs, *connecting]))


def _lead_to(start: str, of: Mapping[str, Role], needed: set[str], leads: dict[str, bool]) -> None:
    """Note for a role, and all that it is a member of, whether they lead to what is needed or predefined."""
    pending = [(start, False)]
    while pending:
        name, is_left = pending.pop()
        above = [each.role for each in of[name].member_of] if name in of else []
        if is_left:
            leads[name] = any(leads.get(each) or each in needed or _is_predefined(each) for each in above)
        elif name not in leads:
            leads[name] = False
            pending += [(name, True), *((each, False) for each in above)]


def _is_predefined(name: str) -> bool:
    return name.startswith("pg_")


def mapped_roles(roles: Iterable[Role], choices: RoleChoices) -> tuple[Role, ...]:
    """Return the source's roles as the target is to have them, sorted.

    Where several become one, it has only what all of them have, so that none gains by it.
    """
    merged: dict[str, Role] = {}
    for role in sorted(roles, key=lambda role: role.name):
        target = choices.target_of(role.name)
        named = msgspec.structs.replace(
            role,
            name=target,
            member_of=tuple(
                sorted(
                    msgspec.structs.replace(each, role=choices.target_of(each.role))
                    for each in role.member_of
                    if choices.target_of(each.role) != target
                )
            ),
        )
        merged[target] = _common(merged[target], named) if target in merged else named
    return tuple(merged[name] for name in sorted(merged))


_POWERS = ("superuser", "create_role", "create_database", "login", "replication", "bypass_row_security")


def _common(one: Role, other: Role) -> Role:
    """Return what two roles have in common."""
    powers = {power: getattr(one, power) and getattr(other, power) for power in _POWERS}
    shared = {each.role for each in one.member_of} & {each.role for each in other.member_of}
    return msgspec.structs.replace(
        one,
        **powers,
        member_of=tuple(_least(one, other, role) for role in sorted(shared)),
        parameters=tuple(each for each in one.parameters if each in other.parameters),
        settings=tuple(each for each in one.settings if each in other.settings),
        comment=one.comment if one.comment == other.comment else "",
    )


def _least(one: Role, other: Role, role: str) -> Membership:
    options = [each for each in (*one.member_of, *other.member_of) if each.role == role]
    return Membership(
        role=role,
        admin=all(each.admin for each in options),
        inherit=all(each.inherit for each in options),
        set=all(each.set for each in options),
    )
