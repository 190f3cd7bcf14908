"""The check of types that users made; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects


def compare_types(source: Catalog, target: Catalog) -> Check:
    """Compare types by kind, owner and what they consist of, in order."""
    return compare_objects(
        source,
        target,
        name="types",
        title="Types",
        method="kind, owner; an enum's labels, a domain's base type, a composite's attributes, in order",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for user_type in catalog.types:
        # Labels are data, and compared as they are; the rest is printed expressions and type names.
        detail = user_type.detail
        if user_type.kind != "enum":
            compared: tuple[object, ...] = tuple(comparable(part) for part in detail)
        else:
            compared = detail
        yield Described(
            kind=f"{user_type.kind} type" if user_type.kind != "domain" else "domain",
            name=str(user_type.name),
            facts={"owner": user_type.owner, "detail": Fact(", ".join(detail), compared)},
        )
