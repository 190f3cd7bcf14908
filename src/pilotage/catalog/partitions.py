"""Partition trees: which table a partition's rows belong to.

Consumed wherever a partitioned table counts as one. What a partition itself holds, its own keys and
constraints, is the Catalog's.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName


def partition_root(catalog: Catalog) -> Mapping[QualifiedName, QualifiedName]:
    """Return for every table the topmost table that it is a partition of, or itself."""
    parent = {table.name: table.partition_of for table in catalog.tables}
    roots: dict[QualifiedName, QualifiedName] = {}
    for name in parent:
        chain = [name]
        while (above := parent.get(chain[-1])) is not None and above in parent:
            chain.append(above)
        roots[name] = chain[-1]
    return roots
