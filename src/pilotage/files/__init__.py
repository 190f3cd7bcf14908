"""SQL files that run with plain psql, made from a plan and the source's rows.

Each file is one transaction that says what it is, checks what it needs, and asserts what it brought. Consumed
by the command line. Nothing here orders anything: the plan has done that.
"""

from pilotage.files.data import write_data_files
from pilotage.files.records import NeededTable, TableData, WrittenData, WrittenFile, WrittenTable, data_of

__all__ = [
    "NeededTable",
    "TableData",
    "WrittenData",
    "WrittenFile",
    "WrittenTable",
    "data_of",
    "write_data_files",
]
