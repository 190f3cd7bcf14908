"""A key of type smallint or integer has used half of its numbers.

Cost: when it has none left, every INSERT fails, and changing the type then rewrites the table, its indexes
and all that references it while nobody can write. A migration is the moment to do it.

Fine: where the table no longer grows.

Remedy: make it bigint, with every column that references it, before it is urgent: by a second column that a
trigger fills, or in the course of a migration.

Decide: when the table and all that reference it can be written anew, or how that goes step by step.
Applications have to take the larger numbers, too.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Integer Key Near End",
    level=Level.WARN,
    categories=(Category.MIGRATION,),
)
