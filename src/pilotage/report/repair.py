"""What a repair script does and leaves alone, in a few lines; consumed by the command line."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.model.visible import visible_name
from pilotage.repair.records import Repair
from pilotage.report.escape import terminal_text
from pilotage.report.figures import count, counted

_LEFT_OUT_SHOWN = 20


def repair_lines(repair: Repair) -> Iterator[str]:
    """Yield a line about the script, one about each of its tables, and one about each that it leaves out."""
    if repair.path is None:
        why = "it would have changed nothing" if repair.left_out else "no rows differ"
        yield f"no repair script was written: {why}"
    else:
        yield (
            f"wrote {terminal_text(str(repair.path))}, which repairs {counted(len(repair.tables), 'table')} "
            "when psql runs it on the target:"
        )
    for table in repair.tables:
        yield (
            f"  {visible_name(table.table)}: {count(table.inserted)} inserted, {count(table.deleted)} "
            f"deleted, {count(table.updated)} changed"
        )
    for left_out in repair.left_out[:_LEFT_OUT_SHOWN]:
        yield terminal_text(f"  not repaired: {left_out.object}: {left_out.because}")
    if len(repair.left_out) > _LEFT_OUT_SHOWN:
        yield f"  not repaired: {count(len(repair.left_out) - _LEFT_OUT_SHOWN)} more, named in the script"
