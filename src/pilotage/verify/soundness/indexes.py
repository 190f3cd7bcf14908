"""Indexes looked into: whether each is complete, in order and unique, by the target's extension amcheck.

Consumed by the check of index contents. Without the extension, only what the catalogs say is known.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from pilotage.connection import Session, connect
from pilotage.errors import ServerError
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.verify.ends import End
from pilotage.verify.soundness.attempts import attempt, in_words, share_out, without_values
from pilotage.verify.soundness.conditions import QUERIES

_READ_ONLY = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY"
"""Not the end's snapshot: an older one cannot be used with an index that is younger (``indcheckxmin``)."""

_DAMAGE = ("XX", "58")
"""SQLSTATEs of corrupted data and indexes, and of files that cannot be read (PostgreSQL's appendix A)."""

_FUNCTIONS = {"btree": "bt_index_check", "gin": "gin_index_check"}
_CHECKS_UNIQUE = 3
"""Arguments of the ``bt_index_check`` that looks for rows with the same key, since PostgreSQL 17."""


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogs say of an index.

    Attributes:
        method: the access method: ``btree``…
        partitioned: whether it stores nothing itself.
    """

    name: QualifiedName
    table: QualifiedName
    method: str
    partitioned: bool
    valid: bool
    ready: bool
    live: bool
    bytes: int


class AmcheckFunction(msgspec.Struct, frozen=True, kw_only=True):
    """One of amcheck's functions; usable where this role may call it."""

    name: QualifiedName
    arguments: int
    usable: bool


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking into an index.

    Attributes:
        problem: what is wrong with it, in the server's words; empty where nothing was found.
        because: why it could not be looked into; empty where it was.
    """

    index: IndexState
    problem: str = ""
    because: str = ""


class IndexContents(msgspec.Struct, frozen=True, kw_only=True):
    """All indexes, and what came of those that were looked into.

    Attributes:
        functions: of amcheck, with most arguments first; none where it is not installed.
    """

    states: tuple[IndexState, ...]
    functions: tuple[AmcheckFunction, ...]
    inspected: tuple[Inspected, ...]

    @property
    def checks_unique(self) -> bool:
        """Whether duplicates in unique indexes would have been found."""
        return any(each.arguments >= _CHECKS_UNIQUE for each in self.functions)


async def inspect_indexes(end: End, schemas: Sequence[str], *, jobs: int) -> IndexContents:
    """Look into all indexes of some schemas that amcheck can check, the largest first.

    Raises:
        ServerError: the catalogs could not be read.
        ConnectionLostError: a connection broke.
    """
    async with end.session() as session:
        major = session.version_num // 10000
        states = await session.records(QUERIES.text("index_states", major), IndexState, schemas)
        functions = await session.records(QUERIES.text("amcheck", major), AmcheckFunction)
    work = [
        (state, function)
        for state in sorted(states, key=lambda state: -state.bytes)
        if state.valid and not state.partitioned and (function := function_for(state, functions)) is not None
    ]
    found: list[Inspected] = []

    async def inspect(session: Session, piece: tuple[IndexState, AmcheckFunction]) -> None:
        state, function = piece
        answer = await attempt(session, lambda: session.run(_call(state, function)))
        if not isinstance(answer, ServerError):
            found.append(Inspected(index=state))
        elif answer.sqlstate.startswith(_DAMAGE):
            found.append(Inspected(index=state, problem=in_words(answer)))
        else:
            found.append(Inspected(index=state, because=without_values(answer)))

    await share_out(lambda: _session(end), jobs, work, inspect)
    return IndexContents(
        states=states,
        functions=functions,
        inspected=tuple(sorted(found, key=lambda each: each.index.name)),
    )


def function_for(state: IndexState, functions: Sequence[AmcheckFunction]) -> AmcheckFunction | None:
    """Return the function that says most about such an index; None where none may be called."""
    wanted = _FUNCTIONS.get(state.method)
    return next((each for each in functions if each.usable and each.name.name == wanted), None)


@contextlib.asynccontextmanager
async def _session(end: End) -> AsyncIterator[Session]:
    async with connect(end.parameters) as session:
        await session.run(_READ_ONLY)
        if end.role is not None:
            await session.run(f"SET LOCAL ROLE {quote_identifier(end.role)}")
        yield session


def _call(state: IndexState, function: AmcheckFunction) -> str:
    index = f"{quote_literal(str(state.name))}::pg_catalog.regclass"
    if function.name.name != _FUNCTIONS["btree"]:
        return f"SELECT {function.name}({index})"
    # Every row of the table must be in the index; and, third, no two rows with the same key in a unique one.
    switches = ", true" * (function.arguments - 1)
    return f"SELECT {function.name}({index}{switches})"
