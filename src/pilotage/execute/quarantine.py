"""Rows that stay behind because they break foreign keys, written into a file that brings them when mended.

Consumed by the migration before it runs, in the snapshot that it copies from. The file is a script for psql:
one COPY for each table and key, with what is broken as a comment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pilotage.catalog.orphans import at_places
from pilotage.connection import Session
from pilotage.errors import RefusedError
from pilotage.execute.relay import rows_of
from pilotage.model.names import quote_identifier, quote_identifiers
from pilotage.model.orphans import Orphans, QuarantinedRows
from pilotage.model.plan import LoadTable, Plan
from pilotage.model.visible import visible_text

QUARANTINE = "quarantine.sql"
"""The file's name."""

_HEAD = """\
-- Rows of the source that break foreign keys, or reference rows that do. They were not migrated.
-- Mend them, or what they reference, and run this file on the target:
--   psql -v ON_ERROR_STOP=1 -1 -f quarantine.sql
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET xmloption = content;
"""


async def write_quarantine(source: Session, plan: Plan, orphans: Orphans, file: Path) -> int:
    """Write the rows that are left out and return how many they are.

    Args:
        source: in the snapshot in which the rows were found.
        file: replaced where it is there; only we may read it.

    Raises:
        RefusedError: the file cannot be written, or the source did not hand out every row.
    """
    loads = {step.table: step for step in plan.steps if isinstance(step, LoadTable)}
    written = 0
    with _opened(file) as out:
        out.write(_HEAD.encode())
        # What is referenced comes before what was left out because of it.
        for each in orphans.left_out:
            out.write(_introduction(each, loads[each.table]).encode())
            rows = await _write_rows(source, each, loads[each.table], out)
            if rows != len(each.places):
                raise RefusedError(
                    f"the source handed out {rows} of {len(each.places)} rows of {each.table} that are to be "
                    f"left out, and nothing was changed; run the same command again"
                )
            out.write(b"\\.\n")
            written += rows
    return written


async def _write_rows(source: Session, left_out: QuarantinedRows, load: LoadTable, out: IO[bytes]) -> int:
    async def write(piece: bytes) -> None:
        out.write(piece)

    return await source.copy_out_query(
        rows_of(load, f"WHERE {at_places('stored', left_out.places)}"), sink=write
    )


def _introduction(left_out: QuarantinedRows, load: LoadTable) -> str:
    key = visible_text(f"foreign key {quote_identifier(left_out.key)} on {left_out.of}")
    one = len(left_out.places) == 1
    breaks = "breaks" if one else "break"
    references = "references" if one else "reference"
    why = f"{references} rows that are left out, by" if left_out.follows else breaks
    columns = f" ({quote_identifiers(load.columns)})" if load.columns else ""
    return (
        f"\n-- {len(left_out.places)} {'row' if one else 'rows'} of "
        f"{visible_text(str(left_out.table))} {why} {key}\n"
        f"COPY {left_out.table}{columns} FROM stdin;\n"
    )


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        with file.open("wb") as out:
            yield out
    except OSError as error:
        raise RefusedError(
            f"cannot write {file}: {error.strerror or error}, and nothing was changed; name another "
            "folder with -o"
        ) from error
