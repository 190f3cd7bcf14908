"""``pilotage status``: where a migration stands, as its target remembers it."""

from __future__ import annotations

import msgspec

from pilotage.apply.journal import read_journal as read_journal_of_files
from pilotage.cli.surroundings import connection_to, output_console, print_json, run
from pilotage.connection import ConnectionParameters, connect
from pilotage.connection.snapshot import READ_ONLY
from pilotage.errors import ServerError
from pilotage.execute.processes import read_processes
from pilotage.journal import read_journal
from pilotage.journal.lock import who_holds_run_lock, worker_pids
from pilotage.report.status import StatusReport, status_report, status_screen

_UNDEFINED_TABLE = "42P01"


def status_command(target: str, *, as_json: bool) -> None:
    """Print where a migration to this target stands; the source is not asked."""
    status = run(_read_twice(connection_to(target)))
    if as_json:
        print_json(msgspec.json.format(msgspec.json.encode(status), indent=2))
    else:
        output_console().print(status_screen(status))


async def _read_twice(target: ConnectionParameters) -> StatusReport:
    """Read, and once more where a run has removed its journal in the middle of that."""
    try:
        return await _read(target)
    except ServerError as error:
        if error.sqlstate != _UNDEFINED_TABLE:
            raise
        return await _read(target)


async def _read(target: ConnectionParameters) -> StatusReport:
    async with connect(target) as session, session.transaction(READ_ONLY):
        # A run that ends drops its journal, and waits for whoever reads it; and so do we for the run.
        await session.run("SET LOCAL lock_timeout TO '10s'")
        holder = await who_holds_run_lock(session)
        journal = await read_journal(session)
        files = await read_journal_of_files(session) if journal is None else None
        return status_report(
            target.describe(),
            holder=holder,
            journal=journal,
            processes=await read_processes(session, await worker_pids(session)),
            files=tuple((files or {}).values()),
        )
