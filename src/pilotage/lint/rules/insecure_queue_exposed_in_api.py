"""A message queue that an HTTP interface shows has no row level security.

Cost: pgmq keeps each queue in a table, q_<name>; with the schema pgmq_public in the interface, whoever
holds the public key of the project sends, reads and deletes messages of every queue whose table lets them.

Fine: for queues that everybody may read and write.

Remedy: ALTER TABLE pgmq.q_… ENABLE ROW LEVEL SECURITY, with policies for those who are to use the queue; or
take pgmq_public out of the interface's schemas, or revoke the privileges of anon and authenticated.

Decide: who may send, read and delete messages of the queue. Whatever narrows that is refused to somebody
who does it now.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.lint.reading import Reading
from pilotage.lint.rule import Found, rule
from pilotage.model.lint import Category, Level

_NAME = __name__.rpartition(".")[2]


async def _find(reading: Reading) -> Iterable[Found]:
    return await reading.plain(_NAME, Found, services=True)


RULE = rule(
    __name__,
    __doc__,
    title="Insecure Queue Exposed in API",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
    # as Supabase's linter, whose two rules share it
    key="rls_disabled_in_public",
    find=_find,
)
