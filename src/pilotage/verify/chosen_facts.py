"""Both ends' facts as they compare under a user's choices about roles: mapped, or without some of them.

Consumed by verification, before facts are compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from pilotage.model.facts import Described, Facts
from pilotage.model.names import quote_identifier
from pilotage.model.roles import RoleChoices

PRIVILEGES = ("privileges of ", "changed privileges of ", "MAINTAIN of ")
"""What facts about privileges begin with."""

# A role's name, as quote_ident() gives it, in the facts and objects that name one.
_ROLE = r'"(?:[^"]|"")*"|[a-z_][a-z0-9_]*'
_GRANTEE = re.compile(rf"((?:privileges|MAINTAIN) of )({_ROLE})(?= on |\Z)")
_GRANTOR = re.compile(rf"( GRANTED BY )({_ROLE})(?=; |\Z)")
_OF_ROLE = {
    "default acl": re.compile(rf"\A(for role )({_ROLE})(?= )"),
    "user mapping": re.compile(rf"\A()({_ROLE})(?= on server )"),
    "role": re.compile(rf"\A()({_ROLE})\Z"),
}
_OWN = tuple(f"{each}the owner" for each in PRIVILEGES)


def with_facts_chosen(source: Facts, target: Facts, choices: RoleChoices) -> tuple[Facts, Facts]:
    """Return the source's facts as the target's are to be, and both without what is not compared."""
    if choices.mapping:
        source = _each(source, _Renaming(choices).renamed)
    if not choices.superuser:
        source, target = (_each(end, _unless_superusers) for end in (source, target))
    if not choices.database_settings:
        source, target = (_each(end, _unless_database) for end in (source, target))
    if not choices.tablespaces:
        source, target = (_each(end, _without_tablespace) for end in (source, target))
    if not choices.privileges:
        source, target = (_each(end, _without_privileges) for end in (source, target))
    if not choices.owners:
        # What the source's owners may do stands on the target as granted to them, since they own nothing.
        owners = {
            (each.kind, each.object): quote_identifier(each.facts["owner"])
            for found in source.objects.values()
            for each in found
            if "owner" in each.facts
        }
        source, target = (
            _each(end, lambda described: _without_owner(described, owners)) for end in (source, target)
        )
    return source, target


def _each(facts: Facts, change: Callable[[Described], Described | None]) -> Facts:
    """Return the facts with each object changed, or left out where nothing becomes of it."""
    objects, additions = (
        {
            name: tuple(changed for described in found if (changed := change(described)) is not None)
            for name, found in queries.items()
        }
        for queries in (facts.objects, facts.additions)
    )
    return msgspec.structs.replace(facts, objects=objects, additions=additions)


def _unless_database(described: Described) -> Described | None:
    return None if described.kind == "database" else described


def _unless_superusers(described: Described) -> Described | None:
    """Leave out what a migration without a superuser does, as far as the facts tell it."""
    if described.kind in {"event trigger", "subscription", "publication namespace"}:
        return None
    return None if described.facts.get("all tables") == "true" else described


def _without_tablespace(described: Described) -> Described:
    return _keeping(described, lambda fact: fact != "tablespace")


def _without_privileges(described: Described) -> Described | None:
    if described.kind == "default acl":
        return None
    return _keeping(described, lambda fact: not fact.startswith(PRIVILEGES))


def _without_owner(described: Described, owners: Mapping[tuple[str, str], str]) -> Described:
    owner = owners.get((described.kind, described.object))
    waived = {"owner", *_OWN, *(f"{each}{owner}" for each in PRIVILEGES)}
    return _keeping(described, lambda fact: fact not in waived)


def _keeping(described: Described, kept: Callable[[str], bool]) -> Described:
    facts = {fact: value for fact, value in described.facts.items() if kept(fact)}
    return msgspec.structs.replace(described, facts=facts)


class _Renaming:
    """The source's roles, called as those that stand in their place."""

    def __init__(self, choices: RoleChoices) -> None:
        self._choices = choices
        self._quoted = {
            quote_identifier(each.source): quote_identifier(each.target) for each in choices.mapping
        }

    def renamed(self, described: Described) -> Described:
        pattern = _OF_ROLE.get(described.kind)
        return msgspec.structs.replace(
            described,
            object=self._in(pattern, described.object) if pattern else described.object,
            facts={
                self._in(_GRANTEE, fact): self._value(fact, value) for fact, value in described.facts.items()
            },
        )

    def _value(self, fact: str, value: str) -> str:
        if fact == "owner":
            return self._choices.target_of(value)
        return self._in(_GRANTOR, value) if fact.startswith(PRIVILEGES) else value

    def _in(self, pattern: re.Pattern[str], text: str) -> str:
        return pattern.sub(lambda match: match[1] + self._quoted.get(match[2], match[2]), text)
