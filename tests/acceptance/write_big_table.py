"""Writes the data file of one table in a process of its own and prints its peak of memory, in kilobytes.

Run by ``test_data_files.py``: ``python -m tests.acceptance.write_big_table FOLDER FORMAT``, with the database
in libpq's variables.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path

from pilotage.catalog import read_catalog
from pilotage.connection import connect, resolve_dsn
from pilotage.connection.snapshot import export_snapshot
from pilotage.files import data_of, write_data_files
from pilotage.model.choices import DataFormat
from pilotage.model.names import QualifiedName
from pilotage.model.review import FileKind, PlannedFile
from pilotage.model.scope import Scope


async def write_big_table(folder: Path, data_format: DataFormat) -> None:
    """Write the rows of ``public.big`` into one file."""
    async with (
        connect(resolve_dsn("", environment=os.environ, os_user="nobody")) as session,
        export_snapshot(session),
    ):
        catalog = await read_catalog(session, Scope())
        await write_data_files(
            session,
            file=PlannedFile(name="10-data-big.sql", kind=FileKind.DATA, group="big", steps=(), needs=()),
            catalog=catalog,
            tables=[data_of(catalog, QualifiedName("public", "big"))],
            folder=folder,
            data_format=data_format,
            split_bytes=1 << 40,
        )


if __name__ == "__main__":
    asyncio.run(write_big_table(Path(sys.argv[1]), DataFormat(sys.argv[2])))
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
