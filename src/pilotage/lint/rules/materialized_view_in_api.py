"""A materialized view can be read through an HTTP interface.

Cost: materialized views have no row level security: every row that its last refresh found is there for
whoever may select from it.

Fine: where its rows are meant for everybody.

Remedy: revoke SELECT from anon and authenticated, or keep it in a schema that the interface does not show,
behind a function or a view that says who sees what.

Decide: whether its rows are meant for everybody. Revoking takes them from applications that read them now.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Materialized View in API",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
