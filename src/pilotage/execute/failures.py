"""Failures of steps, in words for a person.

Consumed by the runner, which says besides what is on the target then.
"""

from __future__ import annotations

from pilotage.connection import ConnectionParameters
from pilotage.errors import ConnectionLostError, PilotageError, ServerError, StepFailedError
from pilotage.model.preflight import End

_NAMES_NOTHING = frozenset({"42P01", "42883", "42704"})
"""SQLSTATEs of a table, function or type that does not exist."""

_BY_SEARCH_PATH = (
    "The body of that function finds what it names by search_path, which is empty here, as under pg_restore; "
    "PostgreSQL 17 and later empty it wherever they refresh views and build indexes. On the source, run "
    "ALTER FUNCTION … SET search_path = … with the schemas that it needs."
)

_OUR_BLOCK = "PL/pgSQL function inline_code_block"

LOCK_TABLE_FULL = "53200"
"""SQLSTATE of a lock table without room: fewer steps in a transaction may still do."""

_INSUFFICIENT_RESOURCES = "53"
"""Class of SQLSTATEs by which any other step would fail as well: disk full, out of memory."""

_RECORDED_ALREADY = "23505"


def step_failure(step: str, error: ServerError | ConnectionLostError) -> StepFailedError:
    """Return the failure of a step that a server's refusal, or a lost connection, is."""
    failure = StepFailedError(f'step "{step}" failed: {in_full(error)}', step)
    failure.__cause__ = error
    return failure


def stops_all(error: BaseException | None) -> bool:
    """Tell whether what failed one step would fail the others too."""
    return isinstance(error, ServerError) and error.sqlstate.startswith(_INSUFFICIENT_RESOURCES)


def is_recorded_already(error: ServerError, constraint: str) -> bool:
    """Tell whether a step was refused because the journal has it: it was done, and nobody had told us."""
    # Servers that speak other languages have other quotes around it.
    return error.sqlstate == _RECORDED_ALREADY and constraint in str(error)


def lost_end(error: PilotageError, source: ConnectionParameters) -> End:
    """Return the end whose connection was lost: errors name the database that they are of."""
    return End.SOURCE if source.describe() in str(error) else End.TARGET


def in_full(error: PilotageError) -> str:
    """Return an error's message with all that a server said besides."""
    if not isinstance(error, ServerError):
        return str(error)
    sqlstate = f" (SQLSTATE {error.sqlstate})" if error.sqlstate else ""
    # Of our own block's, nobody would learn anything.
    context = "" if error.context.startswith(_OUR_BLOCK) else error.context
    further = (("Detail", error.detail), ("Hint", error.hint), ("Context", context))
    told = f"{error}{sqlstate}" + "".join(f"\n{label}: {text}" for label, text in further if text)
    if error.sqlstate in _NAMES_NOTHING and " function " in f" {error.context or ''}":
        told += f"\n{_BY_SEARCH_PATH}"
    return told
