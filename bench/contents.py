"""What it costs a server to compare contents, beside counting and beside the obvious query.

``python bench/contents.py SOURCE TARGET [ROUNDS]``: DSNs of two databases on this machine that hold the same,
such as one just migrated. Nothing is written. For each table the CPU time of the source's server
process, the least of the rounds, in which the ways alternate: ``count(*)``, pilotage's statement, and the sum
of ``md5(row::text)``, which does not depend on the order of rows either; then the whole comparison, both ends
and two sessions at each.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from pilotage.catalog import read_catalog
from pilotage.connection import Session
from pilotage.connection.dsn import resolve_dsn
from pilotage.model.scope import Scope
from pilotage.verify.checks.contents import compare_contents
from pilotage.verify.ends import hold_end
from pilotage.verify.rows.preparing import prepare
from pilotage.verify.rows.statements import Part, Reading, statement

SHOWN = 15


def ways(reading: Reading) -> tuple[str, str, str]:
    rows = reading.relation.rows
    return (
        f"SELECT count(*) FROM {rows}",
        statement(0, Part(reading=reading, blocks=None, bytes=reading.bytes)),
        # As tools do it that must not depend on order: half of the digest as a number, summed.
        f"SELECT sum(('x' || substr(md5(o::text), 1, 16))::bit(64)::int8) FROM {rows} AS o",
    )


async def seconds_of(session: Session, query: str) -> float:
    def spent() -> float:
        return int(Path(f"/proc/{session.backend_pid}/schedstat").read_text("ascii").split()[0]) / 1e9

    before = spent()
    await session.run(query)
    return spent() - before


async def measure(source: str, target: str, rounds: int) -> None:
    left, right = (resolve_dsn(dsn, environment={}, os_user="postgres") for dsn in (source, target))
    async with hold_end(left) as one, hold_end(right) as other, one.session() as session:
        async with other.session() as opposite:
            found = await read_catalog(opposite, Scope(), count_rows=False)
        expected = await read_catalog(session, Scope(), count_rows=False)
        await session.run("SET LOCAL max_parallel_workers_per_gather = 0")
        prepared = await prepare(one, other, expected, found)
        totals = [0.0, 0.0, 0.0]
        print(f"{'table':<36} {'count(*)':>9} {'ours':>9} {'md5':>9}  ours/md5   CPU ms")
        readings = [each for each in prepared.source if each.hashes is not None]
        for place, reading in enumerate(sorted(readings, key=lambda each: -each.bytes)):
            best = [float("inf")] * 3
            for _ in range(rounds):
                for way, query in enumerate(ways(reading)):
                    best[way] = min(best[way], await seconds_of(session, query))
            totals = [sum(each) for each in zip(totals, best, strict=True)]
            if place < SHOWN:
                show(str(reading.relation.name), best)
        show("all tables", totals)
        began = time.perf_counter()
        contents = await compare_contents(one, other, expected, found)
        print(f"both ends compared in {time.perf_counter() - began:.2f} s: {contents.check.outcome}")


def show(name: str, seconds: list[float]) -> None:
    count, ours, md5 = (each * 1000 for each in seconds)
    print(f"{name[:36]:<36} {count:9.1f} {ours:9.1f} {md5:9.1f}  {ours / md5 if md5 else 0:8.2f}")


if __name__ == "__main__":
    asyncio.run(measure(*sys.argv[1:3], rounds=int(sys.argv[3]) if len(sys.argv) > 3 else 3))
