"""Several permissive policies hold for one role and one action on a table.

Cost: each is evaluated for every row that the ones before it do not permit, and who reads them has to join
them with OR in the head.

Fine: for small tables, and where the policies are cheap; keeping apart what different people decided can be
worth it.

Remedy: one policy whose expression is theirs joined with OR, USING and WITH CHECK each apart (where WITH
CHECK is missing, USING stands for it); FOR ALL counts for each action. Restrictive policies stay as they
are. Merging by hand has widened access before: compare what each role sees before and after.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Multiple Permissive Policies",
    level=Level.WARN,
    categories=(Category.PERFORMANCE,),
)
