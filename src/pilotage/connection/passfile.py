"""The password file, ``~/.pgpass``.

Consumed by :mod:`pilotage.connection.dsn`. The rules are libpq's (PostgreSQL documentation, 34.16, and
passwordFromFile() in fe-connect.c).
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path

# A field: anything but a colon, where a backslash takes the next character, if there is one, as it is.
_FIELD = re.compile(r"(?:\\.|[^:\\]|\\\Z)*", re.DOTALL)


def find_password(
    file: Path, *, hosts: Sequence[str], port: int, database: str, user: str
) -> tuple[str | None, str | None]:
    """Return the password of the first line that matches, and a warning where the file had to be ignored.

    A file that does not exist or cannot be read is the same as an empty one.

    Args:
        file: the password file.
        hosts: the names under which the file's first field may know the host: a default socket directory is
            ``localhost``, too.
        port: of the server.
        database: to connect to.
        user: to connect as.
    """
    try:
        mode = file.stat().st_mode
        if not stat.S_ISREG(mode):
            return None, f"password file {file} is ignored: it is not a plain file"
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            return None, (
                f"password file {file} is ignored: its group or others have access to it; chmod 600 {file}"
            )
        text = file.read_bytes().decode(errors="surrogateescape")
    except OSError:
        return None, None
    wanted = (hosts, (str(port),), (database,), (user,))
    for line in text.split("\n"):
        password = _match(line.removesuffix("\r"), wanted)
        if password is not None:
            return password or None, None
    return None, None


def _match(line: str, wanted: Sequence[Sequence[str]]) -> str | None:
    """Return the line's password where its first four fields match."""
    if not line or line.startswith("#"):
        return None
    position = 0
    for values in wanted:
        field = _field_at(line, position)
        position += len(field)
        if not line.startswith(":", position):
            return None
        position += 1
        if field != "*" and _unescape(field) not in values:
            return None
    return _unescape(_field_at(line, position))


def _field_at(line: str, position: int) -> str:
    match = _FIELD.match(line, position)
    return match.group() if match else ""


def _unescape(field: str) -> str:
    return re.sub(r"\\(.)", r"\1", field, flags=re.DOTALL)
