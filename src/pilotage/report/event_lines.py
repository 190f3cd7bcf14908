"""The events of a run for machines: one JSON object a line.

Consumed by the command line, which writes them to standard error. Documented in ``docs/migrate.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from pilotage import __version__
from pilotage.model.run import BytesCopied, Event, PartFinished, StepFinished

EVENTS_FORMAT = 1
"""Version of the lines; it grows when a reader of old ones could be misled, not with new events or fields."""

BYTES_EVERY = 1.0
"""Seconds between two lines about the bytes of one step."""


class EventLines:
    """Writes events, and first of all a line that says of what version they are.

    Args:
        write: takes one line, with its end.
        clock: seconds, from a clock that does not go back.
    """

    def __init__(
        self, write: Callable[[bytes], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._begun = clock()
        self._unsaid: dict[str, int] = {}
        self._said: dict[str, float] = {}
        self._line({"event": "events", "format": EVENTS_FORMAT, "pilotage": __version__}, self._begun)

    def __call__(self, event: Event) -> None:
        """Write an event; bytes that went by are summed up for a second."""
        now = self._clock()
        if isinstance(event, BytesCopied):
            self._unsaid[event.step] = self._unsaid.get(event.step, 0) + event.bytes
            if now - self._said.get(event.step, float("-inf")) >= BYTES_EVERY:
                self._say_bytes(event.step, now)
            return
        if isinstance(event, PartFinished | StepFinished):
            self._say_bytes(event.step, now)
            self._said.pop(event.step, None)
        self._line(msgspec.to_builtins(event), now)

    def _say_bytes(self, step: str, now: float) -> None:
        if number := self._unsaid.pop(step, 0):
            self._said[step] = now
            self._line(msgspec.to_builtins(BytesCopied(step=step, bytes=number)), now)

    def _line(self, said: dict[str, object], now: float) -> None:
        # JSON escapes line breaks in names, so a line is always one object.
        self._write(msgspec.json.encode({"at": round(now - self._begun, 3), **said}) + b"\n")
