"""The choice of a run's settings: pure, from what the target's server says and what its machine has to spare.

Only settings with a measured or documented reason. Figures are CPU seconds of PostgreSQL 18.6, builds without
parallel workers; docs/migrate.md has more of them, and what was left alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from pilotage.model.plan import AddConstraint, BuildIndex, Plan, RefreshView
from pilotage.model.preflight import End
from pilotage.model.run import ChosenSetting
from pilotage.model.settings import (
    MEMORY,
    WORKERS,
    GivenSettings,
    MemoryHungryBuild,
    SessionSettings,
    kilobytes,
)
from pilotage.settings.machine import Machine
from pilotage.settings.vector_builds import VectorIndex, memory_of_build

_MEGABYTE = 1024**2

_SORTING = 64 * _MEGABYTE
"""Memory for sorting an index. With 16, 64, 128 and 256 MB, a btree over 3,000,000 random texts takes 5.2,
4.9, 5.7, 6.3 s, over as many numerics 3.3, 2.5, 2.2, 1.9 s, and checking a foreign key from 3,000,000 rows
to 1,500,000 takes 1.7, 2.4, 1.8, 1.8 s: beyond 64 MB some gain what others lose."""

_RUNS = 64
"""An index so many times as large as the memory for sorting is sorted in more passes than one."""

_REFRESHING = 64 * _MEGABYTE
"""The most that a step of a materialized view's query gets."""

NAMES = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "jit",
    "tcp_keepalives_idle",
    "tcp_keepalives_interval",
    "tcp_keepalives_count",
    "synchronize_seqscans",
    "synchronous_commit",
    "client_connection_check_interval",
    "work_mem",
    MEMORY,
    WORKERS,
)
"""What may be chosen. Not every server knows all of them."""

_OFF = "0"
_NO_TIME_OUT = "a time-out of the server, the database or the role must not end long work half-way"
_KEEPALIVE = "a peer that vanished without a word is noticed within 2 minutes; by default it takes hours"


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``server.sql``.

    Attributes:
        pid: of the process that serves the session.
        workers: parallel workers that can run at once.
        known: the settings that it knows, of those that were asked about.
    """

    pid: int
    maintenance_work_mem: int
    work_mem: int
    shared_buffers: int
    workers: int
    dynamic_shared_memory_type: str
    known: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the choice is made from.

    Attributes:
        target: what the target's server says of itself.
        target_version: its ``server_version_num``.
        machine: the target's; None where it is not this one.
        vector_indexes: those of the source that are in scope.
        source_by_socket, target_by_socket: whether the connections are Unix sockets.
    """

    plan: Plan
    jobs: int
    index_jobs: int
    given: GivenSettings
    target: ServerFacts
    target_version: int
    machine: Machine | None
    vector_indexes: tuple[VectorIndex, ...]
    source_by_socket: bool
    target_by_socket: bool


def choose(at: Circumstances) -> SessionSettings:
    """Return the settings; those that the user gave stand in the place of ours."""
    memory, memory_from = _memory(at)
    sorting = max(at.target.maintenance_work_mem, min(_wanted_for_sorting(at.plan), memory // at.index_jobs))
    given = at.given.of(End.TARGET)
    builds = tuple(_builds(at, memory, sorting))
    target = {
        **dict(_of_every_session(by_socket=at.target_by_socket)),
        **dict(_of_the_target(at, sorting, memory)),
    }
    source = dict(_of_every_session(by_socket=at.source_by_socket))
    source["synchronize_seqscans"] = (
        "off",
        "a table is read from its first block on, so that its rows arrive in the order in which they lie",
    )
    return SessionSettings(
        settings=(
            *_chosen(End.SOURCE, source, at.given.of(End.SOURCE)),
            *_chosen(End.TARGET, target, given),
        ),
        builds=builds,
        memory=memory,
        memory_from=memory_from,
        index_jobs=at.index_jobs,
        at_once=_builds_at_once(at),
        cores=at.machine.cores if at.machine is not None else 0,
        workers=at.target.workers,
        shared_memory=_shared_memory(at),
    )


def _chosen(
    end: End, ours: Mapping[str, tuple[str, str]], given: Mapping[str, str]
) -> Iterator[ChosenSetting]:
    for name, (value, reason) in ours.items():
        if name not in given:
            yield ChosenSetting(end=end, name=name, value=value, reason=reason)
    for name, value in given.items():
        yield ChosenSetting(end=end, name=name, value=value, reason="", given=True)


def _of_every_session(*, by_socket: bool) -> Iterator[tuple[str, tuple[str, str]]]:
    for name in NAMES:
        if name.endswith("_timeout"):
            yield name, (_OFF, _NO_TIME_OUT)
    yield "jit", ("off", "compiling a statement that runs once takes longer than it saves")
    if not by_socket:
        yield "tcp_keepalives_idle", ("60", _KEEPALIVE)
        yield "tcp_keepalives_interval", ("10", _KEEPALIVE)
        yield "tcp_keepalives_count", ("6", _KEEPALIVE)


def _of_the_target(at: Circumstances, sorting: int, memory: int) -> Iterator[tuple[str, tuple[str, str]]]:
    yield (
        "synchronous_commit",
        ("off", "commits need not wait for the disk one by one: the run's last one waits for all of them"),
    )
    yield (
        "client_connection_check_interval",
        ("2s", "a server process whose client is gone stops, and does not work on for nobody"),
    )
    yield MEMORY, (kilobytes(sorting), _reason_of_sorting(at, sorting))
    if at.machine is not None:
        cores, at_once = at.machine.cores, _builds_at_once(at)
        workers = max(0, min(at.target.workers, cores // at_once - 1))
        yield (
            WORKERS,
            (
                str(workers),
                f"the target has {cores} cores, and most of the time {at_once} index builds at once",
            ),
        )
    if any(isinstance(step, RefreshView) for step in at.plan.steps):
        refreshing = max(at.target.work_mem, min(_REFRESHING, memory // (8 * at.jobs)))
        yield (
            "work_mem",
            (kilobytes(refreshing), "queries of materialized views sort and hash within it, step by step"),
        )


def _builds_at_once(at: Circumstances) -> int:
    """Return how many builds run side by side for most of the time that the longest takes."""
    weights = [step.cost.weight for step in at.plan.steps if isinstance(step, BuildIndex | AddConstraint)]
    longest = max(weights, default=0)
    return min(at.index_jobs, max(1, round(sum(weights) / longest))) if longest else 1


def _reason_of_sorting(at: Circumstances, sorting: int) -> str:
    if sorting < _wanted_for_sorting(at.plan):
        return "all that can be spared; the largest index is sorted in more than one pass within it"
    if sorting == at.target.maintenance_work_mem:
        return "the server's own, which is enough for sorting indexes; builds that need more get more"
    if sorting == _SORTING:
        return (
            "indexes are sorted within it, and more does not make that faster; builds that need more get more"
        )
    return "the largest index is sorted in one pass within it; builds that need more get more"


def _wanted_for_sorting(plan: Plan) -> int:
    largest = max(
        (
            step.cost.bytes
            for step in plan.steps
            if (isinstance(step, BuildIndex) and step.method in {"btree", "hash"})
            or isinstance(step, AddConstraint)
        ),
        default=0,
    )
    return max(_SORTING, largest // _RUNS)


def _memory(at: Circumstances) -> tuple[int, str]:
    """Return what all index builds in flight may take together, and where that comes from.

    Half of what is free leaves the other half to the pages of tables, which every build reads. Of a machine
    that is not ours, shared_buffers is a hint: PostgreSQL's documentation (section 19.4) recommends a quarter
    of the memory for it, and providers follow that.
    """
    least = at.target.maintenance_work_mem * at.index_jobs
    if at.machine is not None:
        return max(least, at.machine.memory // 2), "half of what is free on the target's machine"
    if at.target.shared_buffers > least:
        return (
            at.target.shared_buffers,
            "as much as shared_buffers, since nobody knows what the target's machine has",
        )
    return least, "the server's own maintenance_work_mem for each, since nobody knows what its machine has"


def _builds(at: Circumstances, memory: int, sorting: int) -> Iterator[MemoryHungryBuild]:
    """Yield the builds that need much, each with what it gets, the largest first.

    They get what they need up to a level at which the largest of them together, as many as may be in flight,
    are within the memory. Those of ivfflat fail with less than they need, so they get that in any case.
    """
    needs = sorted(_needs(at), key=lambda need: (-need[0], need[1].id))
    level = _level([need for need, _ in needs], at.index_jobs, memory, sorting)
    own = at.given.of(End.TARGET).get(MEMORY)
    for needed, step in needs:
        given = needed if step.method == "ivfflat" else min(needed, level)
        given = max(given, sorting)
        if own is not None:
            given = _size(own) or given
        yield MemoryHungryBuild(
            step=step.id,
            index=step.index,
            method=step.method,
            needed=needed,
            given=given,
            shares_memory=step.method == "hnsw",
        )


def _needs(at: Circumstances) -> Iterator[tuple[int, BuildIndex]]:
    known = {index.name: index for index in at.vector_indexes}
    for step in at.plan.steps:
        # A step without bytes attaches the index of a partition and builds nothing.
        if isinstance(step, BuildIndex) and step.cost.bytes and step.index in known:
            index = known[step.index]
            yield memory_of_build(index, step.cost.rows, server_version=at.target_version), step


def _level(needs: Iterable[int], builds: int, memory: int, usual: int) -> int:
    """Return the most that one build may take, so that any so many at once stay within the memory.

    Args:
        needs: the largest first.
        usual: what any other build takes.
    """
    largest = list(needs)[:builds]
    left = memory - usual * (builds - len(largest))
    for number, need in enumerate(reversed(largest)):
        share = left // (len(largest) - number)
        if need > share:
            return share
        left -= need
    return max([*largest, left])


_UNITS = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4}


def _size(text: str) -> int | None:
    """Return the bytes of a memory setting as a server reads it: in kilobytes where there is no unit."""
    digits = text.strip("' ").lower()
    unit = digits.lstrip("0123456789. ")
    try:
        return int(float(digits.removesuffix(unit)) * _UNITS[unit or "kb"])
    except (KeyError, ValueError):
        return None


def _shared_memory(at: Circumstances) -> int | None:
    """Return the free dynamic shared memory, where /dev/shm is what it is taken from."""
    if at.machine is None or at.target.dynamic_shared_memory_type != "posix":
        return None
    return at.machine.shared_memory
