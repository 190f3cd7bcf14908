"""A database with at least one of everything that PostgreSQL keeps in a schema dump, and a little more.

Consumed by acceptance tests: ``create_zoo(new_database, 18)`` makes one, and ``prepare_target(…)`` makes an
empty database on a server that knows its roles. The animals are SQL files for psql beside this module, run in
the order of their subjects. A name says what a file needs, ``NN-subject[.pgNN][.EXTENSION][.optional].sql``:

- ``pg18``: a server of that version or a later one;
- ``contrib``, ``vector``: a server with the extensions that come with PostgreSQL, or with pgvector. The one
  that the zoo is to move to needs them too;
- ``optional``: is only there for who asks for it by its subject.

Roles and a tablespace, all called ``zoo_…``, are the server's: ``cluster.sql`` makes those that are missing.
They stay until the server goes. What the optional ``cluster-settings`` change besides,
``end_cluster_settings`` takes back.

Rows that event triggers would write are in ``zoo.event_log``: it is empty, and one that is there
was made by a statement that ran after the zoo was complete; who changes a zoo and wants none says
``SET event_triggers = off`` first (PostgreSQL 17 and later).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pilotage.connection import ConnectionParameters
from tests.servers_at_hand import Databases, run_psql

FOLDER = Path(__file__).parent

SUPERUSER = "postgres"
"""Who owns what the files give to no one: the user that the servers of tests are made with."""

PASSWORDS = {
    "password 'not one'": "'not one'",
    "password E'not ''one\\\\'": "E'not ''one\\\\'",
    "password=not-one": "not-one",
}
"""What the zoo's definitions hold that no file may: as pg_dump writes it, and the password in it."""

_EXTENSION_OF = {"contrib": "postgres_fdw", "vector": "vector"}
"""For each word in a file's name, the extension that a server has or has not."""

_SEARCHED = re.compile(r"pg(\d+)")


def create_zoo(
    new_database: Databases,
    major: int,
    role: str = "source",
    *,
    target_major: int = 18,
    optional: Collection[str] = (),
) -> ConnectionParameters:
    """Create a database, fill it with all that its server and the target's can hold, and return the way in.

    Args:
        new_database: the fixture; the database goes away with the test.
        major: the server's version; the test is skipped where it is missing.
        role: which of the clusters of that version.
        target_major: extensions that no server of this version has, as a target, are left out.
        optional: subjects of optional files to load besides.
    """
    target = new_database(target_major, "target")
    zoo = prepare_target(new_database, major, role)
    extensions = extensions_at_hand(zoo) & extensions_at_hand(target)
    for path in animals(major, extensions, optional):
        run_psql(zoo, path)
    return zoo


def prepare_target(new_database: Databases, major: int, role: str = "target") -> ConnectionParameters:
    """Return an empty database on a server that has the zoo's roles and tablespace."""
    parameters = new_database(major, role)
    run_psql(parameters, FOLDER / "cluster.sql")
    return parameters


def end_cluster_settings(parameters: ConnectionParameters) -> None:
    """Take back what the optional file ``cluster-settings`` changed for the whole server."""
    run_psql(parameters, FOLDER / "cluster-end.sql")


def animals(major: int, extensions: Collection[str], optional: Collection[str] = ()) -> Iterator[Path]:
    """Yield the files for a server of that version that can create those extensions, in run order."""
    # What a newer server can hold besides comes after what all of them can.
    for subject, *needs in sorted(path.stem.split(".") for path in FOLDER.glob("[0-9]*.sql")):
        for need in needs:
            if need == "optional":
                met = subject.partition("-")[2] in optional
            elif version := _SEARCHED.fullmatch(need):
                met = major >= int(version[1])
            else:
                met = _EXTENSION_OF[need] in extensions
            if not met:
                break
        else:
            yield FOLDER / ".".join([subject, *needs, "sql"])


def extensions_at_hand(parameters: ConnectionParameters) -> set[str]:
    """Return the names of the extensions that a server could create."""
    return set(run_psql(parameters, "SELECT name FROM pg_available_extensions;").split())
