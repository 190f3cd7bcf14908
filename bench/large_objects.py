"""Time and memory of bringing large objects, and of writing them into files.

``python bench/large_objects.py SOURCE TARGET [MEGABYTES] [OBJECTS]``: both DSNs must lead to databases
without large objects, in which some may be created; they are removed afterwards. One object of MEGABYTES is
brought, then OBJECTS of 640 bytes each. The client's peak memory is printed too: it must not grow with the
object.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

from pilotage.catalog.large_objects import LAST_OID, read_batches
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.dsn import resolve_dsn
from pilotage.execute.large_objects import relay_large_objects
from pilotage.model.plan import LoadLargeObjects
from pilotage.model.roles import RoleChoices
from pilotage.verify import compare_large_objects

ONE = """
DO $$ BEGIN
    PERFORM lo_create(1000);
    FOR n IN 1..{megabytes} LOOP
        PERFORM lo_put(1000, (n - 1) * 1048576::int8, decode(repeat(md5(n::text), 65536), 'hex'));
    END LOOP;
END $$
"""
MANY = """
SELECT count(lo_from_bytea((100000 + n)::oid, decode(repeat(md5(n::text), 40), 'hex')))
FROM generate_series(1, {objects}) AS n
"""
REMOVE = "SELECT count(lo_unlink(oid)) FROM (SELECT oid FROM pg_largeobject_metadata LIMIT 1000) AS page"


def parameters_of(dsn: str) -> ConnectionParameters:
    return resolve_dsn(dsn, environment={}, os_user="postgres")


async def bring(source: ConnectionParameters, target: ConnectionParameters) -> None:
    async with connect(source) as reading, connect(target) as writing, reading.transaction():
        first = 1
        for batch in await read_batches(reading):
            step = LoadLargeObjects(
                id="large objects", group="", reason="", first=first, last=batch.last, number=batch.number
            )
            await relay_large_objects(reading, writing, step, RoleChoices(), lambda _bytes: None)
            first = min(batch.last + 1, LAST_OID)


async def compare(source: ConnectionParameters, target: ConnectionParameters) -> None:
    async with (
        connect(source) as reading,
        connect(target) as found,
        reading.transaction(),
        found.transaction(),
    ):
        check = await compare_large_objects(reading, found)
        if check.differences:
            raise SystemExit(f"they differ: {check.differences[0]}")


async def remove(parameters: ConnectionParameters) -> None:
    async with connect(parameters) as session:
        while await session.value(REMOVE):
            pass


async def refuse_others(parameters: ConnectionParameters) -> None:
    async with connect(parameters) as session:
        if await session.value("SELECT count(*) FROM pg_largeobject_metadata"):
            raise SystemExit(f"{parameters.describe()} has large objects; name a database without any")


async def fill(parameters: ConnectionParameters, statement: str) -> None:
    async with connect(parameters) as session:
        await session.run(statement)


def timed(what: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    before, wall = time.process_time(), time.perf_counter()
    asyncio.run(work())
    seconds, cpu = time.perf_counter() - wall, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:40} {seconds:8.1f} s {cpu:8.1f} s CPU of the client {peak:8.0f} MB peak")


def main() -> None:
    source, target = map(parameters_of, sys.argv[1:3])
    megabytes = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    objects = int(sys.argv[4]) if len(sys.argv) > 4 else 100_000
    for end in (source, target):
        asyncio.run(refuse_others(end))
    for title, statement in (
        (f"one of {megabytes} MB", ONE.format(megabytes=megabytes)),
        (f"{objects} of 640 bytes", MANY.format(objects=objects)),
    ):
        asyncio.run(fill(source, statement))
        timed(f"{title}: brought", lambda: bring(source, target))
        timed(f"{title}: compared", lambda: compare(source, target))
        asyncio.run(remove(source))
        asyncio.run(remove(target))


if __name__ == "__main__":
    main()
