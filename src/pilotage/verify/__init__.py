"""What arrived compared with what left: every check with what was expected, found, and not checked.

Consumed by the command line and at the end of a migration. One file per kind of check is in ``checks/``.
"""

from pilotage.catalog.orphans import OrphanCount, count_orphans
from pilotage.verify.catalogs import compare_catalogs
from pilotage.verify.large_objects import compare_large_objects
from pilotage.verify.verification import BY_COUNTS_ONLY, CHECKS, NEVER_CHECKED, verify

__all__ = [
    "BY_COUNTS_ONLY",
    "CHECKS",
    "NEVER_CHECKED",
    "OrphanCount",
    "compare_catalogs",
    "compare_large_objects",
    "count_orphans",
    "verify",
]
