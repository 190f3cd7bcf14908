"""A replication slot that nobody reads holds back more of the write-ahead log than it may, or is lost.

Cost: the server keeps the log for it, past max_slot_wal_keep_size, until the next checkpoint. After that
the slot is lost (ERROR), and what read from it has to begin anew.

Fine: while the reader is about to come back.

Remedy: start the reader again, or SELECT pg_drop_replication_slot('…'), for a logical slot in the database
that it is of. Where max_slot_wal_keep_size is not set, a slot that nobody reads is not told here, and fills
the disk.

Decide: whether its reader comes back. A dropped slot cannot be made again where it was, so that the reader
begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level

_NAME = __name__.rpartition(".")[2]


async def _find(reading: Reading) -> Iterable[Found]:
    return await reading.plain(_NAME, Found)


RULE = rule(
    __name__,
    __doc__,
    title="Unused Replication Slot",
    level=Level.WARN,
    worst=Level.ERROR,
    categories=(Category.PERFORMANCE,),
    find=_find,
)
