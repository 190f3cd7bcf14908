"""A foreign table can be read through an HTTP interface.

Cost: foreign tables have no row level security, and the other server is asked with the credentials of the
user mapping: every row there is open to whoever may select from it.

Fine: where its rows are meant for everybody.

Remedy: revoke the privileges of anon and authenticated, or keep it in a schema that the interface does not
show, behind a function that says who sees what.

Decide: whether its rows are meant for everybody. Revoking takes them from applications that read them now.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Foreign Table in API",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
