"""What a repair script does, and what it leaves alone.

Made by this room, consumed by reports.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pilotage.model.catalog import LeftOut
from pilotage.model.names import QualifiedName


class RepairedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that the script repairs, and the number of rows.

    Attributes:
        inserted, deleted, updated: rows that the source alone has, the target alone, and both.
    """

    table: QualifiedName
    inserted: int
    deleted: int
    updated: int


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A repair script as it was written.

    Attributes:
        path: None where no script was written: it would have changed nothing.
        tables: in the order in which missing rows are inserted.
        left_out: tables that differ and that the script does not touch, each with the reason.
    """

    path: Path | None
    tables: tuple[RepairedTable, ...]
    left_out: tuple[LeftOut, ...]
