"""Guards: what a file checks before it does anything.

Consumed by data files, and by other files that need a table or a fit server. A file that runs twice, out of
order or against the wrong database stops here, with a message that says so and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pilotage.files.blocks import do_block, text_array, values_list
from pilotage.files.checksums import ENCODINGS_HASHED_AS_STORED, PROBE, rows_of, text_hash
from pilotage.files.records import NeededTable
from pilotage.model.catalog import Table
from pilotage.model.names import quote_literal
from pilotage.model.visible import visible_identifier, visible_name, visible_text


class LoadedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a file loads, as it must stand before.

    Attributes:
        columns: those that the file fills.
        earlier_rows: what earlier parts of the same group brought.
        earlier_file: the part before this one; empty where there is none.
        condition: which of its rows count, ``WHERE …``; empty for all.
    """

    table: Table
    columns: tuple[str, ...]
    earlier_rows: int
    earlier_file: str
    condition: str = ""


def guard_server(*, encoding: str, probe: int) -> str:
    """Return a block that refuses a server on which this file would load other things than it says.

    Args:
        encoding: the source database's.
        probe: the hash of :data:`~pilotage.files.checksums.PROBE` on the source.
    """
    encodings = text_array(ENCODINGS_HASHED_AS_STORED)
    wrong_encoding = (
        f"pg_catalog.getdatabaseencoding() <> ALL ({encodings})" if encoding == "UTF8" else "false"
    )
    return do_block(
        "guard_server",
        wrong_encoding=wrong_encoding,
        encoding=encoding,
        probe_hash=text_hash(quote_literal(PROBE), encoding),
        probe=str(probe),
    )


def guard_needs(needed: Sequence[NeededTable]) -> str:
    """Return a block that refuses to go on before the tables that rows reference are there and filled."""
    if not needed:
        return ""
    rows = values_list(
        (
            (
                quote_literal(visible_name(each.table.name)),
                quote_literal(str(each.table.name)),
                quote_literal(rows_of(each.table)),
                "true" if each.has_rows else "false",
                quote_literal(visible_text(each.file)),
            )
            for each in needed
        ),
        "label, relation, rows_of, has_rows, file",
        "need",
    )
    return do_block("guard_needs", rows=rows)


def guard_tables(loaded: Sequence[LoadedTable], *, needs: Iterable[str]) -> str:
    """Return a block that locks the tables and refuses those that the file was not written for.

    They exist and have the columns that the file fills, and no others. Nobody else can write to them until
    the transaction ends: a second run of the file waits, and then finds the rows of the first.

    Args:
        needs: files that create the tables, for the message.
    """
    rows = values_list(
        (
            (
                quote_literal(visible_name(each.table.name)),
                quote_literal(str(each.table.name)),
                quote_literal(rows_of(each.table)),
                text_array(each.columns),
                text_array(map(visible_identifier, each.columns)),
            )
            for each in loaded
        ),
        "label, relation, rows_of, columns, column_labels",
        "load",
    )
    files = ", ".join(map(visible_text, needs)) or "the schema's files"
    return do_block("guard_tables", rows=rows, needs=quote_literal(f"Run first: {files}."))


def guard_rows(loaded: Sequence[LoadedTable], *, rollback: str) -> str:
    """Return a block that refuses tables with other rows than earlier parts have brought.

    Row level security must not hide any from it. A first part looks for one row; later parts count the rows
    that are there, which is a scan of the table so far.

    Args:
        rollback: what takes the rows back, for the message.
    """
    rows = values_list(
        (
            (
                quote_literal(visible_name(each.table.name)),
                quote_literal(rows_of(each.table, each.condition)),
                f"{each.earlier_rows}::pg_catalog.int8",
                quote_literal(visible_text(each.earlier_file)),
            )
            for each in loaded
        ),
        "label, rows_of, rows, earlier_file",
        "load",
    )
    hint = (
        f"If this file has run, go on with the next. Otherwise run {rollback}, or start with an empty target."
    )
    return do_block("guard_rows", rows=rows, rollback=quote_literal(hint))
