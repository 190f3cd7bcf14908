"""The parts of a data file: their names, the rows that wait for their heads, and how both become one file.

Consumed by the data files. What a head says of its rows is known only when they have been written, so the
rows of a part are written to a file of their own first, and copied behind the head afterwards.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from pilotage.errors import RefusedError

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBERED = re.compile(r"\d+(?=-)")
_PIECE = 1024 * 1024


def part_name(name: str, index: int) -> str:
    """Return the name of one part of a file that is split: ``14a-data-x.sql`` for the first.

    Names sort in the order of the parts, in every locale, because none is the beginning of another: letters a
    to y, then zaa to zyz, then zzaaa and so on.
    """
    level, first, size = 0, 0, 25
    while index - first >= size:
        first += size
        level += 1
        size *= 26
    index -= first
    letters = ""
    for _ in range(level + 1):
        index, letter = divmod(index, 26)
        letters = _LETTERS[letter] + letters
    suffix = "z" * level + letters
    if _NUMBERED.match(name):
        return _NUMBERED.sub(lambda number: number[0] + suffix, name, count=1)
    stem, dot, ending = name.rpartition(".")
    return f"{stem or ending}-{suffix}{dot}{ending if stem else ''}"


class Body:
    """The rows of a part, in a file beside the one that they will stand in.

    Attributes:
        size: bytes written so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = path.open("wb")

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self.size += len(data)

    def close(self) -> None:
        """Write out what is buffered."""
        self._file.close()


def write_part(path: Path, *, head: str, body: Body, tail: str) -> tuple[int, str]:
    """Write a part, remove its body's file, and return its size and the SHA-256 of its content."""
    body.close()
    digest = hashlib.sha256()
    size = 0
    with path.open("wb") as part, body.path.open("rb") as rows:

        def write(data: bytes) -> None:
            nonlocal size
            part.write(data)
            digest.update(data)
            size += len(data)

        write(head.encode())
        while piece := rows.read(_PIECE):
            write(piece)
        write(tail.encode())
        part.flush()
        os.fsync(part.fileno())
    body.path.unlink()
    return size, digest.hexdigest()


def unwritable(path: Path, error: OSError) -> RefusedError:
    """Return the error to raise where a file cannot be written."""
    return RefusedError(
        f"{path} cannot be written: {error.strerror or error}; make room or name another folder, and write "
        "the files again"
    )
