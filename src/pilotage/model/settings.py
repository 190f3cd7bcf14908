"""The settings of a run's sessions: asked for by the user, chosen, and for builds that need much memory.

Made by :mod:`pilotage.settings`, consumed by the runner, preflight and reports. Sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.model.preflight import End
from pilotage.model.run import ChosenSetting

MEMORY = "maintenance_work_mem"
WORKERS = "max_parallel_maintenance_workers"
OF_THIS_RUN = frozenset({MEMORY, WORKERS, "work_mem"})
"""Settings whose values depend on the servers, the machine and the plan."""


class GivenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that the user asks for, by name in lower case, each name once an end."""

    source: tuple[tuple[str, str], ...] = ()
    target: tuple[tuple[str, str], ...] = ()

    def of(self, end: End) -> dict[str, str]:
        """Return those of one end."""
        return dict(self.source if end is End.SOURCE else self.target)


class MemoryHungryBuild(msgspec.Struct, frozen=True, kw_only=True):
    """An index of pgvector: its build is many times slower, or fails, without the memory that it needs.

    Attributes:
        step: the plan's step that builds it.
        method: hnsw or ivfflat.
        needed: for the whole build, estimated from above.
        given: what its session has for it.
        shares_memory: whether parallel workers take all of ``given`` from the server's dynamic shared memory
            at once.
    """

    step: str
    index: QualifiedName
    method: str
    needed: int
    given: int
    shares_memory: bool

    @property
    def fits(self) -> bool:
        """Whether it gets what it needs."""
        return self.needed <= self.given


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the sessions of a run are set to, and why.

    Attributes:
        settings: in the order in which they are made.
        builds: those that need much memory, the largest first.
        memory: how much the index builds in flight may take together.
        memory_from: where that figure comes from: one clause.
        index_jobs: how many builds are in flight at most.
        at_once: how many there are most of the time: fewer, where few of them take most of it.
        cores: of the target's machine, where it is ours; 0 where nobody knows.
        workers: parallel workers that the target's server has at most; 0 where none is to be had.
        shared_memory: free dynamic shared memory of the target; None where nobody knows.
    """

    settings: tuple[ChosenSetting, ...]
    builds: tuple[MemoryHungryBuild, ...]
    memory: int
    memory_from: str
    index_jobs: int
    at_once: int
    cores: int
    workers: int
    shared_memory: int | None

    def of(self, end: End) -> tuple[ChosenSetting, ...]:
        """Return those of one end."""
        return tuple(setting for setting in self.settings if setting.end is end)

    def sql_for(self, end: End) -> str:
        """Return the statements by which a session gets its settings.

        They come after the plan's preamble, which would undo some of them, and in a transaction that is not
        rolled back, which would undo all of them.
        """
        return "".join(_set(setting.name, setting.value) for setting in self.of(end))

    def sql_for_build(self, step: str, *, in_flight: int | None = None) -> str:
        """Return the statements that fit the transaction of a build to it; they end with the transaction.

        They come before the step's own. Where a transaction has several builds, each has its own. Empty where
        nothing is to be changed.

        Args:
            step: the id of the step that builds an index.
            in_flight: builds that may run at the same time, this one included; ``at_once`` by default.
        """
        given = {setting.name for setting in self.of(End.TARGET) if setting.given}
        return "".join(
            _set(name, value, local=True) for name, value in self._build(step, in_flight) if name not in given
        )

    def sql_without_workers(self, step: str) -> str:
        """Return what :meth:`sql_for_build` does, for a build that the server had no shared memory for."""
        return self.sql_for_build(step) + _set(WORKERS, "0", local=True)

    def _build(self, step: str, in_flight: int | None) -> Iterator[tuple[str, str]]:
        usual = {setting.name: setting.value for setting in self.of(End.TARGET)}
        hungry = next((build for build in self.builds if build.step == step), None)
        if hungry is not None:
            yield MEMORY, kilobytes(hungry.given)
        elif self.builds and MEMORY in usual:
            yield MEMORY, usual[MEMORY]
        workers = self._workers(hungry, in_flight) if self.cores else None
        if workers is not None:
            yield WORKERS, str(workers)
        if hungry is not None and workers != 0:
            # Vectors of more than 2 kB lie outside of the table's own pages, which alone count here.
            yield "min_parallel_table_scan_size", "0"

    def _workers(self, hungry: MemoryHungryBuild | None, in_flight: int | None) -> int:
        if hungry is not None and hungry.shares_memory and not self._can_share(hungry.given):
            return 0
        return max(0, min(self.workers, self.cores // max(1, in_flight or self.at_once) - 1))

    def _can_share(self, size: int) -> bool:
        return self.shared_memory is None or size <= self.shared_memory


def kilobytes(size: int) -> str:
    """Return a size as a server reads it, rounded up to its unit."""
    return f"{-(-size // 1024)}kB"


def _set(name: str, value: str, *, local: bool = False) -> str:
    return f"SET {'LOCAL ' if local else ''}{quote_identifier(name)} TO {quote_literal(value)};\n"
