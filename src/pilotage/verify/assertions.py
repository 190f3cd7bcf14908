"""Queries of the user's that are to give one value: as expected, or the same at both ends.

Consumed by verification. Each query is asked in a session of its own, READ ONLY, as one scalar
subquery: it can write nothing, and neither end the transaction nor bring a second statement. Functions that
reach beyond a transaction (``lo_export``, dblink) can do what the role may, as in any client.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from pilotage.config.records import AssertedOn, Assertion
from pilotage.connection import Session
from pilotage.errors import ServerError
from pilotage.model.verdict import Check, Difference
from pilotage.model.visible import visible_text
from pilotage.verify.comparison import outcome_of
from pilotage.verify.ends import End

NAME = "assertions"
NULL = "NULL"
_NO_SUCH_NAME = frozenset({"42P01", "42883"})
"""undefined_table and undefined_function."""


async def check_assertions(source: End | None, target: End, assertions: Sequence[Assertion]) -> Check:
    """Ask every query at the ends it is for, and compare what it gives as text.

    A query that fails, or gives no single value, proves nothing: it makes the check incomplete.

    Args:
        source: None where no moment of it is held; what is asked of it is then not checked.
        target: the other end.
        assertions: at least one.

    Raises:
        ConnectionLostError: a connection broke.
    """
    began = time.perf_counter()
    differences: list[Difference] = []
    not_checked: list[str] = []
    for each in assertions:
        name = f'assertion "{each.name}"'
        values: dict[AssertedOn, str] = {}
        for place, end in ((AssertedOn.SOURCE, source), (AssertedOn.TARGET, target)):
            if each.on not in (place, AssertedOn.BOTH):
                continue
            if end is None:
                not_checked.append(f"{name}: the source is no longer at the moment of the rows")
                continue
            try:
                values[place] = await _value(end, each)
            except ServerError as error:
                not_checked.append(f"{name}: the {place} refused the query: {_words(error)}")
        if each.expect is not None:
            differences += [
                Difference(object=name, fact=f"value at the {place}", expected=each.expect, found=value)
                for place, value in values.items()
                if value != each.expect
            ]
        elif len(values) == 2 and values[AssertedOn.SOURCE] != values[AssertedOn.TARGET]:
            expected, found = values[AssertedOn.SOURCE], values[AssertedOn.TARGET]
            differences.append(Difference(object=name, fact="value", expected=expected, found=found))
    return Check(
        name=NAME,
        title="Assertions",
        scope="what each query reads, at the ends that it is asked at",
        method="each query in a READ ONLY transaction; its one value as text, with what is expected or what "
        "the other end gives",
        compared=len(assertions),
        outcome=outcome_of(differences, incomplete=bool(not_checked)),
        differences=tuple(differences),
        seconds=time.perf_counter() - began,
        not_checked=tuple(not_checked),
    )


async def _value(end: End, assertion: Assertion) -> str:
    async with end.session() as session:
        await session.run(f"SET LOCAL statement_timeout TO {assertion.seconds * 1000}")
        return await _only_value(session, assertion.sql)


async def _only_value(session: Session, sql: str) -> str:
    # The driver's prepared statement takes one statement only. Whatever closes the parenthesis is still part
    # of one SELECT in a READ ONLY transaction. A comment at the query's end ends with the line.
    query = sql.rstrip().removesuffix(";")
    value = await session.value(
        "SELECT CASE WHEN pg_catalog.num_nonnulls(asserted.value) = 1 "  # noqa: S608 - the user's own query
        "THEN pg_catalog.format('%s', asserted.value) END "
        f"FROM (SELECT (\n{query}\n)) AS asserted (value)"
    )
    return NULL if value is None else str(value)


def _words(error: ServerError) -> str:
    words = visible_text(str(error))
    return f"{words}; write names with their schema" if error.sqlstate in _NO_SUCH_NAME else words
