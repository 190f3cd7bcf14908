"""The check of row counts; consumed by the comparison of catalogs.

Contents are not compared here: a check of checksums would be a file of its own beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.catalog import Catalog, TableKind, ViewKind
from pilotage.model.names import QualifiedName
from pilotage.model.verdict import Check
from pilotage.verify.comparison import Described, compare_objects


def compare_rows(source: Catalog, target: Catalog) -> Check:
    """Compare exact row counts of tables and materialized views.

    A partitioned table has no rows but those of its partitions, which are counted each on its own.
    """
    uncounted = sorted({*_uncounted(source), *_uncounted(target)})
    foreign = sum(table.kind is TableKind.FOREIGN for table in source.tables)
    not_checked = [f"rows of {name}: not counted" for name in uncounted]
    if foreign:
        not_checked.append(f"rows of foreign tables ({foreign}): they are in another server")
    return compare_objects(
        source,
        target,
        name="rows",
        title="Rows",
        method="exact count per table and materialized view, each side in one snapshot; of extensions' own "
        "tables those rows that pg_dump would take",
        describe=_describe,
        not_checked=not_checked,
        incomplete=bool(uncounted),
    )


def _describe(catalog: Catalog) -> Iterable[Described]:
    # What one side did not count has no fact there, so it is not compared; nor is the kind, which is the
    # tables' and the views' own check.
    of_extensions = {each.table.name for each in catalog.extension_tables}
    for name, rows in _counts(catalog):
        yield Described(
            kind="rows of",
            name=str(name),
            # No other check would miss a table that is an extension's.
            within=None if name in of_extensions else name,
            facts={} if rows is None else {"rows": str(rows)},
        )


def _counts(catalog: Catalog) -> Iterable[tuple[QualifiedName, int | None]]:
    for table in catalog.tables:
        if table.kind is TableKind.TABLE:
            yield table.name, table.rows
    for view in catalog.views:
        if view.kind is ViewKind.MATERIALIZED:
            yield view.name, view.rows
    for each in catalog.extension_tables:
        yield each.table.name, each.table.rows


def _uncounted(catalog: Catalog) -> Iterable[QualifiedName]:
    """Return what has rows that were not counted; a view that was never filled has none."""
    unfilled = {view.name for view in catalog.views if not view.populated}
    return (name for name, rows in _counts(catalog) if rows is None and name not in unfilled)
