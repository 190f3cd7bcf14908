"""PostgreSQL's own programs: which are at hand, and how one is run.

Consumed by whoever needs pg_dump, psql or a server. Nothing here knows a database.
"""

from pilotage.programs.installation import Installation, find_installations
from pilotage.programs.program import Program, find_program, program_of
from pilotage.programs.running import hold_program, run_program, run_program_sync

__all__ = [
    "Installation",
    "Program",
    "find_installations",
    "find_program",
    "hold_program",
    "program_of",
    "run_program",
    "run_program_sync",
]
