"""What planning finds worth a person's eye, besides the order: expectations not met, keys without an index.

Consumed by the building of a plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pilotage.config.patterns import parse_pattern
from pilotage.config.records import Expectations
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName, quote_identifier, quote_identifiers
from pilotage.model.review import Finding, FindingKind


def expectation_findings(
    catalog: Catalog, expect: Expectations, root: Mapping[QualifiedName, QualifiedName]
) -> Iterable[Finding]:
    """Return one finding for each number that is not as the configuration expects."""
    rows: dict[QualifiedName, int] = dict.fromkeys(sorted(set(root.values())), 0)
    for table in catalog.tables:
        rows[root[table.name]] += table.rows or 0
    for what, expected, found in (
        ("tables", expect.tables, len(rows)),
        ("foreign keys", expect.foreign_keys, count_keys_within(catalog)),
        ("rows", expect.rows, catalog.total_rows),
    ):
        if expected is not None and expected != found:
            message = f"the source has {_more(found, expected)} than expected"
            yield _difference(what, message, expected, str(found))
    namesakes: dict[str, list[QualifiedName]] = defaultdict(list)
    for name in rows:
        namesakes[name.name].append(name)
    for text, wanted in sorted(expect.rows_of.items()):
        pattern = parse_pattern(text)
        named = [name for name in namesakes.get(pattern.name.literal or "", ()) if pattern.matches(name)]
        if len(named) == 1:
            found = rows[named[0]]
            if found != wanted:
                message = f"it has {_more(found, wanted)} rows than expected"
                yield _difference(str(named[0]), message, wanted, str(found))
        elif named:
            which = " or ".join(map(str, named))
            yield _difference(text, f"several tables in scope are called that; write {which}", wanted, "")
        else:
            yield _difference(text, "no table in scope is called that", wanted, "")


def _more(found: int, expected: int) -> str:
    return "more" if found > expected else "fewer"


def count_keys_within(catalog: Catalog) -> int:
    """Return how many foreign keys have both ends in scope."""
    tables = {table.name for table in catalog.tables}
    return sum(key.table in tables and key.referenced in tables for key in catalog.foreign_keys)


def _difference(what: str, message: str, expected: int, found: str) -> Finding:
    return Finding(
        kind=FindingKind.EXPECTATION, object=what, message=message, expected=str(expected), found=found
    )


def source_findings(catalog: Catalog, root: Mapping[QualifiedName, QualifiedName]) -> Iterable[Finding]:
    """Return what a person may want to mend at the source before, or at the target after."""
    for key in catalog.foreign_keys:
        if not key.indexed:
            yield Finding(
                kind=FindingKind.UNINDEXED_KEY,
                object=f"{key.table} {quote_identifier(key.name)}",
                message=f"no index of {key.table} begins with ({quote_identifiers(key.columns)}): "
                f"each row deleted from {key.referenced} reads the whole table",
            )
    # A partition that waits for its rows is nothing to look at; a table without any may be.
    empty = set(root.values())
    for table in catalog.tables:
        if table.rows != 0:
            empty.discard(root[table.name])
    for name in sorted(empty):
        yield Finding(
            kind=FindingKind.EMPTY_TABLE,
            object=str(name),
            message="it holds no rows; it is created all the same",
        )
