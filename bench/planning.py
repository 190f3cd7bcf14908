"""How long planning takes beyond pg_dump: a schema of many tables, made, dumped and planned in one run.

Prints, for each size, the wall time of pg_dump alone and of the whole preparation (catalog and pg_dump side
by side, then the plan and its documents), and what each part of our own took. Run it with ``make bench``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

from pilotage.archive import dump_schema
from pilotage.catalog import read_catalog
from pilotage.config.records import Configuration
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import export_snapshot
from pilotage.model.scope import Scope
from pilotage.plan import encode_plan, make_plan, order_tables
from pilotage.programs import find_installations, find_program
from pilotage.report.graph_drawing import dependency_graph_svg
from pilotage.report.migration_order import migration_order
from pilotage.servers import EmbeddedServer

PER_TABLE_INDEXES = 4  # besides the primary key's


def schema_sql(tables: int, keys: int, functions: int) -> list[str]:
    """Return statements in batches that fit the server's lock table."""
    chance = random.Random(20251101)
    statements = [f"CREATE SCHEMA area_{number}" for number in range(10)]
    names = [f"area_{number % 10}.thing_{number}" for number in range(tables)]
    for name in names:
        short = name.partition(".")[2]
        statements.append(
            f"CREATE TABLE {name} (id bigint PRIMARY KEY, a int, b text, c timestamptz, d jsonb, "
            "r0 bigint, r1 bigint, r2 bigint)"
        )
        for number, column in enumerate("abcd"[:PER_TABLE_INDEXES]):
            method = "gin (d)" if column == "d" else f"btree ({column})"
            statements.append(f"CREATE INDEX {short}_i{number} ON {name} USING {method}")
    for number in range(keys):
        source = 1 + number % (tables - 1)
        statements.append(
            f"ALTER TABLE {names[source]} ADD FOREIGN KEY (r{number // tables % 3}) "
            f"REFERENCES {names[chance.randrange(source)]}"
        )
    statements += [
        f"CREATE FUNCTION area_{number % 10}.f_{number}(a int) RETURNS int "
        f"LANGUAGE sql AS 'SELECT a + {number}'"
        for number in range(functions)
    ]
    return [";\n".join(statements[first : first + 500]) for first in range(0, len(statements), 500)]


async def measure(server: EmbeddedServer, tables: int, keys: int, functions: int, scratch: Path) -> None:
    """Make the schema and time what planning it takes."""
    database = f"bench_{tables}"
    async with connect(server.parameters()) as session:
        await session.run(f"CREATE DATABASE {database}")
    parameters = server.parameters(database)
    async with connect(parameters) as session:
        for batch in schema_sql(tables, keys, functions):
            await session.run(batch)
        await session.run("ANALYZE")
    indexes = tables * (1 + PER_TABLE_INDEXES)
    print(f"{tables:,} tables, {keys:,} keys, {indexes:,} indexes, {functions:,} functions")
    for attempt in range(1, 4):
        await one_round(parameters, scratch / f"{tables}-{attempt}.dump", attempt)


async def one_round(parameters: ConnectionParameters, path: Path, attempt: int) -> None:
    pg_dump = find_program("pg_dump", not_older_than=18, installations=find_installations())
    clock = time.perf_counter
    async with connect(parameters) as session, export_snapshot(session) as snapshot:
        began = clock()
        archive = await dump_schema(parameters, program=pg_dump, output=path, snapshot=snapshot)
        dumped = clock() - began
        began, cpu = clock(), time.process_time()
        catalog = await read_catalog(session, Scope())
        read = clock() - began
        began = clock()
        plan = make_plan(catalog, archive, Configuration())
        planned = clock() - began
        began = clock()
        order = order_tables(catalog)
        size = len(encode_plan(plan)) + len(migration_order(plan, catalog, order))
        size += len(dependency_graph_svg(catalog, order, plan.groups))
        written = clock() - began
        own_cpu = time.process_time() - cpu
    ours = read + planned + written
    print(
        f"  round {attempt}: pg_dump and its archive {dumped:.2f} s; "
        f"catalog {read:.2f} s, plan {planned:.2f} s, documents of {size / 1e6:.0f} MB {written:.2f} s; "
        f"ours {ours:.2f} s ({own_cpu:.2f} s of CPU), {ours / dumped:.2f} of pg_dump"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tables", type=int, nargs="+", default=[300, 1200])
    sizes = arguments.parse_args().tables
    installation = next(each for each in find_installations(os.environ.get("PATH")) if each.has_server)
    settings = {"max_locks_per_transaction": "1024", "autovacuum": "off"}
    with (
        tempfile.TemporaryDirectory() as scratch,
        EmbeddedServer.start(installation, settings=settings) as server,
    ):
        for tables in sizes:
            asyncio.run(measure(server, tables, tables * 25 // 12, tables * 5 // 12, Path(scratch)))


if __name__ == "__main__":
    main()
