"""The ways to bring a database over, as command lines. Consumed by the bench's rounds."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pilotage
from bench.migration import figures
from pilotage.connection import ConnectionParameters

Step = list[list[str]]
"""Programs that run side by side, each reading what the one before writes."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way: the steps from a source to a target, with a folder of its own for files."""

    name: str
    steps: Callable[[str, str, Path], list[Step]]


def ways(bin_folder: Path) -> tuple[list[Way], list[str]]:
    """Return the ways that this machine has, and what is missing and why.

    Args:
        bin_folder: of the PostgreSQL whose programs are used.
    """
    pg_dump, pg_restore, psql = (str(bin_folder / name) for name in ("pg_dump", "pg_restore", "psql"))
    into = [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"]

    def in_parallel(source: str, target: str, folder: Path) -> list[Step]:
        dump = str(folder / "dump")
        return [
            [[pg_dump, "-Fd", "-j2", "-f", dump, "-d", source]],
            [[pg_restore, "-j2", "--exit-on-error", "-d", target, dump]],
        ]

    found = [
        Way(
            name=figures.OURS, steps=lambda source, target, _: [_pilotage(source, target, "--verify", "none")]
        ),
        Way(
            # As the others, which look for no orphans before they begin.
            name=figures.BLIND,
            steps=lambda source, target, _: [_pilotage(source, target, "--verify", "none", "--skip-orphans")],
        ),
        Way(name=figures.VERIFIED, steps=lambda source, target, _: [_pilotage(source, target)]),
        Way(name=figures.PIPE, steps=lambda source, target, _: [[[pg_dump, "-d", source], [*into, target]]]),
        Way(name=figures.PARALLEL, steps=in_parallel),
    ]
    pgcopydb = shutil.which("pgcopydb")
    if pgcopydb is None:
        return found, ["pgcopydb: not on PATH"]

    def clone(*options: str) -> Callable[[str, str, Path], list[Step]]:
        def steps(source: str, target: str, folder: Path) -> list[Step]:
            ends = ["--source", source, "--target", target]
            return [[[pgcopydb, "clone", *ends, "--dir", str(folder / "state"), *options]]]

        return steps

    found.append(Way(name=figures.PGCOPYDB, steps=clone()))
    if "--use-copy-binary" not in _said([pgcopydb, "clone", "--help"]):
        return found, ["pgcopydb, binary: this version has no --use-copy-binary"]
    found.append(Way(name=figures.PGCOPYDB_BINARY, steps=clone("--use-copy-binary")))
    return found, []


def pgcopydb_version() -> str | None:
    """Return the version of pgcopydb on PATH; None where there is none."""
    program = shutil.which("pgcopydb")
    if program is None:
        return None
    # Its log, on standard error, has the version too, with its own path behind it.
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return told.split("version", 1)[-1].split("\n", 1)[0].strip()


def uri(parameters: ConnectionParameters) -> str:
    """Return what all of the programs take."""
    return parameters.redacted_uri()


def environment(bin_folder: Path) -> dict[str, str]:
    """Return every client's environment: PostgreSQL's programs first, and nothing that leads elsewhere."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "PATH": f"{bin_folder}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(Path(pilotage.__file__).parents[1]),  # the one that was imported here is measured
    }


def _pilotage(source: str, target: str, *options: str) -> Step:
    return [[sys.executable, "-m", "pilotage", "migrate", source, target, "--quiet", *options]]


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
