"""How long the agenda of a very large migration takes: ``python bench/agenda.py``.

Measures our own work alone: no server is asked, each step is done as soon as it is handed out.
"""

from __future__ import annotations

import random
import time
from collections import deque

from pilotage.execute.agenda import Agenda
from pilotage.execute.limits import Limits
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName
from pilotage.model.plan import (
    AddForeignKey,
    BuildIndex,
    CopyFormat,
    Cost,
    Edge,
    EdgeReason,
    LoadTable,
    Step,
    ValidateForeignKey,
)
from pilotage.model.review import LoadStrategy
from pilotage.plan.costs import STEP_OVERHEAD

TABLES = 20_000
LIMITS = Limits(jobs=4, index_jobs=4)


def main() -> None:
    for title, weights, hub in (
        ("empty tables", [0], 0),
        ("tables of every size", [0, 10**5, 10**6, 10**8], 0),
        ("large tables", [10**7], 0),
        ("every key to one hub", [0, 10**6], TABLES),
    ):
        steps, edges = _work(weights, hub)
        started = time.process_time()
        agenda = Agenda(steps, edges, LIMITS)
        made = time.process_time() - started
        started = time.process_time()
        out: deque[tuple[Step, ...]] = deque()
        batches = 0
        while len(agenda):
            while batch := agenda.take():
                out.append(batch)
                batches += 1
            agenda.done(out.popleft())
        seconds = time.process_time() - started
        print(
            f"{title:<22} {len(steps):>7} steps {len(edges):>7} edges: made in {made:5.2f} s, "
            f"{batches:>6} batches in {seconds:5.2f} s, {seconds / len(steps) * 1e6:5.1f} µs a step"
        )


def _work(weights: list[int], hub: int) -> tuple[list[Step], list[Edge]]:
    chance = random.Random(7)
    steps: list[Step] = []
    edges: list[Edge] = []
    for number in range(TABLES):
        table = _table(number)
        weight = chance.choice(weights) + STEP_OVERHEAD
        load, index, key, check = (f"{what} {number}" for what in ("rows", "index", "key", "check"))
        other = 0 if number < hub else chance.randrange(number + 1)
        steps += [
            LoadTable(
                id=load,
                group="",
                reason="",
                cost=Cost(weight=weight),
                locks=(TableLock(table=table, mode=LockMode.ACCESS_EXCLUSIVE),),
                table=table,
                columns=(),
                strategy=LoadStrategy.PLAIN,
                format=CopyFormat.BINARY,
                format_reason="",
            ),
            *(
                BuildIndex(
                    id=f"{index}.{each}",
                    group="",
                    reason="",
                    cost=Cost(weight=weight),
                    locks=(TableLock(table=table, mode=LockMode.SHARE),),
                    index=table,
                    table=table,
                    method="btree",
                    sql="",
                )
                for each in range(2)
            ),
            AddForeignKey(
                id=key,
                group="",
                reason="",
                cost=Cost(weight=STEP_OVERHEAD),
                locks=tuple(
                    TableLock(table=each, mode=LockMode.SHARE_ROW_EXCLUSIVE)
                    for each in sorted({table, _table(other)})
                ),
                constraint=key,
                table=table,
                referenced=_table(other),
                sql="",
            ),
            ValidateForeignKey(
                id=check,
                group="",
                reason="",
                cost=Cost(weight=weight),
                locks=(
                    TableLock(table=table, mode=LockMode.SHARE_UPDATE_EXCLUSIVE),
                    TableLock(table=_table(other), mode=LockMode.ROW_SHARE),
                ),
                constraint=key,
                table=table,
                referenced=_table(other),
                sql="",
            ),
        ]
        edges += [Edge(load, f"{index}.{each}", EdgeReason.ROWS_FIRST) for each in range(2)]
        edges += [
            Edge(load, key, EdgeReason.BOTH_ENDS),
            Edge(f"rows {other}", key, EdgeReason.BOTH_ENDS),
            Edge(f"index {other}.0", key, EdgeReason.KEY_FIRST),
            Edge(key, check, EdgeReason.DEFINITION),
        ]
    return steps, edges


def _table(number: int) -> QualifiedName:
    return QualifiedName("public", f"table_{number:05}")


if __name__ == "__main__":
    main()
