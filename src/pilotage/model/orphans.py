"""Rows that reference nothing, as they were found on the source, and what becomes of them.

Made by :mod:`pilotage.preflight`, consumed by planning, execution and the reports.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilotage.model.catalog import ForeignKey
from pilotage.model.choices import OrphanChoice
from pilotage.model.names import QualifiedName


class BrokenKey(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign key that rows of the source break.

    Attributes:
        rows: how many of them.
        examples: some of their values, a text for each column of the key.
        query: finds all of them.
    """

    key: ForeignKey
    rows: int
    examples: tuple[tuple[str | None, ...], ...]
    query: str


class QuarantinedRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one relation that are left out because they break one key.

    Attributes:
        table: the relation that stores them: a partition, where the key is on its parent.
        key, of: the key's name, and the table on which it was declared.
        follows: whether they reference rows that are there, but are left out themselves.
        places: where the rows lie (``ctid``) in the source's snapshot, in order.
    """

    table: QualifiedName
    key: str
    of: QualifiedName
    follows: bool
    places: tuple[str, ...]


class Orphans(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, and what becomes of it.

    Attributes:
        choice: the user's.
        broken: in the order of the catalog's keys.
        uncounted: keys that could not be looked at, and why.
        left_out: with :attr:`OrphanChoice.QUARANTINE`, each row once.
    """

    choice: OrphanChoice
    broken: tuple[BrokenKey, ...]
    uncounted: tuple[tuple[ForeignKey, str], ...] = ()
    left_out: tuple[QuarantinedRows, ...] = ()

    def places(self) -> Mapping[QualifiedName, tuple[str, ...]]:
        """Return where the rows that are left out lie, by the relation that stores them."""
        found: dict[QualifiedName, tuple[str, ...]] = {}
        for each in self.left_out:
            found[each.table] = found.get(each.table, ()) + each.places
        return found
