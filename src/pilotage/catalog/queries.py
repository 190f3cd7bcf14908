"""The catalog queries: ``queries/*.sql``, found by name and server version.

Consumed by the readers of this room. What a query's columns become is said by the record it is run with, not
here.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

_FILE = re.compile(r"(?P<name>[a-z_]+)(?:\.pg(?P<major>[0-9]+))?\.sql\Z")
_FOLDER = resources.files("pilotage.catalog") / "queries"


@functools.cache
def query(name: str, major: int) -> str:
    """Return the text of ``<name>.sql``, or of the newest variant that a server of this version understands.

    A variant is named for the first version that can run it: ``foreign_keys.pg18.sql``.

    Raises:
        LookupError: no file of this name suits the version.
    """
    fitting = [since for since in _versions().get(name, ()) if since <= major]
    if not fitting:
        raise LookupError(f"no query {name!r} for PostgreSQL {major}")
    since = max(fitting)
    return (_FOLDER / (f"{name}.pg{since}.sql" if since else f"{name}.sql")).read_text(encoding="utf-8")


def query_names(major: int) -> tuple[str, ...]:
    """Return the names of all queries that a server of this version can run, sorted."""
    return tuple(sorted(name for name, versions in _versions().items() if min(versions) <= major))


@functools.cache
def _versions() -> dict[str, tuple[int, ...]]:
    """For each query, the versions since which its files hold; 0 for the file that names none."""
    versions: dict[str, tuple[int, ...]] = {}
    for file in _FOLDER.iterdir():
        match = _FILE.match(file.name)
        if match:
            versions[match["name"]] = (*versions.get(match["name"], ()), int(match["major"] or 0))
    return versions
