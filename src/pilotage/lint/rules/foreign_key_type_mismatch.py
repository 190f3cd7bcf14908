"""A foreign key's column and the column that it references are of different types.

Cost: the narrower of the two ends first: an integer cannot reference the bigint after 2147483647. Joins of
such columns may use no hash or no index, depending on the pair.

Fine: while a key is being widened, one end after the other.

Remedy: ALTER TABLE … ALTER COLUMN … TYPE, the referencing column as the referenced one; that rewrites the
table.

Decide: when the table can be written anew, and which of the two types it is to be: queries and functions
get another type from the column afterwards.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Foreign Key Type Mismatch",
    level=Level.WARN,
    categories=(
        Category.PERFORMANCE,
        Category.MIGRATION,
    ),
)
