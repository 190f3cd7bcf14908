"""Both catalogs as they compare under a user's choices about roles: mapped, or without owners.

Consumed by verification, before anything is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from pilotage.model.catalog import Catalog, Policy
from pilotage.model.roles import RoleChoices

R = TypeVar("R", bound=msgspec.Struct)

OWNERS_LEFT_OUT = "owners: objects belong to whoever created them on the target, as was asked for"

SUPERUSERS_LEFT_OUT = "event triggers, subscriptions, publications of all tables: left out, as was asked for"

_WITH_OWNERS = ("schemas", "types", "tables", "sequences", "views", "routines")


def with_roles_chosen(source: Catalog, target: Catalog, choices: RoleChoices) -> tuple[Catalog, Catalog]:
    """Return the source as the target is to be, and the target without what is not compared."""
    if not choices.superuser:
        source, target = (msgspec.structs.replace(end, event_triggers=()) for end in (source, target))
    if choices.owners and not choices.mapping:
        return source, target
    if not choices.owners:
        return _mapped(source, choices.target_of, lambda _: ""), _mapped(target, str, lambda _: "")
    return _mapped(source, choices.target_of, choices.target_of), target


def _mapped(catalog: Catalog, role: Callable[[str], str], owner: Callable[[str], str]) -> Catalog:
    owned = {
        field: tuple(
            msgspec.structs.replace(each, owner=owner(each.owner)) for each in getattr(catalog, field)
        )
        for field in _WITH_OWNERS
    }
    return msgspec.structs.replace(
        catalog, policies=tuple(_with_roles(policy, role) for policy in catalog.policies), **owned
    )


def _with_roles(policy: Policy, role: Callable[[str], str]) -> Policy:
    return msgspec.structs.replace(policy, roles=tuple(sorted({role(each) for each in policy.roles})))
