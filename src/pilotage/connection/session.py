"""Sessions: a connection with the driver behind it.

Consumed by every room that talks to a server. Whatever goes wrong below becomes one of three errors: a
server that cannot be reached or turns us away is a :class:`~pilotage.errors.ConnectionFailedError`, a
connection that breaks later a :class:`~pilotage.errors.ConnectionLostError`, and a statement that the
server refuses a :class:`~pilotage.errors.ServerError` with the server's own words.
"""

from __future__ import annotations

import contextlib
import os
import urllib.parse
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import asyncpg
import msgspec

from pilotage.connection.parameters import ConnectionParameters
from pilotage.errors import ConnectionFailedError, ConnectionLostError, ServerError
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal

T = TypeVar("T")

CONNECT_TIMEOUT = 15.0
"""Seconds to wait for a server that was not given a ``connect_timeout``; libpq would wait for ever."""

# What pg_dump sets on its own connection, for the same reasons: text forms that read back exactly, no
# time-outs of the role or database in the middle of a table, and an error instead of rows hidden by
# row level security. (setup_connection() in PostgreSQL's src/bin/pg_dump/pg_dump.c)
_SETTINGS: tuple[tuple[str, str], ...] = (
    ("search_path", ""),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("xmloption", "content"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("transaction_timeout", "0"),  # PostgreSQL 17 and later
    ("row_security", "off"),
    ("synchronize_seqscans", "off"),
    ("quote_all_identifiers", "off"),
)


class Session:
    """One connection to one database.

    Not safe for two tasks at once: PostgreSQL's protocol answers one request at a time.
    """

    def __init__(self, connection: asyncpg.Connection, parameters: ConnectionParameters) -> None:
        self._connection = connection
        self.parameters = parameters

    @property
    def version_num(self) -> int:
        """``server_version_num``: 180006 for 18.6."""
        version = self._connection.get_server_version()
        return version.major * 10000 + version.minor

    @property
    def backend_pid(self) -> int:
        """The server process that serves this session."""
        return self._connection.get_server_pid()

    async def run(self, sql: str) -> str:
        """Run one or more statements and return the last one's command tag.

        Several statements without a transaction around them are one transaction of their own.
        """
        with _translated(self.parameters):
            return await self._connection.execute(sql)

    async def value(self, sql: str, *arguments: object) -> Any:
        """Return the first column of the first row, or None where there is no row."""
        with _translated(self.parameters):
            return await self._connection.fetchval(sql, *arguments)

    async def records(self, sql: str, of: type[T], *arguments: object) -> tuple[T, ...]:
        """Return a query's rows as records: its column names are the record's field names.

        The server builds the JSON and msgspec checks every field against the record's types, so a query and
        a record that disagree fail here and not somewhere above.
        """
        wrapped = f"SELECT coalesce(json_agg(to_json(record)), '[]')::text FROM (\n{sql}\n) AS record"  # noqa: S608
        encoded = await self.value(wrapped, *arguments)
        return msgspec.json.decode(encoded, type=tuple[of, ...])  # type: ignore[valid-type]

    @contextlib.asynccontextmanager
    async def transaction(self, begin: str = "BEGIN") -> AsyncIterator[None]:
        """Commit what happens inside, or roll it back where it raises.

        Args:
            begin: the statement that opens it, with its isolation level.
        """
        await self.run(begin)
        try:
            yield
        except BaseException:
            with contextlib.suppress(ServerError, ConnectionLostError):
                await self.run("ROLLBACK")
            raise
        await self.run("COMMIT")

    async def copy_out(
        self,
        table: QualifiedName,
        columns: tuple[str, ...],
        *,
        sink: Callable[[bytes], Coroutine[Any, Any, None]],
        binary: bool,
    ) -> int:
        """Send a table's rows to ``sink`` in pieces and return how many there were.

        The next piece is read only when ``sink`` has returned, so memory stays flat. A table without columns
        has rows all the same.
        """
        with _translated(self.parameters):
            status = await self._connection.copy_from_table(
                table.name,
                schema_name=table.schema,
                columns=columns or None,
                output=sink,
                format="binary" if binary else "text",
            )
        return _count(status)

    async def copy_in(
        self,
        table: QualifiedName,
        columns: tuple[str, ...],
        *,
        source: AsyncIterable[bytes],
        binary: bool,
    ) -> int:
        """Load rows from pieces of a COPY stream and return how many there were."""
        with _translated(self.parameters):
            status = await self._connection.copy_to_table(
                table.name,
                schema_name=table.schema,
                columns=columns or None,
                source=source,
                format="binary" if binary else "text",
            )
        return _count(status)

    def is_closed(self) -> bool:
        """Whether the connection is gone, by our doing or not."""
        return self._connection.is_closed()

    async def close(self) -> None:
        """Close in an orderly way, or at once where the server does not answer."""
        try:
            await self._connection.close(timeout=5)
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
    connection = await _dial(parameters)
    session = Session(connection, parameters)
    try:
        known = await session.value(
            "SELECT array_agg(name) FROM pg_catalog.pg_settings WHERE name = ANY ($1)",
            [name for name, _ in _SETTINGS],
        )
        await session.run(
            "".join(
                f"SET {quote_identifier(name)} TO {quote_literal(value)};\n"
                for name, value in _SETTINGS
                if name in known
            )
        )
    except BaseException:
        session.abort()
        raise
    return session


async def _dial(parameters: ConnectionParameters) -> asyncpg.Connection:
    """Connect, and say in a person's words why it did not work."""
    where = parameters.describe()
    timeout = parameters.connect_timeout or CONNECT_TIMEOUT
    try:
        return await asyncpg.connect(
            # Only TLS is left to the driver's own reading of a DSN; all else is given, so that nothing of the
            # environment is read twice.
            "postgresql://?" + urllib.parse.urlencode(parameters.ssl),
            host=parameters.host,
            port=parameters.port,
            user=parameters.user,
            password=parameters.password if parameters.password is not None else "",
            passfile=os.devnull,
            database=parameters.database,
            timeout=timeout,
            statement_cache_size=0,
            server_settings={**parameters.settings, "application_name": parameters.application_name},
        )
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise ConnectionFailedError(
            f"{where}: the server refused this user or password ({error.message}); "
            "check the user, and give the password in the DSN, PGPASSWORD or ~/.pgpass"
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise ConnectionFailedError(
            f"{where}: {error.message}; create it, or name another database"
        ) from error
    except asyncpg.PostgresError as error:
        raise ConnectionFailedError(f"{where}: the server refused the connection: {error}") from error
    except TimeoutError as error:
        raise ConnectionFailedError(
            f"{where}: no answer as a PostgreSQL server gives within {timeout:.0f} s; "
            "check host, port and firewall, or raise connect_timeout"
        ) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as error:
        raise ConnectionFailedError(
            f"{where}: cannot connect: {_first_line(error)}; check that a PostgreSQL server listens there"
        ) from error


@contextlib.contextmanager
def _translated(parameters: ConnectionParameters) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError) as error:
        raise ConnectionLostError(f"{parameters.describe()}: the connection was lost: {error}") from error
    except asyncpg.PostgresError as error:
        raise ServerError(
            error.message or str(error),
            sqlstate=error.sqlstate or "",
            detail=error.detail or "",
            hint=error.hint or "",
            context=error.context or "",
        ) from error
    except (OSError, asyncpg.InterfaceError) as error:
        raise ConnectionLostError(
            f"{parameters.describe()}: the connection was lost: {_first_line(error)}"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _count(status: str) -> int:
    """Return the rows of a command tag such as ``COPY 42``."""
    return int(status.rpartition(" ")[2])
