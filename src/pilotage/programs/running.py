"""Running one of PostgreSQL's programs to its end: for callers that wait in a task, and for those that block.

The child gets the environment that it is given and nothing of ours, so that a stray PGOPTIONS or PGSERVICE
cannot lead it elsewhere. Passwords travel in that environment and never in arguments.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from pilotage.errors import ProgramFailedError
from pilotage.programs.program import Program

_MINIMAL_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

_LAST_WORDS = 12
"""Lines of a failed program's messages that its error repeats."""

_GRACE = 10.0
"""Seconds that a program gets to end in an orderly way once it is no longer wanted."""

_at_work: set[int] = set()
"""The process groups of programs that have not ended."""


def kill_programs() -> None:
    """Kill whatever programs are at work, and their workers: for a process that ends without a goodbye."""
    for group in tuple(_at_work):
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)


async def run_program(
    program: Program,
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    stdout: Path | None = None,
) -> bytes:
    """Run a program and return what it wrote.

    Where the task is cancelled, the program is ended, and gone, before this returns.

    Args:
        environment: added to a minimal environment; HOME where the program shall find ``~/.postgresql``.
        stdin: what the program reads.
        stdout: a file to write its output to; nothing is returned then. It is removed where the program
            fails or the task is cancelled.

    Raises:
        ProgramFailedError: it could not be run, or ended with an error; its own last words are the message.
    """
    with contextlib.ExitStack() as unless_done:
        output = asyncio.subprocess.PIPE
        if stdout is not None:
            output = os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            unless_done.callback(stdout.unlink, missing_ok=True)
        try:
            process = await _spawn([program.path, *arguments], environment, output)
        except OSError as error:
            raise _unrunnable(program, error) from error
        finally:
            if stdout is not None:
                os.close(output)
        try:
            written, messages = await process.communicate(stdin)
        finally:
            if process.returncode is None:
                await _end(process)
            _at_work.discard(process.pid)
        _check(program, process.returncode, messages, environment)
        unless_done.pop_all()
        return written or b""


@contextlib.asynccontextmanager
async def hold_program(
    program: Program, arguments: Sequence[str | Path], *, environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a program that the caller feeds and listens to, and make sure that it is gone afterwards.

    Its output is thrown away; the caller reads what it says on standard error.

    Args:
        environment: added to a minimal environment.

    Raises:
        ProgramFailedError: it could not be run.
    """
    try:
        process = await _spawn([program.path, *arguments], environment, asyncio.subprocess.DEVNULL)
    except OSError as error:
        raise _unrunnable(program, error) from error
    try:
        yield process
    finally:
        if process.returncode is None:
            await _end(process)
        _at_work.discard(process.pid)


def run_program_sync(
    program: Program,
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    run_as: tuple[int, int] | None = None,
) -> bytes:
    """Run a program as :func:`run_program` does, blocking until it ends.

    Args:
        environment: added to a minimal environment.
        stdin: what the program reads.
        run_as: user and group id to run it as; only root may ask for others than its own.

    Raises:
        ProgramFailedError: it could not be run, or ended with an error.
    """
    user, group = run_as or (None, None)
    try:
        finished = subprocess.run(
            [program.path, *arguments],
            env={**_MINIMAL_ENVIRONMENT, **environment},
            # Another user may not be able to stand where we stand; as ourselves, relative paths hold.
            cwd=None if run_as is None else "/",
            input=stdin,
            capture_output=True,
            check=False,
            user=user,
            group=group,
            extra_groups=None if run_as is None else [],
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _unrunnable(program, error) from error
    _check(program, finished.returncode, finished.stderr, environment)
    return finished.stdout


async def _spawn(
    command: Sequence[str | Path], environment: Mapping[str, str], output: int
) -> asyncio.subprocess.Process:
    spawning = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            env={**_MINIMAL_ENVIRONMENT, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours to handle: it must not reach the child on its own
        )
    )
    try:
        process = await asyncio.shield(spawning)
    except asyncio.CancelledError:
        # Cancelled half-way, asyncio would kill the child but not its workers, and wait for those.
        await _end(await spawning)
        raise
    _at_work.add(process.pid)
    return process


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a program that is no longer wanted, with its workers, and wait until all are gone."""
    _signal_group(process, signal.SIGTERM)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE)
    finally:
        _signal_group(process, signal.SIGKILL)
        # Not wait(), which may return while a worker still holds our end of a pipe open.
        await process.communicate()


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal the program and its workers, as a terminal would: the program leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _check(program: Program, status: int | None, messages: bytes, environment: Mapping[str, str]) -> None:
    if status == 0:
        return
    text = messages.decode("utf-8", "replace").strip()
    password = environment.get("PGPASSWORD")
    if password:
        text = text.replace(password, "********")
    last_words = "\n".join(text.splitlines()[-_LAST_WORDS:]) or "it said nothing"
    if status is not None and status < 0:
        how = f"was ended by signal {signal.Signals(-status).name}"
    else:
        how = f"ended with status {status}"
    raise ProgramFailedError(f"{program.name} {program.version} {how}: {last_words}")


def _unrunnable(program: Program, error: Exception) -> ProgramFailedError:
    return ProgramFailedError(f"{program.path} cannot be run: {error}")
