"""The check of row level security policies; consumed by the comparison of catalogs.

Whether a table's row level security is enabled is a fact of the table.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.names import quote_identifier, quote_identifiers
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_policies(source: Catalog, target: Catalog) -> Check:
    """Compare policies: a restrictive one that came back permissive opens what it closed."""
    return compare_objects(
        source,
        target,
        name="policies",
        title="Policies",
        method="command, permissive or restrictive, roles, USING and WITH CHECK as the server prints them",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for policy in catalog.policies:
        yield Described(
            kind="policy",
            name=f"{quote_identifier(policy.name)} on {policy.table}",
            within=policy.table,
            facts={
                "command": policy.command,
                "as": "permissive" if policy.permissive else "restrictive",
                "roles": quote_identifiers(policy.roles),
                "using": _expression(policy.using),
                "with check": _expression(policy.with_check),
            },
        )


def _expression(printed: str | None) -> Fact:
    return Fact("none", None) if printed is None else Fact(printed, comparable(printed))
