"""Two databases compared fact by fact, from their catalogs and not from what pg_dump prints.

Consumed by ``pilotage diff`` and by verification. Facts are read by the files in ``queries/``: those in
``objects/`` say what there is, those in ``additions/`` what is said of it besides. What is not a fact, and
why, stands in each file, and for whole catalogs in :mod:`pilotage.compare.catalogs`.
"""

from pilotage.compare.comparison import compare_facts
from pilotage.compare.databases import compare_databases
from pilotage.compare.reader import read_facts

__all__ = ["compare_databases", "compare_facts", "read_facts"]
