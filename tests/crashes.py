"""Kills at random moments: of pilotage, of its children, of either server, until a migration is complete.

Consumed by the crash test. The command runs as a process, as a user would start it, on servers that are
really killed. What happened is told in words, so that a failure can be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from pilotage.connection import ConnectionParameters, Session, connect
from pilotage.errors import PilotageError, ServerStartError
from pilotage.servers import EmbeddedServer
from pilotage.servers.processes import cluster_processes
from tests.database_digests import contents_of, definitions_of, difference
from tests.runs import Run, dsn, start
from tests.servers_at_hand import run_psql, schema_dump

DATABASE = Path(__file__).with_name("crashes.sql")

STUCK = 180.0
"""Seconds after which a run that does not end is a defect."""

TRIES = 6
"""Runs of the command without a kill after which it must have got to the end; one should be enough."""


class Victim(StrEnum):
    """Who is struck, and how."""

    CLIENT = "kill -9 of the client"
    CHILD = "kill -9 of a child of the client"
    INTERRUPT = "Ctrl-C"
    INTERRUPT_TWICE = "Ctrl-C twice"
    SOURCE_PROCESS = "kill -9 of a server process of the source"
    SOURCE = "kill -9 of the source"
    TARGET_PROCESS = "kill -9 of a server process of the target"
    TARGET = "kill -9 of the target"


_WEIGHTS = {
    Victim.CLIENT: 6,
    Victim.CHILD: 2,
    Victim.INTERRUPT: 2,
    Victim.INTERRUPT_TWICE: 1,
    Victim.SOURCE_PROCESS: 2,
    Victim.SOURCE: 2,
    Victim.TARGET_PROCESS: 4,
    Victim.TARGET: 4,
}


_LEFT_BY_A_ROLLBACK = re.compile(r'could not create file "(?P<file>base/\d+/\d+)": File exists')

_LOST = "lost a connection to the target"

Reader: TypeAlias = Callable[[Session], Awaitable[list[str]]]

_REFILL = """
SET session_replication_role TO replica; -- no trigger fires
INSERT INTO bank.cache OVERRIDING SYSTEM VALUE
SELECT i, md5(i::text), 499 + i FROM generate_series(1, 2000) AS i WHERE NOT EXISTS (SELECT FROM bank.cache);
SELECT setval('bank.cache_number_seq', 2499);
CHECKPOINT; -- else sequences stand further on after a crash, as the log has them
"""


class Crashes:
    """Migrations between two servers of ours that nobody else uses, with kills in between."""

    def __init__(self, source: EmbeddedServer, target: EmbeddedServer) -> None:
        self.source = source
        self.target = target
        self.told: list[str] = []
        self._seconds = 2.0  # from a plan to the end of its run, learned from the first
        run_psql(source.parameters(), "CREATE DATABASE origin;")
        run_psql(self._origin, DATABASE)
        self._refill_source()
        self._schema = schema_dump(self._origin)
        self._contents = asyncio.run(_read(self._origin, contents_of))
        self._definitions: list[str] | None = None
        self._emptied = False  # whether a crash of the source, or after the end, emptied the unlogged table

    @property
    def _origin(self) -> ConnectionParameters:
        return self.source.parameters("origin")

    @property
    def _copy(self) -> ConnectionParameters:
        return self.target.parameters("copy")

    def undisturbed(self) -> None:
        """Migrate once without a kill, to learn how long it takes."""
        self._empty_target()
        run = start(self._arguments(()))
        run.planned.wait(STUCK)
        planned = time.monotonic()
        run.wait(STUCK)
        self._seconds = time.monotonic() - planned
        assert run.process.returncode == 0, run.words
        self._compare()
        # There are facts that pg_dump does not print, some of which no reload brings.
        self._definitions = asyncio.run(_read(self._copy, definitions_of))

    def round(self, seed: int) -> None:
        """Migrate with kills at moments that the seed decides, and compare all that arrived.

        Raises:
            AssertionError: something was lost, doubled or stuck, or somebody saw a traceback.
        """
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._empty_target()
        self._refill_source()
        arguments = self._arguments(chance.choice(((), ("--verify", "none"), ("--verify", "none"))))
        for strike in self._strikes(chance):
            if self._ends(arguments, chance, strike):
                break
        else:
            for _ in range(TRIES):
                if self._ends(arguments, chance, None):
                    break
            else:
                raise AssertionError(f"not at its end after {TRIES} runs without a kill")
        self._compare()

    def _strikes(self, chance: random.Random) -> list[Victim]:
        return chance.choices(
            list(_WEIGHTS), weights=list(_WEIGHTS.values()), k=chance.choice((1, 1, 1, 2, 2, 3))
        )

    def _ends(self, arguments: Sequence[str], chance: random.Random, victim: Victim | None) -> bool:
        """Run the command, strike once, and return whether the migration is complete."""
        run = start(arguments)
        if victim is not None:
            if chance.random() < 0.15:
                run.planned.wait(chance.random() * 2)
            else:
                run.planned.wait(STUCK)
                time.sleep(chance.random() * self._seconds * 0.6)
            if run.process.poll() is None:
                self._strike(victim, run, chance)
            else:  # what comes after the end is none of its business
                victim = None
        run.wait(STUCK)
        self._ensure_servers()
        code = run.process.returncode
        told = f"{victim or 'no kill'} → exit {code} after {time.monotonic() - run.began:.1f} s"
        self.told.append(f"{told}: {run.lines[-1] if run.lines else 'not a word'}")
        if code == 0:
            if victim in {Victim.TARGET, Victim.TARGET_PROCESS} and _LOST not in run.words:
                # The run had nothing more to do there: its unlogged tables were emptied when all was done.
                self._emptied = True
            return True
        if code == 1 and self._emptied and "which had copied all rows" in run.words:
            # The unlogged table is empty on the source: what arrived before stays, and the verdict says so.
            return "no differences" in run.words
        if self._was_complete_before(run):
            return True
        wanted: set[int] = {3, 4, 130, -signal.SIGKILL} if victim is not None else set()
        assert code in wanted, f"{told}:\n{run.words}"
        return False

    def _was_complete_before(self, run: Run) -> bool:
        """Whether a run was refused because the one before was killed when all was done, journal and all."""
        if run.process.returncode != 3 or "CREATE" not in run.words.upper():
            return False
        with contextlib.suppress(AssertionError):
            self._compare()
            return True
        return False

    def _strike(self, victim: Victim, run: Run, chance: random.Random) -> None:
        pid = run.process.pid
        self._emptied = self._emptied or victim in {Victim.SOURCE, Victim.SOURCE_PROCESS}
        match victim:
            case Victim.CLIENT:
                _send(pid, signal.SIGKILL)
            case Victim.CHILD:
                children = _children(pid)
                _send(chance.choice(children) if children else pid, signal.SIGKILL)
            case Victim.INTERRUPT | Victim.INTERRUPT_TWICE:
                _send(pid, signal.SIGINT)
                if victim is Victim.INTERRUPT_TWICE:
                    time.sleep(chance.random() * 0.3)
                    _send(pid, signal.SIGINT)
            case Victim.SOURCE_PROCESS | Victim.TARGET_PROCESS:
                server = self.source if victim is Victim.SOURCE_PROCESS else self.target
                processes = [each for each in cluster_processes(server.data) if _serves_a_client(each)]
                if processes:
                    _send(chance.choice(sorted(processes)), signal.SIGKILL)
            case Victim.SOURCE | Victim.TARGET:
                server = self.source if victim is Victim.SOURCE else self.target
                server.kill()
                time.sleep(chance.choice((0.0, 0.0, chance.random())))
                _restart(server)

    def _ensure_servers(self) -> None:
        """Wait until both servers accept connections: one may be recovering from a crash."""
        for server in (self.source, self.target):
            if not server.is_running:
                _restart(server)
            deadline = time.monotonic() + 60
            while not asyncio.run(_accepts(server.parameters())):
                assert time.monotonic() < deadline, "a server does not come back"
                time.sleep(0.02)

    def _refill_source(self) -> None:
        """Bring back what a crash of the source has taken: the rows of its unlogged table."""
        self._emptied = False
        run_psql(self._origin, _REFILL)

    def _empty_target(self) -> None:
        run_psql(
            self.target.parameters(), "DROP DATABASE IF EXISTS copy WITH (FORCE);\nCREATE DATABASE copy;"
        )

    def _arguments(self, options: Sequence[str]) -> list[str]:
        return ["migrate", dsn(self._origin), dsn(self._copy), "--jobs", "2", *options]

    def _compare(self) -> None:
        """Compare everything: what pg_dump prints, each fact, each row, each large object."""
        self._ensure_equal(contents_of, self._contents)
        assert schema_dump(self._copy) == self._schema
        if self._definitions is not None:
            self._ensure_equal(definitions_of, self._definitions)

    def _ensure_equal(self, read: Reader, expected: list[str]) -> None:
        found = asyncio.run(_read(self._copy, read))
        if self._emptied:
            # The unlogged table may have been copied before or after the crash, and its sequence set.
            found, expected = (
                [each for each in lines if "bank.cache" not in each] for lines in (found, expected)
            )
        unlike = difference(found, expected)
        assert not unlike, unlike


def _restart(server: EmbeddedServer) -> None:
    """Start a server that was killed, and do what its administrator would where PostgreSQL cannot.

    PostgreSQL 18 does not get up again where it crashed within ``wal_writer_delay`` of the rollback of a
    transaction that had created an unlogged table: the initialization fork comes back from the log, which
    has no word of the rollback yet, and the emptied main fork is in the way of its copy.
    """
    while True:
        try:
            return server.restart()
        except ServerStartError as error:
            in_the_way = _LEFT_BY_A_ROLLBACK.search(str(error))
            if in_the_way is None:
                raise
            left = server.data / in_the_way["file"]
            assert left.stat().st_size == 0, f"{left} is not what a rollback leaves"
            left.unlink()


async def _accepts(parameters: ConnectionParameters) -> bool:
    try:
        async with connect(parameters):
            return True
    except PilotageError:
        return False


async def _read(parameters: ConnectionParameters, read: Reader) -> list[str]:
    async with connect(parameters) as session:
        return await read(session)


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that these have."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return [*found, *(below for each in found for below in _children(each))]


def _serves_a_client(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: postgres ")
    return False
