"""Dependencies that pg_dump knows and does not write into its archives.

Consumed by the taking of a dump. Whoever puts an archive's entries into another order than pg_dump's needs
them; pg_restore, which keeps that order, does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilotage.model.archive import ArchiveEntry


def with_unwritten_dependencies(entries: Iterable[ArchiveEntry]) -> tuple[ArchiveEntry, ...]:
    """Return the entries, each user mapping depending on its server.

    dumpForeignServer() in ``pg_dump.c`` writes the mappings of a server right after it, without dependencies.
    """
    completed: list[ArchiveEntry] = []
    server: ArchiveEntry | None = None
    for entry in entries:
        if entry.kind == "SERVER":
            server = entry
        needed = (server.dump_id,) if entry.kind == "USER MAPPING" and server is not None else ()
        completed.append(msgspec.structs.replace(entry, dependencies=(*entry.dependencies, *needed)))
    return tuple(completed)
