"""Writing the journal: at the begin of an attempt, with every step, and at the end.

Consumed by execution. What records a step is text, so that it travels in the message that commits it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from pilotage.connection import Session
from pilotage.journal.tables import create_tables
from pilotage.model.copied import Moment
from pilotage.model.journal import Attempt, Begun, Done, Outcome, PlannedStep
from pilotage.model.names import quote_literal


async def begin(
    session: Session, begun: Begun, attempt: Attempt, steps: Sequence[PlannedStep], *, role: str = ""
) -> None:
    """Make the journal where this is the first attempt, and note the attempt and its steps; one transaction.

    Args:
        session: as the role that will do the work.
        role: that role, where it is not the one that connected.

    Raises:
        RefusedError: the role may not make it.
    """
    async with session.transaction():
        if attempt.number == 1:
            await create_tables(session, role)
            await session.run(
                "INSERT INTO pilotage.migration "  # noqa: S608 - quoted
                "(format, pilotage, fingerprint, source, source_identity, choices) "
                f"VALUES ({begun.format}, {_texts(begun.pilotage, begun.fingerprint, begun.source)}, "
                f"{_texts(begun.source_identity, begun.choices)})"
            )
        await session.run(
            "INSERT INTO pilotage.attempt (number, snapshot, moment) "  # noqa: S608 - quoted
            f"VALUES ({attempt.number}, {_texts(attempt.snapshot, _json(attempt.moment))}); "
            "DELETE FROM pilotage.step"
        )
        await session.value(_INSERT_STEPS, msgspec.json.encode(steps).decode())


_INSERT_STEPS = """
    INSERT INTO pilotage.step
    SELECT * FROM pg_catalog.json_to_recordset($1::json) AS steps (
        place int, id text, stage text, kind text, "group" text, "table" text, rows bigint, bytes bigint,
        weight bigint
    )
"""


def recording(done: Sequence[Done], *, timed: Collection[str] = ()) -> str:
    """Return the statement that records what is done, in the transaction that does it; on one line.

    Args:
        timed: the steps of which it is known how many seconds they took; the others share evenly what the
            transaction took besides, by the server's clock.
    """
    known = sum(each.seconds for each in done if each.step in timed)
    others = sum(each.step not in timed for each in done)
    shared = (
        "(extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()) "
        f"- {known:.6f}) / {others}"
    )
    rows = ", ".join(_values(each, f"{each.seconds:.6f}" if each.step in timed else shared) for each in done)
    return (
        "INSERT INTO pilotage.done (step, first_block, end_block, rows, bytes, left_out, filenode, seconds, "  # noqa: S608 - quoted
        f"attempt) VALUES {rows};"
    )


def _values(each: Done, seconds: str) -> str:
    end = "NULL" if each.end_block is None else each.end_block
    return (
        f"({quote_literal(each.step)}, {each.first_block}, {end}, {each.rows}, {each.bytes}, "
        f"{each.left_out}, {each.filenode}, {seconds}, {each.attempt})"
    )


def forgetting(steps: Iterable[str]) -> str:
    """Return the statement that removes the records of steps, in the transaction that undoes them."""
    return f"DELETE FROM pilotage.done WHERE step IN ({_texts(*steps)});"  # noqa: S608 - quoted


async def note_moment(session: Session, attempt: int, moment: Moment) -> None:
    """Note what is known by now of an attempt's snapshot."""
    await session.run(
        f"UPDATE pilotage.attempt SET moment = {_texts(_json(moment))} WHERE number = {attempt}"  # noqa: S608
    )


async def note_failure(session: Session, attempt: int, step: str, message: str) -> None:
    """Note that a step failed, and why."""
    await session.run(
        "INSERT INTO pilotage.failure (attempt, step, message) "  # noqa: S608 - quoted
        f"VALUES ({attempt}, {_texts(step, message)})"
    )


async def note_end(session: Session, attempt: int, outcome: Outcome, message: str = "") -> None:
    """Note how an attempt ended."""
    await session.run(
        "UPDATE pilotage.attempt SET ended = pg_catalog.clock_timestamp(), "  # noqa: S608 - quoted
        f"outcome = {quote_literal(outcome.value)}, message = {quote_literal(message)} "
        f"WHERE number = {attempt}"
    )


def _json(moment: Moment) -> str:
    return msgspec.json.encode(moment).decode()


def _texts(*values: str) -> str:
    return ", ".join(map(quote_literal, values))
