"""An embedded server: one postmaster, our child, from start to stop.

Consumed by the demo and by tests. How its cluster is made is :mod:`pilotage.servers.cluster`'s matter; what
becomes of it when we crash, :mod:`pilotage.servers.registry`'s.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from pilotage.connection import ConnectionParameters
from pilotage.errors import PilotageError, ServerStartError
from pilotage.model.names import quote_literal
from pilotage.programs import Installation, program_of, run_program_sync
from pilotage.servers import registry
from pilotage.servers.account import Account, server_account
from pilotage.servers.cluster import ensure_cluster, reachable, write_configuration
from pilotage.servers.processes import kill_cluster, remove_shared_memory

START_TIMEOUT = 60.0
"""Seconds until a server must accept connections, recovery after a crash included."""

STOP_TIMEOUT = 60.0
"""Seconds that a fast shutdown may take; then it is killed."""

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})

_LAST_WORDS = 12
"""Lines of the log that an error repeats."""

_PORT_ATTEMPTS = 5
"""A free port that we picked may be taken by another before our server has it."""


class EmbeddedServer:
    """A server that runs until it is stopped, or until its owner is gone and another one is started.

    Use :meth:`start`; as a context manager it stops at the end. Not safe for two threads at once.

    Attributes:
        installation: whose programs serve it; a copy's, where the original is out of the server's reach.
        directory: holds ``data`` and ``server.log``.
        port: on 127.0.0.1; None where it listens on its socket only.
    """

    def __init__(
        self,
        installation: Installation,
        folder: registry.ServerFolder,
        *,
        directory: Path,
        port: int | None,
        password: str | None,
        settings: Mapping[str, str],
    ) -> None:
        self.installation = installation
        self.directory = directory
        self.port = port
        self._folder = folder
        self._password = password
        self._settings = settings
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._killed: list[int] = []

    @classmethod
    def start(
        cls,
        installation: Installation,
        *,
        directory: Path | None = None,
        port: int | None = None,
        password: str | None = None,
        settings: Mapping[str, str] = _NO_SETTINGS,
    ) -> Self:
        """Start a server, after ending those whose owner is gone.

        Its superuser is ``postgres``. The socket lets in root and the user that the server runs as, without a
        password; TCP lets in whoever knows it.

        Args:
            directory: keeps the cluster over stop and start; a temporary one by default, gone after stop.
            port: to listen on 127.0.0.1 as well; 0 for a free one.
            password: the superuser's over TCP; a random one by default.
            settings: server settings, over those of ours.

        Raises:
            ServerStartError: it did not start; with the last lines of its log.
        """
        if password is not None and port is None:
            raise ValueError("a password is asked for over TCP only: give a port as well")
        if not installation.has_server:
            raise ServerStartError(
                f"PostgreSQL {installation.describe()} has client programs only; "
                "run pip install 'pilotage[embedded]' for one with a server"
            )
        account = server_account()
        if directory is not None:
            directory = _prepare_directory(directory, account)
        registry.remove_leftovers()
        folder = registry.claim_folder(account, installation.major, directory)
        try:
            server = cls(
                reachable(installation, folder.path, account),
                folder,
                directory=directory or folder.path,
                port=port,
                password=None if port is None else password or secrets.token_urlsafe(16),
                settings=settings,
            )
            try:
                ensure_cluster(server.installation, server.directory, account)
                if port == 0:
                    server._launch_somewhere()
                else:
                    server._launch()
                server._set_password()
            except BaseException:
                with contextlib.suppress(PilotageError):
                    server.kill()
                raise
        except BaseException:
            folder.release()
            raise
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self._folder.data

    @property
    def log(self) -> Path:
        """What the server wrote, over all its starts; goes with a temporary directory."""
        return self.directory / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether the postmaster lives."""
        return self._postmaster is not None and self._postmaster.poll() is None

    @property
    def pid(self) -> int:
        """The postmaster's.

        Raises:
            RuntimeError: it is not running.
        """
        if self._postmaster is None or not self.is_running:
            raise RuntimeError("the server is not running")
        return self._postmaster.pid

    def parameters(self, database: str = "postgres", user: str = "postgres") -> ConnectionParameters:
        """Return the way in: over TCP where the server has a port, otherwise over its socket."""
        if self.port is None:
            return self.socket_parameters(database, user)
        return ConnectionParameters(
            host="127.0.0.1",
            port=self.port,
            user=user,
            database=database,
            password=self._password if user == "postgres" else None,
        )

    def socket_parameters(self, database: str = "postgres", user: str = "postgres") -> ConnectionParameters:
        """Return the way in over the socket, which needs no password."""
        return ConnectionParameters(
            host=str(self._folder.socket), port=self.port or 5432, user=user, database=database
        )

    def stop(self) -> None:
        """Shut down at once but in an orderly way, and delete what was temporary; again: nothing happens."""
        if self._folder.is_released:
            return
        self._shut_down()
        self._folder.release()
        for postmaster in self._killed:
            remove_shared_memory(postmaster, self._folder.account.uid)

    def kill(self) -> None:
        """Kill every process of the server as a crash would; the cluster stays, see :meth:`restart`."""
        if self._postmaster is None:
            return
        # In a directory that a user chose, another's server may run, and ours have failed for that.
        if self._read_pid_file()[:1] == [str(self._postmaster.pid)]:
            self._killed.append(self._postmaster.pid)
            if self.is_running:
                # No more children while we look for those that it has.
                self._postmaster.send_signal(signal.SIGSTOP)
            kill_cluster(self.data)
        self._postmaster.kill()
        self._postmaster.wait()
        self._postmaster = None

    def restart(self) -> None:
        """Shut down where it runs, then start again with the same cluster and port.

        Raises:
            ServerStartError: it did not start, or had been stopped.
        """
        if self._folder.is_released:
            raise ServerStartError(f"the server in {self.directory} has been stopped; start a new one there")
        self._shut_down()
        self._launch()

    def _launch_somewhere(self) -> None:
        """Launch with a free port."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self.port = _free_port()
            try:
                self._launch()
            except ServerStartError as error:
                if attempt == _PORT_ATTEMPTS or "Address already in use" not in str(error):
                    raise
            else:
                return

    def _launch(self) -> None:
        configuration = write_configuration(
            self._folder.path, self.data, self._folder.socket, port=self.port, settings=self._settings
        )
        account = self._folder.account
        user, group = account.run_as or (None, None)
        stale = self._read_pid_file()
        with self.log.open("ab") as log:
            beginning = log.tell()
            self._postmaster = subprocess.Popen(
                [
                    program_of(self.installation, "postgres").path,
                    *("-D", self.data),
                    *("-c", f"config_file={configuration}"),
                ],
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                group=group,
                extra_groups=None if account.is_ours else [],
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for us; we stop the server ourselves
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_ready(stale):
            status = self._postmaster.poll()
            if status is not None:
                raise ServerStartError(
                    f"PostgreSQL {self.installation.version} in {self.data} ended with status {status} "
                    f"instead of starting; its log:\n{self._last_words(beginning)}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise ServerStartError(
                    f"PostgreSQL {self.installation.version} in {self.data} did not accept connections "
                    f"within {START_TIMEOUT:.0f} s; its log:\n{self._last_words(beginning)}"
                )
            time.sleep(0.01)

    def _is_ready(self, stale: list[str]) -> bool:
        """Whether it accepts connections, told as pg_ctl does: by the eighth line of ``postmaster.pid``."""
        lines = self._read_pid_file()
        return (
            lines != stale
            and len(lines) >= 8
            and lines[0] == str(self._postmaster and self._postmaster.pid)
            and lines[7].strip() == "ready"
        )

    def _read_pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text("utf-8", "surrogateescape").splitlines()
        except FileNotFoundError:
            return []

    def _last_words(self, beginning: int) -> str:
        with self.log.open("rb") as log:
            log.seek(beginning)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        return "\n".join(lines[-_LAST_WORDS:]) or "(empty)"

    def _set_password(self) -> None:
        """Give the superuser its password, over the socket; a kept cluster may hold another one."""
        if self._password is None:
            return
        run_program_sync(
            program_of(self.installation, "psql"),
            ["-X", "-q", "-v", "ON_ERROR_STOP=1"],
            environment=self.socket_parameters().libpq_environment(),
            stdin=f"ALTER ROLE postgres PASSWORD {quote_literal(self._password)};\n".encode(),
            run_as=self._folder.account.run_as,
        )

    def _shut_down(self) -> None:
        if self._postmaster is None:
            return
        if self.is_running:
            self._postmaster.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._postmaster.wait(STOP_TIMEOUT)
        if self._postmaster.poll() == 0:
            self._postmaster = None
        else:
            # It did not end as asked, or somebody killed it: see to its children.
            self.kill()


def _prepare_directory(directory: Path, account: Account) -> Path:
    """Return the absolute path of a directory that the server's user can reach; made where missing."""
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    if not account.can_enter(directory):
        raise ServerStartError(
            f"user {account.name}, whom the server runs as, cannot enter {directory}; "
            "name a directory that it can enter, or run as an ordinary user"
        )
    if not os.access(directory, os.W_OK):
        raise ServerStartError(f"{directory} cannot be written to; name another directory")
    return directory


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
