"""What a command finds around it: the environment, the user, the programs, the terminal.

Consumed by every command; the rooms below get these as arguments.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import sys
import tempfile
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console, Group
from rich.text import Text

from pilotage.cli.interrupts import interrupts
from pilotage.connection import ConnectionParameters
from pilotage.connection.dsn import resolve_dsn
from pilotage.errors import RunInterruptedError, UsageError
from pilotage.model.scope import Scope
from pilotage.model.settings import GivenSettings
from pilotage.programs import Installation, find_installations
from pilotage.settings import parse_given

T = TypeVar("T")

_NAMING_A_SERVER = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE")
"""Variables one of which makes an empty DSN mean something; else it would be a local database by accident."""


def connection_to(dsn: str) -> ConnectionParameters:
    """Resolve a DSN as psql would here, with its warnings on standard error."""
    if not dsn.strip() and not any(name in os.environ for name in _NAMING_A_SERVER):
        raise UsageError(
            "a DSN is empty, and nothing in the environment names a server: is a shell variable not set? "
            "Name the database, or set PGHOST or PGDATABASE"
        )
    resolved = resolve_dsn(dsn, environment=os.environ, home=Path.home(), os_user=_os_user())
    for warning in resolved.warnings:
        sys.stderr.write(f"pilotage: warning: {warning}\n")
    return resolved


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError(
            f"the system does not know who we are ({error}); name the user in the DSN"
        ) from error


def scope_of(include: Sequence[str] | None, exclude: Sequence[str] | None) -> Scope:
    """Return the scope that the options ask for."""
    return Scope(include=tuple(include or ()), exclude=tuple(exclude or ()))


def given_settings(source: Sequence[str] | None, target: Sequence[str] | None) -> GivenSettings:
    """Return the settings that the options ask for."""
    return parse_given(source or (), target or ())


def installations() -> tuple[Installation, ...]:
    """Return the PostgreSQL installations at hand, those on PATH included."""
    return find_installations(os.environ.get("PATH"))


def default_jobs() -> int:
    """Return how much is done at once of each kind: one a core that we may use, at least 2, at most 8."""
    return min(8, max(2, len(os.sched_getaffinity(0))))


def output_console() -> Console:
    """Return the console for results. Off a terminal, a sentence is one line: a log is searched by line."""
    return _Results(width=None if sys.stdout.isatty() else 100, highlight=False, soft_wrap=False)


class _Results(Console):
    """Standard output. That its reader has gone, as ``head`` does, changes nothing of what a run did."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does."""
        with _written():
            for each in _apart(objects):
                sentence = isinstance(each, str | Text) and not self.is_terminal
                super().print(each, **options | {"soft_wrap": sentence})

    def on_broken_pipe(self) -> None:
        """Go on without a reader; rich would exit with 1, which is a verdict here."""
        _go_on_unread()


def _apart(objects: Iterable[Any]) -> Iterator[Any]:
    """Yield what a group holds one by one."""
    for each in objects:
        if isinstance(each, Group):
            yield from _apart(each.renderables)
        else:
            yield each


@contextlib.contextmanager
def _written() -> Iterator[None]:
    """Say where standard output cannot be written.

    Raises:
        UsageError: a full disk, for instance.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _go_on_unread()
    except OSError as error:
        # What is buffered would fail once more when Python ends.
        _go_on_unread()
        raise UsageError(
            f"the work is done, but standard output cannot be written: {error.strerror or error}"
        ) from error


def _go_on_unread() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def progress_console() -> Console:
    """Return the console for progress: standard error."""
    return Console(stderr=True, highlight=False)


def run(work: Coroutine[Any, Any, T], *, left_behind: str = "nothing was changed") -> T:
    """Run to the end; Ctrl-C, SIGTERM and SIGHUP cancel the work, which may say what it leaves behind.

    A second one of them ends the process in about a second, whatever the work is at.

    Args:
        left_behind: what to say where the work does not: it only reads, or a second Ctrl-C ended it.
    """
    try:
        with interrupts(left_behind) as signals:
            return asyncio.run(signals.attend(work))
    except (KeyboardInterrupt, asyncio.CancelledError) as error:
        raise RunInterruptedError(f"interrupted; {left_behind}") from error


def ensure_writable(folder: Path | None) -> None:
    """Make sure that artifacts can be written, before work begins that would be lost without them.

    A folder that is not there yet is made when there is something to write.

    Raises:
        UsageError: it cannot be made, or not be written into.
    """
    if folder is None:
        return
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        for each in missing:
            with contextlib.suppress(OSError):
                each.rmdir()


def write_artifacts(folder: Path, artifacts: dict[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder, which is made where it is not there, and return their paths.

    Raises:
        UsageError: the folder or a file cannot be written.
    """
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in artifacts.items():
            path = folder / name
            path.write_bytes(content)
            paths.append(path)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return tuple(paths)


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write into {folder}: {error.strerror or error}; name another folder")


def print_json(encoded: bytes) -> None:
    """Write JSON to standard output, with a line end."""
    with _written():
        sys.stdout.buffer.write(encoded if encoded.endswith(b"\n") else encoded + b"\n")
        sys.stdout.buffer.flush()


def print_text(text: str) -> None:
    """Write text to standard output as it is."""
    with _written():
        sys.stdout.write(text)
