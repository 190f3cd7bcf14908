"""From a Catalog and its archive to a Plan: placement, order, edges, costs, fingerprint.

Pure: the same input gives the same plan, byte for byte. Nothing here reaches a server.
"""

from pilotage.plan.build import make_plan
from pilotage.plan.encoding import decode_plan, encode_plan
from pilotage.plan.fingerprint import catalog_fingerprint, fingerprint
from pilotage.plan.order import order_tables, partition_root

__all__ = [
    "catalog_fingerprint",
    "decode_plan",
    "encode_plan",
    "fingerprint",
    "make_plan",
    "order_tables",
    "partition_root",
]
