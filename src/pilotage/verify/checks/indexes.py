"""The check of indexes, whether or not a constraint owns them; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects, yes_or_no


def compare_indexes(source: Catalog, target: Catalog) -> Check:
    """Compare indexes by definition and validity; an index left invalid by a failed build is a difference."""
    return compare_objects(
        source,
        target,
        name="indexes",
        title="Indexes",
        method="definition as the server prints it, primary, valid",
        describe=_describe,
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    for index in catalog.indexes:
        yield Described(
            kind="index",
            name=str(index.name),
            within=index.table,
            facts={
                "definition": Fact(index.definition, comparable(index.definition)),
                "primary": yes_or_no(index.primary),
                "valid": yes_or_no(index.valid),
            },
        )
