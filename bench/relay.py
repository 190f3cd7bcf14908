"""The client's CPU time for one table's rows from one server to another, beside that of both servers.

``python bench/relay.py SOURCE TARGET [ROUNDS]``: both DSNs must lead to databases on this machine, where
tables ``relay_…`` may be created and dropped. The ways alternate. "Through the driver" is what the relay did
before: asyncpg makes pieces of Python bytes of what it receives, and messages of what it sends. psycopg is
measured where it is installed (``pip install 'psycopg[binary]'``).
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.connection.dsn import resolve_dsn
from pilotage.execute.relay import relay_rows
from pilotage.model.names import QualifiedName
from pilotage.model.plan import CopyFormat, LoadTable
from pilotage.model.review import LoadStrategy

PIECES = 16


class Table(NamedTuple):
    columns: dict[str, str]
    rows: str
    format: CopyFormat = CopyFormat.BINARY


NARROW = Table(
    {"id": "bigint", "name": "text", "amount": "numeric", "at": "timestamptz"},
    "SELECT n, 'customer number ' || n, n / 100.0, now() FROM generate_series(1, 3000000) AS n",
)
TABLES = {
    "relay_narrow": NARROW,
    "relay_text": NARROW._replace(format=CopyFormat.TEXT),
    "relay_1kb": Table(
        {"id": "bigint", "filler": "text"},
        "SELECT n, repeat(md5(n::text), 31) FROM generate_series(1, 400000) AS n",
    ),
    "relay_vectors": Table(
        {"id": "bigint", "v": "real[]"},
        "SELECT n, (SELECT array_agg((i + n)::real) FROM generate_series(1, 768) AS i)"
        " FROM generate_series(1, 60000) AS n",
    ),
}


def parameters_of(dsn: str) -> ConnectionParameters:
    return resolve_dsn(dsn, environment={}, os_user="postgres")


async def prepare(source: str, target: str) -> None:
    for dsn in (source, target):
        async with connect(parameters_of(dsn)) as session:
            for name, table in TABLES.items():
                columns = ", ".join(f"{column} {type_}" for column, type_ in table.columns.items())
                await session.run(
                    f"DROP TABLE IF EXISTS public.{name}; CREATE UNLOGGED TABLE public.{name} ({columns})"
                )
                for column in list(table.columns)[1:2]:
                    await session.run(f"ALTER TABLE public.{name} ALTER {column} SET STORAGE external")
                if dsn == source:
                    await session.run(f"INSERT INTO public.{name} {table.rows}")


async def drop(*dsns: str) -> None:
    for dsn in dsns:
        async with connect(parameters_of(dsn)) as session:
            for name in TABLES:
                await session.run(f"DROP TABLE IF EXISTS public.{name}")


def load(name: str) -> LoadTable:
    return LoadTable(
        id="rows",
        group="",
        reason="",
        table=QualifiedName("public", name),
        columns=tuple(TABLES[name].columns),
        strategy=LoadStrategy.PLAIN,
        format=TABLES[name].format,
        format_reason="",
    )


async def beside_the_driver(source: Session, target: Session, step: LoadTable) -> None:
    await relay_rows(source, target, step, lambda _bytes: None)


async def through_the_driver(source: Session, target: Session, step: LoadTable) -> None:
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES)
    binary = step.format is CopyFormat.BINARY

    async def read() -> None:
        await source.copy_out(step.table, step.columns, sink=pieces.put, binary=binary)
        await pieces.put(None)

    async def received() -> AsyncIterator[bytes]:
        while (piece := await pieces.get()) is not None:
            yield piece

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        group.create_task(target.copy_in(step.table, step.columns, source=received(), binary=binary))


async def by_sessions(
    way: Callable[[Session, Session, LoadTable], object], source: str, target: str, name: str
) -> None:
    async with connect(parameters_of(source)) as reading, connect(parameters_of(target)) as writing:
        await writing.run(f"TRUNCATE public.{name}")
        serving = [reading.backend_pid, writing.backend_pid]
        before, began = [*map(seconds_of, serving)], time.process_time()
        await way(reading, writing, load(name))  # type: ignore[misc]
        report(name, way.__name__, time.process_time() - began, before, serving)


def by_libpq(source: str, target: str, name: str) -> None:
    import psycopg  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - optional

    form = f"(FORMAT {TABLES[name].format.value})"
    with psycopg.connect(source) as reading, psycopg.connect(target) as writing:
        writing.execute(f"TRUNCATE public.{name}")
        serving = [reading.info.backend_pid, writing.info.backend_pid]
        before, began = [*map(seconds_of, serving)], time.process_time()
        reading.pgconn.exec_(f"COPY public.{name} TO STDOUT {form}".encode())
        writing.pgconn.exec_(f"COPY public.{name} FROM STDIN {form}".encode())
        while (got := reading.pgconn.get_copy_data(0))[0] > 0:
            writing.pgconn.put_copy_data(got[1])
        writing.pgconn.put_copy_end()
        for end in (reading, writing):
            while end.pgconn.get_result() is not None:
                pass
        report(name, "libpq row by row", time.process_time() - began, before, serving)


def seconds_of(pid: int) -> float:
    """Return the CPU time of a server process (``proc(5)``: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name: str, way: str, client: float, before: list[float], serving: list[int]) -> None:
    source, target = (seconds_of(pid) - then for pid, then in zip(serving, before, strict=True))
    print(
        f"{name:<14} {way.replace('_', ' '):<20} client {client:5.2f} s of CPU, source {source:5.2f}, "
        f"target {target:5.2f}; client / servers {client / (source + target):.2f}"
    )


def main() -> None:
    source, target = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    asyncio.run(prepare(source, target))
    for name in TABLES:
        for _ in range(rounds):
            for way in (through_the_driver, beside_the_driver):
                asyncio.run(by_sessions(way, source, target, name))
            if importlib.util.find_spec("psycopg"):
                by_libpq(source, target, name)
    asyncio.run(drop(source, target))


if __name__ == "__main__":
    main()
