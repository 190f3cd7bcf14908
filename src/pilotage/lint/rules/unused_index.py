"""No query has used an index since the server began to count.

Cost: every INSERT, and every UPDATE that cannot stay on its page, writes it; it takes disk, memory and time
to vacuum, and a migration builds it.

Fine: where the count is young, or was made on a server that does not see all queries: a replica counts its
own, and a query of the year's end is not in it yet. An index may also be there for deletions of rows that
others reference.

Remedy: look at the age of the count, and at that of each replica; then drop the index with DROP INDEX
CONCURRENTLY.

Decide: whether the count has seen every use. No statistics tell what a query of next month needs, so that
no SQL is written.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Unused Index",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
)
