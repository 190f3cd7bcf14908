"""The dependency order of a catalog's tables.

Puts the catalog's foreign keys before the graph, which knows only keys. Consumed by planning and reports.
"""

from __future__ import annotations

from collections.abc import Collection

from pilotage.catalog.partitions import partition_root
from pilotage.graph import DependencyOrder, analyse
from pilotage.model.catalog import Catalog
from pilotage.model.names import QualifiedName

__all__ = ["order_tables", "partition_root"]


def order_tables(
    catalog: Catalog, *, besides: Collection[tuple[QualifiedName, str]] = (), enforced: bool = False
) -> DependencyOrder[QualifiedName]:
    """Return depth, waves, cycles and dependents of the tables, by their foreign keys.

    Partitions are not nodes of their own: what references a partition references the whole table, and a
    partition loads in its table's wave. Keys to tables outside the scope order nothing.

    Args:
        catalog: what there is.
        besides: tables and names of keys that are not to count.
        enforced: whether only keys that rows are held to count.
    """
    root = partition_root(catalog)
    nodes = sorted(set(root.values()))
    edges = [
        (root[key.table], root[key.referenced])
        for key in catalog.foreign_keys
        if key.table in root
        and key.referenced in root
        and (key.table, key.name) not in besides
        and (key.enforced or not enforced)
    ]
    return analyse(nodes, edges)
