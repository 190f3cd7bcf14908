"""The source, kept from being written to by the files that were made from it.

Consumed by the commands that write to a target. Where the source was is in the migration's folder: where it
was planned from, and, beside the SQL files, where they were generated from, which may be another address.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from pilotage.apply.folder import SQL
from pilotage.cli.plan import SOURCE_FILE
from pilotage.cli.surroundings import connection_to
from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.identity import is_same_database
from pilotage.errors import ConnectionFailedError, ConnectionLostError, RefusedError, UsageError

_TIMEOUT = 3.0
"""Seconds to wait for the source, which may be long gone when its files run."""


async def refuse_source(folder: Path, target: ConnectionParameters) -> None:
    """Refuse a target that is the database which the folder's files were made from.

    A source that cannot be asked, and has another address, is taken to be another database, as most often it
    is.

    Raises:
        RefusedError: both are one database, or the target cannot be reached.
    """
    sources = _sources(folder)
    if not sources:
        return
    async with connect(target) as written:
        for source in sources:
            if await _leads_to(written, dataclasses.replace(source, connect_timeout=_TIMEOUT)):
                raise RefusedError(
                    f"the target {target.describe()} is the source that {folder} was made from, and nothing "
                    "was changed; name the target"
                )


def _sources(folder: Path) -> list[ConnectionParameters]:
    """Return what the folder remembers, without what cannot be understood here and now."""
    sources: dict[str, ConnectionParameters] = {}
    for path in (folder / SOURCE_FILE, folder / SQL / SOURCE_FILE):
        with contextlib.suppress(OSError, UnicodeDecodeError, UsageError):
            source = connection_to(path.read_text(encoding="utf-8").strip())
            sources.setdefault(source.redacted_uri(), source)
    return list(sources.values())


async def _leads_to(target: Session, source: ConnectionParameters) -> bool:
    if _address(target.parameters) == _address(source):
        return True  # also where it would turn us away: its password is not in the folder
    try:
        async with connect(source) as session:
            return await is_same_database(target, session)
    except (ConnectionFailedError, ConnectionLostError):
        return False


def _address(parameters: ConnectionParameters) -> tuple[str | None, int, str]:
    return parameters.hostaddr or parameters.host, parameters.port, parameters.database
