"""The check of what the configuration expects, at both ends; consumed by verification.

How such numbers are counted is decided in :mod:`pilotage.plan.findings`, which holds them against a plan too.
"""

from __future__ import annotations

import time

import msgspec

from pilotage.config.records import Expectations
from pilotage.model.catalog import Catalog, Table, TableKind
from pilotage.model.verdict import Check, Difference
from pilotage.plan import partition_root
from pilotage.plan.findings import expectation_findings
from pilotage.verify.comparison import outcome_of

NAME = "expectations"


def check_expectations(
    source: Catalog, target: Catalog, expect: Expectations, *, rows_counted: bool = True
) -> Check:
    """Hold the numbers that the user expects against both ends, those of rows where rows were counted."""
    began = time.perf_counter()
    not_checked = []
    if not rows_counted and (expect.rows is not None or expect.rows_of):
        expect = msgspec.structs.replace(expect, rows=None, rows_of={})
        not_checked.append("expected numbers of rows: rows were not counted")
    uncounted = {table.name for end in (source, target) for table in end.tables if _is_uncounted(table)}
    incomplete = bool(uncounted) and (expect.rows is not None or bool(expect.rows_of))
    if incomplete:
        expect = msgspec.structs.replace(expect, rows=None, rows_of={})
        names = ", ".join(map(str, sorted(uncounted)[:5]))
        not_checked.append(f"expected numbers of rows: not all rows were counted, such as those of {names}")
    differences = [
        Difference(
            object=finding.object,
            fact=f"expected of the {place}",
            expected=finding.expected,
            found=finding.found or finding.message,
        )
        for place, catalog in (("source", source), ("target", target))
        for finding in expectation_findings(catalog, expect, partition_root(catalog))
    ]
    named = sum(number is not None for number in (expect.tables, expect.foreign_keys, expect.rows))
    return Check(
        name=NAME,
        title="Expectations",
        method="the numbers that pilotage.toml expects, at each end",
        compared=2 * (named + len(expect.rows_of)),
        outcome=outcome_of(differences, incomplete=incomplete),
        differences=tuple(differences),
        seconds=time.perf_counter() - began,
        not_checked=tuple(not_checked),
    )


def _is_uncounted(table: Table) -> bool:
    return table.kind is TableKind.TABLE and table.rows is None
