"""Assertions on rows: how many there are and what their checksum is, or an exception.

Consumed by data files, of what each of them brought, and by validation, of everything. The exceptions are for
whoever runs a file with psql and nothing else: they say what was expected, what was found, what to do.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pilotage.files.blocks import do_block, values_list
from pilotage.files.checksums import row_text, rows_of, text_hash
from pilotage.model.catalog import Table
from pilotage.model.names import quote_literal
from pilotage.model.visible import visible_name

# Row versions whose transaction is not older than this one: its own and its subtransactions', which a client
# may have opened unasked (psql's ON_ERROR_ROLLBACK). Comparing xmin with the transaction's id would miss the
# latter. Anyone else's that began later count too, rightly: they have no business in this table now.
_OF_THIS_TRANSACTION = " WHERE pg_catalog.age(xmin) <= 0"


class ExpectedRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a table should hold.

    Attributes:
        nulls: columns that hold NULL so far.
        condition: which of its rows count, ``WHERE …``; empty for all. Not together with ``only_new``.
        only_new: whether rows that were there before the transaction are left out.
    """

    table: Table
    columns: tuple[str, ...]
    rows: int
    checksum: int
    nulls: tuple[str, ...] = ()
    only_new: bool = False
    condition: str = ""


def assert_rows(expected: Sequence[ExpectedRows], *, encoding: str, verdict: str, hint: str) -> str:
    """Return a block that raises an exception at the first table whose rows are not as expected.

    Args:
        encoding: the source database's, which decides how text is hashed.
        verdict: what a difference means, the end of the exception's message.
        hint: what to do about it.
    """
    if not expected:
        return ""
    rows = values_list(
        (
            (
                quote_literal(visible_name(each.table.name)),
                quote_literal(
                    rows_of(each.table, each.condition) + (_OF_THIS_TRANSACTION if each.only_new else "")
                ),
                quote_literal(row_text(each.columns, nulls=each.nulls)),
                str(each.rows),
                # Quoted: a number without a cast would not tell bigint from numeric.
                f"'{each.checksum}'::pg_catalog.numeric",
            )
            for each in expected
        ),
        "label, rows_of, row_text, rows, checksum",
        "expectation",
    )
    return do_block(
        "assert_rows",
        rows=rows,
        hash=text_hash("%s::pg_catalog.text", encoding).replace("'", "''"),
        verdict=quote_literal(verdict),
        hint=quote_literal(hint),
    )
