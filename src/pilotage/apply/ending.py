"""The end of a file: where its COMMIT stands, so that a record can be put before it.

Consumed by the folder, which refuses a file that ends otherwise, and by the stream that psql reads.
"""

from __future__ import annotations

import re
from pathlib import Path

from pilotage.errors import RefusedError

_LOOKED_AT = 4096
"""Bytes at a file's end in which its COMMIT must stand."""

_AT_THE_END = re.compile(
    rb"(?:\A|\n)(?:\*/ )?(COMMIT;)[ \t]*\r?\n?(?:[ \t]*(?:\\endif|--[^\n]*)?[ \t]*\r?\n)*\Z"
)

_BEGIN = re.compile(rb"^(?:\*/ )?BEGIN\b", re.MULTILINE)
_LOOKED_AT_FOR_BEGIN = 256 * 1024


def offset_of_commit(path: Path) -> int:
    r"""Return the byte at which the file's last statement, ``COMMIT;``, begins.

    After it, only psql's ``\endif``, comments and empty lines may stand. Rows of a COPY cannot be mistaken
    for it, since a COPY ends with a line of its own.

    Raises:
        RefusedError: the file ends otherwise, so that a record could not be committed together with it.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        begin = max(0, size - _LOOKED_AT)
        file.seek(begin)
        found = _AT_THE_END.search(file.read())
    if found is None:
        raise RefusedError(
            f"{path} does not end with a line COMMIT; so that it is cut short, or is not one transaction; "
            "generate it again, or end it with COMMIT;"
        )
    return begin + found.start(1)


def begins_transaction(path: Path) -> bool:
    """Whether a line of the file's head begins a transaction."""
    with path.open("rb") as file:
        return _BEGIN.search(file.read(_LOOKED_AT_FOR_BEGIN)) is not None
