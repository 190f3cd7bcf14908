"""The memory and cores of a server's machine, as the kernel's files tell them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pilotage.settings.machine import Machine, machine_of

MB = 1024**2
CORES = len(os.sched_getaffinity(0))


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A server's process on a machine with 8 GB to spare."""
    process = tmp_path / "proc" / str(os.getpid())
    process.mkdir(parents=True)
    (process / "cmdline").write_bytes(b"postgres: app app 127.0.0.1(4711) idle\0")
    (process / "cgroup").write_text("0::/db.slice/postgres\n")
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\n")
    return tmp_path / "proc"


def look(proc: Path) -> Machine | None:
    return machine_of(os.getpid(), proc=proc, groups=proc.parent / "groups")


def test_without_limits_it_is_what_the_machine_has(proc: Path) -> None:
    found = look(proc)

    assert found is not None
    assert found.memory == 8192 * MB
    assert found.cores == CORES
    assert found.shared_memory is None


@pytest.mark.parametrize("title", [b"", b"python\0-m\0http.server", b"postgres\0-D\0/data"])
def test_another_process_of_that_number_is_no_server_of_ours(proc: Path, title: bytes) -> None:
    (proc / str(os.getpid()) / "cmdline").write_bytes(title)
    assert look(proc) is None


def test_a_process_that_is_not_here_is_elsewhere(proc: Path) -> None:
    assert machine_of(1 << 30, proc=proc, groups=proc) is None


def test_the_limit_of_a_group_above_holds_too(proc: Path) -> None:
    group = proc.parent / "groups" / "db.slice"
    (group / "postgres").mkdir(parents=True)
    (group / "postgres" / "memory.max").write_text("max\n")
    (group / "postgres" / "memory.current").write_text(f"{500 * MB}\n")
    (group / "memory.max").write_text(f"{1000 * MB}\n")
    (group / "memory.current").write_text(f"{600 * MB}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {100 * MB}\n")
    (group / "cpu.max").write_text("100000 100000\n")

    found = look(proc)

    assert found is not None
    assert found.memory == 500 * MB
    assert found.cores == 1


def test_groups_of_the_first_version_have_limits_too(proc: Path) -> None:
    (proc / str(os.getpid()) / "cgroup").write_text("4:memory:/db\n3:cpu,cpuacct:/db\n0::/\n")
    memory, cpu = proc.parent / "groups" / "memory" / "db", proc.parent / "groups" / "cpu" / "db"
    memory.mkdir(parents=True)
    cpu.mkdir(parents=True)
    (memory / "memory.limit_in_bytes").write_text(f"{2000 * MB}\n")
    (memory / "memory.usage_in_bytes").write_text(f"{300 * MB}\n")
    (memory.parent / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (memory.parent / "memory.usage_in_bytes").write_text("1\n")
    (cpu / "cpu.cfs_quota_us").write_text("100000\n")
    (cpu / "cpu.cfs_period_us").write_text("100000\n")

    found = look(proc)

    assert found is not None
    assert found.memory == 1700 * MB
    assert found.cores == 1


def test_shared_memory_is_that_of_the_servers_own_root(proc: Path) -> None:
    (proc / str(os.getpid()) / "root" / "dev" / "shm").mkdir(parents=True)

    found = look(proc)

    assert found is not None
    assert found.shared_memory is not None
    assert found.shared_memory > 0
