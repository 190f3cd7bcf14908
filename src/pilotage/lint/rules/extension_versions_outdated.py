"""An extension is of an older version than the server has.

Cost: what was mended since, in security too, is missing, though the files are there. A migration creates it
at the target's own version.

Fine: while a change of the newer version is being looked at.

Remedy: ALTER EXTENSION … UPDATE, after a look at its release notes: it may rewrite or lock what uses it.

Decide: when. What an update changes is its scripts' to say, and most have none for the way back.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Extension Versions Outdated",
    level=Level.WARN,
    categories=(Category.SECURITY,),
)
