"""Embedded servers start, stop, survive crashes and leave nothing behind, as root and as an ordinary user."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pilotage.connection import ConnectionParameters, connect
from pilotage.errors import ConnectionFailedError, ServerStartError
from pilotage.programs import Installation
from pilotage.servers import EmbeddedServer, remove_leftovers
from pilotage.servers.processes import cluster_processes
from tests.servers_at_hand import (
    Clusters,
    Databases,
    require_server,
    run_psql,
    server_installations,
)

MAJORS = sorted(server_installations())

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


@pytest.fixture
def installation() -> Installation:
    """The newest server at hand."""
    if not MAJORS:
        pytest.skip("no PostgreSQL server at hand")
    return require_server(MAJORS[-1])


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user of the machine can enter, which pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="pilotage test "))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def own_tmpdir(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of this test's own: no other servers are registered in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    for registry in place.glob("**/pilotage-*"):  # whatever the test has failed to end
        registry.chmod(0o711)
        monkeypatch.setattr(tempfile, "tempdir", str(registry.parent))
        remove_leftovers()


def in_child(code: str, *arguments: object) -> list[str]:
    """Return the command of a Python process that runs the code, with the arguments in ``sys.argv``."""
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


def ask(parameters: ConnectionParameters, question: str) -> str:
    return run_psql(parameters, question).strip()


def registered(tmpdir: Path) -> list[str]:
    """Return the names of the servers' folders below a folder for temporary files."""
    return [path.name for path in tmpdir.glob("pilotage-*/*") if path.name != ".lock"]


def still_there(processes: list[int]) -> list[int]:
    return [pid for pid in processes if Path("/proc", str(pid)).exists()]


def segments(uid: int) -> set[str]:
    """Return the ids of a user's System V segments that nobody is attached to."""
    lines = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    return {line[1] for line in lines if int(line[7]) == uid and line[6] == "0"}


# Starting and stopping


@pytest.mark.parametrize("major", MAJORS)
async def test_a_server_of_each_version_serves_and_leaves_nothing_behind(
    major: int, own_tmpdir: Path
) -> None:
    with EmbeddedServer.start(require_server(major)) as server:
        async with connect(server.parameters()) as session:
            assert session.version_num // 10000 == major
            settings = await session.value(
                "SELECT array_agg(pg_catalog.current_setting(name) ORDER BY position) FROM pg_catalog.unnest("
                "ARRAY['server_encoding', 'TimeZone', 'listen_addresses', 'lc_messages', 'autovacuum'])"
                " WITH ORDINALITY AS setting (name, position)"
            )
            assert settings == ["UTF8", "UTC", "", "C", "on"]
            assert await session.value(
                "SELECT datcollate FROM pg_catalog.pg_database WHERE datname = 'postgres'"
            ) in ("C.UTF-8", "C")
        assert "ready to accept connections" in server.log.read_text()
        processes = cluster_processes(server.data)
        assert server.pid in processes
    assert not server.is_running
    assert still_there(processes) == []
    assert registered(own_tmpdir) == []


def test_stopping_twice_is_no_error_and_restarting_a_stopped_server_is_one(
    installation: Installation,
) -> None:
    server = EmbeddedServer.start(installation)
    server.stop()
    server.stop()
    server.kill()
    with pytest.raises(ServerStartError, match="has been stopped"):
        server.restart()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.pid


def test_several_servers_run_side_by_side(installation: Installation) -> None:
    with EmbeddedServer.start(installation) as one, EmbeddedServer.start(installation, port=0) as other:
        run_psql(one.parameters(), "CREATE ROLE only_here;")
        assert ask(one.parameters(), "SELECT pg_catalog.to_regrole('only_here')") == "only_here"
        assert ask(other.parameters(), "SELECT pg_catalog.to_regrole('only_here')") == ""


def test_settings_reach_the_server_whatever_is_in_them(installation: Installation) -> None:
    value = """it's \\ "quoted" #not a comment"""
    with EmbeddedServer.start(
        installation, settings={"my.setting": value, "shared_buffers": "16MB", "wal_level": "logical"}
    ) as server:
        assert ask(server.parameters(), "SHOW my.setting") == value
        assert ask(server.parameters(), "SHOW shared_buffers") == "16MB"
        assert ask(server.parameters(), "SHOW wal_level") == "logical"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shared_buffers": "many"}, 'invalid value for parameter "shared_buffers": "many"'),
        ({"no_such_setting": "1"}, 'unrecognized configuration parameter "no_such_setting"'),
        ({"a = 1\nport": "1"}, "is not the name of a server setting"),
        ({"search_path": "a\nport = 1"}, "one line of text"),
    ],
)
def test_a_failed_start_says_why_and_leaves_nothing_behind(
    installation: Installation, own_tmpdir: Path, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ServerStartError) as raised:
        EmbeddedServer.start(installation, settings=settings)
    assert message in str(raised.value)
    assert registered(own_tmpdir) == []


# The ways in


async def test_over_tcp_the_password_is_asked_for(installation: Installation) -> None:
    with EmbeddedServer.start(installation, port=0, password="pass'word\\") as server:
        parameters = server.parameters()
        assert (parameters.host, parameters.password) == ("127.0.0.1", "pass'word\\")
        async with connect(parameters) as session:
            assert await session.value("SELECT 1") == 1
        assert "SCRAM-SHA-256" in ask(
            server.socket_parameters(),
            "SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = 'postgres'",
        )
        for wrong in ("other", None):
            with pytest.raises(ConnectionFailedError):
                async with connect(
                    ConnectionParameters(
                        host="127.0.0.1",
                        port=parameters.port,
                        user="postgres",
                        database="postgres",
                        password=wrong,
                    )
                ):
                    pass
        assert "pass'word" not in server.log.read_text()


def test_without_a_password_of_yours_tcp_has_a_random_one(installation: Installation) -> None:
    with EmbeddedServer.start(installation, port=0) as server:
        password = server.parameters().password
        assert password is not None
        assert len(password) >= 16
        assert ask(server.parameters(), "SELECT 1") == "1"
        assert server.parameters(user="somebody").password is None


def test_a_password_without_a_port_is_refused(installation: Installation) -> None:
    with pytest.raises(ValueError, match="give a port"):
        EmbeddedServer.start(installation, password="x")


def test_other_users_cannot_reach_socket_and_data(installation: Installation) -> None:
    with EmbeddedServer.start(installation) as server:
        owner = Path("/proc", str(server.pid)).stat().st_uid
        for path in (Path(server.parameters().host), server.data):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
            assert path.stat().st_uid == owner


@pytest.mark.parametrize("name", ['with space \'and "quotes"', "with, comma", "x" * 120])
def test_the_folder_for_temporary_files_may_have_any_name(
    installation: Installation, place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tmpdir = place / name
    tmpdir.mkdir()
    tmpdir.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(tmpdir))
    with EmbeddedServer.start(installation) as server:
        socket = Path(server.parameters().host)
        assert server.directory.is_relative_to(tmpdir)
        assert socket.is_relative_to(tmpdir) == ("space" in name)
        assert ask(server.parameters(), "SELECT 1") == "1"
    assert not socket.exists()
    assert not server.directory.exists()


# A directory of one's own


@pytest.mark.parametrize("name", ["kept", "with space and 'quote'"])
def test_a_given_directory_keeps_the_cluster(installation: Installation, place: Path, name: str) -> None:
    directory = place / name
    with EmbeddedServer.start(installation, directory=directory, port=0, password="first") as server:
        run_psql(server.parameters(), "CREATE TABLE kept AS SELECT 42 AS answer;")
        assert server.data == directory / "data"
        assert server.log == directory / "server.log"
    with EmbeddedServer.start(installation, directory=directory, port=0, password="second") as server:
        assert ask(server.parameters(), "SELECT answer FROM kept") == "42"
    assert (directory / "data" / "PG_VERSION").exists()


def test_a_second_server_in_the_same_directory_is_refused_and_the_first_unharmed(
    installation: Installation, place: Path
) -> None:
    with EmbeddedServer.start(installation, directory=place) as first:
        pid = first.pid
        with pytest.raises(ServerStartError, match=f"postmaster.*PID {pid}"):
            EmbeddedServer.start(installation, directory=place)
        assert first.pid == pid
        assert ask(first.parameters(), "SELECT 1") == "1"


def test_a_directory_that_holds_something_else_is_refused_and_left_alone(
    installation: Installation, place: Path
) -> None:
    (place / "data").mkdir()
    (place / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(ServerStartError, match="holds no PostgreSQL cluster"):
        EmbeddedServer.start(installation, directory=place)
    assert (place / "data" / "thesis.txt").read_text() == "years of work"


def test_a_cluster_of_another_version_is_refused(place: Path) -> None:
    if len(MAJORS) < 2:
        pytest.skip("only one major version at hand")
    older, newer = MAJORS[0], MAJORS[-1]
    EmbeddedServer.start(require_server(older), directory=place).stop()
    with pytest.raises(ServerStartError, match=f"cluster of PostgreSQL {older}, which {newer} cannot serve"):
        EmbeddedServer.start(require_server(newer), directory=place)


@as_root
def test_a_directory_that_the_servers_user_cannot_enter_is_refused(
    installation: Installation, place: Path
) -> None:
    place.chmod(0o700)
    with pytest.raises(ServerStartError, match="whom the server runs as, cannot enter"):
        EmbeddedServer.start(installation, directory=place / "within")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


# Crashes


async def test_kill_then_restart_keeps_what_was_committed(installation: Installation) -> None:
    with EmbeddedServer.start(installation, port=0) as server:
        run_psql(server.parameters(), "CREATE TABLE kept AS SELECT 42 AS answer;")
        before = server.parameters()
        server.kill()
        assert not server.is_running
        assert cluster_processes(server.data) == []
        with pytest.raises(ConnectionFailedError):
            async with connect(before):
                pass
        server.restart()
        assert server.parameters() == before
        assert ask(before, "SELECT answer FROM kept") == "42"
        assert "was not properly shut down" in server.log.read_text()


def test_kill_ends_a_child_that_is_too_busy_to_notice(installation: Installation) -> None:
    with EmbeddedServer.start(installation) as server:
        client = subprocess.Popen(
            [installation.bin / "psql", "-Xqc", "DO 'BEGIN LOOP END LOOP; END'"],
            env=server.parameters().libpq_environment(),
            stderr=subprocess.DEVNULL,
        )
        while ask(
            server.parameters(),
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE query LIKE 'DO %LOOP%'",
        ) != ("1"):
            assert client.poll() is None
        server.kill()
        assert client.wait() != 0
        assert cluster_processes(server.data) == []


def test_a_postmaster_killed_by_others_is_noticed_and_its_server_restarts(installation: Installation) -> None:
    with EmbeddedServer.start(installation) as server:
        pid = server.pid
        os.kill(pid, signal.SIGKILL)
        server.restart()
        assert server.pid != pid
        assert ask(server.parameters(), "SELECT 1") == "1"


def test_stopping_a_killed_server_leaves_nothing_behind(installation: Installation, own_tmpdir: Path) -> None:
    server = EmbeddedServer.start(installation)
    owner = server.data.stat().st_uid
    before = segments(owner)
    server.kill()
    assert segments(owner) - before, "a killed server leaves its segment, or this test shows nothing"
    server.stop()
    assert segments(owner) - before == set()
    assert registered(own_tmpdir) == []


ABANDONED = """
    import os, signal, sys, tempfile
    from pathlib import Path
    from pilotage.servers import EmbeddedServer
    from tests.servers_at_hand import require_server
    tempfile.tempdir = sys.argv[1]
    directory = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    server = EmbeddedServer.start(require_server(int(sys.argv[2])), directory=directory)
    print(server.pid, server.data, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def abandon(tmpdir: Path, major: int, *directory: Path) -> tuple[int, Path]:
    """Start a server in a process that is killed at once; return the postmaster's pid and data directory."""
    finished = subprocess.run(
        in_child(ABANDONED, tmpdir, major, *directory), stdout=subprocess.PIPE, text=True, check=False
    )
    assert finished.returncode == -signal.SIGKILL
    pid, data = finished.stdout.strip().split(" ", 1)
    return int(pid), Path(data)


def test_servers_whose_owner_was_killed_go_at_the_next_start(
    installation: Installation, own_tmpdir: Path
) -> None:
    pid, data = abandon(own_tmpdir, installation.major)
    assert pid in cluster_processes(data)
    with EmbeddedServer.start(installation) as server:
        assert cluster_processes(data) == []
        assert not data.parent.exists()
        assert remove_leftovers() == ()
        assert server.is_running


def test_a_leftovers_own_directory_stays_and_can_be_used_again(
    installation: Installation, own_tmpdir: Path
) -> None:
    kept = own_tmpdir / "kept"
    pid, data = abandon(own_tmpdir, installation.major, kept)
    assert pid in cluster_processes(data)
    with EmbeddedServer.start(installation, directory=kept) as server:
        assert server.data == data
        assert pid not in cluster_processes(data)
        assert ask(server.parameters(), "SELECT 1") == "1"
        assert "was not properly shut down" not in server.log.read_text()


def test_a_server_that_another_now_runs_in_a_leftovers_directory_is_not_touched(
    installation: Installation, own_tmpdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = own_tmpdir / "kept"
    pid, data = abandon(own_tmpdir, installation.major, kept)
    os.kill(pid, signal.SIGINT)
    while cluster_processes(data):
        pass
    # Somebody else's registry: another TMPDIR.
    other = own_tmpdir / "other"
    other.mkdir()
    other.chmod(0o755)
    foreign, _ = abandon(other, installation.major, kept)
    assert [path.name.split("-")[0] for path in remove_leftovers()] == [str(installation.major)]
    assert foreign in cluster_processes(data)
    monkeypatch.setattr(tempfile, "tempdir", str(other))
    assert len(remove_leftovers()) == 1
    assert cluster_processes(data) == []


@pytest.mark.parametrize("remains", [(), ("owner.json",), ("owner.json", "data")])
def test_what_a_crash_left_of_a_folder_is_removed(own_tmpdir: Path, remains: tuple[str, ...]) -> None:
    assert remove_leftovers() == ()
    (registry,) = own_tmpdir.glob("pilotage-*")
    folder = registry / "18-00000000"
    folder.mkdir()
    for name in remains:
        (folder / name).write_text("") if "." in name else (folder / name / "base").mkdir(parents=True)
    assert remove_leftovers() == (folder,)
    assert not folder.exists()


def test_a_folder_whose_owner_lives_is_no_leftover(own_tmpdir: Path) -> None:
    remove_leftovers()
    (registry,) = own_tmpdir.glob("pilotage-*")
    folder = registry / "18-00000000"
    folder.mkdir()
    with (folder / "owner.json").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)
        assert remove_leftovers() == ()
        assert folder.exists()


def test_a_registry_that_others_can_write_to_is_refused(own_tmpdir: Path) -> None:
    remove_leftovers()
    (registry,) = own_tmpdir.glob("pilotage-*")
    registry.chmod(0o777)
    with pytest.raises(ServerStartError, match="not a folder that only we can write to"):
        remove_leftovers()


# Root and ordinary users


@as_root
def test_as_root_the_server_runs_as_somebody_else_without_roots_groups(installation: Installation) -> None:
    with EmbeddedServer.start(installation) as server:
        status = Path("/proc", str(server.pid), "status").read_text()
        values = {line.partition(":")[0]: line.partition(":")[2].split() for line in status.splitlines()}
        assert "0" not in values["Uid"] + values["Gid"] + values["Groups"]


@as_root
def test_programs_in_a_closed_folder_are_copied_and_the_folder_stays_closed(
    installation: Installation, place: Path
) -> None:
    package = installation.bin.parent.parent
    if package.parent.name != "site-packages":
        pytest.skip("only wheels can be moved, and the newest server at hand is not from one")
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    prefix = closed / package.name / installation.bin.parent.name
    shutil.copytree(installation.bin.parent, prefix, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    hidden = Installation(
        major=installation.major,
        version=installation.version,
        bin=prefix / "bin",
        origin="test",
        has_server=True,
    )
    with EmbeddedServer.start(hidden, port=0) as server:
        assert ask(server.parameters(), "SELECT 1") == "1"
        assert not server.installation.bin.is_relative_to(closed)
        assert Path("/proc", str(server.pid), "exe").readlink().is_relative_to(server.directory)
    assert not server.directory.exists()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


# Everything is imported while still root: the interpreter itself may lie where the user cannot go.
AS_ORDINARY_USER = """
    import asyncio, email.parser, encodings.idna, json, os, sys, tempfile
    from pathlib import Path
    from pilotage.connection import connect
    from pilotage.servers import EmbeddedServer
    from pilotage.programs import find_installations
    from tests.servers_at_hand import require_server, run_psql
    installation = require_server(int(sys.argv[4]))
    os.setgroups([])
    os.setresgid(*[int(sys.argv[2])] * 3)
    os.setresuid(*[int(sys.argv[1])] * 3)
    os.umask(0o077)
    tempfile.tempdir = sys.argv[3]
    assert installation in find_installations(os.environ.get("PATH"))
    with EmbeddedServer.start(installation, port=0) as server:
        run_psql(server.parameters(), "CREATE TABLE kept AS SELECT 42 AS answer;")
        server.kill()
        server.restart()
        async def ask():
            async with connect(server.socket_parameters()) as session:
                return await session.value("SELECT answer FROM public.kept")
        answer = asyncio.run(ask())
        uid = Path("/proc", str(server.pid)).stat().st_uid
        directory = str(server.directory)
    print(json.dumps([os.geteuid(), uid, answer, Path(directory).exists()]))
"""


@as_root
def test_as_an_ordinary_user_the_server_runs_as_that_user(installation: Installation, place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folders = (installation.bin, *installation.bin.parents)
    if not all(each.stat().st_mode & stat.S_IXOTH for each in folders):
        pytest.skip(f"an ordinary user cannot reach {installation.bin}")
    place.chmod(0o777)
    finished = subprocess.run(
        in_child(AS_ORDINARY_USER, nobody.pw_uid, nobody.pw_gid, place, installation.major),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == f"[{nobody.pw_uid}, {nobody.pw_uid}, 42, false]"


# What all other tests stand on


def test_clusters_of_two_roles_are_two_servers(clusters: Clusters, installation: Installation) -> None:
    source = clusters.get(installation.major)
    assert clusters.get(installation.major, "source") is source
    assert clusters.get(installation.major, "target").pid != source.pid


def test_a_new_database_is_filled_and_dropped(
    clusters: Clusters, installation: Installation, tmp_path: Path
) -> None:
    databases = Databases(clusters)
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE t (n int);")
    parameters = databases(
        installation.major, name='odd "name"', file=script, sql="INSERT INTO t VALUES (1), (2);"
    )
    assert ask(parameters, "SELECT sum(n), current_database() FROM t") == '3|odd "name"'
    server = clusters.get(installation.major)
    count = "SELECT count(*) FROM pg_catalog.pg_database WHERE datname LIKE 'odd%'"
    assert ask(server.parameters(), count) == "1"
    databases.drop()
    assert ask(server.parameters(), count) == "0"


def test_dumps_of_equal_databases_are_equal_and_of_others_not(
    new_database: Databases,
    installation: Installation,
    schema_dump: Callable[[ConnectionParameters], str],
    data_dump: Callable[[ConnectionParameters], list[str]],
) -> None:
    schema = "CREATE TABLE t (n int, s text);"
    one = new_database(installation.major, sql=schema + "INSERT INTO t VALUES (1, E'a\\nb'), (2, NULL);")
    same = new_database(
        installation.major, "target", sql=schema + "INSERT INTO t VALUES (2, NULL), (1, E'a\\nb');"
    )
    other = new_database(
        installation.major,
        sql="CREATE TABLE t (n int, s varchar); INSERT INTO t VALUES (1, 'a\\nb'), (2, '');",
    )
    assert schema_dump(one) == schema_dump(same) != schema_dump(other)
    assert data_dump(one) == data_dump(same) != data_dump(other)
    assert "CREATE TABLE public.t" in schema_dump(one)
    assert "INSERT INTO public.t VALUES (2, NULL);" in data_dump(one)


@pytest.mark.servers(18, 16)
def test_pgvector_is_in_the_servers_of_16_and_18(clusters: Clusters) -> None:
    for major in (16, 18):
        question = "SELECT count(*) FROM pg_catalog.pg_available_extensions WHERE name = 'vector'"
        assert ask(clusters.get(major).parameters(), question) == "1"
