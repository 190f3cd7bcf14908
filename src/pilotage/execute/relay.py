"""The relay: one table's rows from the source's COPY to the target's, never all in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pilotage.catalog.orphans import at_places
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName, quote_identifiers
from pilotage.model.plan import CopyFormat, LoadTable


async def relay_rows(
    source: Session,
    target: Session,
    step: LoadTable,
    on_bytes: Callable[[int], None],
    *,
    without: Sequence[str] = (),
    blocks: tuple[int, int | None] | None = None,
    freeze: bool = False,
) -> tuple[int, int]:
    """Copy one table, or some blocks of it, and return its rows and the bytes of its COPY stream.

    Outside of a transaction, the target's COPY is one by itself: either all rows are in, or none. Inside, the
    caller decides.

    Args:
        on_bytes: told how many more bytes went by; must not block.
        without: where the rows lie (``ctid``, in the session's snapshot) that are left out.
        blocks: of the table's file, from the first up to the second, which is left out, or to the end; all
            of them by default. Not for a step that has a condition.
        freeze: ``COPY … FREEZE``, for a table that the target's transaction has made or emptied.

    Raises:
        ServerError: either server refused; a transaction that is open on the target can only be rolled back.
        ConnectionLostError: either connection broke.
    """
    relayed = 0

    def tell(count: int) -> None:
        nonlocal relayed
        relayed += count
        on_bytes(count)

    sent, arrived = await source.copy_across(
        rows_to_send(step, without, blocks),
        target,
        step.table,
        step.columns,
        binary=step.format is CopyFormat.BINARY,
        freeze=freeze,
        on_bytes=tell,
    )
    if sent != arrived:
        raise ServerError(f"the source sent {sent} rows of {step.table} and the target took {arrived}")
    return arrived, relayed


def rows_to_send(
    step: LoadTable, without: Sequence[str], blocks: tuple[int, int | None] | None
) -> QualifiedName | str:
    """Return the whole table, or a query for some of its rows, as :func:`relay_rows` takes its arguments."""
    if step.condition:
        # An extension's, as pg_dump asks for what users wrote into its table. Foreign keys of such tables are
        # not ours to look at, so nothing of them is left out; and they are small.
        if blocks is not None:
            raise ValueError(f"{step.table}: rows on a condition are not to be had by blocks")
        return rows_of(step, step.condition, alias="")
    conditions = [] if blocks is None else _in_blocks("stored", *blocks)
    if without:
        conditions.append(f"NOT ({at_places('stored', without)})")
    return rows_of(step, f"WHERE {' AND '.join(conditions)}") if conditions else step.table


def _in_blocks(alias: str, first: int, end: int | None) -> list[str]:
    """Return the conditions that a row lies in these blocks; the server reads no others (14 and later).

    ``TidRangeScan`` in PostgreSQL's ``nodeTidrangescan.c``.
    """
    bounds = [(">=", first)] if end is None else [(">=", first), ("<", end)]
    return [f"{alias}.ctid {sign} '({block:d},0)'::pg_catalog.tid" for sign, block in bounds]


def rows_of(step: LoadTable, condition: str, *, alias: str = "stored") -> str:
    """Return the query for those of a table's own rows that meet a condition.

    Args:
        condition: with its WHERE; may name the table by its alias, or where that is empty by its name.
    """
    columns = quote_identifiers(step.columns)
    return f"SELECT {columns} FROM ONLY {step.table} {alias} {condition}"  # noqa: S608 - quoted names
