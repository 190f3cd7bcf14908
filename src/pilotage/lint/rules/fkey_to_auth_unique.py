"""A foreign key references a unique constraint in the schema auth that is not the primary key.

Cost: such a constraint is the service's own and may be dropped by its next update, which then fails on your
key, or your key goes with it.

Fine: where the schema auth is your own.

Remedy: reference the primary key, auth.users (id), and drop this one.

Decide: which column is stored instead: the values of this one are not those of the primary key.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Foreign Key to Auth Unique Constraint",
    level=Level.ERROR,
    categories=(Category.SECURITY,),
)
