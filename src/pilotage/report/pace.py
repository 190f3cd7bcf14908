"""How fast a run does each kind of work, and what that says of the time left.

Consumed by :mod:`pilotage.report.tally`. A plan's weights say how the steps of one kind compare; how long the
kind takes is measured. Of kinds that were not measured yet, nothing is claimed.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import assert_never

from pilotage.model.plan import (
    AddConstraint,
    AddForeignKey,
    AnalyzeTable,
    ApplyFix,
    BuildIndex,
    LoadLargeObjects,
    LoadTable,
    Plan,
    RefreshView,
    RunDdl,
    SetSequence,
    Step,
    ValidateForeignKey,
)
from pilotage.report.forecast import ELSEWHERE, NOTHING, UNKNOWN, Range, Speed, longest_chain, side_by_side
from pilotage.report.running import Running

_LITTLE = 0.1
"""Share of all there is up to which a kind of work may be guessed that was not measured."""

_LARGE_SHARE = 0.005
"""Share of all weight from which a step may decide how long the longest chain of steps is."""


def kind_of_work(step: Step) -> str | None:
    """Return the kind of a step's work; None for what takes no time that counts."""
    match step:
        case LoadTable():
            kind: str | None = "rows"
        case LoadLargeObjects():
            kind = "large objects"
        case BuildIndex(method=method):
            kind = f"{method} indexes"
        case AddConstraint():
            kind = "constraints"
        case AddForeignKey():
            kind = "foreign keys"
        case ValidateForeignKey():
            kind = "checks of foreign keys"
        case RefreshView():
            kind = "materialized views"
        case AnalyzeTable():
            kind = "statistics"
        case RunDdl() | SetSequence() | ApplyFix():
            kind = None
        case _:
            assert_never(step)
    return kind


class Pace:
    """Speeds by kind of work, and the weight that is left of each."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._weights: dict[str, int] = {}
        self._large: frozenset[str] = frozenset()
        self._after: Mapping[str, list[str]] = {}
        self._left: dict[str, float] = {}
        self._left_of_kind: dict[str, float] = defaultdict(float)
        self._speeds: dict[str, Speed] = defaultdict(Speed)
        self._at_work = 0
        self._at_work_since = 0.0
        self._busy = 0.0
        self._busy_seconds = 0.0

    def follow(self, plan: Plan) -> None:
        """Learn what the steps are and how they compare."""
        kinds = [(step, kind) for step in plan.steps if (kind := kind_of_work(step)) is not None]
        self._kinds = {step.id: kind for step, kind in kinds}
        self._weights = {step.id: step.cost.weight for step, _ in kinds}
        least = max(1.0, sum(self._weights.values()) * _LARGE_SHARE)
        self._large = frozenset(step for step, weight in self._weights.items() if weight >= least)
        after = defaultdict(list)
        for edge in plan.edges:
            if edge.before in self._large and edge.after in self._large:
                after[edge.before].append(edge.after)
        self._after = after
        self.set_done((), {})

    def set_done(self, done: Collection[str], partly: Mapping[str, float]) -> None:
        """Learn what was done without having been measured here.

        Args:
            done: ids of steps.
            partly: by step, the share that is done.
        """
        gone = set(done)
        self._left = {
            step: weight * (1 - partly.get(step, 0.0))
            for step, weight in self._weights.items()
            if step not in gone
        }
        self._left_of_kind = defaultdict(float)
        for step, left in self._left.items():
            self._left_of_kind[self._kinds[step]] += left

    def finish_part(self, step: str, share: float, seconds: float) -> None:
        """Note that a share of a step took so long, and is done."""
        if step in self._left:
            self._measure(step, min(self._left[step], self._weights[step] * share), seconds)

    def finish(self, step: str, seconds: float) -> None:
        """Note that a step, or what was left of it, took so long, and is done."""
        if step in self._left:
            self._measure(step, self._left[step], seconds)
            del self._left[step]

    def _measure(self, step: str, weight: float, seconds: float) -> None:
        kind = self._kinds[step]
        self._left[step] -= weight
        self._left_of_kind[kind] -= weight
        self._speeds[kind] = self._speeds[kind].with_piece(weight, seconds)

    def note_at_work(self, connections: int, now: float) -> None:
        """Note how many connections are at work from now on."""
        if self._at_work:
            self._busy_seconds += now - self._at_work_since
            self._busy += self._at_work * (now - self._at_work_since)
        self._at_work, self._at_work_since = connections, now

    def time_left(self, running: Mapping[str, Running], connections: int, now: float) -> Range:
        """Return how long what is left takes, if it goes on as before.

        Args:
            running: what is at work.
            connections: that may be at work at once.
        """
        speeds = dict(self._speeds)
        at_work = {step: each for step, each in running.items() if step in self._left}
        for step, each in at_work.items():
            # Of a step in parts, those that are done were measured.
            if each.rows_before == 0 and (share := each.share()):
                kind = self._kinds[step]
                piece = (self._weights[step] * share, (now - each.since) * each.hands)
                speeds[kind] = speeds.get(kind, Speed()).with_piece(*piece)
        left_of_kind = dict(self._left_of_kind)
        alone: dict[str, Range] = {}
        for step, each in at_work.items():
            kind = self._kinds[step]
            left_of_kind[kind] -= self._left[step]
            alone[step] = self._rest(step, each, speeds.get(kind, Speed()), now)
        all_work = NOTHING
        for rest in alone.values():
            all_work = all_work.and_then(rest)
        guess = self._guess(speeds)
        for kind, weight in left_of_kind.items():
            # What is left of sums of shares may be a fraction of a byte.
            all_work = all_work.and_then(guess(kind, weight if weight >= 1 else 0))
        large = {
            step: alone.get(step) or guess(self._kinds[step], self._left[step])
            for step in self._large
            if step in self._left
        }
        chain = longest_chain(large, self._after)
        busy = self._busy / self._busy_seconds if self._busy_seconds else 1.0
        return side_by_side(all_work, chain, max(connections, self._at_work), busy)

    def _guess(self, speeds: Mapping[str, Speed]) -> Callable[[str, float], Range]:
        """Return what tells how long some work takes.

        Where a kind that was not measured is little beside all there is, the plan's weights must do: they
        compare kinds roughly, and an index whose expression is slow is beyond them.
        """
        everything = functools.reduce(Speed.and_also, speeds.values(), Speed())
        little = _LITTLE * sum(self._weights.values())

        def guess(kind: str, weight: float) -> Range:
            found = speeds.get(kind, Speed()).time_for(weight)
            if found is UNKNOWN and self._left_of_kind[kind] <= little:
                pooled = everything.time_for(weight)
                found = Range(pooled.low / ELSEWHERE, pooled.high * ELSEWHERE)
            return found

        return guess

    def _rest(self, step: str, running: Running, speed: Speed, now: float) -> Range:
        """Return how long a step at work still takes."""
        share = running.share()
        if share is not None:
            return speed.time_for(self._weights[step] * max(0.0, 1 - share))
        elapsed = now - running.since
        whole = speed.time_for(self._left[step])
        phase = running.phase_left(now)
        # One that takes longer than it should may take as long again; who could say?
        high = max(whole.high - elapsed, elapsed, phase) if whole is not UNKNOWN else UNKNOWN.high
        return Range(max(0.0, whole.low - elapsed, phase), high)
