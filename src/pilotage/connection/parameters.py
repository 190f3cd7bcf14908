"""Where a server is and how to get in, with the password kept out of sight.

Made by :mod:`pilotage.connection.dsn`, consumed by sessions (the driver) and by whoever runs one of
PostgreSQL's programs (``libpq_environment``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionParameters:
    """One way into one database.

    Attributes:
        host: a name, an address, or a directory with a Unix socket.
        settings: server settings of the session (libpq's ``options``), by name.
        ssl: libpq's ``sslmode``, ``sslrootcert``, ``sslcert``, ``sslkey``…, by libpq's own name.
        connect_timeout: seconds; None for the driver's default.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None = dataclasses.field(default=None, repr=False)
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ssl: Mapping[str, str] = dataclasses.field(default_factory=dict)
    application_name: str = "pilotage"
    connect_timeout: float | None = None

    def describe(self) -> str:
        """Return ``user@host:port/database``, fit for a log: never the password."""
        return f"{self.user}@{self.host}:{self.port}/{self.database}"

    def libpq_environment(self) -> dict[str, str]:
        """Return the PG* variables that lead libpq's programs to the same database.

        The environment, unlike arguments, does not show in a process list.
        """
        environment = {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": self.database,
            "PGAPPNAME": self.application_name,
        }
        if self.password is not None:
            environment["PGPASSWORD"] = self.password
        if self.connect_timeout is not None:
            environment["PGCONNECT_TIMEOUT"] = str(max(2, round(self.connect_timeout)))
        if self.settings:
            environment["PGOPTIONS"] = " ".join(
                "-c " + f"{name}={value}".replace("\\", "\\\\").replace(" ", "\\ ")
                for name, value in sorted(self.settings.items())
            )
        for name, value in self.ssl.items():
            environment["PG" + name.upper()] = value
        return environment
