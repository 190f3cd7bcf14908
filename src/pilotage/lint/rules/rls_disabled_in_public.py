"""A table that an HTTP interface shows to visitors or users has no row level security.

Cost: whoever holds the public key of the project reads, and perhaps writes, every row.

Fine: for tables that are meant to be read by everybody, once the roles hold no privilege but SELECT;
enabling row level security with a policy that says so is clearer.

Remedy: ALTER TABLE … ENABLE ROW LEVEL SECURITY, after policies permit what the application does: without
policies, it sees no rows any more. Or revoke the privileges of anon and authenticated.

Decide: who may see and write which rows. Where the table has policies, the SQL that enables them is written
as a suggestion, which nothing applies; where it has none, enabling would take every row from everybody.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="RLS Disabled in Public",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
