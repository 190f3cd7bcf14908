"""Runs pg_dump for everything but rows, in a snapshot that somebody else holds.

Consumed by inspection, which exports the snapshot and reads the catalog in it. What the archive's entries
mean is said in :mod:`pilotage.archive.statements`.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from pilotage.archive.dependencies import with_unwritten_dependencies
from pilotage.archive.toc import read_archive
from pilotage.connection import ConnectionParameters
from pilotage.connection.lockwaits import attended
from pilotage.connection.printing import TIME_ZONE
from pilotage.model.archive import Archive
from pilotage.model.scope import Scope
from pilotage.programs import Program, run_program

_NAME = 50
"""Characters of an application's name that are kept."""


async def dump_schema(
    parameters: ConnectionParameters,
    *,
    program: Program,
    output: Path,
    snapshot: str | None = None,
    scope: Scope | None = None,
    lock_wait_timeout: float | None = None,
) -> Archive:
    """Write an archive of every object in scope, without rows, and return its table of contents.

    Args:
        parameters: the source; the password goes to pg_dump in its environment only.
        program: a pg_dump that is not older than the source.
        output: the file to write; one that is there is replaced, and only we may read a new one.
        snapshot: as ``pg_export_snapshot()`` names it; the transaction that exported it must stay open.
        scope: None for everything that is not the system's.
        lock_wait_timeout: seconds to wait for the ACCESS SHARE lock on the tables before giving up.

    Raises:
        ProgramFailedError: pg_dump refused, with its own words: a privilege is missing, a schema that is to
            be included is not there, a lock was not to be had in time.
        ArchiveError: pg_dump wrote what we do not know how to read.
    """
    # By this, among those who wait for a lock, our own pg_dump is known. The server keeps 63 bytes of ASCII.
    name = "".join(filter(str.isascii, parameters.application_name))
    application = f"{name[:_NAME]} {secrets.token_hex(4)}"
    async with attended(parameters, application=application):
        await run_program(
            program,
            pg_dump_arguments(snapshot=snapshot, scope=scope or Scope(), lock_wait_timeout=lock_wait_timeout),
            # The time zone in which our sessions read definitions; poolers know this one from every driver.
            environment={
                **parameters.libpq_environment(),
                "PGAPPNAME": application,
                "PGTZ": TIME_ZONE[1],
            },
            # Not --file: the archive may hold passwords (user mappings, subscriptions), and this way it is
            # ours alone to read, and gone where pg_dump fails.
            stdout=output,
        )
    archive = read_archive(output)
    return msgspec.structs.replace(archive, entries=with_unwritten_dependencies(archive.entries))


def pg_dump_arguments(*, snapshot: str | None, scope: Scope, lock_wait_timeout: float | None) -> list[str]:
    """Return pg_dump's arguments; where the server is and who we are is in the environment.

    Both sections without rows are asked for instead of ``--schema-only``, because only then does the archive
    say which materialized views hold rows, and in what order to refresh them.
    """
    arguments = [
        "--format=custom",
        "--compress=0",
        "--encoding=UTF8",
        "--section=pre-data",
        "--section=post-data",
        # pg_dump 15 and 16 count the definitions of large objects as pre-data, an entry for each of them, and
        # there may be millions. They are brought by steps of their own: see pilotage.plan.large_objects.
        "--no-blobs",
        "--no-password",
    ]
    if snapshot is not None:
        arguments.append(f"--snapshot={snapshot}")
    if lock_wait_timeout is not None:
        arguments.append(f"--lock-wait-timeout={max(1, round(lock_wait_timeout * 1000))}")
    if scope.include:
        # Otherwise one schema that is there would hide another that is not.
        arguments.append("--strict-names")
    arguments += [f"--schema={_exactly(name)}" for name in scope.include]
    arguments += [f"--exclude-schema={_exactly(name)}" for name in scope.exclude]
    return arguments


def _exactly(name: str) -> str:
    """Return the pattern that matches this name alone: within double quotes nothing is a wildcard."""
    return '"' + name.replace('"', '""') + '"'
