"""The bench measures migrations that brought everything, and all the CPU time that a server took."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench.migration import servers

from pilotage.connection import connect
from tests.servers_at_hand import REPOSITORY, Clusters

pytestmark = pytest.mark.servers(18)

# Of each process that ended, the kernel's sums lack at most a clock tick or two.
ROUNDING = 3 / servers.TICK


def schedstat(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


async def test_the_time_of_a_backend_counts_after_its_end(clusters: Clusters) -> None:
    server = clusters.get(18)
    before = servers.cluster_seconds(server.pid)
    async with connect(server.parameters()) as session:
        await session.run("SELECT sum(n) FROM generate_series(1, 1000000) AS n")
        own = schedstat(session.backend_pid)
    servers.wait_for_backends(server.pid)
    assert own > 2 * ROUNDING
    assert servers.cluster_seconds(server.pid) - before >= own - ROUNDING


def test_a_small_bench_brings_everything_in_two_ways(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    options = ["many", "--size", "0.01", "--rounds", "1", "--output", str(page)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.migration", *options, "--ways", "pilotage", "pg_dump | psql"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = page.read_text("utf-8").splitlines()
    (goal,) = [line for line in lines if line.startswith("| many ") and "psql" in line]
    assert goal.split("|")[-2].strip() in {"reached", "missed"}
    assert "## Not measured" not in lines
