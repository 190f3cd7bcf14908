"""Orphans of the source: looked for before anything is copied, and followed where they are to be left out.

Consumed by the examination. Keys that the source never validated are none of this: they come along as they
are, with their rows. ``convalidated`` alone proves nothing, so every other enforced key is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pilotage.catalog.orphans import count_orphans, find_orphans, read_examples
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.model.catalog import Catalog, ForeignKey
from pilotage.model.choices import OrphanChoice
from pilotage.model.names import QualifiedName
from pilotage.model.orphans import BrokenKey, Orphans, QuarantinedRows
from pilotage.plan.order import partition_root

EXAMPLES = 3
"""Values of a broken key that are told."""

MOST = 1_000_000
"""Rows that are left out at most: each is named to the server by where it lies."""


async def read_orphans(
    source: Session,
    catalog: Catalog,
    choice: OrphanChoice,
    tell: Callable[[str], None],
    *,
    beside: Sequence[Session] = (),
) -> Orphans:
    """Look for rows that break foreign keys, in the session's transaction and its snapshot.

    Locks on tables whose rows are to be left out last until the transaction ends: the places of rows are
    good for as long.

    Args:
        beside: more sessions in the same snapshot, which help to look.

    Raises:
        RefusedError: too many rows would be left out.
    """
    promised = [key for key in catalog.foreign_keys if key.validated]
    counts = await count_orphans(
        source,
        promised,
        beside=beside,
        on_counted=lambda counted, of: tell(f"looking for orphans: {counted:,} of {of:,} foreign keys"),
    )
    broken = []
    for count in counts:
        if count.rows:
            examples = await read_examples(source, count.key, EXAMPLES)
            broken.append(
                BrokenKey(key=count.key, rows=count.rows, examples=examples.values, query=examples.query)
            )
    left_out = (
        await _follow(
            source, catalog, [count.key for count in counts if count.rows is not None], broken, tell
        )
        if choice is OrphanChoice.QUARANTINE
        else ()
    )
    return Orphans(
        choice=choice,
        broken=tuple(broken),
        uncounted=tuple((count.key, count.not_counted_because) for count in counts if count.rows is None),
        left_out=left_out,
    )


async def _follow(
    source: Session,
    catalog: Catalog,
    keys: Sequence[ForeignKey],
    broken: Sequence[BrokenKey],
    tell: Callable[[str], None],
) -> tuple[QuarantinedRows, ...]:
    """Return the orphans, the rows that reference them, those that reference these, and so on to the end.

    Each round looks again at the keys that reference a table of which more rows were left out in the round
    before, as if those were not there.
    """
    root = partition_root(catalog)
    everything: dict[QualifiedName, set[str]] = {}
    left_out: list[QuarantinedRows] = []
    waiting = [each.key for each in broken]
    first = True
    while waiting:
        tell(f"following orphans: {sum(map(len, everything.values())):,} rows so far")
        gone = {table: frozenset(places) for table, places in everything.items()}
        grown: set[QualifiedName] = set()
        for key in waiting:
            for table, places in (await find_orphans(source, key, gone=gone, known=everything)).items():
                everything.setdefault(table, set()).update(places)
                grown.add(root.get(table, table))
                left_out.append(
                    QuarantinedRows(
                        table=table,
                        key=key.name,
                        of=key.table,
                        follows=not first,
                        places=tuple(sorted(places, key=_place)),
                    )
                )
        _refuse_too_many(sum(map(len, everything.values())))
        waiting = [key for key in keys if root.get(key.referenced, key.referenced) in grown]
        first = False
    return tuple(left_out)


def _place(ctid: str) -> tuple[int, int]:
    """Return block and number of ``(12,3)``, by which places sort as they lie."""
    block, number = ctid.strip("()").split(",")
    return int(block), int(number)


def _refuse_too_many(rows: int) -> None:
    if rows > MOST:
        raise RefusedError(
            f"more than {MOST:,} rows reference nothing, or rows that would be left out for that: too "
            "many to leave out one by one; mend the source, or pass --orphans not-valid"
        )
