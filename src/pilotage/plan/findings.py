"""What planning finds worth a person's eye, besides the order: expectations not met, keys without an index.

Consumed by the building of a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pilotage.config.patterns import parse_pattern
from pilotage.config.records import Expectations
from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.names import QualifiedName, quote_identifiers
from pilotage.model.review import Finding, FindingKind


def expectation_findings(
    catalog: Catalog, expect: Expectations, root: Mapping[QualifiedName, QualifiedName]
) -> Iterable[Finding]:
    """Return one finding for each number that is not as the configuration expects."""
    tables = {name for name in root if root[name] == name}
    for what, expected, found in (
        ("tables", expect.tables, len(tables)),
        ("foreign keys", expect.foreign_keys, _keys_within(catalog)),
        ("rows", expect.rows, catalog.total_rows),
    ):
        if expected is not None and expected != found:
            yield _difference(what, f"the source has {found:,} {what}, not {expected:,}", expected, found)
    rows: dict[QualifiedName, int] = dict.fromkeys(tables, 0)
    for table in catalog.tables:
        rows[root[table.name]] += table.rows or 0
    for text, wanted in sorted(expect.rows_of.items()):
        pattern = parse_pattern(text)
        named = [name for name in tables if pattern.matches(name)]
        if len(named) != 1:
            how = "there is no such table" if not named else "there are several such tables"
            yield _difference(text, f"{how} in scope, and {wanted:,} rows were expected of it", wanted, 0)
        elif rows[named[0]] != wanted:
            found = rows[named[0]]
            yield _difference(str(named[0]), f"it has {found:,} rows, not {wanted:,}", wanted, found)


def _keys_within(catalog: Catalog) -> int:
    """Return how many foreign keys have both ends in scope."""
    tables = {table.name for table in catalog.tables}
    return sum(key.table in tables and key.referenced in tables for key in catalog.foreign_keys)


def _difference(what: str, message: str, expected: int, found: int) -> Finding:
    return Finding(
        kind=FindingKind.EXPECTATION, object=what, message=message, expected=str(expected), found=str(found)
    )


def source_findings(catalog: Catalog) -> Iterable[Finding]:
    """Return what a person may want to mend at the source before, or at the target after."""
    for key in catalog.foreign_keys:
        if not key.indexed:
            yield Finding(
                kind=FindingKind.UNINDEXED_KEY,
                object=f"{key.table} {key.name}",
                message=f"no index of {key.table} begins with ({quote_identifiers(key.columns)}): "
                f"each row deleted from {key.referenced} reads the whole table",
            )
    for table in catalog.tables:
        if table.kind is TableKind.TABLE and table.rows == 0:
            yield Finding(
                kind=FindingKind.EMPTY_TABLE,
                object=str(table.name),
                message="it holds no rows; it is created all the same",
            )
