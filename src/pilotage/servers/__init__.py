"""Embedded servers: real PostgreSQL clusters for the demo and for tests, on this machine only.

Made for speed over safety from power loss; nobody's own data belongs in them. Consumed by the demo and by
tests; migrations know nothing of them.
"""

from pilotage.servers.registry import remove_leftovers
from pilotage.servers.server import EmbeddedServer

__all__ = ["EmbeddedServer", "remove_leftovers"]
