"""The source, kept from being written to by the files that were made from it.

Consumed by the commands that write to a target. Where the source was is in the migration's folder.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pilotage.cli.plan import SOURCE_FILE
from pilotage.cli.surroundings import connection_to
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.identity import is_same_database
from pilotage.errors import ConnectionFailedError, ConnectionLostError, RefusedError, UsageError

_TIMEOUT = 3.0
"""Seconds to wait for the source, which may be long gone when its files run."""


async def refuse_source(folder: Path, target: ConnectionParameters) -> None:
    """Refuse a target that is the database which the folder's files were made from.

    A source that cannot be asked is taken to be another database, as most often it is.

    Raises:
        RefusedError: both are one database, or the target cannot be reached.
    """
    try:
        source = connection_to((folder / SOURCE_FILE).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError, UsageError):
        return
    async with connect(target) as written:
        try:
            async with connect(dataclasses.replace(source, connect_timeout=_TIMEOUT)) as read:
                same = await is_same_database(written, read)
        except (ConnectionFailedError, ConnectionLostError):
            return
    if same:
        raise RefusedError(
            f"the target {target.describe()} is the source that {folder} was made from, and nothing was "
            "changed; name the target"
        )
