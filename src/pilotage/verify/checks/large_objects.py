"""The check of large objects, which belong to the database; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_large_objects(source: Catalog, target: Catalog) -> Check:
    """Compare how many large objects there are; their contents and owners are not read."""
    return compare_objects(
        source, target, name="large-objects", title="Large objects", method="their number", describe=_describe
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    yield Described(kind="large", name="objects", facts={"number": str(catalog.server.large_objects)})
