"""What was copied from a source, and when: enough to tell later whether it is still what the source holds.

Kept in the journal by execution, compared by :mod:`pilotage.catalog.changed_rows`.
"""

from __future__ import annotations

import msgspec

from pilotage.model.names import QualifiedName


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of a source, as far as a later one can be compared with it.

    Attributes:
        xmin: ``pg_snapshot_xmin``, of 64 bits: every older transaction had ended when it was taken.
        lineage: the cluster, its timeline and the database. Empty where the server does not tell, and on a
            standby, which after a restart may for a while show less than before.
        running_since: when the server's statistics began, in UTC: anew after each crash. Empty where unknown.
        flushed: whether all that the snapshot sees was known to outlive a crash of the server.
    """

    xmin: int
    lineage: str
    running_since: str
    flushed: bool


class CopiedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A table's rows, or those of a range of its blocks, copied under a snapshot.

    Attributes:
        table: an ordinary table; partitions and children are tables of their own.
        blocks: the first block and the one behind the last, None for the end of the table; None for all of
            the table.
        rows: that were copied.
        all_rows: whether these were all there are. Where a condition or an orphan left some out, which ones
            depends on more than this table.
        filenode: ``pg_relation_filenode`` while it was copied; counts where ``blocks`` are given.
        moment: the snapshot.
    """

    table: QualifiedName
    blocks: tuple[int, int | None] | None = None
    rows: int
    all_rows: bool = True
    filenode: int = 0
    moment: Moment
