"""Which schemas are taken along.

Made by the command line or the configuration, consumed by catalog reading, pg_dump and verification.
"""

from __future__ import annotations

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Schemas by exact name; with nothing included, every user schema that is not excluded.

    System schemas (``pg_catalog``, ``information_schema``, ``pg_toast…``) are never user schemas. Schemas
    that an extension made belong to the extension.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
