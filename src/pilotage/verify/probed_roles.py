"""Which roles are compared by what they may do: those of both ends that have to do with what is in scope.

Consumed by the checks of access. A role of the source is called here as what stands in its place on the
target.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from pilotage.connection import Session
from pilotage.model.names import quote_identifier
from pilotage.model.roles import RoleChoices
from pilotage.security.reading import read_roles
from pilotage.security.records import RoleToProbe

MOST_ROLES = 60
"""Roles that are probed: those that something in scope names before those that are only members of one."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProbedRoles:
    """Roles at both ends, in the same order.

    Attributes:
        source, target: whose privileges are compared.
        probed: names, as the target has them, of those that both ends let us take on.
        not_probed: the others, each with the reason.
        not_compared: of these, those whose privileges are not compared either, each with the reason.
        denied: of these, those that both ends have, and that one end does not let us take on.
        unknown: roles that identities name and the source does not have, or only as the server's own.
    """

    source: tuple[RoleToProbe, ...]
    target: tuple[RoleToProbe, ...]
    probed: frozenset[str]
    not_probed: tuple[str, ...]
    not_compared: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


async def choose_roles(
    source: Session,
    target: Session,
    schemas: tuple[Sequence[str], Sequence[str]],
    choices: RoleChoices,
    named: Sequence[str],
) -> ProbedRoles:
    """Return the roles to compare.

    Args:
        source, target: each in a transaction.
        schemas: in scope, at the source and at the target.
        choices: which say what role stands in which one's place.
        named: roles of the source that identities name.
    """
    at_source = {role.name: role for role in await read_roles(source, schemas[0], named)}
    named_there = [choices.target_of(name) for name in (*at_source, *named)]
    at_target = {role.name: role for role in await read_roles(target, schemas[1], named_there)}
    # Those that only the target's objects name may be at the source all the same.
    again = [name for name in at_target if name not in set(named_there)]
    if again:
        at_source |= {role.name: role for role in await read_roles(source, schemas[0], [*named, *again])}
    pairs = []
    left: list[tuple[str, str]] = []
    us = {choices.target_of(await _login(source)), await _login(target)}
    for name, role in at_source.items():
        other = at_target.get(choices.target_of(name))
        if other is None:
            left.append((name, "only the source has it, or only there it has to do with what is in scope"))
        elif other.name in us and not (role.superuser and other.superuser):
            # Who creates roles is a member of them afterwards (CREATEROLE, since PostgreSQL 16).
            left.append((other.name, "we connect as it, and it may have become a member of others by that"))
        elif role.superuser and other.superuser:
            left.append((other.name, "a superuser, whom nothing is denied"))
        else:
            pairs.append((role, other))
    unknown = tuple(name for name in dict.fromkeys(named) if name not in at_source)
    of_identities = [
        _line(name, "an identity names it, and the source has no such role of yours") for name in unknown
    ]
    taken = {other.name for _, other in pairs} | {choices.target_of(name) for name in at_source}
    left += [
        (name, "only the target has it, or only there it has to do with what is in scope")
        for name in at_target
        if name not in taken
    ]
    pairs.sort(key=lambda pair: (not (pair[0].named or pair[1].named), pair[1].name))
    left += [(other.name, f"more than {MOST_ROLES} roles") for _, other in pairs[MOST_ROLES:]]
    pairs = pairs[:MOST_ROLES]
    probed = []
    denied = []
    lines = [*(_line(name, reason) for name, reason in left), *of_identities]
    for role, other in pairs:
        reason = next(_against(role, other, choices), None)
        if reason is None:
            probed.append(other.name)
            continue
        lines.append(_line(other.name, reason))
        if not (role.settable and other.settable):
            denied.append(other.name)
    return ProbedRoles(
        source=tuple(role for role, _ in pairs),
        target=tuple(other for _, other in pairs),
        probed=frozenset(probed),
        not_probed=tuple(lines),
        not_compared=tuple(f"what role {quote_identifier(name)} may do: {reason}" for name, reason in left),
        denied=tuple(denied),
        unknown=unknown,
    )


async def _login(session: Session) -> str:
    return str(await session.value("SELECT session_user::text"))


def _against(source: RoleToProbe, target: RoleToProbe, choices: RoleChoices) -> Iterator[str]:
    for end, role in (("source", source), ("target", target)):
        if not role.settable:
            yield f"whom we connect as at the {end} may not SET ROLE to it"
    if not choices.owners and (source.owner or target.owner):
        yield "it owns objects, and owners were left out, as was asked for"


def _line(role: str, reason: str) -> str:
    return f"what role {quote_identifier(role)} sees and writes: {reason}"
