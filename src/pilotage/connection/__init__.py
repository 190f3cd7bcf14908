"""How we reach a server: DSNs resolved, sessions opened. The only room that imports the driver."""

from pilotage.connection.dsn import resolve_dsn
from pilotage.connection.parameters import ConnectionParameters
from pilotage.connection.session import Session, connect, open_session

__all__ = ["ConnectionParameters", "Session", "connect", "open_session", "resolve_dsn"]
