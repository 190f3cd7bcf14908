"""Bystanders of a load: triggers, rules and forced row level security, which must not act on the rows.

Consumed by data files. What is on at the target is switched off and later put back into the very state it
had, whatever that was: so it does not matter which file creates a trigger, nor whether somebody has disabled
it since. ``DISABLE TRIGGER ALL`` and ``session_replication_role`` are no substitutes: they would let rows in
that foreign keys never checked.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.files.blocks import do_block, text_array
from pilotage.model.catalog import Table


def switch_off(tables: Sequence[Table]) -> str:
    """Return a block that switches off what would act on rows of these tables, and notes how it was."""
    return do_block("switch_off", tables=text_array(str(table.name) for table in tables))


def switch_back() -> str:
    """Return a block that puts everything back into the state that :func:`switch_off` found.

    No trigger events may be pending: ``SET CONSTRAINTS ALL IMMEDIATE`` comes before.
    """
    return do_block("switch_back")
