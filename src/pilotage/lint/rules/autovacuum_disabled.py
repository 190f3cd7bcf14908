"""Autovacuum is switched off for a table.

Cost: dead rows stay until somebody runs VACUUM, so that the table and its indexes grow and are read with
them; the planner's statistics are not renewed either. Only against the wraparound of transaction numbers
does the server still vacuum it.

Fine: while a table is loaded, and for one that something else vacuums and analyses.

Remedy: ALTER TABLE … RESET (autovacuum_enabled), which waits for a SHARE UPDATE EXCLUSIVE lock and lets
others read and write. Where vacuuming was too slow or came at the wrong time, the settings of its cost and
thresholds are for that.

Decide: why somebody switched it off, and what vacuums the table now. SQL that switches it on would be right
only where nothing does.
"""

from __future__ import annotations

from pilotage.lint.rule import rule
from pilotage.model.lint import Category, Level

RULE = rule(
    __name__,
    __doc__,
    title="Autovacuum Disabled",
    level=Level.INFO,
    categories=(Category.PERFORMANCE,),
)
