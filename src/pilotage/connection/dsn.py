"""DSNs resolved: from what the user wrote, with files, variables and defaults, to connection parameters.

Consumed by the command line and whatever else is given a DSN by a person. The rules are libpq's (PostgreSQL
documentation, 34.1 and 34.15 to 34.17), so that a DSN means here what it means to psql; what libpq would do
and we cannot is refused, never silently left out. Nothing here opens a connection or reads the process's
environment.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from pilotage.connection.conninfo import ENVIRONMENT, parse_conninfo, refuse_several
from pilotage.connection.options import parse_options
from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.passfile import find_password
from pilotage.connection.servicefile import read_service
from pilotage.errors import UsageError

# Where libpq's builds put sockets by default: Debian's and Red Hat's, then PostgreSQL's own.
SOCKET_DIRECTORIES = (Path("/var/run/postgresql"), Path("/tmp"))  # noqa: S108 - a socket is looked for, no file made

DEFAULT_PORT = 5432

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_STRONG_SSL_MODES = ("require", "verify-ca", "verify-full")
_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_SSL_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sslmode": _SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
}
_SSL_KEYWORDS = (*_SSL_CHOICES, "sslrootcert", "sslcert", "sslkey", "sslcrl")
# Where libpq looks when it is not told: ~/.postgresql (34.19.1).
_SSL_FILES = {
    "sslrootcert": "root.crt",
    "sslcrl": "root.crl",
    "sslcert": "postgresql.crt",
    "sslkey": "postgresql.key",
}

# Demands that the driver cannot meet. To ignore one would be to connect where the user said not to: the
# values with which nothing is lost by ignoring it, and what to do instead.
_DEMANDS: Mapping[str, tuple[frozenset[str], str]] = {
    "channel_binding": (
        frozenset({"disable", "prefer"}),
        "use sslmode=verify-full, which also proves the server",
    ),
    "requirepeer": (frozenset(), "leave it out, after checking who owns the socket's directory"),
    "require_auth": (
        frozenset(),
        "leave it out, and see that the server's pg_hba.conf asks for scram-sha-256",
    ),
    "target_session_attrs": (frozenset({"any"}), "name the one server to use"),
    "gssencmode": (frozenset({"disable", "prefer"}), "use sslmode=verify-full instead"),
    "gssdelegation": (frozenset({"0"}), "leave it out"),
    "replication": (frozenset({"false", "off", "no", "0"}), "leave it out"),
    "sslcertmode": (frozenset({"allow"}), "leave it out, and name the certificate in sslcert, or none"),
    "sslcrldir": (frozenset(), "name one file in sslcrl"),
    "sslpassword": (frozenset(), "use a key without passphrase: pg_dump could not be given one out of sight"),
    "min_protocol_version": (frozenset({"3.0"}), "leave it out"),
    "load_balance_hosts": (frozenset({"disable", "random"}), "name the one server to use"),
    "scram_client_key": (frozenset(), "give the password"),
    "scram_server_key": (frozenset(), "give the password"),
    "oauth_issuer": (frozenset(), "use a password or a client certificate"),
    "oauth_client_id": (frozenset(), "use a password or a client certificate"),
    "oauth_client_secret": (frozenset(), "use a password or a client certificate"),
    "oauth_scope": (frozenset(), "use a password or a client certificate"),
}
_SECRETS = frozenset({"sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"})

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,9}\s*\Z", re.ASCII)
_MISPLACED_SECRET = re.compile(r"(?:passw(?:or)?d|pwd|secret)\s*=", re.IGNORECASE)
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def resolve_dsn(
    dsn: str,
    *,
    environment: Mapping[str, str],
    os_user: str,
    home: Path | None = None,
    socket_directories: Sequence[Path] = SOCKET_DIRECTORIES,
) -> ConnectionParameters:
    """Return where a DSN leads, with every default filled in as libpq would.

    What the DSN says goes before the service file, that before the PG* variables, and those before what is
    built in. A password is looked up in the password file last. What was ignored on the way is told in the
    result's ``warnings``.

    Args:
        dsn: a ``postgresql://`` URI, a ``key=value`` string, a database's name, ``env:NAME`` for the DSN that
            the variable NAME holds, or nothing at all: then the PG* variables decide.
        environment: the variables to read.
        os_user: the operating system's name of the user, the default for the role's name.
        home: where ``.pgpass``, ``.pg_service.conf`` and ``.postgresql`` are looked for; None for nowhere.
        socket_directories: where a local server's socket is looked for when no host is given; without one
            there, the host is ``localhost``.

    Raises:
        UsageError: the DSN, a service file or a variable cannot be understood, or asks for what we cannot do.
            Its message never holds the password.
    """
    given = parse_conninfo(_from_variable(dsn, environment))
    values = _with_defaults(given, environment, home)
    _check_texts(values)
    _check_demands(values)
    port = _port(values)
    host, hostaddr = _host(values, port, socket_directories)
    user = values.get("user") or os_user
    database = values.get("dbname") or user
    if database.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            "the database's name is a connection URI; give the URI as the whole DSN, or as env:NAME"
        )
    settings = parse_options(values.get("options", ""))
    # We always speak UTF-8, and always name ourselves.
    settings.pop("client_encoding", None)
    application_name = settings.pop("application_name", "")
    ssl = {} if host.startswith("/") else _ssl(values, home)
    if hostaddr and values.get("host") and ssl.get("sslmode") == "verify-full":
        raise UsageError(
            "host with hostaddr and sslmode=verify-full cannot be combined: the driver would compare the "
            "certificate with the address; leave hostaddr out"
        )
    password, warnings = _password(values, host, port, database, user, environment, home, socket_directories)
    return ConnectionParameters(
        host=host,
        hostaddr=hostaddr,
        port=port,
        user=user,
        database=database,
        password=password,
        settings=settings,
        ssl=ssl,
        application_name=values.get("application_name")
        or application_name
        or values.get("fallback_application_name")
        or "pilotage",
        connect_timeout=_connect_timeout(values),
        warnings=warnings,
    )


def _from_variable(dsn: str, environment: Mapping[str, str]) -> str:
    """Return the DSN, read from its variable where it is ``env:NAME``."""
    if not dsn.startswith("env:"):
        return dsn
    name = dsn.removeprefix("env:")
    if not _VARIABLE.match(name):
        raise UsageError("env: must be followed by the name of an environment variable that holds the DSN")
    value = environment.get(name)
    if not value:
        state = "not set" if value is None else "empty"
        raise UsageError(f"the DSN is to be read from the environment variable {name}, which is {state}")
    if value.startswith("env:"):
        raise UsageError(f"the environment variable {name} must hold a DSN, not env: again")
    return value


def _with_defaults(
    given: Mapping[str, str], environment: Mapping[str, str], home: Path | None
) -> dict[str, str]:
    """Return the values with those of the service file and of the variables behind them."""
    values = dict(given)
    service = given.get("service") or environment.get("PGSERVICE")
    if service:
        file = given.get("servicefile") or environment.get("PGSERVICEFILE")
        files = [Path(file)] if file else [home / ".pg_service.conf"] if home else []
        if file and not files[0].exists():
            raise UsageError(f'service "{service}": service file {file} does not exist')
        if environment.get("PGSYSCONFDIR"):
            files.append(Path(environment["PGSYSCONFDIR"]) / "pg_service.conf")
        values = {**read_service(service, files), **values}
    for keyword, variable in ENVIRONMENT.items():
        if variable in environment and keyword not in values:
            values[keyword] = environment[variable]
    if "sslmode" not in values and environment.get("PGREQUIRESSL", "").startswith("1"):
        values["sslmode"] = "require"
    return values


def _check_texts(values: Mapping[str, str]) -> None:
    for keyword, value in values.items():
        if _NOT_TEXT.search(value):
            raise UsageError(f"{keyword} is not valid UTF-8 text, or holds a NUL character")
        if keyword not in _SECRETS | {"password", "options"} and _MISPLACED_SECRET.search(value):
            # Such as dbname in postgresql://host/db&password=…; what is no password would be shown.
            raise UsageError(
                f"the value of {keyword} holds a password; "
                "in a URI, parameters follow a ? and are divided by &"
            )


def _check_demands(values: Mapping[str, str]) -> None:
    for keyword, (harmless, advice) in _DEMANDS.items():
        value = values.get(keyword, "")
        if value and value not in harmless:
            shown = keyword if keyword in _SECRETS else f"{keyword}={value}"
            variable = f" (it may come from {ENVIRONMENT[keyword]})" if keyword in ENVIRONMENT else ""
            raise UsageError(
                f"{shown}{variable} is not supported, and ignoring it would not be safe; {advice}"
            )


def _port(values: Mapping[str, str]) -> int:
    text = values.get("port", "")
    if "," in text:
        refuse_several("port")
    if not text:
        return DEFAULT_PORT
    if not _NUMBER.match(text) or not 1 <= int(text) <= 65535:
        # Not shown: after an unescaped / in a URI's password, this is a part of it.
        raise UsageError(
            "the port is not a number from 1 to 65535; if it is a part of the URI's password, "
            "write that password's / as %2F and @ as %40"
        )
    return int(text)


def _host(values: Mapping[str, str], port: int, socket_directories: Sequence[Path]) -> tuple[str, str | None]:
    """Return the host and, where it differs, the address to dial."""
    host, address = values.get("host", ""), values.get("hostaddr", "")
    if "," in host or "," in address:
        refuse_several("host")
    if "@" in host:
        raise UsageError("the host holds an @; inside a URI's user or password it is written %40")
    if address:
        if not _is_address(address):
            raise UsageError("hostaddr is not an IPv4 or IPv6 address; use host for a name")
        return (host, address) if host and host != address else (address, None)
    if host:
        return host, None
    for directory in socket_directories:
        if _is_socket(directory / f".s.PGSQL.{port}"):
            return str(directory), None
    return "localhost", None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False


def _connect_timeout(values: Mapping[str, str]) -> float | None:
    text = values.get("connect_timeout")
    if not text:
        return None
    if not _NUMBER.match(text):
        raise UsageError("connect_timeout is not a whole number of seconds")
    return float(max(0, int(text)))


def _ssl(values: Mapping[str, str], home: Path | None) -> dict[str, str]:
    """Return what is said about TLS, with the files of ``~/.postgresql`` named where they exist."""
    ssl = {keyword: values[keyword] for keyword in _SSL_KEYWORDS if values.get(keyword)}
    for keyword, choices in _SSL_CHOICES.items():
        value = ssl.get(keyword)
        if value is not None and value not in choices:
            nearest = difflib.get_close_matches(value, choices, n=1)
            suggestion = f'; did you mean "{nearest[0]}"?' if nearest else ""
            raise UsageError(f'{keyword}="{value}" is none of {", ".join(choices)}{suggestion}')
    if ssl.get("sslrootcert") == "system" and ssl.setdefault("sslmode", "verify-full") != "verify-full":
        raise UsageError("sslrootcert=system needs sslmode=verify-full: anyone can have a public certificate")
    if ssl.get("sslnegotiation") == "direct" and ssl.get("sslmode") not in _STRONG_SSL_MODES:
        raise UsageError(f"sslnegotiation=direct needs an sslmode of {', '.join(_STRONG_SSL_MODES)}")
    if home is not None and ssl.get("sslmode") != "disable":
        for keyword, name in _SSL_FILES.items():
            file = home / ".postgresql" / name
            if keyword not in ssl and file.is_file():
                ssl[keyword] = str(file)
    return ssl


def _password(
    values: Mapping[str, str],
    host: str,
    port: int,
    database: str,
    user: str,
    environment: Mapping[str, str],
    home: Path | None,
    socket_directories: Sequence[Path],
) -> tuple[str | None, tuple[str, ...]]:
    """Return the password that was given or that the password file holds, and warnings."""
    if values.get("password"):
        return values["password"], ()
    if values.get("passfile"):
        file = Path(values["passfile"])
    elif home is not None:
        file = home / ".pgpass"
    else:
        return None, ()
    default_host = not values.get("host") and not values.get("hostaddr")
    local = default_host or Path(host) in socket_directories
    hosts = (host, "localhost") if local else (host,)
    password, warning = find_password(file, hosts=hosts, port=port, database=database, user=user)
    if password is not None:
        _check_texts({f"the password in {file}": password})
    return password, (warning,) if warning else ()
