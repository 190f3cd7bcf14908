"""What a run has done so far: as the journal had it at the begin of a pass, and what was added since.

Consumed by the runner and by its passes. It asks no server.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from pilotage.errors import StepFailedError
from pilotage.execute.parts import is_complete
from pilotage.model.journal import Done
from pilotage.model.plan import Plan
from pilotage.model.run import StepResult


class Progress:
    """Which steps are done, which parts of them, and when.

    Attributes:
        done: the ids of the plan's steps that are complete.
        parts: by step, what is recorded of it.
        failures: of steps, in the order in which they failed.
    """

    def __init__(self, plan: Plan, began: float) -> None:
        self._plan = plan
        self._began = began
        self._ended: dict[tuple[str, int], float] = {}
        self.parts: dict[str, list[Done]] = {}
        self.done: set[str] = set()
        self.failures: list[StepFailedError] = []

    def read(self, recorded: Iterable[Done]) -> None:
        """Begin anew with what the journal has."""
        planned = {step.id for step in self._plan.steps}
        parts: defaultdict[str, list[Done]] = defaultdict(list)
        for each in recorded:
            if each.step in planned:
                parts[each.step].append(each)
        self.parts = dict(parts)
        self.done = {step for step, done in parts.items() if is_complete(done)}

    def add(self, recorded: Done) -> bool:
        """Note what a transaction has done, and return whether its step is complete."""
        parts = self.parts.setdefault(recorded.step, [])
        parts.append(recorded)
        self._ended[recorded.step, recorded.first_block] = time.perf_counter() - self._began
        if is_complete(parts):
            self.done.add(recorded.step)
            return True
        return False

    @property
    def rows(self) -> int:
        """Rows that are in."""
        return sum(done.rows for parts in self.parts.values() for done in parts)

    @property
    def bytes(self) -> int:
        """Bytes that were moved for what is in."""
        return sum(done.bytes for parts in self.parts.values() for done in parts)

    def filled(self) -> set[str]:
        """Return the ids of steps that have brought rows."""
        return {step for step, parts in self.parts.items() if any(done.rows for done in parts)}

    def results(self) -> tuple[StepResult, ...]:
        """Return what came of each step that is complete; those of earlier runs as if they began now."""
        return tuple(
            StepResult(
                step=step,
                started=min(
                    max(0.0, self._ended.get((step, done.first_block), 0.0) - done.seconds) for done in parts
                ),
                seconds=self._seconds(step, parts),
                rows=sum(done.rows for done in parts),
                bytes=sum(done.bytes for done in parts),
            )
            for step, parts in self.parts.items()
            if step in self.done
        )

    def _seconds(self, step: str, parts: list[Done]) -> float:
        """Return the wall time of a step: parts may have been copied side by side."""
        if len(parts) == 1:
            return parts[0].seconds
        ends = [self._ended.get((step, done.first_block), 0.0) for done in parts]
        starts = [end - done.seconds for end, done in zip(ends, parts, strict=True)]
        return max(ends) - min(starts)
