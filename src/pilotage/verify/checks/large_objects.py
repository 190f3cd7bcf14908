"""The check of large objects, which belong to the database; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_large_objects(source: Catalog, target: Catalog) -> Check:
    """Compare how many large objects there are: all that can be said of a source that is a catalog alone."""
    there = source.server.large_objects or target.server.large_objects
    return compare_objects(
        source,
        target,
        name="large-objects",
        title="Large objects",
        method="their number",
        describe=_describe,
        not_checked=["large objects: only their number was compared"] if there else (),
        incomplete=bool(there),
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    yield Described(kind="large", name="objects", facts={"number": str(catalog.server.large_objects)})
