"""An IVFFlat index is on a table with no rows, or with fewer rows than the index has lists.

Cost: the index chooses the centres of its lists from the rows that are there when it is built. Without rows
they are random, and rows that come later are badly distributed: searches miss neighbours or read most of
the table. The index does not tell, later, what it was built from.

Fine: where the index is built again once the rows are in.

Remedy: fill the table, then REINDEX INDEX CONCURRENTLY; or use hnsw, which needs no rows to begin with.

Decide: when the rows are in. To build the index again before is in vain, and no catalog tells when that is.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="IVFFlat Without Rows",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
)
