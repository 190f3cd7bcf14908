"""The PostgreSQL servers that tests run on, and databases in them.

Consumed by the fixtures in ``conftest.py``. Which servers there are depends on the machine: tests that need
one that is missing are skipped, with the reason.
"""

from __future__ import annotations

import functools
import getpass
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters
from pilotage.errors import ProgramFailedError
from pilotage.model.names import quote_identifier, quote_literal
from pilotage.programs import (
    Installation,
    Program,
    find_installations,
    find_program,
    program_of,
    run_program_sync,
)
from pilotage.servers import EmbeddedServer, remove_leftovers

REPOSITORY = Path(__file__).parent.parent

_VARYING = ("\\restrict ", "\\unrestrict ", "-- Dumped from database version ")

_serial = itertools.count(1)

_IN_MEMORY = "pilotage-tests-"
_ENOUGH_MEMORY = 8 << 30
"""Bytes. Eight servers of each of two processes take 100 to 300 MB of files each."""

_DROP_SUBSCRIPTIONS = """
SELECT format(statement, subname)
FROM pg_subscription,
    unnest(ARRAY[
        'ALTER SUBSCRIPTION %I DISABLE',
        'ALTER SUBSCRIPTION %I SET (slot_name = NONE)',
        'DROP SUBSCRIPTION %I'
    ]) WITH ORDINALITY AS each_of_them (statement, place)
WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY subname, place
\\gexec
"""


@functools.cache
def installations() -> tuple[Installation, ...]:
    """Return what is at hand, the machine's PATH included."""
    return find_installations(os.environ.get("PATH"))


@functools.cache
def server_installations() -> dict[int, Installation]:
    """Return one installation with a server for each major version, newest first.

    Wheels are preferred: what they bring, such as pgvector, is known.
    """
    chosen: dict[int, Installation] = {}
    for installation in sorted(installations(), key=lambda each: each.origin == "PATH"):
        if installation.has_server:
            chosen.setdefault(installation.major, installation)
    return dict(sorted(chosen.items(), reverse=True))


def newest(name: str) -> Program:
    """Return the newest program of that name."""
    return find_program(name, not_older_than=0, installations=installations())


def require_server(major: int) -> Installation:
    """Return the installation of that major version, or skip the test."""
    at_hand = server_installations()
    if major not in at_hand:
        have = ", ".join(map(str, at_hand)) or "none"
        pytest.skip(f"no PostgreSQL {major} server at hand (there is: {have})")
    return at_hand[major]


def versions(
    *always: int, thorough: Sequence[int] = (), besides: Sequence[int] = ()
) -> list[pytest.ParameterSet]:
    """Return parameters for a test of several major versions, in their order.

    Args:
        always: those that are always tried.
        thorough: those that ``--brief`` leaves out.
        besides: other servers that the test needs.
    """
    return [
        pytest.param(
            major,
            marks=[
                pytest.mark.servers(major, *besides),
                *([pytest.mark.thorough] if major in thorough else []),
            ],
        )
        for major in sorted([*always, *thorough])
    ]


class Clusters:
    """Servers that start when the first test asks for them and live until the session ends."""

    def __init__(self) -> None:
        self._servers: dict[tuple[int, str], EmbeddedServer] = {}
        self._memory = _folder_in_memory()

    def get(self, major: int, role: str = "source") -> EmbeddedServer:
        """Return the running server of a major version and role, or skip the test.

        Two roles are two clusters: what belongs to a cluster, such as roles, is not shared by accident.
        """
        installation = require_server(major)
        server = self._servers.get((major, role))
        if server is None:
            server = self._servers[major, role] = EmbeddedServer.start(
                installation,
                directory=self._memory and self._memory / f"{major}-{role}",
                settings={
                    # It would compete with the tests for two cores, over databases that live for a second.
                    "autovacuum": "off",
                    # The log of one test is of no use to the next, and its files may be memory.
                    "max_wal_size": "128MB",
                },
            )
        elif not server.is_running:
            server.restart()  # a test has killed it
        return server

    def stop(self) -> None:
        """Stop all of them."""
        for server in self._servers.values():
            server.stop()
        if self._memory is not None:
            shutil.rmtree(self._memory)


def _folder_in_memory() -> Path | None:
    """Return a new folder that is memory and not disk, where there is enough of it; else None.

    A database is 300 files: to make and drop one takes half of the time and CPU there. Folders whose owners
    were killed are removed; the servers in them are ended first.
    """
    memory = Path("/dev/shm")  # noqa: S108 - its folders are made by mkdtemp
    if not os.access(memory, os.W_OK | os.X_OK) or shutil.disk_usage(memory).free < _ENOUGH_MEMORY:
        return None
    available = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    if available is None or int(available[1]) * 1024 < _ENOUGH_MEMORY:
        return None
    remove_leftovers()
    for left in memory.glob(f"{_IN_MEMORY}*"):
        owner = left.name.removeprefix(_IN_MEMORY).partition("-")[0]
        if left.owner() == getpass.getuser() and not Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_IN_MEMORY}{os.getpid()}-", dir=memory))
    folder.chmod(0o711)  # the server may run as another user
    return folder


class Databases:
    """Databases of one test, dropped at its end."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters
        self._created: list[tuple[EmbeddedServer, str]] = []

    def __call__(
        self,
        major: int = 18,
        role: str = "source",
        *,
        name: str | None = None,
        sql: str | None = None,
        file: Path | None = None,
    ) -> ConnectionParameters:
        """Create a database, fill it, and return the way in.

        Args:
            major: the server's version; the test is skipped where it is missing.
            role: which of the clusters of that version.
            name: of the database; unique by default.
            sql: a script for psql, run after ``file``.
            file: a script for psql.
        """
        server = self._clusters.get(major, role)
        name = name or f"test_{os.getpid()}_{next(_serial)}"
        run_psql(
            server.parameters(),
            f"CREATE DATABASE {quote_identifier(name)} TEMPLATE template0 ENCODING 'UTF8';\n",
            installation=server.installation,
        )
        self._created.append((server, name))
        parameters = server.parameters(name)
        if file is not None:
            run_psql(parameters, file, installation=server.installation)
        if sql is not None:
            run_psql(parameters, sql, installation=server.installation)
        return parameters

    def drop(self) -> None:
        """Drop those that were created, whoever is connected."""
        while self._created:
            server, _ = self._created[-1]
            names = [name for each, name in self._created if each is server]
            self._created = [each for each in self._created if each[0] is not server]
            if not server.is_running:
                server.restart()
            try:
                _drop(server, names)
            except ProgramFailedError:
                # A database with subscriptions cannot be dropped. Without a slot, no publisher is asked.
                for name in names:
                    if _is_there(server, name):
                        run_psql(
                            server.parameters(name), _DROP_SUBSCRIPTIONS, installation=server.installation
                        )
                _drop(server, names)


def _drop(server: EmbeddedServer, names: Sequence[str]) -> None:
    """Drop databases of one server, all by one psql, since a start of it costs as much as a drop."""
    statements = "".join(
        f"DROP DATABASE IF EXISTS {quote_identifier(name)} WITH (FORCE);\n" for name in names
    )
    run_psql(server.parameters(), statements, installation=server.installation)


def _is_there(server: EmbeddedServer, name: str) -> bool:
    found = run_psql(
        server.parameters(),
        f"SELECT count(*) FROM pg_database WHERE datname = {quote_literal(name)};\n",
        installation=server.installation,
    )
    return found == "1\n"


def run_psql(
    parameters: ConnectionParameters, script: str | Path, *, installation: Installation | None = None
) -> str:
    """Run a script with psql, which stops at the first error, and return what it printed, unaligned.

    Args:
        parameters: the database.
        script: the text of a script, or the path of one.
        installation: whose psql; the newest by default.
    """
    program = newest("psql") if installation is None else program_of(installation, "psql")
    options = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    environment = {"PGOPTIONS": "-c client_min_messages=warning", **parameters.libpq_environment()}
    if isinstance(script, Path):
        written = run_program_sync(program, [*options, "-f", script], environment=environment)
    else:
        written = run_program_sync(program, options, environment=environment, stdin=script.encode())
    return written.decode()


def schema_dump(parameters: ConnectionParameters) -> str:
    r"""Return pg_dump's schema of a database, without what differs between two equal ones.

    The token of ``\restrict`` and ``\unrestrict`` is random, and the comment on the version dumped from
    names the server. All else counts.
    """
    return "\n".join(_pg_dump(parameters, "--schema-only"))


def data_dump(parameters: ConnectionParameters) -> list[str]:
    """Return pg_dump's rows of a database, one INSERT a row, as sorted lines, comparable like the schema.

    Sorted, since the order of rows in a table is no part of the data. A value with newlines is several lines.
    """
    return sorted(_pg_dump(parameters, "--data-only", "--inserts", "--rows-per-insert=1"))


def _pg_dump(parameters: ConnectionParameters, *options: str) -> list[str]:
    written = run_program_sync(newest("pg_dump"), options, environment=parameters.libpq_environment())
    # Not splitlines(): data may hold other characters that it takes for the end of a line.
    return [line for line in written.decode().split("\n") if not line.startswith(_VARYING)]
