"""A function does not say in which schemas it looks for names.

Cost: it looks in those of its caller. Who may create objects in one of them can put an operator, function
or table in its way, which a SECURITY DEFINER function then uses with its owner's rights; and a restore,
which has an empty search_path, may find none.

Fine: for functions that qualify every name, which nobody checks when they change, and for those that only
trusted roles may call.

Remedy: ALTER FUNCTION … SET search_path = '' and qualified names in the body, or SET search_path = the
schemas that it needs, with pg_temp last. A function in SQL is no longer inlined then.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Function Search Path Mutable",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
