"""A table has columns whose names speak of secrets, which can be read through an HTTP interface.

Cost: whoever holds the public key of the project reads them, of every row.

Fine: where a column holds something else than its name says.

Remedy: enable row level security with policies, revoke SELECT on the columns from anon and authenticated, or
move them to a schema that the interface does not show.

Decide: whether the column holds what its name says, and who needs to read it. Revoking takes it from
applications that read it now, SELECT * included.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Sensitive Columns Exposed",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
