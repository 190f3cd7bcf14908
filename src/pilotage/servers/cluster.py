"""A cluster on disk: made by initdb, configured, and the programs that serve it put within reach.

Consumed by :mod:`pilotage.servers.server`. No process outlives a function of this module.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from pilotage.errors import ProgramFailedError, ServerStartError
from pilotage.programs import Installation, program_of, run_program_sync
from pilotage.servers.account import Account
from pilotage.servers.processes import kill_cluster

# For the demo and for tests: what a crash of the server needs is kept, what a power cut needs is not.
DEFAULT_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.english",
    # In the data directory, so that it goes away with it, and is not bound by a container's small /dev/shm.
    "dynamic_shared_memory_type": "mmap",
}

# The socket's folder lets nobody in but root and the server's own user. Over TCP anybody may knock.
_HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"

_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\Z")

_NOT_NEEDED = shutil.ignore_patterns("include", "doc", "man", "*.a", "pgxs")


def ensure_cluster(installation: Installation, directory: Path, account: Account) -> None:
    """Make a cluster in ``directory/data`` unless one of this major version is there already.

    Raises:
        ServerStartError: the folder holds something else, or initdb failed.
    """
    data = directory / "data"
    with _locked(directory):
        if data.is_dir() and any(data.iterdir()):
            _check_version(installation, data)
            return
        # Made aside, so that a cluster is there whole or not at all.
        incomplete = directory / "data.incomplete"
        if incomplete.exists():  # somebody died while making it
            kill_cluster(incomplete)
            shutil.rmtree(incomplete)
        incomplete.mkdir(mode=0o700)
        account.own(incomplete)
        try:
            _initdb(installation, incomplete, account)
            incomplete.rename(data)
        except ProgramFailedError as error:
            shutil.rmtree(incomplete, ignore_errors=True)
            raise ServerStartError(f"no cluster could be made in {data}: {error}") from error


def write_configuration(
    folder: Path, data: Path, socket: Path, *, port: int | None, settings: Mapping[str, str]
) -> Path:
    """Write the server's configuration files into its folder and return the path of the main one.

    They lie outside the data directory, which belongs to the server's user: what root writes into another
    user's folder, that user can lead astray.
    """
    hba = folder / "pg_hba.conf"
    everything = {
        **DEFAULT_SETTINGS,
        **settings,
        "data_directory": str(data),
        "hba_file": str(hba),
        "unix_socket_directories": str(socket),
        "listen_addresses": "" if port is None else "127.0.0.1",
        "port": "5432" if port is None else str(port),
    }
    configuration = folder / "postgresql.conf"
    configuration.write_text(
        "".join(f"{_setting_name(name)} = {_setting_value(value)}\n" for name, value in everything.items()),
        encoding="utf-8",
    )
    hba.write_text(_HBA, encoding="utf-8")
    for path in (configuration, hba):
        path.chmod(0o644)
    return configuration


def reachable(installation: Installation, folder: Path, account: Account) -> Installation:
    """Return an installation whose programs the server's user can run: this one, or a copy of it.

    A virtual environment below a closed home folder is out of reach for others. It is copied into the
    server's folder; nobody's permissions are changed.
    """
    try:
        run_program_sync(
            program_of(installation, "postgres"), ["--version"], environment={}, run_as=account.run_as
        )
    except ProgramFailedError:
        if account.is_ours:
            raise
    else:
        return installation
    prefix = installation.bin.parent
    package = prefix.parent
    runtime = folder / "runtime"
    _copy(prefix, runtime / package.name / prefix.name)
    # Wheels keep the libraries that they bring beside the package, and find them by a relative path.
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        _copy(libraries, runtime / libraries.name)
    runtime.chmod(0o755)
    (runtime / package.name).chmod(0o755)
    return dataclasses.replace(installation, bin=runtime / package.name / prefix.name / "bin")


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=_NOT_NEEDED)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644))


def _initdb(installation: Installation, data: Path, account: Account) -> None:
    program = program_of(installation, "initdb")
    arguments = ["-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    environment = {"TZ": "UTC"}
    try:
        run_program_sync(
            program, [*arguments, "--locale=C.UTF-8"], environment=environment, run_as=account.run_as
        )
    except ProgramFailedError as error:
        if "invalid locale" not in str(error):
            raise
        # A system without C.UTF-8: the order of strings is the same, by code point.
        run_program_sync(program, [*arguments, "--locale=C"], environment=environment, run_as=account.run_as)


def _check_version(installation: Installation, data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text("utf-8").strip()
    except FileNotFoundError:
        raise ServerStartError(
            f"{data} is not empty and holds no PostgreSQL cluster; name another directory, or empty it"
        ) from None
    if found != str(installation.major):
        raise ServerStartError(
            f"{data} holds a cluster of PostgreSQL {found}, which {installation.major} cannot serve; "
            f"name another directory, or start it with PostgreSQL {found}"
        )


def _setting_name(name: str) -> str:
    if not _SETTING_NAME.match(name):
        raise ServerStartError(f"{name!r} is not the name of a server setting")
    return name


def _setting_value(value: str) -> str:
    """Return the value as PostgreSQL's configuration files take it (documentation, 19.1.2)."""
    if "\n" in value or "\0" in value:
        raise ServerStartError(f"a server setting's value is one line of text, which {value!r} is not")
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep others out who want to make a cluster in the same place."""
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
