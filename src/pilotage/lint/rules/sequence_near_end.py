"""A sequence has used three quarters of its numbers.

Cost: when it has none left, every INSERT that takes one fails.

Fine: for a sequence that is not used any more.

Remedy: ALTER SEQUENCE … AS bigint, or a higher MAXVALUE; what stores its numbers has to hold them, so a
column of type integer becomes bigint first.

Decide: SQL is written where only the sequence's own type is too small: it ends where integer or smallint
does, and each column that takes its numbers is bigint. Otherwise a column has to be widened first, or
somebody has to say what comes after the last number.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Sequence Near End",
    level=Level.WARN,
    categories=(Category.MIGRATION,),
)
