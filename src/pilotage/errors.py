"""The errors users may see.

Every message says what, found, wanted, and the next thing to do. The command line catches the root and
nothing wider; each class carries the exit code it means.

::

    PilotageError                      exit code
    ├── UsageError                     2   wrong arguments, DSN or configuration
    ├── RefusedError                   3   refused before anything was changed
    │   ├── ConnectionFailedError      3   a server could not be reached or turned us away
    │   ├── ServerError                3   the server refused a statement while we only read
    │   ├── ProgramMissingError        3   no suitable pg_dump, psql or server at hand
    │   ├── ProgramFailedError         3   one of PostgreSQL's programs failed while we only read
    │   ├── ArchiveError               3   pg_dump's archive is not what we know how to read
    │   ├── graph.UnknownNodeError     3   an edge names a node that is not in the graph
    │   ├── graph.CycleError           3   no order exists, because nodes wait for each other
    │   ├── journal.BusyError          3   another run is at work on the target
    │   └── preflight.NotReadyError    3   something would stop the migration; all of it is told at once
    ├── ConnectionLostError            4   a connection broke while work was going on
    ├── ServerStartError               3   an embedded server did not start
    ├── RunFailedError                 4   the migration began and could not go on
    │   ├── StepFailedError            4   the migration began and one step failed
    │   └── SnapshotLostError          4   the migration began and the source's snapshot is gone
    └── RunInterruptedError            130 the user stopped us
"""

from __future__ import annotations


class PilotageError(Exception):
    """Root of everything pilotage raises on purpose."""

    exit_code = 3


class UsageError(PilotageError):
    """The arguments, a DSN or the configuration cannot be understood."""

    exit_code = 2


class RefusedError(PilotageError):
    """Something is wrong, and nothing has been changed anywhere."""


class ConnectionFailedError(RefusedError):
    """A server could not be reached, turned us away, or is not PostgreSQL."""


class ServerError(RefusedError):
    """The server refused a statement; the message is the server's own.

    Attributes:
        sqlstate: five characters, PostgreSQL's appendix A.
        detail, hint, context: the server's further words, empty where it gave none.
    """

    def __init__(
        self, message: str, *, sqlstate: str = "", detail: str = "", hint: str = "", context: str = ""
    ) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.context = context


class ConnectionLostError(PilotageError):
    """A connection broke after it had been opened."""

    exit_code = 4


class ProgramMissingError(RefusedError):
    """None of PostgreSQL's programs of the wanted name and version is at hand."""


class ProgramFailedError(RefusedError):
    """One of PostgreSQL's programs exited with an error while only reading."""


class ArchiveError(RefusedError):
    """The archive is damaged, or in a format newer than we know how to read."""


class ServerStartError(PilotageError):
    """An embedded server did not start."""


class RunFailedError(PilotageError):
    """The migration could not go on after work had begun; the message says what is on the target now."""

    exit_code = 4


class StepFailedError(RunFailedError):
    """A step of the plan failed on the target after work had begun.

    Attributes:
        step: the id of the step that failed.
    """

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


class SnapshotLostError(RunFailedError):
    """The session that kept the source's snapshot is lost; another run goes on under another snapshot."""


class RunInterruptedError(PilotageError):
    """The user stopped us; the message says what is on the target now."""

    exit_code = 130


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error to show of those that tasks side by side raised: one of ours before any other."""
    found: BaseException = group.subgroup(PilotageError) or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
