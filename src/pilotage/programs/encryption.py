"""Whether a program of PostgreSQL's can encrypt its connection.

Consumed by the choice of a program. Some wheels bring a libpq that was built without TLS; what it would be
told over an encrypted connection must not go over a plain one.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

_TIMEOUT = 10.0
"""Seconds; the answer comes at once, since nothing is connected to."""


@functools.lru_cache(maxsize=64)
def can_encrypt(program: Path) -> bool:
    """Return whether the program's libpq was built with TLS.

    libpq judges ``sslmode`` before it looks for a server: the program is sent to a directory that holds no
    socket, and what it complains of tells.
    """
    try:
        finished = subprocess.run(
            [program, "--no-password"],
            env={"LC_ALL": "C", "PGHOST": "/nonexistent", "PGSSLMODE": "require", "PGDATABASE": "none"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"SSL support is not compiled in" not in finished.stderr
