"""Running a folder's SQL files on a target with psql, and taking them back, with a journal of what is done.

Each file is one transaction, and its record in the journal is part of it. Consumed by the command line.
Nothing here writes files or orders them: they run in the order of their names.
"""

from pilotage.apply.applying import apply_files
from pilotage.apply.folder import MigrationFolder, read_folder
from pilotage.apply.records import ApplyResult, RollbackResult
from pilotage.apply.rollback import roll_back

__all__ = [
    "ApplyResult",
    "MigrationFolder",
    "RollbackResult",
    "apply_files",
    "read_folder",
    "roll_back",
]
