"""A column of vectors has no index for nearest neighbours.

Cost: every search compares the query with every row, which for 1,536 dimensions reads 6 kB a row.

Fine: up to some ten thousand rows, where an exact search is quick and misses nothing, and where searches
are narrowed by another index first. HNSW and IVFFlat index at most 2,000 dimensions of vector and 4,000 of
halfvec.

Remedy: CREATE INDEX CONCURRENTLY … USING hnsw with the operator class of the distance that the queries use;
cast longer vectors to halfvec in the index's expression.

Decide: which distance the queries ask for, how many neighbours may be missed, and whether there is memory
for the build. No catalog tells.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Vector Column Without Index",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
)
