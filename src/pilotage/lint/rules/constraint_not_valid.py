"""A constraint was added NOT VALID and never validated.

Cost: rows from before may break it. The planner does not rely on it, and in files that create constraints
before the rows come, such rows stop the load.

Fine: for a constraint that is meant for new rows only; say so in a comment on it.

Remedy: ALTER TABLE … VALIDATE CONSTRAINT, which reads the table under a lock that lets others read and
write; it names the first row that breaks the constraint.

Decide: what becomes of rows that break it; VALIDATE then fails and names the first. No SQL is written where
the reverse could not make the constraint again as it is: on a table that is partitioned or has children, or
that references one, for one that is inherited, and where the triggers of a foreign key were switched.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Constraint Not Valid",
    level=Level.WARN,
    categories=(Category.MIGRATION,),
)
