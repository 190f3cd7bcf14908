"""The agenda: which steps may run now, which of them first, and which of them together.

A pure data structure that the runner asks; it reaches no server.

Small steps come many at once, as a batch that one connection runs in one transaction: a round trip and a
commit for each of them would take longer than the steps. Batches get smaller towards the end, so that all
connections end at about the same time (guided self-scheduling).
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from pilotage.errors import UsageError
from pilotage.execute.held_locks import HeldLocks
from pilotage.execute.limits import Limits, Work, may_share, work_of
from pilotage.model.locks import TableLock
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Edge, Step
from pilotage.model.run import Wait, WaitReason
from pilotage.plan.costs import STEP_OVERHEAD

STEPS_PER_BATCH = 1000
"""Steps that may share a transaction. Each may lock several relations, and the server's lock table has room
for about max_locks_per_transaction (64) x max_connections (100) by default."""

STEPS_IN_BATCHES = 2000
"""Steps of batches that may be out at once, for the same lock table."""

SMALL = 512 * 1024
"""Weight beyond its overhead from which a step comes alone; at least this much is worth a batch."""

LARGEST_BATCH = 32 * 1024 * 1024
"""Weight of a batch beyond which nothing is gained, while others wait for what it locks."""

OVERHEAD_IN_BATCH = 4 * 1024
"""Weight of doing anything at all within a transaction that is open already."""

_Ready: TypeAlias = tuple[tuple[int, int], str]
"""A step's place in the order of urgency, and its id."""


class _Lane(NamedTuple):
    """Steps that are alike in what they count as and in whether they may join a batch."""

    work: Work | None
    small: bool


class _Queue(NamedTuple):
    """Steps of one lane that could not have the same lock."""

    lock: TableLock
    lane: _Lane


class _Batch(NamedTuple):
    """Steps that were handed out together: those that are still out, and what they count as."""

    left: set[str]
    works: list[Work]


class Agenda:
    """Hands out steps whose predecessors are done, longest remaining path first.

    What is out together keeps the limits and PostgreSQL's lock conflicts: two steps that each hold what the
    other waits for would stop for ever. Edges to and from steps that are not on the agenda are of another
    stage and order nothing here.

    Args:
        done: ids of steps that are complete already; what waits for them need not.

    Raises:
        UsageError: the edges form a cycle, so some steps could never run.
    """

    def __init__(
        self,
        steps: Iterable[Step],
        edges: Iterable[Edge],
        limits: Limits,
        done: frozenset[str] = frozenset(),
    ) -> None:
        self._limits = limits
        self._steps = {step.id: step for step in steps if step.id not in done}
        self._after: dict[str, list[str]] = defaultdict(list)
        self._waits: dict[str, int] = dict.fromkeys(self._steps, 0)
        for before, after in sorted({(edge.before, edge.after) for edge in edges}):
            if before in self._steps and after in self._steps:
                self._after[before].append(after)
                self._waits[after] += 1
        remaining = self._remaining_weights()
        self._place = {name: (-remaining[name], number) for number, name in enumerate(self._steps)}
        self._lane = {step.id: _lane_of(step) for step in self._steps.values()}
        self._ready: dict[_Lane, list[_Ready]] = defaultdict(list)
        self._locked = HeldLocks()
        # Steps that found a table locked, each in one such queue, by the topmost table. While a queue's lock
        # can be had, the most urgent of its steps is awake, among the ready ones, and only that one: a table
        # may be locked by thousands of steps.
        self._parked: dict[QualifiedName, dict[_Queue, list[_Ready]]] = defaultdict(dict)
        self._awake: dict[str, _Queue] = {}
        self._has_awake: set[_Queue] = set()
        self._batch_of: dict[str, _Batch] = {}  # of a step that is out
        self._batches_out = 0
        self._out_as: dict[Work, int] = dict.fromkeys(Work, 0)
        self._to_hand_out = sum(map(self._weight, self._steps))
        for name, waits in self._waits.items():
            if waits == 0:
                self._make_ready(name)

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
        """Steps that are not done, those that failed among them."""
        return len(self._steps)

    @property
    def waiting(self) -> bool:
        """Whether a step that runs now may yet make others ready."""
        return self._batches_out > 0

    # -- handing out -----------------------------------------------------------------------------------------

    def take(self) -> tuple[Step, ...]:
        """Return the most urgent steps that may run, in the order in which one connection is to run them.

        One step, or several small ones that are to share a transaction; none where nothing may run at the
        moment.
        """
        if self._batches_out >= self._limits.connections:
            return ()
        first = self._pop()
        if first is None:
            return ()
        batch = [first]
        if self._lane[first].small:
            batch += self._joining(first)
        works = {self._lane[name].work for name in batch}
        out = _Batch(set(batch), [work for work in works if work is not None])
        self._batches_out += 1
        for work in out.works:
            self._out_as[work] += 1
        for name in batch:
            self._batch_of[name] = out
            self._to_hand_out -= self._weight(name)
            self._locked.add(name, self._steps[name].locks)
        return tuple(self._steps[name] for name in batch)

    def _joining(self, first: str) -> Iterator[str]:
        """Yield what joins a batch that begins with a step.

        That is what is ready, and what only waits for steps of the batch.
        """
        room = self._room() - self._weight(first)
        most = min(STEPS_PER_BATCH, max(1, STEPS_IN_BATCHES // self._limits.connections)) - 1
        before_within: dict[str, int] = defaultdict(int)
        within: list[_Ready] = []

        def join(name: str) -> None:
            for after in self._after[name]:
                before_within[after] += 1
                if before_within[after] == self._waits[after] and self._lane[after].small:
                    heapq.heappush(within, (self._place[after], after))

        join(first)
        while most > 0:
            lane = self._most_urgent_lane(small_only=True)
            is_within = bool(within) and (lane is None or within[0] < self._ready[lane][0])
            if is_within:
                name = within[0][1]
            elif lane is not None:
                name = self._ready[lane][0][1]
            else:
                return
            if self._weight(name) > room:
                return
            if is_within:
                heapq.heappop(within)
                # What cannot join is ready when the batch is done.
                joins = self._is_open(self._lane[name]) and self._obstacle(name) is None
            else:
                joins = lane is not None and self._pop_from(lane) is not None
            if joins:
                most -= 1
                room -= self._weight(name)
                join(name)
                yield name

    def _room(self) -> int:
        """Return the weight that a batch may have: a share of what is left, within bounds."""
        share = self._to_hand_out // (2 * self._limits.connections)
        return min(LARGEST_BATCH, max(SMALL, share))

    def _weight(self, name: str) -> int:
        """Return a step's weight, within a batch where it is small."""
        weight = self._steps[name].cost.weight
        return max(weight - STEP_OVERHEAD, 0) + OVERHEAD_IN_BATCH if self._lane[name].small else weight

    def _is_open(self, lane: _Lane) -> bool:
        match lane.work:
            case None:
                return True
            case Work.COPY:
                return self._out_as[Work.COPY] < self._limits.jobs
            case Work.BUILD:
                return self._out_as[Work.BUILD] < self._limits.index_jobs

    # -- what is ready ---------------------------------------------------------------------------------------

    def _make_ready(self, name: str) -> None:
        heapq.heappush(self._ready[self._lane[name]], (self._place[name], name))

    def _most_urgent_lane(self, *, small_only: bool) -> _Lane | None:
        """Return the open lane whose first step is the most urgent, or None where none has any."""
        lanes = [
            lane
            for lane, ready in self._ready.items()
            if ready and (lane.small or not small_only) and self._is_open(lane)
        ]
        return min(lanes, key=lambda lane: self._ready[lane][0], default=None)

    def _pop(self) -> str | None:
        """Take the most urgent step that no lock keeps from running off the ready ones."""
        while (lane := self._most_urgent_lane(small_only=False)) is not None:
            name = self._pop_from(lane)
            if name is not None:
                return name
        return None

    def _pop_from(self, lane: _Lane) -> str | None:
        """Take a lane's first step off the ready ones; None where a lock keeps it, and it is parked."""
        ready = heapq.heappop(self._ready[lane])
        name = ready[1]
        came_from = self._awake.pop(name, None)
        obstacle = self._obstacle(name)
        if obstacle is not None:
            queues = self._parked[obstacle.topmost]
            heapq.heappush(queues.setdefault(_Queue(obstacle, lane), []), ready)
        if came_from is not None:
            self._has_awake.discard(came_from)
            self._wake(came_from)
        return name if obstacle is None else None

    def _obstacle(self, name: str) -> TableLock | None:
        """Return the first lock that a step cannot have because of what is out."""
        return self._locked.obstacle(self._steps[name].locks)

    def _wake(self, queue: _Queue) -> None:
        """Make the most urgent step of a queue ready, if its lock can be had now."""
        queues = self._parked[queue.lock.topmost]
        if queue not in queues or queue in self._has_awake or self._locked.obstacle((queue.lock,)):
            return
        ready = heapq.heappop(queues[queue])
        if not queues[queue]:
            del queues[queue]
        self._awake[ready[1]] = queue
        self._has_awake.add(queue)
        heapq.heappush(self._ready[queue.lane], ready)

    # -- taking back -----------------------------------------------------------------------------------------

    def done(self, steps: Sequence[Step]) -> None:
        """Note that steps are complete, which may make others ready: a batch, or some of one.

        Raises:
            KeyError: one of them is not out.
        """
        self._come_back(steps)
        for step in steps:
            del self._steps[step.id]
        for step in steps:
            for after in self._after[step.id]:
                self._waits[after] -= 1
                if self._waits[after] == 0 and after in self._steps and after not in self._batch_of:
                    self._make_ready(after)

    def give_back(self, steps: Sequence[Step]) -> None:
        """Put steps back that failed together and were rolled back; each comes alone from now on.

        Raises:
            KeyError: one of them is not out.
        """
        self._come_back(steps)
        for step in steps:
            self._lane[step.id] = self._lane[step.id]._replace(small=False)
            self._to_hand_out += self._weight(step.id)
            if self._waits[step.id] == 0:
                self._make_ready(step.id)

    def failed(self, steps: Sequence[Step]) -> None:
        """Note that steps failed for good: neither they nor what waits for them will be handed out again.

        Raises:
            KeyError: one of them is not out.
        """
        self._come_back(steps)

    def _come_back(self, steps: Sequence[Step]) -> None:
        """Note that steps are no longer out, and let go of what they hold."""
        for step in steps:
            batch = self._batch_of.pop(step.id)
            batch.left.remove(step.id)
            if not batch.left:
                self._batches_out -= 1
                for work in batch.works:
                    self._out_as[work] -= 1
            self._locked.remove(step.id, step.locks)
        for topmost in sorted({lock.topmost for step in steps for lock in step.locks}):
            for queue in list(self._parked[topmost]):
                self._wake(queue)

    # -- for people ------------------------------------------------------------------------------------------

    def blocked_by(self) -> tuple[Wait, ...]:
        """Return what could run now but for a limit or a lock, and what is in its way, the most urgent first.

        Where there is nothing of the kind, what steps wait for that are not ready yet.
        """
        found = [self._held_by_limit(reason, ready) for reason, ready in self._over_limits().items()]
        found += self._held_by_locks()
        found.sort(key=lambda wait: self._place[wait.first])
        if not found and len(self._steps) > len(self._batch_of):
            return (self._held_by_steps(),)
        return tuple(found)

    def _over_limits(self) -> dict[WaitReason, list[_Ready]]:
        """Return what is ready and held back by a limit, by that limit."""
        over: dict[WaitReason, list[_Ready]] = defaultdict(list)
        for lane, ready in self._ready.items():
            if lane.work is not None and not self._is_open(lane):
                over[_LIMITS[lane.work]] += ready
            elif self._batches_out >= self._limits.connections:
                over[WaitReason.CONNECTIONS] += ready
        return {reason: ready for reason, ready in over.items() if ready}

    def _held_by_limit(self, reason: WaitReason, ready: list[_Ready]) -> Wait:
        by = sorted(
            name
            for name, batch in self._batch_of.items()
            if reason is WaitReason.CONNECTIONS or any(_LIMITS[work] is reason for work in batch.works)
        )
        return Wait(reason=reason, steps=len(ready), first=min(ready)[1], by=tuple(by))

    def _held_by_locks(self) -> list[Wait]:
        ready: dict[QualifiedName, list[_Ready]] = defaultdict(list)
        by: dict[QualifiedName, set[str]] = defaultdict(set)
        for queues in self._parked.values():
            for queue, parked in queues.items():
                holders = self._locked.in_the_way_of(queue.lock)
                if holders:
                    ready[queue.lock.table] += parked
                    by[queue.lock.table].update(holders)
        return [
            Wait(
                reason=WaitReason.TABLE,
                steps=len(parked),
                first=min(parked)[1],
                object=f"relation {table}",
                by=tuple(sorted(by[table])),
            )
            for table, parked in ready.items()
        ]

    def _held_by_steps(self) -> Wait:
        waiting = [name for name in self._steps if self._waits[name] > 0 and name not in self._batch_of]
        first = min(waiting, key=self._place.__getitem__)
        by = tuple(name for name in self._steps if first in self._after[name])
        return Wait(reason=WaitReason.STEP, steps=len(waiting), first=first, by=by)


_LIMITS = {Work.COPY: WaitReason.COPIES, Work.BUILD: WaitReason.BUILDS}


def _lane_of(step: Step) -> _Lane:
    work = work_of(step)
    is_small = may_share(step) and step.cost.weight - STEP_OVERHEAD <= SMALL
    return _Lane(None if is_small and work is Work.BUILD else work, small=is_small)
