"""The client's CPU time for one table's rows as binary COPY between two databases, by driver.

``python bench/relay.py SOURCE TARGET [ROWS]``: both DSNs must lead to databases where a table ``relay_bench``
may be created and dropped. psycopg is measured where it is installed (``pip install 'psycopg[binary]'``).
"""

from __future__ import annotations

import asyncio
import importlib.util
import resource
import sys
import time
from collections.abc import Callable

from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.dsn import resolve_dsn
from pilotage.execute.relay import relay_rows
from pilotage.model.names import QualifiedName
from pilotage.model.plan import CopyFormat, LoadTable
from pilotage.model.review import LoadStrategy

TABLE = "public.relay_bench"
MAKE = (
    f"DROP TABLE IF EXISTS {TABLE};"
    f"CREATE UNLOGGED TABLE {TABLE} (id bigint, name text, amount numeric, at timestamptz)"
)
OUT = f"COPY {TABLE} TO STDOUT (FORMAT binary)"
IN = f"COPY {TABLE} FROM STDIN (FORMAT binary)"


async def prepare(source: str, target: str, rows: int) -> None:
    await run(
        source,
        MAKE,
        f"INSERT INTO {TABLE} SELECT n, 'customer number ' || n, n / 100.0, now() "
        f"FROM generate_series(1, {rows}) AS n",
    )
    await run(target, MAKE)


async def run(dsn: str, *statements: str) -> None:
    async with connect(parameters_of(dsn)) as session:
        for statement in statements:
            await session.run(statement)


def parameters_of(dsn: str) -> ConnectionParameters:
    return resolve_dsn(dsn, environment={}, os_user="postgres")


def by_pilotage(source: str, target: str) -> None:
    step = LoadTable(
        id="rows",
        group="",
        reason="",
        table=QualifiedName("public", "relay_bench"),
        columns=("id", "name", "amount", "at"),
        strategy=LoadStrategy.PLAIN,
        format=CopyFormat.BINARY,
        format_reason="",
    )

    async def relay() -> None:
        async with connect(parameters_of(source)) as reading, connect(parameters_of(target)) as writing:
            await relay_rows(reading, writing, step, lambda _bytes: None)

    asyncio.run(relay())


def by_psycopg_copy(source: str, target: str) -> None:
    import psycopg  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - optional

    with (
        psycopg.connect(source) as reading,
        psycopg.connect(target) as writing,
        reading.cursor().copy(OUT) as rows,
        writing.cursor().copy(IN) as sink,
    ):
        for row in rows:
            sink.write(row)


def by_libpq(source: str, target: str) -> None:
    import psycopg  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - optional

    with psycopg.connect(source) as reading, psycopg.connect(target) as writing:
        reading.pgconn.exec_(OUT.encode())
        writing.pgconn.exec_(IN.encode())
        while (got := reading.pgconn.get_copy_data(0))[0] > 0:
            writing.pgconn.put_copy_data(got[1])
        writing.pgconn.put_copy_end()
        for end in (reading, writing):
            while end.pgconn.get_result() is not None:
                pass


def main() -> None:
    source, target = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 3_000_000
    asyncio.run(prepare(source, target, rows))
    ways: dict[str, Callable[[str, str], None]] = {"asyncpg, by pilotage": by_pilotage}
    if importlib.util.find_spec("psycopg"):
        ways |= {"libpq, row by row": by_libpq, "psycopg's copy": by_psycopg_copy}
    for title, way in ways.items():
        asyncio.run(run(target, f"TRUNCATE {TABLE}"))
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        way(source, target)
        after, seconds = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - began
        cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        print(f"{title:<22} {cpu:5.2f} s of CPU, {seconds:5.2f} s in all")
    for dsn in (source, target):
        asyncio.run(run(dsn, f"DROP TABLE {TABLE}"))


if __name__ == "__main__":
    main()
