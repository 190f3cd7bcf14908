"""From a table whose rows differ to the rows: which are missing, extra or changed, and in which columns.

Consumed by verification, which has compared whole relations before, and by the repair of a target:

    found = await find_differing_rows(source, target, differing, show_values=False, limit=1000)
    tables = [each.difference for each in found]
    differences = [line for each in tables for line in describe_rows(each)]

Only what differs is read again, by an index of the key where there is one. A table without key has to be read
once more as a whole.
"""

from pilotage.verify.drilldown.differences import describe_rows
from pilotage.verify.drilldown.found import FoundRows, LocatedRow
from pilotage.verify.drilldown.rows import LISTED, REPAIRABLE, find_differing_rows

__all__ = [
    "LISTED",
    "REPAIRABLE",
    "FoundRows",
    "LocatedRow",
    "describe_rows",
    "find_differing_rows",
]
