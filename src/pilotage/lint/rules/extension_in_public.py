"""An extension's objects are in the schema public.

Cost: its functions and types stand among the application's own, an HTTP interface that shows public offers
them too, and names may collide when either is updated.

Fine: where the database has no other schema and no such interface.

Remedy: ALTER EXTENSION … SET SCHEMA extensions, where the extension allows it, and that schema in the
search_path of those who use it. Columns, indexes and views follow; bodies of functions that name public do
not.

Decide: which schema it moves to, and who needs that one in their search_path: bodies of functions and
applications that name it do not follow, and nothing tells which these are.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Extension in Public",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
