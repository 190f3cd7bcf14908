"""Dialling: from connection parameters to an open connection of the driver, or to words that help.

Consumed by :mod:`pilotage.connection.session`. What is done with an open connection does not belong here.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import socket
import ssl
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

from pilotage.connection.parameters import ConnectionParameters
from pilotage.errors import ConnectionFailedError

CONNECT_TIMEOUT = 15.0
"""Seconds to wait for a server that was not given a ``connect_timeout``; libpq would wait for ever."""

_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_ERRNO = re.compile(r"\[Errno (\d+)\]")


class DriverConnection(asyncpg.Connection):
    """The driver's connection, which also shows us the transport and protocol that it is made of."""

    __slots__ = ("protocol", "transport")

    def __init__(self, protocol: Any, transport: asyncio.Transport, *arguments: Any) -> None:
        super().__init__(protocol, transport, *arguments)
        self.protocol: asyncio.Protocol = protocol
        self.transport = transport


def seconds_to_wait(parameters: ConnectionParameters) -> float:
    """Return the seconds to wait for a server's answer; infinity to wait for ever."""
    if parameters.connect_timeout is None:
        return CONNECT_TIMEOUT
    return parameters.connect_timeout if parameters.connect_timeout > 0 else math.inf


async def dial(parameters: ConnectionParameters) -> DriverConnection:
    """Connect, and say in a person's words why it did not work.

    Raises:
        ConnectionFailedError: unreachable, turned away, or no PostgreSQL server.
    """
    where = parameters.describe()
    _check_files(parameters.ssl, where)
    timeout = seconds_to_wait(parameters)
    context = _system_certificates(parameters.ssl)
    try:
        return await asyncpg.connect(
            # Only TLS is left to the driver's own reading of a DSN; all else is given, so that nothing of the
            # environment is read twice.
            "postgresql://?" + urllib.parse.urlencode(_driver_ssl(parameters)),
            host=parameters.hostaddr or parameters.host,
            port=parameters.port,
            user=parameters.user,
            password=parameters.password if parameters.password is not None else "",
            passfile=os.devnull,
            database=parameters.database,
            timeout=timeout,
            statement_cache_size=0,
            ssl=context,
            server_settings={**parameters.settings, "application_name": parameters.application_name},
            connection_class=DriverConnection,
        )
    except asyncpg.PostgresError as error:
        raise ConnectionFailedError(f"{where}: {_refusal(error, parameters)}") from error
    except ssl.SSLCertVerificationError as error:
        raise ConnectionFailedError(
            f"{where}: the server's certificate is not accepted: {error.verify_message}; "
            "check the host's name, and name the certificate of its authority in sslrootcert"
        ) from error
    except ssl.SSLError as error:
        raise ConnectionFailedError(
            f"{where}: TLS failed: {error.reason or first_line(error)}; check sslmode, certificates and keys"
        ) from error
    except TimeoutError as error:
        raise ConnectionFailedError(
            f"{where}: no answer as a PostgreSQL server gives within {timeout:g} s; "
            "check host, port and firewall, or raise connect_timeout"
        ) from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as error:
        raise ConnectionFailedError(f"{where}: {_obstacle(error, parameters)}") from error


def _driver_ssl(parameters: ConnectionParameters) -> Mapping[str, str]:
    """Return the TLS parameters for the driver, with those that it would look up in the environment."""
    defaults = {"sslmode": "prefer", "sslnegotiation": "postgres", "target_session_attrs": "any"}
    if parameters.is_socket:
        return {**defaults, "sslmode": "disable"}
    return {**defaults, **{name: value for name, value in parameters.ssl.items() if value != "system"}}


def _check_files(files: Mapping[str, str], where: str) -> None:
    for name in _FILES:
        file = files.get(name, "")
        if file and file != "system" and not os.access(file, os.R_OK):
            problem = "cannot be read" if Path(file).exists() else "does not exist"
            raise ConnectionFailedError(f"{where}: {name} names the file {file}, which {problem}")


def _system_certificates(parameters: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return a context for ``sslrootcert=system``, which the driver does not know; None for all else."""
    if parameters.get("sslrootcert") != "system":
        return None
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    if "sslcert" in parameters:
        context.load_cert_chain(parameters["sslcert"], parameters.get("sslkey"))
    if "sslcrl" in parameters:
        context.load_verify_locations(parameters["sslcrl"])
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    return context


def _refusal(error: asyncpg.PostgresError, parameters: ConnectionParameters) -> str:
    """Say why a server, which answered, turned us away, and what to do about it."""
    message = error.message or first_line(error)
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            reason = f"the server refused this user or password ({message}); check both"
            if parameters.password is None:
                reason = (
                    f"the server refused this user without a password ({message}); "
                    "give one in PGPASSWORD, ~/.pgpass or the DSN, and check the user"
                )
        case asyncpg.InvalidCatalogNameError():
            reason = f"{message}; create it, or name another database"
        case asyncpg.TooManyConnectionsError():
            reason = (
                f"the server has no connection left for us ({message}); close some, or raise max_connections"
            )
        case asyncpg.CannotConnectNowError():
            reason = f"the server takes no connections now ({message}); try again in a moment"
        case asyncpg.PostgresConnectionError():
            reason = (
                f"what answered there closed the connection in the middle of the greeting ({message}); "
                "check that it is a PostgreSQL server"
            )
        case _:
            reason = f"the server refused the connection: {message}"
    return reason


def _obstacle(error: Exception, parameters: ConnectionParameters) -> str:
    """Say why nothing that speaks PostgreSQL answered, and what to do about it."""
    text = first_line(error)
    if isinstance(error, socket.gaierror):
        return f'the host name "{parameters.host}" cannot be looked up ({error.strerror}); check its spelling'
    if parameters.is_socket and isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return (
            f"no server listens on the socket {parameters.host}/.s.PGSQL.{parameters.port}; "
            "start it, or check the directory and the port"
        )
    if "rejected SSL upgrade" in text:
        if parameters.ssl.get("sslmode", "prefer") in {"allow", "prefer"}:
            return "what answered there is not a PostgreSQL server; check host and port"
        return "the server does not offer TLS, which sslmode asks for, or is not a PostgreSQL server"
    if "unexpected connection_lost" in text:
        return "what answered there closed the connection at once; check that it is a PostgreSQL server"
    # A name with several addresses gives one error for each; usually they all say the same.
    numbers = set(_ERRNO.findall(text))
    if len(numbers) == 1:
        text = os.strerror(int(numbers.pop()))
    return f"cannot connect: {text}; check host and port, and that a PostgreSQL server listens there"


def first_line(error: BaseException) -> str:
    """Return what an error says first, or its name where it says nothing."""
    return (str(error) or type(error).__name__).splitlines()[0]
