"""The group in which each archive entry is created.

Consumed by planning, after the order of groups is known. What belongs to a table goes with its table; what
stands on its own goes to the first group that needs it; nothing comes before what it needs itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilotage.model.archive import ArchiveEntry
from pilotage.model.names import QualifiedName
from pilotage.plan.belonging import ATTACHED, Belonging

# What everything else may live in or be made of, whether or not pg_dump says so: always in the first group.
_FIRST = frozenset({"EXTENSION", "PROCEDURAL LANGUAGE", "SCHEMA"})


def group_entries(
    entries: Sequence[ArchiveEntry], belonging: Belonging, place: Mapping[QualifiedName, int]
) -> dict[int, int]:
    """Return for each dump id the place of its group in the order of groups.

    Args:
        entries: in the archive's order, in which each comes after what it depends on.
        place: for each table, its partitions too, the place of its group.
    """
    earliest = _earliest(entries, belonging, place)
    wanted = _first_need(entries, belonging, earliest)
    chosen: dict[int, int] = {}
    for entry in entries:
        needed = [chosen[each] for each in entry.dependencies if each in chosen]
        if entry.kind in ATTACHED and needed:
            chosen[entry.dump_id] = max(needed)
        elif belonging.table_of(entry) is not None or entry.kind in _FIRST:
            chosen[entry.dump_id] = max([earliest[entry.dump_id], *needed])
        else:
            own = max(earliest[entry.dump_id], wanted.get(entry.dump_id, 0))
            chosen[entry.dump_id] = max([own, *needed])
    return chosen


def _earliest(
    entries: Sequence[ArchiveEntry], belonging: Belonging, place: Mapping[QualifiedName, int]
) -> dict[int, int]:
    """Return the first group in which each entry could exist: after its table and all that it needs."""
    earliest: dict[int, int] = {}
    for entry in entries:
        table = belonging.table_of(entry)
        own = place[table] if table is not None else 0
        earliest[entry.dump_id] = max(
            [own, *(earliest[needed] for needed in entry.dependencies if needed in earliest)]
        )
    return earliest


def _first_need(
    entries: Sequence[ArchiveEntry], belonging: Belonging, earliest: Mapping[int, int]
) -> dict[int, int]:
    """Return for what stands on its own the first group that needs it; nothing for what none needs."""
    first: dict[int, int] = {}
    for entry in reversed(entries):
        if entry.kind in ATTACHED:
            continue
        if belonging.table_of(entry) is not None:
            wanted = earliest[entry.dump_id]
        else:
            wanted = max(earliest[entry.dump_id], first.get(entry.dump_id, 0))
        for needed in entry.dependencies:
            first[needed] = min(first.get(needed, wanted), wanted)
    return first
