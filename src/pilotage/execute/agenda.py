"""The agenda: which steps may run now, and which of them first.

A pure data structure that the runner asks; it reaches no server.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from pilotage.errors import UsageError
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Edge, Step

_Ready: TypeAlias = tuple[tuple[int, int], str]
"""A step's place in the order of urgency, and its id."""


class Agenda:
    """Hands out steps whose predecessors are done, longest remaining path first.

    Of the steps that lock the same table, one is out at a time: two foreign keys between the same tables
    would each hold one and wait for the other. Edges to and from steps that are not on the agenda are of
    another stage and order nothing here.

    Raises:
        UsageError: the edges form a cycle, so some steps could never run.
    """

    def __init__(self, steps: Iterable[Step], edges: Iterable[Edge]) -> None:
        self._steps = {step.id: step for step in steps}
        self._after: dict[str, list[str]] = defaultdict(list)
        self._waits: dict[str, int] = dict.fromkeys(self._steps, 0)
        for before, after in sorted({(edge.before, edge.after) for edge in edges}):
            if before in self._steps and after in self._steps:
                self._after[before].append(after)
                self._waits[after] += 1
        remaining = self._remaining_weights()
        self._place = {name: (-remaining[name], number) for number, name in enumerate(self._steps)}
        self._ready: list[_Ready] = [
            (self._place[name], name) for name, waits in self._waits.items() if waits == 0
        ]
        heapq.heapify(self._ready)
        self._locked: set[QualifiedName] = set()
        # Steps that found a table locked, each under one such table. While the table is free, the most urgent
        # of them is among the ready ones, and only that one: a table may be locked by thousands of steps.
        self._parked: dict[QualifiedName, list[_Ready]] = defaultdict(list)
        self._parked_under: dict[str, QualifiedName] = {}
        self._left = len(self._steps)
        self._running = 0

    def _remaining_weights(self) -> dict[str, int]:
        """Return for each step the weight of the heaviest path that begins with it."""
        waits = dict(self._waits)
        order = [name for name, count in waits.items() if count == 0]
        for name in order:
            for after in self._after[name]:
                waits[after] -= 1
                if waits[after] == 0:
                    order.append(after)
        if len(order) < len(self._steps):
            stuck = sorted(set(self._steps).difference(order))
            raise UsageError(
                f"{len(stuck)} steps of the plan wait for each other, {stuck[0]} among them; "
                "make the plan again with `pilotage plan`"
            )
        remaining: dict[str, int] = {}
        for name in reversed(order):
            behind = max((remaining[after] for after in self._after[name]), default=0)
            remaining[name] = self._steps[name].cost.weight + behind
        return remaining

    def __len__(self) -> int:
        """Steps that are not done."""
        return self._left

    def take(self) -> Step | None:
        """Return the most urgent step that may run, or None where there is none at the moment."""
        while self._ready:
            ready = heapq.heappop(self._ready)
            step = self._steps[ready[1]]
            was_under = self._parked_under.pop(step.id, None)
            locked = next((table for table in step.locks if table in self._locked), None)
            if locked is None:
                self._locked.update(step.locks)
                self._running += 1
                return step
            heapq.heappush(self._parked[locked], ready)
            self._parked_under[step.id] = locked
            if was_under is not None and was_under not in self._locked:
                self._unpark(was_under)
        return None

    def _unpark(self, table: QualifiedName) -> None:
        if self._parked[table]:
            heapq.heappush(self._ready, heapq.heappop(self._parked[table]))

    @property
    def waiting(self) -> bool:
        """Whether a step that runs now may yet make others ready."""
        return self._running > 0

    def done(self, step: Step) -> None:
        """Note that a step is complete, which may make others ready."""
        self._left -= 1
        self._running -= 1
        for table in step.locks:
            self._locked.discard(table)
            self._unpark(table)
        for after in self._after[step.id]:
            self._waits[after] -= 1
            if self._waits[after] == 0:
                heapq.heappush(self._ready, (self._place[after], after))
