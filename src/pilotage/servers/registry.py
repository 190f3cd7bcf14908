"""The folders of embedded servers, and who owns them: how servers go away whose owner crashed.

::

    TMPDIR/pilotage-UID/          ours, and only ours to write
        .lock                     held while folders come and go
        18-5f3c9a0e/              one server; others may pass through but not list it
            owner.json            locked for as long as its owner lives
            postgresql.conf  pg_hba.conf
            socket/  data/        the server user's own, closed to all others
            server.log
            runtime/              a copy of the programs, where the server's user cannot reach them

An owner holds a lock on ``owner.json``; the kernel lets go of it when the owner dies, however it dies. So a
folder whose lock can be had is a leftover. Consumed by :mod:`pilotage.servers.server`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from pilotage.errors import ServerStartError
from pilotage.servers.account import Account, server_account
from pilotage.servers.processes import end_postmasters, kill_cluster

SOCKET_NAME = ".s.PGSQL.5432"

_SOCKET_PATH_BYTES = 107
"""What fits into ``sun_path`` of <sys/un.h>, without the NUL at its end."""

_SHORT_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 (mkdtemp makes a private folder in it)

_ORDERLY = 10.0
"""Seconds that a leftover server gets to shut down before it is killed."""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """What ``owner.json`` says.

    Attributes:
        pid: the owner's, for people; its life is told by the lock.
        data: the data directory, which lies elsewhere where the user chose it.
        socket: the socket's folder, which lies elsewhere where this path does not do for one.
    """

    pid: int
    data: str
    socket: str


class ServerFolder:
    """One server's folder, which is ours until it is released."""

    def __init__(self, path: Path, owner: Owner, lock: int, account: Account) -> None:
        self.path = path
        self.data = Path(owner.data)
        self.socket = Path(owner.socket)
        self.account = account
        self._lock = lock

    @property
    def is_released(self) -> bool:
        """Whether it has been deleted."""
        return self._lock < 0

    def release(self) -> None:
        """Delete the folder; a data directory that lies elsewhere stays."""
        if self.is_released:
            return
        with _locked(self.path.parent):
            _delete(self.path, self.socket)
            os.close(self._lock)
            self._lock = -1


def claim_folder(account: Account, major: int, directory: Path | None) -> ServerFolder:
    """Make a folder for a new server.

    Args:
        account: the user that the server will run as.
        major: the server's major version, for the folder's name.
        directory: where ``data`` lies; None for the folder itself.
    """
    registry = _ensure_registry(account)
    with _locked(registry):
        path = registry / f"{major}-{secrets.token_hex(4)}"
        path.mkdir()
        path.chmod(0o711)
        socket = _make_socket_folder(path, account)
        owner = Owner(pid=os.getpid(), data=str((directory or path) / "data"), socket=str(socket))
        record = path / "owner.json"
        lock = os.open(record, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        record.write_bytes(msgspec.json.encode(owner))
        return ServerFolder(path, owner, lock, account)


def remove_leftovers() -> tuple[Path, ...]:
    """End the servers whose owner is gone, delete their folders, and return those folders.

    Only servers that we started are ended, known by the configuration file that they were given. A data
    directory that a user chose is left as it is.
    """
    registry = _ensure_registry(server_account())
    with _locked(registry):
        return tuple(path for path in sorted(registry.iterdir()) if path.is_dir() and _remove_if_left(path))


def _remove_if_left(path: Path) -> bool:
    try:
        lock = os.open(path / "owner.json", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # its owner died while it made or deleted the folder
        _end(path)
        _delete(path, path / "socket")
        return True
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            owner = msgspec.json.decode((path / "owner.json").read_bytes(), type=Owner)
        except msgspec.DecodeError:  # its owner died while it wrote
            owner = Owner(pid=0, data=str(path / "data"), socket=str(path / "socket"))
        _end(path)
        _delete(path, Path(owner.socket))
    finally:
        os.close(lock)
    return True


def _end(path: Path) -> None:
    """End what runs for a folder of ours."""
    end_postmasters(path / "postgresql.conf", seconds=_ORDERLY)
    # In here nobody but us has business: children of a postmaster that was killed, or an initdb.
    for data in (path / "data", path / "data.incomplete"):
        kill_cluster(data)


def _delete(path: Path, socket: Path) -> None:
    if socket.parent != path:
        shutil.rmtree(socket, ignore_errors=True)
    # Last of all the record, so that a crash of ours in between leaves what can be found again.
    for entry in path.iterdir():
        if entry.name == "owner.json":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def _make_socket_folder(path: Path, account: Account) -> Path:
    socket = path / "socket"
    # A comma separates hosts for libpq, and folders for the server.
    if len(os.fsencode(socket / SOCKET_NAME)) > _SOCKET_PATH_BYTES or "," in str(socket):
        short = next((each for each in _SHORT_FOLDERS if os.access(each, os.W_OK | os.X_OK)), None)
        if short is None:
            raise ServerStartError(
                f"the path {socket} is too long for a socket or holds a comma, and neither of "
                f"{', '.join(_SHORT_FOLDERS)} can be written to; set TMPDIR to a short path"
            )
        socket = Path(tempfile.mkdtemp(prefix="pilotage-socket-", dir=short))
    else:
        socket.mkdir(mode=0o700)
    account.own(socket)
    return socket


def _ensure_registry(account: Account) -> Path:
    """Return the folder of all our servers' folders."""
    registry = _base(account) / f"pilotage-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        registry.mkdir(mode=0o711)
        registry.chmod(0o711)  # whatever the umask is
    status = registry.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ServerStartError(
            f"{registry} is not a folder that only we can write to; remove it, or set TMPDIR to another place"
        )
    return registry


@contextlib.contextmanager
def _locked(registry: Path) -> Iterator[None]:
    """Keep our other processes out while folders come and go."""
    lock = os.open(registry / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _base(account: Account) -> Path:
    """Return the folder for temporary files, or another where the server's user could not reach it."""
    places = [Path(tempfile.gettempdir()).resolve(), *map(Path, _SHORT_FOLDERS)]
    for place in places:
        if place.is_dir() and account.can_enter(place):
            return place
    raise ServerStartError(
        f"user {account.name}, whom the server runs as, cannot enter {', '.join(map(str, places))}; "
        "set TMPDIR to a folder that it can enter"
    )
