"""An index is not valid: its build by CREATE INDEX CONCURRENTLY or REINDEX failed, or goes on now.

Cost: no query uses it, and every write may still pay for it; a unique one does not guarantee what its name
says. pg_dump leaves it out, so it is missing after a migration.

Fine: while the build is going on (pg_stat_progress_create_index), and for a partitioned table's index whose
parts are still being attached.

Remedy: REINDEX INDEX CONCURRENTLY, or drop it and create it again; those whose names end in _ccnew or
_ccold are what a failed REINDEX left, and are dropped.

Decide: SQL is written for an index of a table that no constraint needs. One of a partitioned table becomes
valid when each partition's index is attached (ALTER INDEX … ATTACH PARTITION): say which these are. One
that is being built now, or of which that cannot be seen, is left alone.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Invalid Index",
    level=Level.WARN,
    categories=(
        Category.PERFORMANCE,
        Category.MIGRATION,
    ),
)
