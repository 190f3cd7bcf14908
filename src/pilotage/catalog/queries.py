"""The catalog queries: ``queries/*.sql``, found by name and server version.

Consumed by the readers of this room, and by others that keep queries in a folder of their own. What a query's
columns become is said by the record it is run with, not here.
"""

from __future__ import annotations

import functools
import re
from importlib import resources
from importlib.resources.abc import Traversable

_FILE = re.compile(r"(?P<name>[a-z0-9_]+)(?:\.pg(?P<major>[0-9]+))?\.sql\Z")


class Queries:
    """The queries of one folder; a variant is named for the first version that runs it: ``keys.pg18.sql``."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder

    def text(self, name: str, major: int) -> str:
        """Return the text of ``<name>.sql``, or of the newest variant that a server of this version can run.

        Raises:
            LookupError: no file of this name suits the version.
        """
        fitting = [since for since in self._versions.get(name, ()) if since <= major]
        if not fitting:
            raise LookupError(f"no query {name!r} for PostgreSQL {major}")
        since = max(fitting)
        file = self._folder / (f"{name}.pg{since}.sql" if since else f"{name}.sql")
        return file.read_text(encoding="utf-8")

    def names(self, major: int) -> tuple[str, ...]:
        """Return the names of all queries that a server of this version can run, sorted."""
        return tuple(sorted(name for name, versions in self._versions.items() if min(versions) <= major))

    @functools.cached_property
    def _versions(self) -> dict[str, tuple[int, ...]]:
        """For each query, the versions since which its files hold; 0 for the file that names none."""
        versions: dict[str, tuple[int, ...]] = {}
        for file in self._folder.iterdir():
            match = _FILE.match(file.name)
            if match:
                versions[match["name"]] = (*versions.get(match["name"], ()), int(match["major"] or 0))
        return versions


_CATALOG = Queries(resources.files("pilotage.catalog") / "queries")

query = _CATALOG.text
query_names = _CATALOG.names
