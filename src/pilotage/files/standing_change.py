"""What is known of a change to something that was there before any of our files.

Made by :mod:`pilotage.files.standing` and :mod:`pilotage.files.database_changes`, consumed by schema
files and by rollback.
"""

from __future__ import annotations

import msgspec


class StandingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change to something that a new database has from the start, or that is of no object at all.

    Attributes:
        label: for people.
        is_new: the condition that holds where it is as in a new database.
        written_in: the expression of the transaction that wrote its catalog row last.
        undo: the statements that make it as in a new database again; empty where they are not known.
        again: statements that write the row again and change nothing.
    """

    label: str
    is_new: str
    written_in: str
    undo: str
    again: str
