"""Large tables in parts: ranges of the source's blocks, each copied, recorded and continued on its own.

Pure: what the source says of its tables, and what is done already, comes as arguments. Consumed by passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pilotage.model.journal import Done
from pilotage.model.locks import LockMode
from pilotage.model.names import QualifiedName
from pilotage.model.plan import Cost, Edge, LoadTable, Step

SPLIT_FROM = 128 * 1024 * 1024
"""Bytes from which a table may be copied in parts: below, a second connection has little to do."""

_LEAST = 64 * 1024 * 1024
_MOST = 1024 * 1024 * 1024
"""Bytes of one part: what is lost when a connection breaks, and must be copied again."""

_PARTS_PER_JOB = 3
"""Parts that each connection gets of a table that is alone: few enough to cost nothing, and no long tail."""


class StoredTable(msgspec.Struct, frozen=True, kw_only=True):
    """How the source stores a table: blocks of its heap, and the file they are in."""

    table: QualifiedName
    blocks: int
    filenode: int


class LoadPart(LoadTable, tag="load-part", frozen=True, kw_only=True):
    """A part of a table's load; a step of the execution only.

    Attributes:
        whole: the id of the plan's step.
        first_block, end_block: the range of blocks; ``end_block`` is None for the last part, which goes on to
            the end of the table.
    """

    whole: str
    first_block: int
    end_block: int | None
    filenode: int


def whole_of(step: Step) -> str:
    """Return the id of the plan's step that a step of the execution is, or is a part of."""
    return step.whole if isinstance(step, LoadPart) else step.id


def tables_to_split(steps: Iterable[Step], jobs: int, done: Mapping[str, Sequence[Done]]) -> list[LoadTable]:
    """Return the loads to be done in parts: of tables at which one connection would work while others idle.

    Where a part of a table is there already, the rest comes in parts too.
    """
    loads = [step for step in steps if isinstance(step, LoadTable)]
    share = sum(step.cost.bytes for step in loads) / jobs
    return [
        step
        for step in loads
        if not step.condition
        and (step.id in done or (jobs > 1 and step.cost.bytes >= SPLIT_FROM and step.cost.bytes > share / 2))
    ]


def split(
    steps: Sequence[Step],
    edges: Iterable[Edge],
    stored: Mapping[str, StoredTable],
    jobs: int,
    done: Mapping[str, Sequence[Done]],
) -> tuple[list[Step], list[Edge]]:
    """Return steps and edges with the parts that are still to be done in the place of those that are split.

    Args:
        stored: by step, how the tables to be split are stored.
        done: by step, the parts that are done.
    """
    parts: dict[str, tuple[LoadPart, ...]] = {}
    for step in steps:
        if isinstance(step, LoadTable) and step.id in stored:
            ranges = _ranges(step, stored[step.id], jobs, done.get(step.id, ()))
            parts[step.id] = tuple(_part(step, stored[step.id], *blocks) for blocks in ranges)
    if not parts:
        return [*steps], [*edges]
    new_steps = [new for step in steps for new in parts.get(step.id, (step,))]
    new_edges = [
        Edge(before, after, edge.reason)
        for edge in edges
        for before in _ids(parts, edge.before)
        for after in _ids(parts, edge.after)
    ]
    return new_steps, new_edges


def _ids(parts: Mapping[str, tuple[LoadPart, ...]], step: str) -> Iterable[str]:
    return [part.id for part in parts[step]] if step in parts else (step,)


def _ranges(
    step: LoadTable, stored: StoredTable, jobs: int, done: Sequence[Done]
) -> list[tuple[int, int | None]]:
    """Return the ranges of blocks that are not done, cut into parts; the last one has no end."""
    per_block = step.cost.bytes / max(1, stored.blocks)
    size = min(max(step.cost.bytes / (jobs * _PARTS_PER_JOB), _LEAST), _MOST)
    blocks = max(1, round(size / max(per_block, 1)))
    ranges: list[tuple[int, int | None]] = []
    for first, end in _gaps(done):
        # Behind the end of the table there may be nothing.
        last = stored.blocks if end is None else min(end, stored.blocks)
        starts = list(range(first, last, blocks)) or [first]
        # A short rest goes with the part before it.
        if len(starts) > 1 and last - starts[-1] < blocks / 2:
            starts.pop()
        ranges += [
            (start, starts[number + 1] if number + 1 < len(starts) else end)
            for number, start in enumerate(starts)
        ]
    return ranges


def _gaps(done: Sequence[Done]) -> Iterable[tuple[int, int | None]]:
    place = 0
    for each in sorted(done, key=lambda part: part.first_block):
        if each.first_block > place:
            yield place, each.first_block
        if each.end_block is None:
            return
        place = each.end_block
    yield place, None


def _part(step: LoadTable, stored: StoredTable, first: int, end: int | None) -> LoadPart:
    last = stored.blocks if end is None else end
    share = max(0, last - first) / max(1, stored.blocks)
    fields = {name: getattr(step, name) for name in LoadTable.__struct_fields__}
    fields["id"] = f"{step.id}, blocks {first} to {'the end' if end is None else end - 1}"
    fields["cost"] = Cost(
        rows=round(step.cost.rows * share),
        bytes=round(step.cost.bytes * share),
        weight=round(step.cost.weight * share),
    )
    # Nothing is truncated, so that parts arrive side by side.
    fields["locks"] = tuple(msgspec.structs.replace(lock, mode=LockMode.ROW_EXCLUSIVE) for lock in step.locks)
    return LoadPart(**fields, whole=step.id, first_block=first, end_block=end, filenode=stored.filenode)


def is_complete(parts: Sequence[Done]) -> bool:
    """Tell whether parts leave nothing of a table out."""
    return bool(parts) and not list(_gaps(parts))
