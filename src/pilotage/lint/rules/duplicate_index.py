"""An index does what another index of the table does already.

Cost: every INSERT, and every UPDATE that cannot stay on its page, writes both; both take disk, memory and
time to vacuum, and a migration builds both.

Fine: only for as long as one is built to replace the other.

Remedy: drop the one that is named; the one that is kept is that which a constraint, the replica identity or
CLUSTER needs. DROP INDEX CONCURRENTLY waits for transactions, and blocks nobody.

Decide: whether statistics targets, a security label or a dependency on an extension may be lost, and when
an index of a partitioned table, which cannot be dropped concurrently, may be. No SQL is written for these,
since the reverse would not make all of it again.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Duplicate Index",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
)
