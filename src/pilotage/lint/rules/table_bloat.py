"""Most of a table's file holds no rows.

Cost: scans, backups and the cache read the empty pages too. A migration that copies rows leaves them
behind.

Fine: where the space will be filled again, as in a queue; and the figure is an estimate from the statistics
of the last ANALYZE.

Remedy: look at why VACUUM does not keep up (long transactions, replication slots, autovacuum settings);
then VACUUM FULL, which locks the table, or pg_repack.

Decide: when the table can be spared: VACUUM FULL keeps everybody out until it is written anew, and what was
not vacuumed for a reason soon looks the same again.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Table Bloat",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
)
