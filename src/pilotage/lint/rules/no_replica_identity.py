"""A table has nothing by which logical replication could tell its rows apart.

Cost: once the table is in a publication of updates or deletions, each of these on it fails. A migration
that follows changes by logical replication needs one.

Fine: for tables that are only inserted into, and where logical replication is not used.

Remedy: add a primary key; or ALTER TABLE … REPLICA IDENTITY USING INDEX a unique index over NOT NULL
columns; or REPLICA IDENTITY FULL, which is slow for large tables.

Decide: SQL is written where a unique index over NOT NULL columns is there, without expressions or a
condition, that is not deferrable. Otherwise, which columns tell the rows apart, or whether FULL is cheap
enough; and whether NOTHING, which somebody has set, is meant.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="No Replica Identity",
    level=Level.INFO,
    categories=(Category.MIGRATION,),
)
