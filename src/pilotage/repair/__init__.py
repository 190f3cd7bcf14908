"""A target repaired: a SQL script that makes exactly the rows that differ what they are at the source.

Consumed by the command line. The script is for psql and needs nothing of ours. Which rows differ is for
verification to find out; nothing is changed before somebody runs the script.
"""

from pilotage.repair.records import Repair, RepairedTable
from pilotage.repair.writing import write_repair

__all__ = ["Repair", "RepairedTable", "write_repair"]
