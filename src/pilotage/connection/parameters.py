"""Where a server is and how to get in, with the password kept out of sight.

Made by :mod:`pilotage.connection.dsn`, consumed by sessions (the driver) and by whoever runs one of
PostgreSQL's programs (``libpq_environment``).
"""

from __future__ import annotations

import dataclasses
import math
import re
import urllib.parse
from collections.abc import Mapping

from pilotage.connection.conninfo import ENVIRONMENT
from pilotage.connection.patience import Patience

# What pg_split_opts() in PostgreSQL's postinit.c takes for the end of an option, or for an escape.
_OPTION_SPECIAL = re.compile(r"([\\ \t\n\r\f\v])")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionParameters:
    """One way into one database.

    Attributes:
        host: a name, an address, or a directory with a Unix socket.
        hostaddr: the address to dial where it is not to be looked up from ``host``; None to look it up.
        settings: server settings of the session (libpq's ``options``), by name.
        ssl: libpq's ``sslmode``, ``sslrootcert``, ``sslcert``, ``sslkey``…, by libpq's own name.
        connect_timeout: seconds; None for our own default, 0 to wait for ever.
        patience: with which sessions wait for locks; None to wait for ever and tell nobody.
        warnings: what was ignored while the parameters were put together, for the user to read.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None = dataclasses.field(default=None, repr=False)
    hostaddr: str | None = None
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ssl: Mapping[str, str] = dataclasses.field(default_factory=dict)
    application_name: str = "pilotage"
    connect_timeout: float | None = None
    patience: Patience | None = dataclasses.field(default=None, repr=False, compare=False)
    warnings: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    @property
    def is_socket(self) -> bool:
        """Whether ``host`` is a directory with a Unix socket."""
        return self.host.startswith("/")

    def describe(self) -> str:
        """Return ``user@host:port/database``, fit for a log: one line, and never the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        text = f"{self.user}@{host}:{self.port}/{self.database}"
        return "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode()
            for character in text
        )

    def redacted_uri(self) -> str:
        """Return a URI without the password that leads libpq's programs, and us, to the same database.

        The settings of the session are left out, for they may hold secrets of their own.
        """
        query = dict(sorted(self.ssl.items()))
        if self.hostaddr is not None:
            query["hostaddr"] = self.hostaddr
        host = _percent_encode(self.host)
        if self.is_socket:
            host, query = "", {"host": self.host, **query}
        elif ":" in self.host:
            # An address with a zone (fe80::1%eth0) keeps its colons and has its % encoded.
            host = "[" + urllib.parse.quote(self.host, safe=":") + "]"
        parameters = "&".join(
            f"{name}={urllib.parse.quote(value, safe='/:')}" for name, value in query.items()
        )
        return (
            f"postgresql://{_percent_encode(self.user)}@{host}:{self.port}/{_percent_encode(self.database)}"
            + (f"?{parameters}" if parameters else "")
        )

    def libpq_environment(self) -> dict[str, str]:
        """Return the PG* variables that lead libpq's programs to the same database.

        The environment, unlike arguments, does not show in a process list. The programs are meant to run with
        no other PG* variable set.
        """
        environment = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": self.database,
            "PGAPPNAME": self.application_name,
            # The driver cannot encrypt by GSSAPI, so its sibling does not try either.
            "PGGSSENCMODE": "disable",
        }
        if self.hostaddr is not None:
            environment["PGHOSTADDR"] = self.hostaddr
        if self.password is not None:
            environment["PGPASSWORD"] = self.password
        if self.connect_timeout is not None:
            # libpq counts whole seconds, and before PostgreSQL 17 takes 1 for 2; 0 is for ever.
            environment["PGCONNECT_TIMEOUT"] = str(
                max(2, math.ceil(self.connect_timeout)) if self.connect_timeout > 0 else 0
            )
        if self.settings:
            environment["PGOPTIONS"] = " ".join(
                "-c " + _OPTION_SPECIAL.sub(r"\\\1", f"{name}={value}")
                for name, value in sorted(self.settings.items())
            )
        environment.update((ENVIRONMENT[name], value) for name, value in sorted(self.ssl.items()))
        return environment


def _percent_encode(text: str) -> str:
    return urllib.parse.quote(text, safe="")
