"""A table has policies, and row level security is not enabled.

Cost: the policies do nothing: whoever holds privileges on the table sees every row, though somebody wrote
down who should.

Fine: while policies are being prepared.

Remedy: ALTER TABLE … ENABLE ROW LEVEL SECURITY, after a look at whether the policies permit what the
application does.

Decide: whether the policies say what is meant: once row level security is enabled, all others lose every
row. The SQL is written as a suggestion, which nothing applies.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Policy Exists RLS Disabled",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
