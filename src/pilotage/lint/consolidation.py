"""One permissive policy in the place of several, which lets through exactly the same; pure.

Consumed by the rule ``multiple_permissive_policies``. By the rule that :mod:`pilotage.security.rule` tells,
permissive policies are joined by OR, those FOR ALL count for each action, and new rows are held against WITH
CHECK, or against USING where a policy has none. So for each action, the roles are grouped by what holds for
them, and each group gets one policy whose USING and whose WITH CHECK are the others', joined by OR, each
apart. Restrictive policies are never touched, nor is a permissive one that shares no role with another.

A policy for PUBLIC holds for named roles too, and none can be for everybody but them: beside a named role,
PUBLIC is replaced by the other roles that have the right to the action, as of now.

A policy for a role also holds for its members, so what is for the role is never copied to a member, who may
leave; where a member would keep several, nothing is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from pilotage.lint.key_index_fixes import LONGEST, shortened
from pilotage.lint.reading import PolicyRoles, RestrainedRole
from pilotage.model.lint import Fix
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers, quote_literal

PUBLIC = "public"
"""Stands for everybody; no role can have that name."""

ACTIONS = ("SELECT", "INSERT", "UPDATE", "DELETE")

EVERYTHING = "true"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as CREATE POLICY takes it.

    Attributes:
        command: one of :data:`ACTIONS`, or ``ALL``.
        roles: their names; :data:`PUBLIC` for everybody.
        using, with_check: as SQL; None where there is none.
    """

    name: str
    command: str
    permissive: bool = True
    roles: tuple[str, ...]
    using: str | None = None
    with_check: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidation:
    """What replaces some of a table's policies.

    Attributes:
        created: the new policies.
        dropped: those that they replace.
        instead_of_public: the roles, other than named ones, that stand where PUBLIC stood; None where PUBLIC
            stands for all whom it stood for.
    """

    created: tuple[Policy, ...]
    dropped: tuple[Policy, ...]
    instead_of_public: tuple[str, ...] | None


class UndecidedError(Exception):
    """No exact replacement exists; the message says why, and what a person has to decide."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Roles for which the same policies hold, for one action."""

    action: str
    roles: tuple[str, ...]
    policies: tuple[Policy, ...]


def consolidated(
    table: QualifiedName, policies: Iterable[Policy], reach: PolicyRoles
) -> Consolidation | None:
    """Return policies with which no role has two permissive ones for an action, and what they replace.

    Args:
        table: theirs.
        policies: all of the table.
        reach: whom they restrain.

    Returns:
        None where no role has two.

    Raises:
        UndecidedError: there are no policies that permit the same.
    """
    every = sorted(policies, key=lambda policy: (policy.command != "ALL", policy.name))
    permissive = _permissive(every)
    groups: list[_Group] = []
    others: set[str] | None = None
    for action in ACTIONS:
        counting = [policy for policy in permissive if policy.command in {action, "ALL"}]
        if not _share_a_role(counting, action, reach):
            groups += [_Group(action, policy.roles, (policy,)) for policy in counting]
            continue
        of_action = _groups(action, counting, reach)
        _ensure_one_each(of_action, action, reach)
        groups += of_action
        if any(PUBLIC in policy.roles for policy in counting) and all(
            PUBLIC not in group.roles for group in of_action
        ):
            named = {role for policy in counting for role in policy.roles}
            others = (others or set()) | {role for group in of_action for role in group.roles} - named
    dropped = {
        policy.name
        for group in groups
        for policy in group.policies
        if len(group.policies) > 1 or group.roles != policy.roles
    }
    if not dropped:
        return None
    names = _Names(policy.name for policy in every)
    return Consolidation(
        created=tuple(
            policy
            for group in groups
            if not dropped.isdisjoint(policy.name for policy in group.policies)
            for policy in _merged(table, group, names)
        ),
        dropped=tuple(policy for policy in every if policy.name in dropped),
        instead_of_public=None if others is None else tuple(sorted(others)),
    )


def consolidation_fix(table: QualifiedName, what: Consolidation) -> Fix:
    """Return the statements that replace policies, and those that take it back.

    What is new is created before the old is dropped: both let through the same, so that between any two of
    the statements everybody may do what they may before and after.
    """
    return Fix(
        statements=(*_creating(table, what.created), *_dropping(table, what.dropped)),
        reverse=(*_creating(table, what.dropped), *_dropping(table, what.created)),
    )


# -- who has what -------------------------------------------------------------------------------------------


def _permissive(policies: Iterable[Policy]) -> list[Policy]:
    return [policy for policy in policies if policy.permissive]


def _holds_for(roles: Sequence[str], role: RestrainedRole) -> bool:
    return PUBLIC in roles or role.name in roles or not set(roles).isdisjoint(role.inherits)


def _share_a_role(policies: Sequence[Policy], action: str, reach: PolicyRoles) -> bool:
    """Whether several policies hold for a role, or for everybody."""
    return sum(PUBLIC in policy.roles for policy in policies) > 1 or any(
        sum(_holds_for(policy.roles, role) for policy in policies) > 1
        for role in reach.roles
        if role.named or action in role.actions
    )


def _groups(action: str, policies: Sequence[Policy], reach: PolicyRoles) -> list[_Group]:
    """Group roles by what holds for them.

    Raises:
        UndecidedError: everybody has the right to the action, so that PUBLIC cannot be replaced.
    """
    everybody = tuple(policy for policy in policies if PUBLIC in policy.roles)
    named = sorted({role for policy in policies for role in policy.roles} - {PUBLIC})
    held = {
        role: tuple(policy for policy in policies if PUBLIC in policy.roles or role in policy.roles)
        for role in named
    }
    if everybody:
        for_all = _condition(action, everybody)
        # What is for named roles adds nothing to what is for everybody: USING (true), for instance.
        if all(_condition(action, theirs) == for_all for theirs in held.values()):
            return [_Group(action, (PUBLIC,), tuple(policies))]
        if action in reach.granted_to_public:
            raise UndecidedError(
                f"for {action}, policies for PUBLIC stand beside others for {quote_identifiers(named)}; "
                "PUBLIC can only be replaced by the roles that have the right, and that is PUBLIC's: "
                "grant it to roles, or name those that the policies are meant for"
            )
        held |= dict.fromkeys(_others(action, named, reach), everybody)
    grouped: dict[tuple[str | None, str | None], list[str]] = {}
    for role, theirs in held.items():
        grouped.setdefault(_condition(action, theirs), []).append(role)
    return [
        _Group(
            action,
            tuple(sorted(roles)),
            tuple(policy for policy in policies if any(policy in held[role] for role in roles)),
        )
        for roles in grouped.values()
    ]


def _others(action: str, named: Sequence[str], reach: PolicyRoles) -> list[str]:
    """Return the roles with a right that no policy for the action names, also not one they inherit from."""
    # not: members of one of them, for whom its policy holds; whether they have the right too is not known
    return [
        role.name
        for role in reach.roles
        if action in role.actions and role.name not in named and set(named).isdisjoint(role.inherits)
    ]


def _ensure_one_each(groups: Sequence[_Group], action: str, reach: PolicyRoles) -> None:
    for role in reach.roles:
        theirs = [group for group in groups if _holds_for(group.roles, role)]
        if len(theirs) > 1 and (role.named or action in role.actions):
            of = sorted({each for group in theirs for each in group.roles} & {role.name, *role.inherits})
            raise UndecidedError(
                f"for {action}, role {quote_identifier(role.name)} has policies as a member too (of "
                f"{quote_identifiers([each for each in of if each != role.name])}), and would keep several; "
                "what a role has as a member is not copied to it, since it would stay when the membership "
                "ends: give these roles the same policies, or end the membership"
            )


# -- what they may do ---------------------------------------------------------------------------------------


def _condition(action: str, policies: Sequence[Policy]) -> tuple[str | None, str | None]:
    """Return USING and WITH CHECK of one policy for the action, in the place of several."""
    using = None if action == "INSERT" else _either(policy.using for policy in policies)
    check = _either(map(_check_of, policies)) if action in {"INSERT", "UPDATE"} else None
    return using, check


def _check_of(policy: Policy) -> str | None:
    """Return what a new row is held against."""
    return policy.using if policy.with_check is None else policy.with_check


def _either(expressions: Iterable[str | None]) -> str | None:
    """Join expressions by OR; without any, nothing is let through, and None stands for it."""
    different = list(dict.fromkeys(each for each in expressions if each is not None))
    if EVERYTHING in different:
        return EVERYTHING
    if len(different) < 2:
        return different[0] if different else None
    return " OR ".join(f"({each})" for each in different)


def _merged(table: QualifiedName, group: _Group, names: _Names) -> Iterator[Policy]:
    """Yield the policy in the place of a group's; none where they let nothing through."""
    using, check = _condition(group.action, group.policies)
    if using is None and check is None:
        return
    yield Policy(
        name=names.new(table, group.action, group.roles),
        command=group.action,
        roles=group.roles,
        using=using,
        # one that is missing means USING
        with_check=None if check == using else check,
        comment="\n".join(
            policy.name if policy.comment is None else f"{policy.name}: {policy.comment}"
            for policy in group.policies
        ),
    )


class _Names:
    """Names for new policies: ``<table>_<action>_<roles>``, with ``_2``, ``_3``… where that is taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def new(self, table: QualifiedName, action: str, roles: Sequence[str]) -> str:
        stem = "_".join((table.name, action.lower(), *roles))
        number = 1
        while True:
            ending = "" if number == 1 else f"_{number}"
            name = shortened(stem, LONGEST - len(ending)) + ending
            if name not in self._taken:
                self._taken.add(name)
                return name
            number += 1


# -- SQL ----------------------------------------------------------------------------------------------------


def _creating(table: QualifiedName, policies: Iterable[Policy]) -> Iterator[str]:
    for policy in policies:
        name = quote_identifier(policy.name)
        roles = ", ".join("PUBLIC" if role == PUBLIC else quote_identifier(role) for role in policy.roles)
        yield (
            f"CREATE POLICY {name} ON {table} FOR {policy.command} TO {roles}"
            + ("" if policy.using is None else f" USING ({policy.using})")
            + ("" if policy.with_check is None else f" WITH CHECK ({policy.with_check})")
        )
        if policy.comment is not None:
            yield f"COMMENT ON POLICY {name} ON {table} IS {quote_literal(policy.comment)}"


def _dropping(table: QualifiedName, policies: Iterable[Policy]) -> Iterator[str]:
    return (f"DROP POLICY {quote_identifier(policy.name)} ON {table}" for policy in policies)
