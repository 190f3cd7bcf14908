"""A step at work, and figures that grow: what the tally of a run is made of."""

from __future__ import annotations

from collections import deque

from pilotage.model.plan import LoadLargeObjects, LoadTable, Step
from pilotage.model.run import StepProgress, Unit

_WINDOW = 10.0
"""Seconds over which a rate is measured."""
_FINE = 0.1
"""Seconds within which it is of no concern when something happened."""
_NEARLY_ALL = 0.999


class Running:
    """A step at work.

    Attributes:
        since: when it began, on the clock of whoever gave it.
        hands: connections that are at it, each with a part.
        rows_before: of parts of it that are done.
        bytes_before: of parts of it that were done before it began here.
        streamed: bytes that went by since.
    """

    def __init__(self, step: Step, since: float, *, rows_before: int = 0, bytes_before: int = 0) -> None:
        self.step = step
        self.hands = 1
        self.since = since
        self.rows_before = rows_before
        self.bytes_before = bytes_before
        self.streamed = 0
        self.progress: StepProgress | None = None
        self._phase_since = since
        self._phase_from = 0

    def note(self, progress: StepProgress, now: float) -> None:
        """Take into account what the server tells."""
        if self.progress is None or self.progress.phase != progress.phase:
            self._phase_since, self._phase_from = now, progress.done
        self.progress = progress

    @property
    def rows(self) -> int:
        """Rows that are in and not committed, as far as the server told."""
        told = self.progress
        if told is None or told.unit is not Unit.ROWS or not isinstance(self.step, LoadTable):
            return 0
        return told.done

    def share(self, disk_per_stream: float | None = None) -> float | None:
        """Return how much of its rows are in, 0 to 1; None of a step that brings none, or where nobody knows.

        Args:
            disk_per_stream: bytes on the source's disk for one of COPY's stream, where that is known.
        """
        cost = self.step.cost
        if not isinstance(self.step, LoadTable | LoadLargeObjects):
            return None
        if self.rows and cost.rows:
            return min(_NEARLY_ALL, (self.rows_before + self.rows) / cost.rows)
        if disk_per_stream is not None and cost.bytes:
            return min(_NEARLY_ALL, (self.bytes_before + self.streamed) * disk_per_stream / cost.bytes)
        return None

    def phase_share(self) -> float | None:
        """Return how much of the phase is done that the server says it is in; None where it does not say."""
        told = self.progress
        if told is None or not told.total or not told.done:
            return None
        return min(1.0, told.done / told.total)

    def phase_left(self, now: float) -> float:
        """Return the seconds that the phase still takes, if it goes on as before; 0 where nobody knows."""
        told = self.progress
        if told is None or not told.total or told.done <= self._phase_from:
            return 0.0
        return (now - self._phase_since) * max(0, told.total - told.done) / (told.done - self._phase_from)


class Meter:
    """A figure that grows, and how fast it did in the last seconds."""

    def __init__(self) -> None:
        self.total = 0
        self._since: float | None = None
        self._before: deque[tuple[float, int]] = deque()

    def reach(self, total: int, now: float) -> None:
        """Note what the figure is now; it is never taken to shrink."""
        if self._since is None:
            self.begin(self.total, now)
        self.total = max(self.total, total)
        if now - self._before[-1][0] >= _FINE:
            self._before.append((now, self.total))
        while len(self._before) > 1 and self._before[1][0] <= now - _WINDOW:
            self._before.popleft()

    def begin(self, total: int, now: float) -> None:
        """Begin, or begin again, at this figure: what came before says nothing of how fast it goes."""
        self.total = total
        self._since = now
        self._before = deque([(now, total)])

    def per_second(self, now: float) -> float | None:
        """Return the rate of the last seconds; None before there is one."""
        if self._since is None or now <= self._since:
            return None
        begin = now - _WINDOW
        before = self._before[0][1]
        for at, total in self._before:
            if at > begin:
                break
            before = total
        return (self.total - before) / min(_WINDOW, now - self._since)
