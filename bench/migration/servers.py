"""The two clusters, the CPU time that one took, and what is in a database. Consumed by the bench's rounds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from pilotage.connection import ConnectionParameters, connect
from pilotage.model.names import quote_identifier
from pilotage.programs import Installation
from pilotage.servers import EmbeddedServer

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "1GB",
    # No checkpoint for size within a run; there is one before each.
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    # It would start in one run and not in the next. Only pilotage and pgcopydb leave statistics behind, and
    # pay for them.
    "autovacuum": "off",
    # Both clusters write to one disk, which no way can make faster. Those that commit each statement and wait
    # for it each time would be slower with it on.
    "fsync": "off",
    "full_page_writes": "on",
}

TICK = os.sysconf("SC_CLK_TCK")

_CONTENTS = """
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND n.nspname <> 'pilotage'
ORDER BY 1, 2
"""
_OBJECTS = """
WITH of_users AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND nspname <> 'pilotage'  -- not: our journal
)
SELECT kind AS name, count(*) AS count FROM (
    SELECT 'valid indexes' AS kind, i.indexrelid AS oid
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE i.indisvalid AND c.relnamespace IN (SELECT oid FROM of_users)
    UNION ALL
    SELECT 'validated constraints ' || x.contype::text, x.oid
    FROM pg_catalog.pg_constraint x
    WHERE x.convalidated AND x.connamespace IN (SELECT oid FROM of_users)
) AS objects
GROUP BY kind
"""


class Relation(msgspec.Struct, frozen=True):
    schema: str
    name: str


class Counted(msgspec.Struct, frozen=True):
    name: str
    count: int


@contextlib.contextmanager
def two_clusters(installation: Installation) -> Iterator[tuple[EmbeddedServer, EmbeddedServer]]:
    """Start the source's cluster and the target's."""
    with (
        EmbeddedServer.start(installation, settings=SETTINGS) as source,
        EmbeddedServer.start(installation, settings=SETTINGS) as target,
    ):
        yield source, target


def cluster_seconds(postmaster: int) -> float:
    """Return the CPU seconds of a cluster so far: the postmaster, its children that live, and all that ended.

    The kernel adds a child's time to its parent's ``cutime`` and ``cstime`` when the parent has waited for it
    (proc_pid_stat(5)). A child that ends while we look could be missed or counted twice, so we look again
    until the children are the same before and after.
    """
    while True:
        before = _children(postmaster)
        seconds = _ticks(postmaster, with_ended=True) / TICK
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            seconds += sum(_nanoseconds(pid) for pid in before) / 1e9
            if _children(postmaster) == before:
                return seconds


def machine_seconds() -> float:
    """Return the CPU seconds that the whole machine was busy since it started."""
    # user nice system idle iowait irq softirq steal; guest times are in user and nice already
    times = [int(field) for field in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    return (sum(times) - times[3] - times[4]) / TICK


def wait_for_backends(postmaster: int, seconds: float = 10.0) -> None:
    """Wait until no client is served any more: a backend ends a little after its client."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(b"[local]" in _title(pid) for pid in _children(postmaster)):
        time.sleep(0.01)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def _ticks(pid: int, *, with_ended: bool) -> int:
    # The name, in parentheses, may hold anything. After it, utime, stime, cutime and cstime are 12th to 15th.
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13]))


def _nanoseconds(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0])


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def execute(parameters: ConnectionParameters, *statements: str) -> None:
    """Run statements in one session, each on its own."""

    async def run() -> None:
        async with connect(parameters) as session:
            for statement in statements:
                await session.run(statement)

    asyncio.run(run())


def fresh_database(server: EmbeddedServer, name: str) -> ConnectionParameters:
    """Make an empty database, in place of one that may be there."""
    quoted = quote_identifier(name)
    execute(
        server.parameters(),
        f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)",
        f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'",
        "CHECKPOINT",
    )
    return server.parameters(name)


def contents(parameters: ConnectionParameters) -> dict[str, int]:
    """Return the rows of each table and materialized view, and how many indexes and constraints are valid."""

    async def count() -> dict[str, int]:
        async with connect(parameters) as session:
            found = {each.name: each.count for each in await session.records(_OBJECTS, Counted)}
            for relation in await session.records(_CONTENTS, Relation):
                name = f"{quote_identifier(relation.schema)}.{quote_identifier(relation.name)}"
                found[name] = await session.value(f"SELECT count(*) FROM {name}")
            return found

    return asyncio.run(count())


def size_of(parameters: ConnectionParameters) -> int:
    """Return the bytes of a database."""

    async def ask() -> int:
        async with connect(parameters) as session:
            return int(await session.value("SELECT pg_catalog.pg_database_size(current_database())"))

    return asyncio.run(ask())
