"""The group in which each archive entry is created.

Consumed by planning, after the order of groups is known. What belongs to a table goes with its table; what
reads tables goes to the last of their groups; what stands on its own goes to the first group that needs it.
Nothing comes before what it needs itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.model.archive import ArchiveEntry
from pilotage.model.names import QualifiedName
from pilotage.plan.belonging import ATTACHED, Belonging

# What everything else may live in or be made of, whether or not pg_dump says so: always in the first group.
_FIRST = frozenset({"EXTENSION", "PROCEDURAL LANGUAGE", "SCHEMA"})

OF_DATABASE = frozenset(
    {
        "DEFAULT ACL",
        "EVENT TRIGGER",
        "PUBLICATION",
        "PUBLICATION TABLE",
        "PUBLICATION TABLES IN SCHEMA",
        "SUBSCRIPTION",
        "SUBSCRIPTION TABLE",
    }
)
"""Kinds that act on the whole database, or on what is still to be made: in no group, behind all of them."""


def group_entries(
    entries: Sequence[ArchiveEntry],
    belonging: Belonging,
    place: Mapping[QualifiedName, int],
    *,
    behind_all: int,
) -> dict[int, int]:
    """Return for each dump id the place of its group in the order of groups.

    Args:
        entries: in the archive's order, in which each comes after what it depends on.
        place: for each table, its partitions too, the place of its group.
        behind_all: the place of what is in no group.
    """
    tables = {entry.dump_id: belonging.table_of(entry) for entry in entries}
    reads = _last_read(entries, tables, place)
    needed_first = _first_need(entries, reads)
    chosen: dict[int, int] = {}
    for entry in entries:
        needed = [chosen[each] for each in entry.dependencies if each in chosen]
        if entry.kind in OF_DATABASE:
            own = behind_all
        elif (entry.kind in ATTACHED and needed) or entry.kind in _FIRST:
            own = 0
        else:
            read = reads[entry.dump_id]
            own = needed_first.get(entry.dump_id, 0) if read is None else read
        chosen[entry.dump_id] = max([own, *needed])
    return chosen


def _last_read(
    entries: Sequence[ArchiveEntry],
    tables: Mapping[int, QualifiedName | None],
    place: Mapping[QualifiedName, int],
) -> dict[int, int | None]:
    """Return the last group whose tables each entry is, belongs to or reads; None for what reads no table."""
    reads: dict[int, int | None] = {}
    for entry in entries:
        table = tables[entry.dump_id]
        places = [] if table is None else [place[table]]
        places += [found for each in entry.dependencies if (found := reads.get(each)) is not None]
        reads[entry.dump_id] = max(places, default=None)
    return reads


def _first_need(entries: Sequence[ArchiveEntry], reads: Mapping[int, int | None]) -> dict[int, int]:
    """Return for what stands on its own the first group that needs it; nothing for what none needs."""
    first: dict[int, int] = {}
    for entry in reversed(entries):
        if entry.kind in ATTACHED or entry.kind in OF_DATABASE:
            continue
        read = reads[entry.dump_id]
        # What no table needs, such as a function that only programs call, does not draw others to itself.
        wanted = read if read is not None else first.get(entry.dump_id)
        if wanted is None:
            continue
        for needed in entry.dependencies:
            first[needed] = min(first.get(needed, wanted), wanted)
    return first
