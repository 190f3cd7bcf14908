"""How a database is read: every fact of the Catalog, by set-based queries in the caller's snapshot.

Consumed by planning, verification and the command line. The queries are the files in ``queries/``; what the
facts mean for a migration is decided above.
"""

from pilotage.catalog.encoding import decode_catalog, encode_catalog
from pilotage.catalog.reader import read_catalog, read_server

__all__ = ["decode_catalog", "encode_catalog", "read_catalog", "read_server"]
