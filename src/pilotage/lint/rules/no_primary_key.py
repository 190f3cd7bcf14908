"""A table has no primary key.

Cost: rows cannot be told apart: duplicates go unnoticed, logical replication cannot update or delete them,
and a comparison of two databases can count how many rows differ but not name them.

Fine: for tables that are only loaded and read as a whole, and for logs that nobody updates.

Remedy: add a primary key over the columns that identify a row, or a column for it: ALTER TABLE … ADD COLUMN
id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, which rewrites the table under an ACCESS EXCLUSIVE lock.

Decide: which columns tell the rows apart, or that a column is added for that. A key is a promise about rows
to come, which the rows that are there cannot prove.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="No Primary Key",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
)
