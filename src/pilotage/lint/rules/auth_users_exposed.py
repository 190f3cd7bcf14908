"""A view that an HTTP interface shows reads the users' table auth.users.

Cost: whoever may select from the view reads addresses and tokens of all users, as far as its query shows
them: the view reads with its owner's rights.

Fine: hardly ever; a view that shows a user their own row needs a condition that says so.

Remedy: put what may be shown into a table of public with row level security, kept up to date by a trigger,
or revoke the privileges on the view from anon and authenticated.

Decide: which columns somebody really needs, and who. Whatever hides auth.users takes something from those
who read it now, which no SQL can tell from what is meant.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Exposed Auth Users",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
