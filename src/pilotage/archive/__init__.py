"""The source's DDL, exactly as pg_dump writes it: an archive is taken, read, and its entries turned to SQL.

Consumed by inspection and planning. Where an entry goes and when it runs is decided there.
"""

from pilotage.archive.dump import dump_schema
from pilotage.archive.statements import (
    PREAMBLE,
    RestorePass,
    is_of_database,
    is_setting,
    restore_pass,
    statements_of,
)
from pilotage.archive.toc import read_archive

__all__ = [
    "PREAMBLE",
    "RestorePass",
    "dump_schema",
    "is_of_database",
    "is_setting",
    "read_archive",
    "restore_pass",
    "statements_of",
]
