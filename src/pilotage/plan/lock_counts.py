"""How many relations a step locks until its transaction ends.

Consumed by preflight and by the SQL files, each of which is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.plan import AddConstraint, BuildIndex, RunDdl, Step

_OF_A_TABLE = 3
"""Relations that creating a table may lock: itself, its TOAST table and that one's index."""


def relations_locked(steps: Iterable[Step]) -> int:
    """Return about how many relations the steps lock together.

    Foreign keys count nothing: both their tables are counted where they are created.
    """
    return sum(map(_locked, steps))


def _locked(step: Step) -> int:
    match step:
        case RunDdl(kind="TABLE" | "MATERIALIZED VIEW"):
            return _OF_A_TABLE
        case RunDdl(kind="VIEW" | "SEQUENCE" | "FOREIGN TABLE") | BuildIndex() | AddConstraint():
            return 1
        case _:
            return 0
