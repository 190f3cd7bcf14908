"""The locks of the steps that run now.

Kept by the agenda, so that what it hands out does not wait on the server for what else it handed out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum, auto
from typing import TypeAlias

from pilotage.model.locks import LockMode, TableLock, conflicts_of
from pilotage.model.names import QualifiedName


class _Reach(Enum):
    """What of a table is locked."""

    ITSELF = auto()
    SOME_PARTITIONS = auto()
    ALL = auto()


_Place: TypeAlias = tuple[_Reach, QualifiedName]


def _held_at(lock: TableLock) -> tuple[_Place, ...]:
    if lock.with_partitions:
        return ((_Reach.ALL, lock.table),)
    if lock.partition_of is not None:
        return (_Reach.ITSELF, lock.table), (_Reach.SOME_PARTITIONS, lock.partition_of)
    return ((_Reach.ITSELF, lock.table),)


def _looked_for_at(lock: TableLock) -> tuple[_Place, ...]:
    if lock.with_partitions:
        return tuple((reach, lock.table) for reach in _Reach)
    return (_Reach.ITSELF, lock.table), (_Reach.ALL, lock.topmost)


class HeldLocks:
    """Who holds which table in which mode."""

    def __init__(self) -> None:
        self._holders: dict[_Place, dict[LockMode, Counter[str]]] = {}

    def add(self, holder: str, locks: Iterable[TableLock]) -> None:
        """Note that a step holds some locks."""
        for lock in locks:
            for place in _held_at(lock):
                self._holders.setdefault(place, {}).setdefault(lock.mode, Counter())[holder] += 1

    def remove(self, holder: str, locks: Iterable[TableLock]) -> None:
        """Note that a step holds them no longer."""
        for lock in locks:
            for place in _held_at(lock):
                modes = self._holders[place]
                holders = modes[lock.mode]
                holders[holder] -= 1
                if holders[holder] == 0:
                    del holders[holder]
                if not holders:
                    del modes[lock.mode]
                if not modes:
                    del self._holders[place]

    def obstacle(self, wanted: Iterable[TableLock]) -> TableLock | None:
        """Return the first lock of those that cannot be had now, or None."""
        for lock in wanted:
            conflicting = conflicts_of(lock.mode)
            for place in _looked_for_at(lock):
                modes = self._holders.get(place)
                if modes is not None and not conflicting.isdisjoint(modes):
                    return lock
        return None

    def in_the_way_of(self, wanted: TableLock) -> tuple[str, ...]:
        """Return the steps because of which a lock cannot be had, sorted."""
        found: set[str] = set()
        for place in _looked_for_at(wanted):
            modes = self._holders.get(place, {})
            for mode in conflicts_of(wanted.mode).intersection(modes):
                found.update(modes[mode])
        return tuple(sorted(found))
