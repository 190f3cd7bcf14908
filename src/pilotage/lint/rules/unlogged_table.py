"""A table is not in the write-ahead log.

Cost: it is empty after a crash of the server, on every replica, and after a restore to a point in time.

Fine: for caches, and for what is loaded again from elsewhere.

Remedy: ALTER TABLE … SET LOGGED, which writes the table once more under an ACCESS EXCLUSIVE lock.

Decide: whether its rows may be lost. To log them costs disk and time with every write, which is why
somebody did not; SET LOGGED keeps everybody out until the table is written anew.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Unlogged Table",
    level=Level.WARN,
    categories=(Category.MIGRATION,),
)
