"""A column whose name speaks of secrets can be read through an HTTP interface.

Cost: whoever holds the public key of the project reads it, of every row.

Fine: where the column holds something else than its name says.

Remedy: enable row level security with policies, revoke SELECT on the column from anon and authenticated, or
move it to a schema that the interface does not show.
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
