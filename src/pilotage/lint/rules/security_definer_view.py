"""A view that an HTTP interface shows reads its tables with the rights of its owner.

Cost: row level security is asked for the view's owner and not for the user; an owner whom no policy
restrains shows every row to whoever may select from the view.

Fine: where the view is meant to show what its users may not read, such as counts, and its query leaks
nothing else.

Remedy: ALTER VIEW … SET (security_invoker = true), PostgreSQL 15 and later; users then need privileges on
the tables.

Decide: whether the view's users may read the tables themselves: as invokers they need privileges on them,
and see what policies let through. The SQL is written as a suggestion, which nothing applies.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Security Definer View",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
