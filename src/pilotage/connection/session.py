"""Sessions: a connection with the driver behind it.

Consumed by every room that talks to a server. Whatever goes wrong below becomes one of three errors: a
server that cannot be reached or turns us away is a :class:`~pilotage.errors.ConnectionFailedError`, a
connection that breaks later a :class:`~pilotage.errors.ConnectionLostError`, and a statement that the
server refuses a :class:`~pilotage.errors.ServerError` with the server's own words.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Literal, TypeVar

import asyncpg
import msgspec

from pilotage.connection.constants import Argument, only_field, with_constants
from pilotage.connection.copying import listening
from pilotage.connection.dial import DriverConnection, dial, first_line, seconds_to_wait
from pilotage.connection.lockwaits import attended
from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.printing import PRINTING
from pilotage.connection.receiving import Sink, received
from pilotage.connection.splicing import splicing
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ServerError
from pilotage.model.names import QualifiedName, quote_literal

T = TypeVar("T")

CLEAN_UP_TIMEOUT = 5.0
"""Seconds to wait for a server to acknowledge a cancelled statement, a rollback or a goodbye."""

# What pg_dump sets on its own connection, for the same reasons: text forms that read back exactly, no
# time-outs of the role or database in the middle of a table, and an error instead of rows hidden by
# row level security. (setup_connection() in PostgreSQL's src/bin/pg_dump/pg_dump.c)
_SETTINGS: tuple[tuple[str, str], ...] = (
    *PRINTING,
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),  # one that waits for the other end was not forgotten
    ("transaction_timeout", "0"),  # PostgreSQL 17 and later
    ("row_security", "off"),
    ("synchronize_seqscans", "off"),
    ("jit", "off"),  # our own: compiling one catalog query took 0.6 s, running it 7 ms
    # The session with the source's snapshot says nothing for hours; what stands in between may forget it.
    ("tcp_keepalives_idle", "60"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "6"),
)


class Session:
    """One connection to one database.

    Not safe for two tasks at once: PostgreSQL's protocol answers one request at a time.
    """

    def __init__(self, connection: DriverConnection, parameters: ConnectionParameters) -> None:
        self._connection = connection
        self._pid = connection.get_server_pid()  # which the driver forgets with the connection
        self.parameters = parameters

    @property
    def version_num(self) -> int:
        """``server_version_num``: 180006 for 18.6."""
        version = self._connection.get_server_version()
        return version.major * 10000 + version.micro  # the driver fills in a minor of 0 since PostgreSQL 10

    @property
    def backend_pid(self) -> int:
        """The server process that serves this session."""
        return self._pid

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return not self.is_closed() and self._connection.is_in_transaction()

    @property
    def is_encrypted(self) -> bool:
        """Whether what we send is encrypted with TLS, to the server or to what stands before it."""
        return self._connection.transport.get_extra_info("ssl_object") is not None

    async def run(self, sql: str) -> str:
        """Run one or more statements and return the last one's command tag.

        Several statements without a transaction around them are one transaction of their own.
        """
        async with self._working():
            return await self._connection.execute(sql)

    async def value(self, sql: str, *arguments: object) -> Any:
        """Return the first column of the first row, or None where there is no row."""
        async with self._working():
            return await self._connection.fetchval(sql, *arguments)

    async def records(self, sql: str, of: type[T], *arguments: Argument) -> tuple[T, ...]:
        """Return a query's rows as records: its column names are the record's field names.

        The server builds the JSON and msgspec checks every field against the record's types, so a query and
        a record that disagree fail here and not somewhere above.
        """
        wrapped = f"SELECT coalesce(json_agg(to_json(record.*)), '[]')::text FROM (\n{sql}\n) AS record"  # noqa: S608
        encoded = await self.text(wrapped, *arguments)
        return msgspec.json.decode(encoded or "[]", type=tuple[of, ...])  # type: ignore[valid-type]

    async def text(self, sql: str, *arguments: Argument) -> str | None:
        """Return the first column of a query's only row, which must be of type text; None where it is NULL.

        One round trip, and no prepared statement: it is a COPY, with the arguments written as constants. The
        driver's own way, see :meth:`value`, takes two and lets the server analyse the query twice.
        """
        pieces: list[bytes] = []

        async def keep(piece: bytes) -> None:
            pieces.append(piece)

        query = with_constants(sql, arguments) if arguments else sql
        await self.copy_out_query(query, sink=keep, binary=True)
        return only_field(b"".join(pieces))

    @contextlib.asynccontextmanager
    async def transaction(self, begin: str = "BEGIN") -> AsyncIterator[None]:
        """Commit what happens inside, or roll it back where it raises.

        Args:
            begin: the statement that opens it, with its isolation level.
        """
        try:
            await self.run(begin)
            yield
            await self._commit()
        except GeneratorExit:
            # Nobody is left who could wait for an answer.
            self.abort()
            raise
        except BaseException:
            await self.roll_back()
            raise

    async def _commit(self) -> None:
        # After a failed statement, COMMIT succeeds, and what it does is a rollback.
        if await self.run("COMMIT") == "ROLLBACK":
            raise ServerError(
                "the transaction was rolled back at its end: a statement in it had failed", sqlstate="25P02"
            )

    async def roll_back(self) -> None:
        """Leave the session idle outside of a transaction, or closed."""
        try:
            async with asyncio.timeout(CLEAN_UP_TIMEOUT):
                await self.run("ROLLBACK")
        except (ServerError, ConnectionLostError, TimeoutError):
            self.abort()
        except BaseException:
            self.abort()
            raise

    async def copy_out(
        self,
        table: QualifiedName,
        columns: tuple[str, ...],
        *,
        sink: Sink,
        binary: bool,
    ) -> int:
        """Send a table's rows to ``sink`` in pieces and return how many there were.

        The next piece is read only when ``sink`` has returned, so memory stays flat. A table without columns
        has rows all the same.
        """
        copy = functools.partial(
            self._connection.copy_from_table,
            table.name,
            schema_name=table.schema,
            columns=columns or None,
            format="binary" if binary else "text",
        )
        return await self._received(copy, sink)

    async def copy_out_query(
        self,
        query: str,
        *,
        sink: Sink,
        encoding: str | None = None,
        binary: bool = False,
    ) -> int:
        """Send a query's rows to ``sink`` in pieces and return how many there were.

        As with :meth:`copy_out`, the next piece is read only when ``sink`` has returned.

        Args:
            query: without parameters.
            sink: takes a piece.
            encoding: of the text; the session's own, UTF8, by default.
            binary: COPY's format; text by default.
        """
        copy = functools.partial(
            self._connection.copy_from_query,
            query,
            format="binary" if binary else "text",
            encoding=encoding,
        )
        return await self._received(copy, sink)

    async def _received(self, copy: Callable[..., Coroutine[Any, Any, str]], sink: Sink) -> int:
        async with self._working():
            status = await received(self._connection, lambda refusing: copy(output=refusing), sink)
        return _count(status)

    async def copy_across(
        self,
        rows: QualifiedName | str,
        target: Session,
        table: QualifiedName,
        columns: tuple[str, ...],
        *,
        binary: bool,
        freeze: bool = False,
        on_bytes: Callable[[int], None],
    ) -> tuple[int, int]:
        """Load rows into a table of another session, and return how many were sent and how many arrived.

        They go by beside the driver; not more than some hundred kilobytes are held of them, whatever the size
        of a value.

        Args:
            rows: of this session: a table, without those that inherit from it, or a query.
            target: idle, or in a transaction.
            freeze: ``COPY … FREEZE``, for a table that the target's transaction has made or emptied.
            on_bytes: told how many more bytes went by; must not block.

        Raises:
            ServerError: either server refused. What was open on the target can only be rolled back.
            ConnectionLostError: either connection broke.
        """
        sent = 0
        form: Literal["binary", "text"] = "binary" if binary else "text"

        async def nothing(_: bytes) -> None:
            raise AssertionError("rows that were to go by came to the driver")

        async def send() -> None:
            nonlocal sent
            async with self._working():
                if isinstance(rows, str):
                    status = await self._connection.copy_from_query(rows, output=nothing, format=form)
                else:
                    status = await self._connection.copy_from_table(
                        rows.name,
                        schema_name=rows.schema,
                        columns=columns or None,
                        output=nothing,
                        format=form,
                    )
            sent = _count(status)

        with _translated(target._connection, target.parameters):
            async with (
                splicing(self._connection, target._connection, on_bytes) as splice,
                contextlib.aclosing(splice.beside(send)) as no_pieces,
            ):
                status = await target._connection.copy_to_table(
                    table.name,
                    schema_name=table.schema,
                    columns=columns or None,
                    source=no_pieces,
                    format=form,
                    freeze=freeze or None,
                )
        return sent, _count(status)

    async def copy_in(
        self,
        table: QualifiedName,
        columns: tuple[str, ...],
        *,
        source: AsyncIterable[bytes],
        binary: bool,
    ) -> int:
        """Load rows from pieces of a COPY stream and return how many there were.

        Once the server has refused a row, no more pieces are taken. Where ``source`` raises, the COPY is
        undone and the exception goes on unchanged.
        """
        with _translated(self._connection, self.parameters), listening(self._connection) as listener:
            async with contextlib.aclosing(listener.while_accepted(source)) as pieces:
                status = await self._connection.copy_to_table(
                    table.name,
                    schema_name=table.schema,
                    columns=columns or None,
                    source=pieces,
                    format="binary" if binary else "text",
                )
        return _count(status)

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """Run one statement: errors are ours, and a wait for a lock is told."""
        with _translated(self._connection, self.parameters):
            async with attended(self.parameters, pid=self.backend_pid):
                yield

    def is_closed(self) -> bool:
        """Whether the connection is gone, by our doing or not."""
        return self._connection.is_closed()

    async def close(self) -> None:
        """Close in an orderly way, or at once where the server does not answer."""
        try:
            await self._connection.close(timeout=CLEAN_UP_TIMEOUT)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._connection.terminate()

    def abort(self) -> None:
        """Drop the connection without a word; the server rolls back what was open."""
        self._connection.terminate()


@contextlib.asynccontextmanager
async def connect(parameters: ConnectionParameters) -> AsyncIterator[Session]:
    """Open a session with the settings that every session of ours has, and close it afterwards.

    Raises:
        ConnectionFailedError: unreachable, turned away, or no PostgreSQL server.
    """
    session = await open_session(parameters)
    try:
        yield session
    finally:
        await session.close()


async def open_session(parameters: ConnectionParameters) -> Session:
    """Open a session that the caller closes; see :func:`connect`."""
    session = Session(await dial(parameters), parameters)
    await make_settings(session)
    return session


async def make_settings(session: Session) -> None:
    """Make the settings that every session of ours has, or drop the connection.

    Raises:
        ConnectionFailedError: the server refused, or does not answer.
    """
    try:
        async with asyncio.timeout(seconds_to_wait(session.parameters)):
            await _set(session)
    except (ConnectionLostError, ServerError, TimeoutError) as error:
        session.abort()
        reason = "the server does not answer" if isinstance(error, TimeoutError) else str(error)
        raise ConnectionFailedError(
            f"{session.parameters.describe()}: the session's settings cannot be made: {reason}"
        ) from error
    except BaseException:
        session.abort()
        raise


async def _set(session: Session) -> None:
    """Make those of the settings that the server knows, in one round trip."""
    settings = ", ".join(f"({quote_literal(name)}, {quote_literal(value)})" for name, value in _SETTINGS)
    await session.run(
        "SELECT pg_catalog.set_config(name, value, false) "  # noqa: S608 - literals of ours
        f"FROM (VALUES {settings}) AS ours (name, value) "
        "WHERE pg_catalog.current_setting(name, true) IS NOT NULL"
    )


@contextlib.contextmanager
def _translated(connection: DriverConnection, parameters: ConnectionParameters) -> Iterator[None]:
    """Turn the driver's errors into ours; what only a defect of ours can cause stays as it is."""
    try:
        yield
    except asyncpg.PostgresError as error:
        message = error.message or str(error)
        if isinstance(error, asyncpg.PostgresConnectionError) or error.severity in {"FATAL", "PANIC"}:
            # Where the server said why before it went, the driver has that as the cause.
            reason = error.__cause__ if isinstance(error.__cause__, asyncpg.PostgresError) else error
            raise ConnectionLostError(
                f"{parameters.describe()}: the connection was lost: {first_line(reason)}"
            ) from error
        raise ServerError(
            message,
            sqlstate=error.sqlstate or "",
            detail=error.detail or "",
            hint=error.hint or "",
            context=error.context or "",
        ) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if _is_going(error):
            connection.terminate()
            raise ConnectionLostError(
                f"{parameters.describe()}: the connection was lost: the server has ended it"
            ) from error
        if not connection.is_closed():
            raise
        raise ConnectionLostError(
            f"{parameters.describe()}: the connection was lost: {first_line(error)}"
        ) from error


def _is_going(error: Exception) -> bool:
    """Tell whether a server had said to an idle connection that it ends it, and has not done so yet.

    The driver, at version 0.32, reads the rest of such an error first (PROTOCOL_ERROR_CONSUME, which is 2),
    and refuses whatever is asked meanwhile.
    """
    return isinstance(error, asyncpg.InternalClientError) and "another operation (2)" in str(error)


def _count(status: str) -> int:
    """Return the rows of a command tag such as ``COPY 42``."""
    return int(status.rpartition(" ")[2])
