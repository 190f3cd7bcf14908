"""The check of indexes, whether or not a constraint owns them; consumed by the comparison of catalogs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilotage.catalog.invalid_indexes import unfinished_indexes
from pilotage.compare.definitions import comparable
from pilotage.model.catalog import Catalog
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, Fact, compare_objects, yes_or_no


def compare_indexes(source: Catalog, target: Catalog) -> Check:
    """Compare indexes by definition and validity; an index left invalid by a failed build is a difference.

    One that is invalid at the source already is not expected at the target, and not a difference where that
    lacks it; it is named among what was not checked.
    """
    there = {index.name for index in target.indexes}
    left_out = {index.name for index in unfinished_indexes(source) if index.name not in there}
    expected = tuple(index for index in source.indexes if index.name not in left_out)
    return compare_objects(
        msgspec.structs.replace(source, indexes=expected),
        target,
        name="indexes",
        title="Indexes",
        method="definition as the server prints it, primary, valid",
        describe=_describe,
        not_checked=(
            f"index {name}: it is invalid at the source, so it is not expected at the target"
            for name in sorted(left_out)
        ),
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
