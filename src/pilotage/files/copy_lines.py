"""Lines of a COPY stream in text format, out of pieces that begin and end anywhere.

Consumed by the data files. A line is a row: line breaks inside values are escaped (PostgreSQL documentation,
COPY, File Formats, Text Format).
"""

from __future__ import annotations


class CopyLines:
    """Takes pieces and hands out the lines that they complete, without their line ends."""

    def __init__(self) -> None:
        # Pieces of a line that is not complete yet, joined only when it is: a value may be as long as memory
        # allows, and appending to it piece by piece would copy it again each time.
        self._begun: list[bytes] = []

    def take(self, piece: bytes) -> list[bytes]:
        """Return the lines that this piece completes."""
        first, *others = piece.split(b"\n")
        self._begun.append(first)
        if not others:
            return []
        lines = [b"".join(self._begun), *others]
        self._begun = [lines.pop()]
        return lines

    def end(self) -> None:
        """Check that the stream has ended with a line.

        Raises:
            ValueError: it has not, which only a defect can cause.
        """
        if any(self._begun):
            raise ValueError("a COPY stream ended in the middle of a line")


def cut_numbers(line: bytes, count: int) -> tuple[list[int], bytes | None]:
    """Return the numbers in a line's first columns, and the rest of it; None where no column is left."""
    fields = line.split(b"\t", count)
    return [int(field) for field in fields[:count]], fields[count] if len(fields) > count else None
