"""Where rows end in what a COPY sends: found by hopping from header to header.

Consumed by :mod:`pilotage.connection.splicing`. Rows of a few dozen bytes come by the million, and a step of
Python for each costs more than all else that is done with it. Most rows of a table have one of a few lengths;
a regular expression that names these hops over a row in 30 ns, where a loop takes 90 to 150.
"""

from __future__ import annotations

import re
import struct
from collections import Counter

HEADER = struct.Struct(">BI")
"""Of every message: its type, and its length, which counts itself but not the type."""

COPY_DATA = ord("d")

_LENGTHS = 24
"""Lengths that a pattern names at most. Each costs the others 2 ns, and 40 µs once, to be compiled."""

_ENOUGH = 64
"""Rows in one buffer from which on a pattern is worth while."""

_COVERED = 0.9
"""Share of the rows that a pattern must hop over; one that it does not costs 300 ns more."""

_PATIENCE = 64
"""Buffers that go by before lengths are counted again."""


class RowEnds:
    """Hops over the rows of one table, and learns how long they are.

    Attributes:
        pattern: matches rows of the most frequent lengths; None while they are not known, or too many.
    """

    def __init__(self) -> None:
        self.pattern: re.Pattern[bytes] | None = None
        self._tolerated = 0  # rows in one buffer that are not the pattern's
        self._buffers_to_wait = 0

    def past_rows(self, view: memoryview, position: int) -> int:
        """Return where the first message begins, from this one on, that is no row or has no complete header.

        It lies beyond the end of the view where the last row does.
        """
        lengths: list[int] = []
        unpack = HEADER.unpack_from
        try:
            while True:
                if self.pattern is not None and position < len(view):
                    hopped = self.pattern.match(view, position)
                    position = hopped.end() if hopped is not None else position
                kind, length = unpack(view, position)
                if kind != COPY_DATA:
                    break
                lengths.append(length)
                position += length + 1
        except struct.error:  # fewer bytes than a header has
            pass
        self._learn(lengths)
        return position

    def _learn(self, lengths: list[int]) -> None:
        """Take note of the rows that were hopped over one by one."""
        self._buffers_to_wait -= 1
        if self.pattern is not None:
            if len(lengths) > self._tolerated:
                self.pattern = None
        elif len(lengths) >= _ENOUGH and self._buffers_to_wait <= 0:
            self._buffers_to_wait = _PATIENCE
            frequent = Counter(lengths).most_common(_LENGTHS)
            others = len(lengths) - sum(rows for _, rows in frequent)
            if others <= len(lengths) * (1 - _COVERED):
                self.pattern = _pattern_of([length for length, _ in frequent])
                self._tolerated = 2 * others + _ENOUGH


def _pattern_of(lengths: list[int]) -> re.Pattern[bytes]:
    """Return what matches any number of rows of these lengths, and tries the first of them first."""
    rows = b"|".join(re.escape(length.to_bytes(4, "big")) + b".{%d}" % (length - 4) for length in lengths)
    return re.compile(b"(?:d(?:" + rows + b"))*+", re.DOTALL)
